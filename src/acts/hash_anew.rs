//! Hashing a password at today's cost, when it is shown and was hashed at a lower one. Only then it is known.

use secrecy::SecretString;

use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::Fact;
use crate::domain::hex::sha256_hex;
use crate::domain::id::PersonId;
use crate::domain::rights::Denied;
use crate::identity::password::NewPassword;
use crate::store::{Facts, Stored, credentials, people};

/// The hash by which this password, which was right for `hash` just now, is kept from now on; nothing when somebody chose
/// another password meanwhile. What fails on the way keeps nobody out: the hash stays as it is.
///
/// # Errors
/// When the store does not answer, and [`ActError::Busy`].
pub(super) async fn at_todays_cost(
    lockbox: &Lockbox,
    person: PersonId,
    password: SecretString,
    hash: String,
) -> Result<Option<String>, ActError> {
    if !lockbox.passwords.is_below_todays_cost(&hash) {
        return Ok(Some(hash));
    }
    match hashed_anew(lockbox, person, &password, &hash).await {
        Ok(anew) => return Ok(Some(anew)),
        Err(error) => tracing::warn!(%person, %error, "a password was not hashed anew"),
    }
    // Of two who sign in at once, one is faster.
    let kept: Stored<Option<String>> = lockbox
        .reading(move |conn| credentials::password(conn, person))
        .await;
    let kept = kept?;
    if kept.as_deref() == Some(hash.as_str()) {
        return Ok(kept);
    }
    let verified = lockbox.passwords.verify(password, kept.clone()).await;
    let right = verified.map_err(|_| ActError::Busy)?;
    Ok(kept.filter(|_| right))
}

async fn hashed_anew(
    lockbox: &Lockbox,
    id: PersonId,
    password: &SecretString,
    before: &str,
) -> Result<String, ActError> {
    let password = NewPassword::parse(password.clone());
    let password = password.map_err(|unfit| ActError::Secret(unfit.to_string()))?;
    let (before, anew) = (before.to_owned(), lockbox.hash(&password).await?);
    lockbox
        .acting(move |lockbox| {
            let found = lockbox.store.read(|conn| people::by_id(conn, id))?;
            let side = found.ok_or(Denied::NotThere)?.side;
            let author = Author::local(Actor::System);
            lockbox.store.write(Log::of(side), &author, |tx| {
                let person = people::by_id(tx.conn(), id)?.ok_or(Denied::NotThere)?;
                if !credentials::hash_password_anew(tx, id, &before, &anew)? {
                    return Err(ActError::DoneBefore);
                }
                let fact = Fact::PasswordHashedAnew {
                    person: id,
                    name: person.name.clone(),
                    password_sha256: sha256_hex(anew.as_bytes()),
                };
                super::people::after(tx, &person, &fact, &author.actor)?;
                Ok((anew, Facts::one(fact)))
            })
        })
        .await
}
