//! Changing one's own password.

use secrecy::SecretString;

use super::sign_in::{Fresh, new_password};
use super::{ActError, Flaw, Lockbox, tries};
use crate::domain::audit::entry::Log;
use crate::domain::fact::Fact;
use crate::domain::hex::sha256_hex;
use crate::domain::rights::Denied;
use crate::store::{Facts, credentials, one_time_links, people};

/// Chooses another password, where the present one is known, and ends all other sessions and every open link. Wrong ones
/// are counted: whoever found somebody's open session guesses no password in it.
///
/// # Errors
/// [`ActError::Unfit`] with all that is wrong, [`ActError::Busy`].
pub async fn change(
    lockbox: &Lockbox,
    by: Fresh,
    current: SecretString,
    wanted: SecretString,
) -> Result<(), ActError> {
    let person = by.person.id;
    let about = [by.person.name.as_str(), by.person.email.as_str()];
    let (wanted, flaw) = match new_password(wanted, &about) {
        Ok(wanted) => (Some(wanted), None),
        Err(flaw) => (None, Some(flaw)),
    };
    let hash = lockbox
        .acting(move |lockbox| {
            let now = lockbox.store.clock().now();
            let tries = [tries::of_present_password(person)];
            let too_many = lockbox.store.keep(|books| books.take_tries(&tries, now))?;
            if too_many.is_some() {
                return Ok(None);
            }
            Ok::<_, ActError>(Some(
                lockbox
                    .store
                    .read(|conn| credentials::password(conn, person))?,
            ))
        })
        .await?;
    let Some(hash) = hash else {
        let words = "Too many were tried. Wait ten minutes and try again.";
        return Err(ActError::Unfit(vec![Flaw::of("current", words)]));
    };
    let right = lockbox
        .passwords
        .verify(current, hash)
        .await
        .map_err(|_| ActError::Busy)?;
    let wrong = (!right).then(|| Flaw::of("current", "This is not your present password."));
    let (true, Some(wanted)) = (right, wanted) else {
        return Err(ActError::Unfit(
            [wrong, flaw].into_iter().flatten().collect(),
        ));
    };
    let hash = lockbox.hash(&wanted).await?;
    lockbox
        .acting(move |lockbox| {
            let log = Log::of(by.person.side);
            lockbox.store.write(log, &by.author(), |tx| {
                let who = people::by_id(tx.conn(), person)?.ok_or(Denied::NotThere)?;
                credentials::set_password(tx, person, &hash)?;
                // Whoever has a link to choose another one chooses none over this one.
                one_time_links::end_all(tx, person)?;
                tx.books().end_sessions_of(person, Some(&by.session))?;
                tx.books()
                    .forget_tries(&tries::of_present_password(person).0)?;
                let fact = Fact::PasswordChanged {
                    person,
                    name: who.name,
                    password_sha256: sha256_hex(hash.as_bytes()),
                };
                Ok(((), Facts::one(fact)))
            })
        })
        .await
}
