//! Sending the outbox: lease, compose, send, note what came of it.
//!
//! A letter's message is made from the letter and its id alone. A process that dies between the mail server's
//! "taken" and our note of it sends the same message again under the same Message-ID, and never another one.

use chrono::TimeDelta;
use tokio::task::JoinSet;

use crate::acts::{ActError, Lockbox};
use crate::domain::time::Moment;
use crate::post::{Mailer, Sender, compose};
use crate::store::StoreError;
use crate::store::outbox::Leased;

/// Letters leased and sent at the same time.
pub const LETTERS_PER_ROUND: i64 = 20;
/// How long a lease lasts: longer than the longest sending.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How long sending is tried.
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

/// Leases the letters that are due, at most [`LETTERS_PER_ROUND`], and sends them.
///
/// # Errors
/// When the store does not answer. Letters that could not be sent are no error: they are tried again.
pub async fn deliver_due(
    lockbox: &Lockbox,
    post: &std::sync::Arc<PostOffice>,
) -> Result<Round, ActError> {
    let leased: Vec<Leased> = lockbox
        .acting(|lockbox| {
            let now = lockbox.store.clock().now();
            lockbox
                .store
                .keep(|keep| keep.lease_letters(now, now + LEASE, LETTERS_PER_ROUND))
        })
        .await
        .map_err(|e: StoreError| ActError::from(e))?;
    let mut round = Round {
        taken: i64::try_from(leased.len()).unwrap_or(i64::MAX),
        ..Round::default()
    };
    let mut sending = JoinSet::new();
    for letter in leased {
        let post = std::sync::Arc::clone(post);
        sending.spawn(async move {
            let outcome = send(&letter, &post).await;
            (letter, outcome)
        });
    }
    while let Some(sent) = sending.join_next().await {
        let Ok((letter, outcome)) = sent else {
            continue;
        };
        match note(lockbox, letter, outcome).await? {
            Noted::Sent => round.sent += 1,
            Noted::GivenUp => round.given_up += 1,
            Noted::TryAgain => {}
        }
    }
    Ok(round)
}

enum Noted {
    Sent,
    TryAgain,
    GivenUp,
}

async fn send(letter: &Leased, post: &PostOffice) -> Result<(), String> {
    let message = compose(&letter.letter, letter.id, letter.written_at, &post.sender)
        .map_err(|e| e.to_string())?;
    post.mailer.send(&message).await.map_err(|e| e.to_string())
}

async fn note(
    lockbox: &Lockbox,
    letter: Leased,
    outcome: Result<(), String>,
) -> Result<Noted, ActError> {
    let noted = lockbox
        .acting(move |lockbox| {
            let now = lockbox.store.clock().now();
            lockbox.store.keep(|keep| match outcome {
                Ok(()) => keep.letter_sent(letter.id, now).map(|()| Noted::Sent),
                Err(error) if now - letter.written_at >= GIVE_UP_AFTER => {
                    tracing::error!(letter = %letter.id, attempts = letter.attempts, %error, "a mail was given up: somebody was not told");
                    keep.letter_given_up(letter.id, &error, now).map(|()| Noted::GivenUp)
                }
                Err(error) => {
                    tracing::warn!(letter = %letter.id, attempts = letter.attempts, %error, "a mail was not taken and will be tried again");
                    keep.letter_failed(letter.id, &error, next_try(&letter, now)).map(|()| Noted::TryAgain)
                }
            })
        })
        .await
        .map_err(|e: StoreError| ActError::from(e))?;
    Ok(noted)
}

/// 5 s, 10 s, 20 s … up to [`LONGEST_PAUSE`], and once more when the three days are over.
fn next_try(letter: &Leased, now: Moment) -> Moment {
    let doublings = u32::try_from(letter.attempts.clamp(1, 20) - 1).unwrap_or_default();
    let pause = TimeDelta::seconds(5_i64.saturating_mul(1 << doublings)).min(LONGEST_PAUSE);
    (now + pause).min((letter.written_at + GIVE_UP_AFTER).max(now + TimeDelta::seconds(1)))
}
