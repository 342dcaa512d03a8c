//! Sending the outbox: lease, compose, send, note what came of it.
//!
//! A letter's message is made from the letter and its id alone. A process that dies between the mail server's
//! "taken" and our note of it sends the same message again under the same Message-ID, and never another one.

use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use tokio::task::{JoinError, JoinSet};

use crate::acts::{ActError, Lockbox, links};
use crate::domain::time::Moment;
use crate::post::{Mailer, SendError, Sender, compose_with};
use crate::store::StoreError;
use crate::store::outbox::Leased;

/// Letters leased and sent at the same time.
pub const LETTERS_PER_ROUND: i64 = 20;
/// How long a lease lasts: longer than the longest sending.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How long sending is tried. Only a refusal for good ends it before.
pub const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(3);
/// The longest pause between two tries.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// How letters leave the house.
pub struct PostOffice {
    /// The way out.
    pub mailer: Mailer,
    /// Who they are from.
    pub sender: Sender,
}

/// What one round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Letters leased.
    pub taken: i64,
    /// Of these, sent.
    pub sent: i64,
    /// Of these, given up.
    pub given_up: i64,
}

/// Letters on their way: at most [`LETTERS_PER_ROUND`] at the same time. A stalled one holds up no other.
pub struct Deliveries {
    lockbox: Lockbox,
    post: Arc<PostOffice>,
    under_way: JoinSet<Result<Noted, ActError>>,
}

/// What came of one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// The mail server took it.
    Sent,
    /// It will be tried again.
    TryAgain,
    /// It was given up.
    GivenUp,
}

impl Deliveries {
    /// Nothing on its way yet.
    #[must_use]
    pub fn new(lockbox: Lockbox, post: Arc<PostOffice>) -> Self {
        Self {
            lockbox,
            post,
            under_way: JoinSet::new(),
        }
    }

    /// Leases letters that are due, as many as there is room for, and begins to send them; says how many.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn begin(&mut self) -> Result<i64, ActError> {
        let busy = i64::try_from(self.under_way.len()).unwrap_or(LETTERS_PER_ROUND);
        let room = LETTERS_PER_ROUND - busy;
        if room <= 0 {
            return Ok(0);
        }
        let leased: Vec<Leased> = self
            .lockbox
            .acting(move |lockbox| {
                let now = lockbox.store.clock().now();
                lockbox
                    .store
                    .keep(|keep| keep.lease_letters(now, now + LEASE, room))
            })
            .await
            .map_err(|e: StoreError| ActError::from(e))?;
        let taken = i64::try_from(leased.len()).unwrap_or(i64::MAX);
        for letter in leased {
            let (lockbox, post) = (self.lockbox.clone(), Arc::clone(&self.post));
            self.under_way.spawn(async move {
                let outcome = send(&lockbox, &letter, &post).await;
                note(&lockbox, letter, outcome).await
            });
        }
        Ok(taken)
    }

    /// Waits for one letter; nothing when none is on its way. A letter whose outcome could not be noted is leased
    /// again once its lease is over, and goes out under the same Message-ID.
    pub async fn next(&mut self) -> Option<Result<Noted, ActError>> {
        let ended = self.under_way.join_next().await?;
        Some(ended.unwrap_or_else(|broken| Err(broken_off(&broken))))
    }
}

/// Something on its way was broken off by what it met, and not by us.
pub(super) fn broken_off(broken: &JoinError) -> ActError {
    StoreError::NoConnection(format!("a delivery was broken off: {broken}")).into()
}

/// Sends the letters that are due, at most [`LETTERS_PER_ROUND`], and waits for all of them.
///
/// # Errors
/// The first error of the store, after every letter has had its turn. Letters that could not be sent are no error.
pub async fn deliver_due(lockbox: &Lockbox, post: &Arc<PostOffice>) -> Result<Round, ActError> {
    let mut deliveries = Deliveries::new(lockbox.clone(), Arc::clone(post));
    let mut round = Round {
        taken: deliveries.begin().await?,
        ..Round::default()
    };
    let mut failed = None;
    while let Some(noted) = deliveries.next().await {
        match noted {
            Ok(Noted::Sent) => round.sent += 1,
            Ok(Noted::GivenUp) => round.given_up += 1,
            Ok(Noted::TryAgain) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(round), Err)
}

async fn send(lockbox: &Lockbox, letter: &Leased, post: &PostOffice) -> Result<(), SendError> {
    let token = match letter.letter.enclosed {
        None => None,
        Some(enclosed) => {
            let token = lockbox.acting(move |lockbox| links::token_of(lockbox, &enclosed));
            match token.await.map_err(|e| SendError::Later(e.to_string()))? {
                Some(token) => Some(token),
                // A newer link has a letter of its own; this one would open nothing.
                None => return Ok(()),
            }
        }
    };
    // What cannot be composed now may be after a mended setting or an upgrade, so it is no refusal.
    let token = token.as_ref().map(ExposeSecret::expose_secret);
    let sender = &post.sender;
    let message = compose_with(&letter.letter, letter.id, letter.written_at, sender, token)
        .map_err(|e| SendError::Later(e.to_string()))?;
    post.mailer.send(&message).await
}

async fn note(
    lockbox: &Lockbox,
    letter: Leased,
    outcome: Result<(), SendError>,
) -> Result<Noted, ActError> {
    let noted: Noted = lockbox
        .acting(move |lockbox| {
            let now = lockbox.store.clock().now();
            lockbox.store.keep(|keep| match outcome {
                Ok(()) => {
                    keep.letter_sent(&letter, now)?;
                    if let Some(enclosed) = &letter.letter.enclosed {
                        keep.forget_link_token(enclosed)?;
                    }
                    Ok(Noted::Sent)
                }
                Err(error) if is_final(&error, &letter, now) => {
                    tracing::error!(letter = %letter.id, attempts = letter.attempts, %error, "a mail was given up: somebody was not told");
                    keep.letter_given_up(&letter, &error.to_string(), now).map(|()| Noted::GivenUp)
                }
                Err(error) => {
                    tracing::warn!(letter = %letter.id, attempts = letter.attempts, %error, "a mail was not taken and will be tried again");
                    keep.letter_failed(&letter, &error.to_string(), next_try(&letter, now)).map(|()| Noted::TryAgain)
                }
            })
        })
        .await
        .map_err(|e: StoreError| ActError::from(e))?;
    let outcome = match noted {
        Noted::Sent => "sent",
        Noted::TryAgain => "failed",
        Noted::GivenUp => "given_up",
    };
    metrics::counter!("lockbox_letters_total", "outcome" => outcome).increment(1);
    Ok(noted)
}

/// Whether trying again is of no use, or has been tried long enough.
fn is_final(error: &SendError, letter: &Leased, now: Moment) -> bool {
    match error {
        SendError::Refused(_) => true,
        SendError::Later(_) => now - letter.written_at >= GIVE_UP_AFTER,
    }
}

/// 5 s, 10 s, 20 s … up to [`LONGEST_PAUSE`], and once more when the three days are over.
fn next_try(letter: &Leased, now: Moment) -> Moment {
    let doublings = u32::try_from(letter.attempts.clamp(1, 20) - 1).unwrap_or_default();
    let pause = TimeDelta::seconds(5_i64.saturating_mul(1 << doublings)).min(LONGEST_PAUSE);
    (now + pause).min((letter.written_at + GIVE_UP_AFTER).max(now + TimeDelta::seconds(1)))
}
