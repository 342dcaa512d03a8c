//! The very first person of a deployment, made by whoever started it.
//!
//! The address is printed where the server was started. It holds for 15 minutes and for as long as there is nobody at
//! all: the first to use it is the last. Its token is signed with the server key and kept nowhere, so that any node knows
//! it.

use std::net::IpAddr;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::TimeDelta;
use chrono_tz::Tz;
use secrecy::SecretString;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::authenticator::{self, Answer};
use super::sign_in::new_password;
use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::{Fact, PersonAdded};
use crate::domain::hex::sha256_hex;
use crate::domain::id::PersonId;
use crate::domain::person::{Person, Role, Side};
use crate::domain::second_factor::SecondFactor;
use crate::domain::text::{EmailAddress, Line};
use crate::domain::time::Moment;
use crate::store::{Facts, StoreError, credentials, people};

/// How long the address holds.
pub const LASTS: TimeDelta = TimeDelta::minutes(15);

/// Whom an authenticator app is offered to before there is anybody.
pub const NOBODY_YET: PersonId = PersonId(Uuid::nil());

/// Bytes of a time before those that sign it.
const TIME: usize = 8;

/// What the first administrator chose.
pub struct FirstAdministrator {
    /// Their address.
    pub email: EmailAddress,
    /// Their name.
    pub name: Line,
    /// Their password.
    pub password: SecretString,
    /// Their authenticator app.
    pub app: Answer,
}

/// The token of the set-up address, if there is nobody yet.
///
/// # Errors
/// When the store does not answer.
pub fn token(lockbox: &Lockbox) -> Result<Option<String>, StoreError> {
    if lockbox.store.read(people::is_anybody_there)? {
        return Ok(None);
    }
    let until = (lockbox.store.clock().now() + LASTS).timestamp();
    let token = [until.to_be_bytes().as_slice(), &signature(lockbox, until)].concat();
    Ok(Some(BASE64_URL_SAFE_NO_PAD.encode(token)))
}

/// Whether the set-up address can be used.
///
/// # Errors
/// [`ActError::LinkGone`] when it cannot, or not any more.
pub fn look(lockbox: &Lockbox, token: &str) -> Result<(), ActError> {
    let valid = is_ours(lockbox, token, lockbox.store.clock().now());
    if !valid || lockbox.store.read(people::is_anybody_there)? {
        return Err(ActError::LinkGone);
    }
    Ok(())
}

/// Makes the first provider administrator.
///
/// # Errors
/// [`ActError::LinkGone`] when there is somebody already, and [`ActError::Unfit`] with all that is wrong with what was
/// chosen.
pub async fn set_up(
    lockbox: &Lockbox,
    token: &str,
    source: Option<IpAddr>,
    first: FirstAdministrator,
) -> Result<(PersonId, SecondFactor), ActError> {
    let asked = token.to_owned();
    lockbox.acting(move |lockbox| look(lockbox, &asked)).await?;
    let about = [first.name.as_str(), first.email.as_str()];
    let chosen = (
        new_password(first.password, &about),
        authenticator::prove(lockbox, NOBODY_YET, &first.app),
    );
    let (password, app) = match chosen {
        (Ok(password), Ok(app)) => (password, app),
        (password, app) => {
            let flaws = [password.err(), app.err()];
            return Err(ActError::Unfit(flaws.into_iter().flatten().collect()));
        }
    };
    let hash = lockbox.hash(&password).await?;
    let name = Line::parse("set-up").map_err(|e| StoreError::Senseless(e.to_string()))?;
    let author = Author {
        actor: Actor::Operator { name },
        source,
        proof: None,
    };
    lockbox
        .acting(move |lockbox| {
            lockbox.store.write(Log::Provider, &author, |tx| {
                if people::is_anybody_there(tx.conn())? {
                    return Err(ActError::LinkGone);
                }
                let now = tx.now();
                let id = PersonId(lockbox.entropy.uuid(now));
                let (sealed, step) = app.seal(lockbox, id)?;
                let added = PersonAdded {
                    id,
                    email: first.email.clone(),
                    name: first.name.clone(),
                    side: Side::Provider,
                    roles: vec![Role::ProviderAdministrator],
                    zone: Tz::UTC,
                    password_sha256: sha256_hex(hash.as_bytes()),
                    second_factor_sha256: sha256_hex(&sealed),
                };
                people::add(tx, &Person::added(&added, now))?;
                credentials::set_password(tx, id, &hash)?;
                credentials::set_authenticator(tx, id, &sealed, now, step)?;
                let facts = Facts::one(Fact::PersonAdded(added));
                Ok(((id, SecondFactor::app(now)), facts))
            })
        })
        .await
}

fn is_ours(lockbox: &Lockbox, token: &str, now: Moment) -> bool {
    let Ok(bytes) = BASE64_URL_SAFE_NO_PAD.decode(token) else {
        return false;
    };
    let Some((until, signed)) = bytes.split_first_chunk::<TIME>() else {
        return false;
    };
    let until = i64::from_be_bytes(*until);
    bool::from(signed.ct_eq(&signature(lockbox, until))) && now.timestamp() < until
}

fn signature(lockbox: &Lockbox, until: i64) -> [u8; 32] {
    lockbox
        .secret_key
        .derive(&format!("set-up address until {until}"))
}
