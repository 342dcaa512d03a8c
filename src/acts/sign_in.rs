//! Signing in, and showing the second factor afresh.
//!
//! The types are the proof: a [`HalfIn`] has shown a password, a [`SignedIn`] both factors, and a [`Fresh`] has
//! shown the second one within the last five minutes. Acts ask for the type they need.

use std::net::IpAddr;
use std::ops::Deref;

use chrono::TimeDelta;
use metrics::counter;
use secrecy::{ExposeSecret, SecretString};

use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Proof};
use crate::domain::id::PersonId;
use crate::domain::person::Person;
use crate::domain::text::EmailAddress;
use crate::domain::time::Moment;
use crate::identity::sealed::Place;
use crate::identity::totp::TotpSecret;
use crate::store::{Stored, credentials, people};

/// How long a second factor counts as fresh.
pub const FRESH_FOR: TimeDelta = TimeDelta::minutes(5);

/// Somebody who has shown the right password and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HalfIn(pub PersonId);

/// Somebody who has shown both factors in this session.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who.
    pub person: Person,
    /// The session's random id, by which the audit log names it; no key.
    pub session: String,
    /// From which address.
    pub source: Option<IpAddr>,
    /// When the second factor was last shown.
    pub second_factor_at: Moment,
}

/// Somebody who has shown the second factor within [`FRESH_FOR`]. Only [`SignedIn::fresh`] makes one.
#[derive(Debug, Clone)]
pub struct Fresh(SignedIn);

impl SignedIn {
    /// This person as the author of an act.
    #[must_use]
    pub fn author(&self) -> Author {
        Author {
            actor: Actor::of(&self.person),
            source: self.source,
            proof: Some(Proof {
                session: self.session.clone(),
                second_factor_at: self.second_factor_at,
            }),
        }
    }

    /// The same person, if the second factor is fresh at `now`.
    #[must_use]
    pub fn fresh(&self, now: Moment) -> Option<Fresh> {
        let age = now - self.second_factor_at;
        (TimeDelta::zero() <= age && age < FRESH_FOR).then(|| Fresh(self.clone()))
    }
}

impl Deref for Fresh {
    type Target = SignedIn;
    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

/// The first factor. A stranger's address and a wrong password take the same time and get the same answer.
///
/// # Errors
/// When the store does not answer.
pub async fn show_password(
    lockbox: &Lockbox,
    email: &str,
    password: SecretString,
) -> Result<Option<HalfIn>, ActError> {
    let found = match EmailAddress::parse(email) {
        Ok(email) => {
            lockbox
                .reading(move |conn| {
                    let Some(person) = people::by_email(conn, &email)? else {
                        return Stored::Ok(None);
                    };
                    let hash = credentials::password(conn, person.id)?;
                    Ok(Some((person.id, hash)))
                })
                .await?
        }
        Err(_) => None,
    };
    let person = found.as_ref().map(|(person, _)| *person);
    let hash = found.and_then(|(_, hash)| hash);
    let right = lockbox
        .passwords
        .verify(password, hash)
        .await
        .map_err(|_| ActError::Busy)?;
    if !right {
        counter!("lockbox_sign_ins_failed_total", "factor" => "password").increment(1);
        tracing::warn!(
            person = person.map(tracing::field::display),
            "a wrong password"
        );
    }
    Ok(person.filter(|_| right).map(HalfIn))
}

/// The second factor: whether this code is right now and was not used before.
///
/// # Errors
/// When the store does not answer or the sealed secret does not open.
pub fn show_second_factor(
    lockbox: &Lockbox,
    person: PersonId,
    code: &str,
) -> Result<bool, ActError> {
    let Some(secret) = authenticator_of(lockbox, person)? else {
        return Ok(false);
    };
    let now = lockbox.store.clock().now();
    if !lockbox
        .store
        .keep(|books| books.take_code_try(person, now))?
    {
        counter!("lockbox_sign_ins_failed_total", "factor" => "code").increment(1);
        tracing::warn!(%person, "too many verification codes were tried; no more are compared for a while");
        return Ok(false);
    }
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let Some(step) = secret.check(code, seconds) else {
        counter!("lockbox_sign_ins_failed_total", "factor" => "code").increment(1);
        tracing::warn!(%person, "a wrong verification code");
        return Ok(false);
    };
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    Ok(lockbox.store.keep(|books| {
        let counts = books.use_second_factor_step(person, step)?;
        if counts {
            books.forget_code_tries(person)?;
        }
        Stored::Ok(counts)
    })?)
}

/// The secret of a person's authenticator app, if they have enrolled one.
///
/// # Errors
/// [`ActError::Secret`] when it was sealed under another key or for another row.
pub fn authenticator_of(
    lockbox: &Lockbox,
    person: PersonId,
) -> Result<Option<TotpSecret>, ActError> {
    let Some(sealed) = lockbox
        .store
        .read(|conn| credentials::authenticator(conn, person))?
    else {
        return Ok(None);
    };
    let secret = |e: &dyn std::fmt::Display| ActError::Secret(e.to_string());
    let opened = lockbox
        .secret_key
        .open(&second_factor_place(&person), &sealed)
        .map_err(|e| secret(&e))?;
    let bytes: [u8; 20] = opened
        .expose_secret()
        .as_slice()
        .try_into()
        .map_err(|e| secret(&e))?;
    Ok(Some(TotpSecret::from_bytes(bytes)))
}

/// Where the first version kept a second factor: what it is sealed for, wherever its row stands now.
pub(super) fn second_factor_place(person: &PersonId) -> Place<'_> {
    Place {
        table: "people",
        column: "second_factor_sealed",
        row: person.0.as_bytes(),
    }
}
