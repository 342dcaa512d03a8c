//! Coming in past single sign-on while it is on. Who administers their side may, with a password or a passkey, and so may
//! who has not come by it yet; the log says so. For everybody else it is the only way in.

use super::sign_in::SignOnError;
use crate::acts::sign_in::SignedIn;
use crate::acts::{ActError, Lockbox};
use crate::domain::audit::entry::Log;
use crate::domain::fact::Fact;
use crate::domain::id::PersonId;
use crate::domain::person::Person;
use crate::domain::rights::Denied;
use crate::domain::text::Issuer;
use crate::store::conn::Conn;
use crate::store::{Facts, Stored, identity_links, people, single_sign_on, tenants};

/// The identity provider that is somebody's only way in, if one is: it is on and has let them in before, and they do not
/// administer their side.
pub(in crate::acts) fn only_way_in(conn: &mut Conn, person: &Person) -> Stored<Option<Issuer>> {
    if person.is(person.side.administrator()) {
        return Ok(None);
    }
    let sign_on = single_sign_on::of(conn, person.side)?;
    let Some((sign_on, _)) = sign_on.filter(|(sign_on, _)| sign_on.is_on()) else {
        return Ok(None);
    };
    let issuer = sign_on.setting.issuer;
    let link = identity_links::of_person(conn, person.id)?;
    Ok(link
        .map(|link| link.issuer)
        .filter(|known| *known == issuer))
}

/// Whether somebody whose first factor was right may go on without their identity provider.
///
/// # Errors
/// [`SignOnError::OnlyWayIn`] when they may not.
pub fn may_come_in_locally(conn: &mut Conn, person: PersonId) -> Result<(), SignOnError> {
    let found = people::by_id(conn, person)?;
    let person = found.ok_or(ActError::Denied(Denied::NotThere))?;
    if only_way_in(conn, &person)?.is_none() {
        return Ok(());
    }
    let tenant = match person.tenant() {
        Some(tenant) => tenants::by_id(conn, tenant)?,
        None => None,
    };
    Err(SignOnError::OnlyWayIn(tenant.map(Box::new)))
}

/// Lets somebody in with a password or a passkey, and says so in the log where their side has single sign-on.
///
/// # Errors
/// [`SignOnError::OnlyWayIn`], and when it cannot be said; then they are not signed in.
pub fn come_in_locally(lockbox: &Lockbox, by: &SignedIn) -> Result<(), SignOnError> {
    let side = by.person.side;
    let known = lockbox.store.read(|conn| single_sign_on::of(conn, side))?;
    if !known.is_some_and(|(known, _)| known.is_on()) {
        return Ok(());
    }
    lockbox.store.write(Log::of(side), &by.author(), |tx| {
        may_come_in_locally(tx.conn(), by.person.id)?;
        let fact = Fact::SignedInLocally {
            person: by.person.id,
        };
        Ok(((), Facts::one(fact)))
    })
}
