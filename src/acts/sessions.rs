//! A person's own sessions.

use super::sign_in::SignedIn;
use super::{ActError, Lockbox};
use crate::domain::id::PersonId;
use crate::store::Stored;

/// Ends one of somebody's own sessions by the id it is named by. One that has ended by now is no error: it is over.
///
/// # Errors
/// When the store does not answer.
pub fn end(lockbox: &Lockbox, who: &SignedIn, session: &str) -> Result<(), ActError> {
    let person = who.person.id;
    if lockbox
        .store
        .keep(|books| books.end_session_of(person, session))?
    {
        tracing::info!(%person, "a session was ended by its owner");
    }
    Ok(())
}

/// Ends a session of somebody who was refused after it had begun.
///
/// # Errors
/// When the store does not answer.
pub fn end_refused(lockbox: &Lockbox, person: PersonId, session: &str) -> Stored<()> {
    let end = lockbox
        .store
        .keep(|books| books.end_session_of(person, session));
    end.map(drop)
}

/// Ends every session of somebody but the one that asks.
///
/// # Errors
/// When the store does not answer.
pub fn end_others(lockbox: &Lockbox, who: &SignedIn) -> Result<(), ActError> {
    let person = who.person.id;
    let sessions = lockbox
        .store
        .keep(|books| books.end_sessions_of(person, Some(&who.session)))?;
    tracing::info!(%person, sessions, "all other sessions were ended by their owner");
    Ok(())
}
