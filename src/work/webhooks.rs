//! Delivering to webhooks: lease, compose, sign, send, note what came of it.
//!
//! A body is made from the event alone, and its id is the event's: a process that dies between the receiver's answer and
//! our note of it sends the same again under the same id, and the receiver drops the copy.

use std::collections::HashMap;

use chrono::TimeDelta;
use hyper::StatusCode;
use tokio::task::JoinSet;
use url::Url;

use super::outbox::broken_off;
use crate::acts::webhooks::{self, Destination, TURNED_OFF, destination};
use crate::acts::{ActError, Lockbox};
use crate::domain::id::WebhookId;
use crate::domain::time::Moment;
use crate::domain::webhook::Why;
use crate::post::webhook::{Answered, Signed, Undelivered, body, deliver};
use crate::store::StoreError;
use crate::store::deliveries::{LeasedDelivery, Room};

/// Deliveries under way at the same time.
pub const AT_ONCE: usize = 64;
/// Of these, to one webhook: one that hangs holds up no other.
pub const TO_EACH_AT_ONCE: usize = 2;
/// How long a lease lasts: longer than the longest delivery.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How long is waited after each try that failed, but for the last one. Standard Webhooks names these.
pub const PAUSES: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// The longest that a receiver can put off the next try with `Retry-After`.
pub const PUT_OFF_MAX: TimeDelta = TimeDelta::hours(24);

/// Deliveries on their way: at most [`AT_ONCE`] at the same time, and [`TO_EACH_AT_ONCE`] to each webhook.
pub struct Deliveries {
    lockbox: Lockbox,
    base_url: Url,
    under_way: JoinSet<(WebhookId, Result<Came, ActError>)>,
    to_each: HashMap<WebhookId, usize>,
}

/// What came of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// The receiver took it.
    Delivered,
    /// It will be tried again.
    TryAgain,
    /// It was given up.
    GivenUp,
}

/// What one round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Deliveries leased.
    pub taken: usize,
    /// Of these, delivered.
    pub delivered: usize,
    /// Of these, given up.
    pub given_up: usize,
}

impl Deliveries {
    /// Nothing on its way yet.
    #[must_use]
    pub fn new(lockbox: Lockbox, base_url: Url) -> Self {
        Self {
            lockbox,
            base_url,
            under_way: JoinSet::new(),
            to_each: HashMap::new(),
        }
    }

    /// Leases deliveries that are due, as many as there is room for, and begins to send them; says how many.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn begin(&mut self) -> Result<usize, ActError> {
        let room = Room {
            all: AT_ONCE.saturating_sub(self.under_way.len()),
            each: TO_EACH_AT_ONCE,
            under_way: self.to_each.clone(),
        };
        if room.all == 0 {
            return Ok(0);
        }
        let leased: Vec<LeasedDelivery> = self
            .lockbox
            .acting(move |lockbox| {
                let now = lockbox.store.clock().now();
                lockbox
                    .store
                    .keep(|keep| keep.lease_deliveries(now, now + LEASE, &room))
            })
            .await
            .map_err(|e: StoreError| ActError::from(e))?;
        let taken = leased.len();
        for delivery in leased {
            let (lockbox, base_url) = (self.lockbox.clone(), self.base_url.clone());
            *self.to_each.entry(delivery.webhook).or_default() += 1;
            self.under_way.spawn(async move {
                let webhook = delivery.webhook;
                (webhook, send(&lockbox, delivery, &base_url).await)
            });
        }
        Ok(taken)
    }

    /// Waits for one delivery; nothing when none is on its way. One whose outcome could not be noted is leased again
    /// once its lease is over, and goes out under the same id.
    pub async fn next(&mut self) -> Option<Result<Came, ActError>> {
        match self.under_way.join_next().await? {
            Ok((webhook, came)) => {
                if let Some(busy) = self.to_each.get_mut(&webhook) {
                    *busy = busy.saturating_sub(1);
                }
                self.to_each.retain(|_, busy| *busy > 0);
                Some(came)
            }
            Err(broken) => {
                // Whose it was is not known, so nobody's place is kept for it.
                self.to_each.clear();
                Some(Err(broken_off(&broken)))
            }
        }
    }
}

/// Sends the deliveries that are due, as many as go at the same time, and waits for all of them.
///
/// # Errors
/// The first error of the store, after every delivery has had its turn. Those that were not taken are no error.
pub async fn deliver_due(lockbox: &Lockbox, base_url: &Url) -> Result<Round, ActError> {
    let mut deliveries = Deliveries::new(lockbox.clone(), base_url.clone());
    let mut round = Round {
        taken: deliveries.begin().await?,
        ..Round::default()
    };
    let mut failed = None;
    while let Some(came) = deliveries.next().await {
        match came {
            Ok(Came::Delivered) => round.delivered += 1,
            Ok(Came::GivenUp) => round.given_up += 1,
            Ok(Came::TryAgain) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(round), Err)
}

async fn send(lockbox: &Lockbox, leased: LeasedDelivery, base_url: &Url) -> Result<Came, ActError> {
    let now = lockbox.store.clock().now();
    let webhook = leased.webhook;
    let to = lockbox
        .acting(move |lockbox| destination(lockbox, webhook, now))
        .await?;
    let came = match to {
        Some(to) => {
            let answered = handed_over(lockbox, &leased, &to, base_url, now).await;
            note(lockbox, leased, answered).await?
        }
        None => turned_off(lockbox, leased).await?,
    };
    let outcome = match came {
        Came::Delivered => "delivered",
        Came::TryAgain => "failed",
        Came::GivenUp => "given_up",
    };
    metrics::counter!("lockbox_webhook_deliveries_total", "outcome" => outcome).increment(1);
    Ok(came)
}

async fn handed_over(
    lockbox: &Lockbox,
    leased: &LeasedDelivery,
    to: &Destination,
    base_url: &Url,
    now: Moment,
) -> Result<Answered, Undelivered> {
    let body = body(&leased.event, base_url);
    let (id, seconds) = (leased.event.id.clone(), now.timestamp());
    let signed = Signed {
        signatures: to.signatures(&id, seconds, body.as_bytes()),
        id,
        seconds,
    };
    deliver(&lockbox.way_to_webhooks, &to.url, &signed, body, now).await
}

/// It was turned off, or removed, after this was leased.
async fn turned_off(lockbox: &Lockbox, leased: LeasedDelivery) -> Result<Came, ActError> {
    let noted: Result<(), StoreError> = lockbox
        .acting(move |lockbox| {
            let now = lockbox.store.clock().now();
            lockbox
                .store
                .keep(|keep| keep.delivery_given_up(&leased, None, TURNED_OFF, now))
        })
        .await;
    noted?;
    Ok(Came::GivenUp)
}

async fn note(
    lockbox: &Lockbox,
    leased: LeasedDelivery,
    answered: Result<Answered, Undelivered>,
) -> Result<Came, ActError> {
    lockbox
        .acting(move |lockbox| {
            let now = lockbox.store.clock().now();
            let (status, wrong, not_before) = match answered {
                Ok(answered) if answered.status.is_success() => {
                    let status = answered.status.as_u16();
                    let noted: Result<(), StoreError> =
                        lockbox.store.keep(|keep| keep.delivered(&leased, status, now));
                    return noted.map(|()| Came::Delivered).map_err(ActError::from);
                }
                Ok(answered) => (
                    Some(answered.status),
                    in_words(answered.status),
                    answered.not_before,
                ),
                Err(error) => (None, error.to_string(), None),
            };
            let number = status.map(|status| status.as_u16());
            tracing::warn!(webhook = %leased.webhook, event = %leased.event.id, attempts = leased.attempts, status = number, "a webhook was not delivered");
            let gone = status == Some(StatusCode::GONE);
            let pause = pause(leased.attempts, lockbox.entropy.bytes());
            let noted: Result<(), StoreError> = lockbox.store.keep(|keep| match pause {
                Some(pause) if !gone => {
                    let again = next_try(now, pause, not_before);
                    keep.not_delivered(&leased, number, &wrong, again)
                }
                _ => keep.delivery_given_up(&leased, number, &wrong, now),
            });
            noted?;
            if gone {
                webhooks::disable(lockbox, leased.webhook, Why::Gone)?;
            } else if pause.is_some() {
                return Ok(Came::TryAgain);
            } else if webhooks::gave_nothing_for_days(lockbox, leased.webhook, leased.written_at)? {
                webhooks::disable(lockbox, leased.webhook, Why::Failing)?;
            }
            Ok(Came::GivenUp)
        })
        .await
}

/// How long to wait after so many tries, with up to a fifth more by chance, so that what failed together is not tried
/// together; nothing after the last one.
fn pause(attempts: i32, dice: [u8; 1]) -> Option<TimeDelta> {
    let tried = usize::try_from(attempts.max(1) - 1).unwrap_or(usize::MAX);
    let pause = PAUSES.get(tried)?;
    let by_chance = pause.num_milliseconds().saturating_mul(dice[0].into()) / (255 * 5);
    Some(*pause + TimeDelta::milliseconds(by_chance))
}

/// No sooner than the receiver wants, within [`PUT_OFF_MAX`].
fn next_try(now: Moment, pause: TimeDelta, not_before: Option<Moment>) -> Moment {
    let then = now + pause;
    not_before.map_or(then, |wanted| wanted.min(now + PUT_OFF_MAX).max(then))
}

/// What an answer means, for whoever runs the receiver.
fn in_words(status: StatusCode) -> String {
    let why = match status {
        StatusCode::GONE => "the receiver wants nothing any more",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "the receiver did not let it in",
        StatusCode::NOT_FOUND => "there is no receiver at this address",
        StatusCode::TOO_MANY_REQUESTS => "the receiver wants less at a time",
        _ if status.is_redirection() => {
            "the receiver leads to another address, and none is followed"
        }
        _ if status.is_server_error() => "the receiver failed",
        _ => "the receiver did not take it",
    };
    format!("answered {}: {why}", status.as_u16())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn ten_tries_over_three_days_each_a_little_later_than_the_schedule() {
        let mut whole = TimeDelta::zero();
        for (attempts, wanted) in (1..).zip(PAUSES) {
            assert_eq!(pause(attempts, [0]), Some(wanted));
            let longest = pause(attempts, [255]).unwrap();
            assert_eq!(longest, wanted + wanted / 5);
            whole += wanted;
        }
        assert_eq!(pause(10, [0]), None);
        assert_eq!(pause(i32::MAX, [0]), None);
        assert!(whole > TimeDelta::days(3));
    }

    #[test]
    fn a_receiver_puts_the_next_try_off_and_never_brings_it_forward() {
        let now = DateTime::UNIX_EPOCH;
        let minutes = TimeDelta::minutes;
        let next = |wanted: Option<TimeDelta>| {
            next_try(now, minutes(5), wanted.map(|wanted| now + wanted)) - now
        };
        assert_eq!(next(None), minutes(5));
        assert_eq!(next(Some(minutes(30))), minutes(30));
        assert_eq!(next(Some(minutes(1))), minutes(5));
        assert_eq!(next(Some(minutes(-30))), minutes(5));
        assert_eq!(next(Some(TimeDelta::days(900))), PUT_OFF_MAX);
    }
}
