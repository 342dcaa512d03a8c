//! Authenticator apps: a secret is offered, one code proves that the app has it, and it is enrolled.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

use super::sign_in::{Gaining, HalfIn, second_factor_place};
use super::{ActError, Flaw, Lockbox, links};
use crate::domain::audit::entry::Log;
use crate::domain::fact::Fact;
use crate::domain::hex::sha256_hex;
use crate::domain::id::PersonId;
use crate::domain::person::Person;
use crate::domain::rights::Denied;
use crate::domain::second_factor::SecondFactor;
use crate::domain::time::Moment;
use crate::identity::sealed::Place;
use crate::identity::totp::TotpSecret;
use crate::store::{Facts, Stored, Tx, credentials, people, sessions};

/// A secret offered to a person and kept nowhere: the form that shows it carries it, sealed for them.
pub struct Offer {
    /// The secret, to be shown.
    pub secret: TotpSecret,
    /// The same, sealed, to be sent back.
    pub sealed: String,
}

/// An offered secret, and the code that its app shows.
pub struct Answer {
    /// The secret as it was sealed in the offer.
    pub sealed: String,
    /// What was typed.
    pub code: String,
}

/// A secret whose app showed a right code.
pub(super) struct Proven {
    secret: TotpSecret,
    step: i64,
}

/// Offers a person a secret.
///
/// # Errors
/// [`ActError::Secret`] when it cannot be sealed.
pub fn offer(lockbox: &Lockbox, person: PersonId) -> Result<Offer, ActError> {
    let secret = TotpSecret::from_bytes(lockbox.entropy.bytes());
    let nonce = lockbox.entropy.bytes();
    let sealed = lockbox
        .secret_key
        .seal(&offered_place(&person), nonce, secret.as_bytes())
        .map_err(|e| ActError::Secret(e.to_string()))?;
    Ok(Offer {
        secret,
        sealed: BASE64_URL_SAFE_NO_PAD.encode(sealed),
    })
}

/// The same offer once more, for a form that is shown again; a new one where this is none of ours.
///
/// # Errors
/// [`ActError::Secret`] when a new one cannot be sealed.
pub fn offer_again(lockbox: &Lockbox, person: PersonId, sealed: &str) -> Result<Offer, ActError> {
    match opened(lockbox, person, sealed) {
        Some(secret) => Ok(Offer {
            secret,
            sealed: sealed.to_owned(),
        }),
        None => offer(lockbox, person),
    }
}

/// Whether a person has a second factor of any kind.
///
/// # Errors
/// When the store does not answer.
pub async fn has_second_factor(lockbox: &Lockbox, person: PersonId) -> Result<bool, ActError> {
    let has: Stored<bool> = lockbox
        .reading(move |conn| credentials::has_second_factor(conn, person))
        .await;
    Ok(has?)
}

/// Somebody who has shown their password in this session and has no second factor enrols an authenticator app. By the
/// password alone nobody gets an app beside a factor that is there.
///
/// # Errors
/// [`ActError::Unfit`] for a wrong code, [`Denied::NoRole`] for who has a second factor already, and
/// [`Denied::NotThere`] for who was signed out meanwhile.
pub fn enrol_first(
    lockbox: &Lockbox,
    HalfIn(id): HalfIn,
    session: &str,
    source: Option<IpAddr>,
    answer: &Answer,
) -> Result<SecondFactor, ActError> {
    let person = lockbox.store.read(|conn| people::by_id(conn, id))?;
    let person = person.ok_or(Denied::NotThere)?;
    let proven = prove(lockbox, id, answer).map_err(|flaw| ActError::Unfit(vec![flaw]))?;
    let author = links::author(&person, source);
    lockbox.store.write(Log::of(person.side), &author, |tx| {
        let person = people::by_id(tx.conn(), id)?.ok_or(Denied::NotThere)?;
        let now = tx.now();
        sessions::ends_at(tx.conn(), id, session, now)?.ok_or(Denied::NotThere)?;
        if credentials::has_second_factor(tx.conn(), id)? || !person.is_here() {
            return Err(Denied::NoRole.into());
        }
        let digest = keep(lockbox, tx, &person, &proven)?;
        let fact = Fact::SecondFactorEnrolled {
            person: id,
            name: person.name.clone(),
            second_factor_sha256: digest,
        };
        Ok((SecondFactor::app(tx.now()), Facts::one(fact)))
    })
}

/// Somebody who is signed in enrols an app in place of the one they had, if any. Their other sessions end.
///
/// # Errors
/// [`ActError::Unfit`] for a wrong code.
pub fn replace(lockbox: &Lockbox, by: &Gaining, answer: &Answer) -> Result<SecondFactor, ActError> {
    let id = by.person.id;
    let proven = prove(lockbox, id, answer).map_err(|flaw| ActError::Unfit(vec![flaw]))?;
    let log = Log::of(by.person.side);
    lockbox.store.write(log, &by.author(), |tx| {
        let person = people::by_id(tx.conn(), id)?.ok_or(Denied::NotThere)?;
        let digest = keep(lockbox, tx, &person, &proven)?;
        tx.books().end_sessions_of(id, Some(&by.session))?;
        let fact = Fact::SecondFactorEnrolled {
            person: id,
            name: person.name.clone(),
            second_factor_sha256: digest,
        };
        Ok((SecondFactor::app(tx.now()), Facts::one(fact)))
    })
}

/// Whether the app that has the offered secret shows this code now.
pub(super) fn prove(lockbox: &Lockbox, person: PersonId, answer: &Answer) -> Result<Proven, Flaw> {
    let again = "This code is not the one your app shows now. Check that the app has the secret of this page and that its clock is right, and enter the next code.";
    let flaw = || Flaw::of("verification_code", again);
    let secret = opened(lockbox, person, &answer.sealed).ok_or_else(flaw)?;
    let now = lockbox.store.clock().now();
    let step = secret.check(&answer.code, seconds(now)).ok_or_else(flaw)?;
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    Ok(Proven { secret, step })
}

/// Keeps a proven app as this person's; says its digest. The code that proved it counts as used.
pub(super) fn keep(
    lockbox: &Lockbox,
    tx: &mut Tx<'_>,
    person: &Person,
    proven: &Proven,
) -> Result<String, ActError> {
    let (sealed, step) = proven.seal(lockbox, person.id)?;
    let now = tx.now();
    credentials::set_authenticator(tx, person.id, &sealed, now, step)?;
    Ok(sha256_hex(&sealed))
}

impl Proven {
    /// The secret sealed as this person's, and the step of the code that proved it.
    pub(super) fn seal(
        &self,
        lockbox: &Lockbox,
        person: PersonId,
    ) -> Result<(Vec<u8>, i64), ActError> {
        let sealed = lockbox
            .secret_key
            .seal(
                &second_factor_place(&person),
                lockbox.entropy.bytes(),
                self.secret.as_bytes(),
            )
            .map_err(|e| ActError::Secret(e.to_string()))?;
        Ok((sealed, self.step))
    }
}

fn opened(lockbox: &Lockbox, person: PersonId, sealed: &str) -> Option<TotpSecret> {
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let opened = lockbox.secret_key.open(&offered_place(&person), &sealed);
    let bytes: [u8; 20] = opened.ok()?.expose_secret().as_slice().try_into().ok()?;
    Some(TotpSecret::from_bytes(bytes))
}

/// An offer opens only where it was made for, and never as a factor that is enrolled.
fn offered_place(person: &PersonId) -> Place<'_> {
    Place {
        table: "authenticators",
        column: "offered",
        row: person.0.as_bytes(),
    }
}

fn seconds(now: Moment) -> u64 {
    u64::try_from(now.timestamp()).unwrap_or_default()
}

impl Offer {
    /// What an authenticator app reads: as a picture and as a link.
    #[must_use]
    pub fn address(&self, account: &str, issuer: &str) -> SecretString {
        self.secret.provisioning_uri(account, issuer)
    }
}
