//! Showing a passkey: at the door as both factors, after the password as the second one, or afresh.

use metrics::counter;

use super::{ActError, Lockbox};
use crate::domain::audit::entry::{Actor, Author, Log};
use crate::domain::fact::{AboutPasskey, Fact};
use crate::domain::id::PersonId;
use crate::domain::person::Person;
use crate::domain::second_factor::{FactorKind, SecondFactor};
use crate::domain::time::Moment;
use crate::identity::passkey::{Refused, Registered, RelyingParty};
use crate::store::passkeys::Passkey;
use crate::store::{Facts, StoreError, passkeys, people};

/// What a browser says a passkey signed, and where it was asked to.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// This portal, as passkeys know it.
    pub party: &'a RelyingParty,
    /// What the challenge was made for: the session's id, or that of a visitor.
    pub whose: &'a str,
    /// Who must be the one who shows it; nobody in particular at the door.
    pub person: Option<PersonId>,
    /// What the browser says.
    pub answer: &'a str,
}

/// Whether it counts, and for whom: a passkey of theirs signed a challenge made for this session, never shown before,
/// after its device verified who holds it. Is never slowed: there is nothing to guess.
///
/// # Errors
/// When the store does not answer.
pub fn show_passkey(
    lockbox: &Lockbox,
    shown: Shown<'_>,
) -> Result<Option<(PersonId, SecondFactor)>, ActError> {
    match counts(lockbox, shown)? {
        Ok(passkey) => {
            let factor = SecondFactor {
                kind: FactorKind::Passkey { id: passkey.id },
                since: passkey.since,
            };
            Ok(Some((passkey.person, factor)))
        }
        Err(why) => {
            counter!("lockbox_sign_ins_failed_total", "factor" => "passkey").increment(1);
            let person = shown.person.map(tracing::field::display);
            tracing::warn!(person, %why, "a passkey did not count");
            Ok(None)
        }
    }
}

fn counts(lockbox: &Lockbox, shown: Shown<'_>) -> Result<Result<Passkey, Refused>, ActError> {
    let now = lockbox.store.clock().now();
    let assertion = match shown.party.read(shown.whose, now, shown.answer) {
        Ok(assertion) => assertion,
        Err(why) => return Ok(Err(why)),
    };
    let challenge = assertion.challenge().hash();
    let found = lockbox.store.read(|conn| {
        let passkey = passkeys::by_credential(conn, assertion.credential_id())?;
        let Some(passkey) = passkey else {
            return Ok(None);
        };
        // After the passkey: whatever moved its counter on has answered its challenge by then.
        let answered = passkeys::is_answered(conn, &challenge)?;
        let owner = people::by_id(conn, passkey.person)?;
        let owner = owner.filter(Person::is_here);
        Ok::<_, StoreError>(owner.map(|owner| (owner, passkey, answered)))
    })?;
    let Some((owner, passkey, answered)) = found else {
        return Ok(Err(Refused::Invalid("nobody has it".to_owned())));
    };
    // Whoever clicks twice sends one answer twice. Its counter says nothing of a copy.
    if answered {
        return Ok(Err(Refused::Challenge));
    }
    // At the door it says itself whose it is.
    let named = shown.person.is_some() || assertion.user_handle().is_some();
    if !named || shown.person.is_some_and(|person| person != owner.id) {
        return Ok(Err(Refused::Invalid("it is somebody else's".to_owned())));
    }
    let counter = match shown
        .party
        .verify(&assertion, owner.id, &registered(&passkey))
    {
        Ok(counter) => counter,
        Err(Refused::CounterBack) => {
            return doubted(lockbox, &owner, &passkey, &challenge).map(Err);
        }
        Err(why) => return Ok(Err(why)),
    };
    used(lockbox, &challenge, passkey, counter, now)
}

/// Each answer counts once, and a counter goes only forwards, whoever is faster.
fn used(
    lockbox: &Lockbox,
    challenge: &[u8],
    passkey: Passkey,
    counter: u32,
    now: Moment,
) -> Result<Result<Passkey, Refused>, ActError> {
    Ok(lockbox.store.keep(|books| {
        if !books.answer_challenge(challenge, now)? {
            return Ok::<_, StoreError>(Err(Refused::Challenge));
        }
        if !books.use_passkey(passkey.id, counter, now)? {
            return Ok(Err(Refused::CounterBack));
        }
        Ok(Ok(passkey))
    })?)
}

/// Says in the log that a passkey may be a copy: once for each answer, which is used up by it.
fn doubted(
    lockbox: &Lockbox,
    owner: &Person,
    passkey: &Passkey,
    challenge: &[u8],
) -> Result<Refused, ActError> {
    let author = Author::local(Actor::of(owner));
    let said = lockbox.store.write(Log::of(owner.side), &author, |tx| {
        let now = tx.now();
        if !tx.books().answer_challenge(challenge, now)? {
            return Err(ActError::DoneBefore);
        }
        let fact = Fact::PasskeyDoubted(AboutPasskey {
            person: passkey.person,
            name: owner.name.clone(),
            id: passkey.id,
            called: passkey.name.clone(),
        });
        Ok(((), Facts::one(fact)))
    });
    match said {
        Ok(()) => Ok(Refused::CounterBack),
        Err(ActError::DoneBefore) => Ok(Refused::Challenge),
        Err(error) => Err(error),
    }
}

fn registered(passkey: &Passkey) -> Registered {
    Registered {
        credential_id: passkey.credential_id.clone(),
        credential: passkey.credential.clone(),
        counter: passkey.counter,
    }
}
