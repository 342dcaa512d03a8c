//! Inviting somebody.

use chrono_tz::Tz;

use super::{after, delay_of, fitting, on, send_invitation};
use crate::acts::enrol::room_for_one_more;
use crate::acts::setting::unfit;
use crate::acts::sign_in::Fresh;
use crate::acts::single_sign_on::only_way_in;
use crate::acts::{ActError, Lockbox, taken};
use crate::domain::audit::entry::Log;
use crate::domain::fact::{Fact, PersonInvited};
use crate::domain::id::PersonId;
use crate::domain::person::{Person, Role, Side};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::domain::text::{EmailAddress, Line};
use crate::domain::weakening::Delay;
use crate::store::conn::Conn;
use crate::store::{Facts, Stored, Tx, credentials, people, tenants};

/// Somebody to be invited.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Their address.
    pub email: EmailAddress,
    /// Their name.
    pub name: Line,
    /// Their roles.
    pub roles: Vec<Role>,
}

/// Invites somebody to one's own side. Who was removed from it may come back, with nothing of what they had.
///
/// What other sides know of the address is not asked, so that nobody learns it by inviting: it is said to whoever reads
/// the mail, when they come by it.
///
/// # Errors
/// [`ActError::Taken`] when the address is somebody's of this side, [`ActError::Unfit`] for roles of another side and where
/// enough was sent for now.
pub fn invite(lockbox: &Lockbox, by: &Fresh, new: &NewPerson) -> Result<Person, ActError> {
    let (author, side) = (by.author(), by.person.side);
    lockbox.store.write(Log::of(side), &author, |tx| {
        let who = people::by_id(tx.conn(), by.person.id)?.ok_or(Denied::NotThere)?;
        may(&who, Act::InvitePerson, Subject::of(who.side))?;
        let delay = delay_of(tx, side)?;
        let (person, fact) = by_invitation(lockbox, tx, side, new, delay, Some(side))?;
        Ok((person, Facts::one(fact)))
    })
}

/// Sends another invitation to somebody who has not come yet, or who came by single sign-on alone and has neither a
/// password nor a passkey. The one before is worth nothing.
///
/// # Errors
/// [`ActError::Unfit`] for who does not need it, and where enough was sent for now.
pub fn invite_again(lockbox: &Lockbox, by: &Fresh, person: PersonId) -> Result<Person, ActError> {
    on(lockbox, by, person, Act::InvitePerson, |tx, _, person| {
        if !may_be_invited_again(tx.conn(), person)? {
            let words = format!("{} has come already.", person.name);
            return Err(unfit("person", words));
        }
        send_invitation(lockbox, tx, Some(person.side), person)?;
        Ok(Fact::PersonInvitedAgain {
            person: person.id,
            name: person.name.clone(),
        })
    })
}

/// Whether an invitation would let somebody in who is added: they have not come yet, or came by single sign-on alone and it
/// is their only way in no more.
///
/// # Errors
/// When the store does not answer.
pub fn may_be_invited_again(conn: &mut Conn, person: &Person) -> Stored<bool> {
    Ok(person.joined.is_none()
        || !credentials::has_way_in(conn, person.id)? && only_way_in(conn, person)?.is_none())
}

/// Invites somebody to a side, with their link; `asking` is as for [`send_invitation`]. A role that decides counts after
/// the delay.
pub(in crate::acts) fn by_invitation(
    lockbox: &Lockbox,
    tx: &mut Tx<'_>,
    side: Side,
    new: &NewPerson,
    delay: Delay,
    asking: Option<Side>,
) -> Result<(Person, Fact), ActError> {
    let roles = fitting(side, &new.roles)?;
    if let Side::Tenant(tenant) = side
        && roles.iter().any(|role| role.decides())
    {
        room_for_one_more(tx, tenant)?;
    }
    let before = people::of_side_by_email(tx.conn(), side, &new.email)?;
    if before.as_ref().is_some_and(|known| known.removed.is_none()) {
        return Err(ActError::Taken("this mail address"));
    }
    let new_id = PersonId(lockbox.entropy.uuid(tx.now()));
    let id = before.as_ref().map_or(new_id, |known| known.id);
    let invited = PersonInvited {
        id,
        email: new.email.clone(),
        name: new.name.clone(),
        side,
        decides_from: delay.decides_from(&[], &roles, tx.now()),
        roles,
        zone: zone_of(tx, side)?,
    };
    let fact = Fact::PersonInvited(invited.clone());
    let person = if let Some(known) = before {
        let by = tx.author().actor.clone();
        after(tx, &known, &fact, &by)?
    } else {
        let person = Person::invited(&invited, tx.now());
        people::add(tx, &person).map_err(taken("this mail address"))?;
        person
    };
    send_invitation(lockbox, tx, asking, &person)?;
    Ok((person, fact))
}

/// The zone that people of a side read times in until they choose their own.
fn zone_of(tx: &mut Tx<'_>, side: Side) -> Stored<Tz> {
    Ok(match side {
        Side::Provider => Tz::UTC,
        Side::Tenant(tenant) => {
            tenants::by_id(tx.conn(), tenant)?.map_or(Tz::UTC, |tenant| tenant.zone)
        }
    })
}
