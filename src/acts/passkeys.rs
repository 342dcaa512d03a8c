//! A person's own passkeys: adding, naming and removing them. Each ends the person's other sessions.

use super::sign_in::{Fresh, Gaining, SignedIn};
use super::{ActError, Flaw, Lockbox, taken};
use crate::domain::audit::entry::Log;
use crate::domain::fact::{AboutPasskey, Fact};
use crate::domain::id::PasskeyId;
use crate::domain::person::Person;
use crate::domain::rights::Denied;
use crate::domain::text::Line;
use crate::identity::passkey::RelyingParty;
use crate::store::passkeys::{PASSKEYS_MAX, Passkey};
use crate::store::{Facts, Tx, credentials, passkeys, people};

/// Adds the passkey that a browser says it made. One that anybody has already is refused: so no two accounts share one,
/// and nobody decides by another account's what is their own.
///
/// # Errors
/// [`ActError::Unfit`] for what is no new passkey, [`ActError::Taken`] for one that somebody has.
pub fn add(
    lockbox: &Lockbox,
    by: &Gaining,
    party: &RelyingParty,
    name: &Line,
    answer: &str,
) -> Result<Passkey, ActError> {
    let now = lockbox.store.clock().now();
    let (registered, challenge) = party
        .register(by.person.id, &by.session, now, answer)
        .map_err(|why| {
            tracing::warn!(person = %by.person.id, %why, "a passkey was not added");
            unfit("passkey", "That passkey could not be added. Try again.")
        })?;
    change(lockbox, by, |tx, person, known| {
        if known.len() >= PASSKEYS_MAX {
            let words = format!("You have {PASSKEYS_MAX} passkeys already. Remove one first.");
            return Err(unfit("passkey", words));
        }
        let now = tx.now();
        if !tx.books().answer_challenge(&challenge.hash(), now)? {
            return Err(unfit("passkey", "That passkey was added before."));
        }
        let passkey = Passkey {
            id: PasskeyId(lockbox.entropy.uuid(now)),
            person: person.id,
            name: name.clone(),
            credential_id: registered.credential_id.clone(),
            credential: registered.credential.clone(),
            since: now,
            counter: registered.counter,
            last_used_at: None,
        };
        passkeys::add(tx, &passkey).map_err(taken("this passkey"))?;
        let fact = Fact::PasskeyAdded {
            passkey: about(person, &passkey),
            credential_sha256: passkey.digest(),
        };
        Ok((passkey, fact))
    })
}

/// Gives a passkey another name.
///
/// # Errors
/// [`Denied::NotThere`] for what is no passkey of theirs.
pub fn rename(lockbox: &Lockbox, by: &Fresh, id: PasskeyId, name: &Line) -> Result<(), ActError> {
    change(lockbox, by, |tx, person, known| {
        let passkey = Passkey {
            name: name.clone(),
            ..one(known, id)?
        };
        passkeys::rename(tx, person.id, id, name)?;
        Ok(((), Fact::PasskeyRenamed(about(person, &passkey))))
    })
}

/// Removes a passkey, unless it is the last second factor.
///
/// # Errors
/// [`Denied::NotThere`] for what is no passkey of theirs, [`ActError::Unfit`] for the last second factor.
pub fn remove(lockbox: &Lockbox, by: &Fresh, id: PasskeyId) -> Result<(), ActError> {
    change(lockbox, by, |tx, person, known| {
        let others = known.len() > 1;
        let passkey = one(known, id)?;
        if !others && credentials::authenticator(tx.conn(), person.id)?.is_none() {
            let words = "This is your only second factor. Add another one first.";
            return Err(unfit("passkey", words));
        }
        passkeys::remove(tx, person.id, id)?;
        Ok(((), Fact::PasskeyRemoved(about(person, &passkey))))
    })
}

/// Changes a person's passkeys, and ends their other sessions.
fn change<T>(
    lockbox: &Lockbox,
    by: &SignedIn,
    act: impl FnOnce(&mut Tx<'_>, &Person, Vec<Passkey>) -> Result<(T, Fact), ActError>,
) -> Result<T, ActError> {
    let log = Log::of(by.person.side);
    lockbox.store.write(log, &by.author(), |tx| {
        let person = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
        let known = passkeys::of_person(tx.conn(), person.id)?;
        let (done, fact) = act(tx, &person, known)?;
        tx.books().end_sessions_of(person.id, Some(&by.session))?;
        Ok((done, Facts::one(fact)))
    })
}

fn one(known: Vec<Passkey>, id: PasskeyId) -> Result<Passkey, ActError> {
    let mut known = known.into_iter();
    Ok(known
        .find(|passkey| passkey.id == id)
        .ok_or(Denied::NotThere)?)
}

fn about(person: &Person, passkey: &Passkey) -> AboutPasskey {
    AboutPasskey {
        person: person.id,
        name: person.name.clone(),
        id: passkey.id,
        called: passkey.name.clone(),
    }
}

fn unfit(field: &'static str, words: impl Into<String>) -> ActError {
    ActError::Unfit(vec![Flaw::of(field, words)])
}
