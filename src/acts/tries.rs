//! How often a password or a code may be tried, a mail be asked for, and by whom.
//!
//! Whoever guesses is slowed where they guess from and at the account they guess at; the owner of that account is not:
//! a browser with which somebody has signed in before has tries of its own, which strangers cannot use up.

use std::net::{IpAddr, Ipv6Addr};

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::{ActError, Lockbox};
use crate::domain::audit::entry::Log;
use crate::domain::id::PersonId;
use crate::domain::person::Side;
use crate::domain::text::EmailAddress;
use crate::store::tries::{Budget, Subject};
use crate::store::{Stored, devices};

/// Wrong passwords of a browser with which the person has signed in before.
pub const OF_A_KNOWN_DEVICE: Budget = in_ten_minutes(10);
/// Wrong passwords for one account from one address, by browsers that are not known.
pub const OF_AN_ACCOUNT_FROM_AN_ADDRESS: Budget = in_ten_minutes(10);
/// Wrong passwords for one account from everywhere, by browsers that are not known. Whoever wants to keep the owner from
/// signing in with a new device has to spend these again and again, from ten addresses and more.
pub const OF_AN_ACCOUNT: Budget = in_ten_minutes(100);
/// Wrong passwords for whatever account from one address, by browsers that are not known.
pub const OF_AN_ADDRESS: Budget = in_ten_minutes(30);
/// Codes for one person, by browsers that are not known and have shown the password. Of a million codes three are right
/// at any time, so whoever has the password alone tries 1,440 a day and has a chance of 0.43 % on each. With the two
/// budgets below it is 1,920 a day and 0.58 %, for whoever has a browser and an open session of theirs as well.
pub const CODES: Budget = in_ten_minutes(10);
/// Codes for one person, by all browsers together with which they have signed in before and that have shown the password.
/// No stranger uses these up.
pub const CODES_OF_KNOWN_DEVICES: Budget = in_an_hour(10);
/// Codes for one person, in all sessions together in which both factors were shown before. No stranger has one.
pub const CODES_INSIDE: Budget = in_an_hour(10);
/// Recovery codes for one person, by browsers that are not known and, apart from these, by those that are. 80 bits are not
/// guessed; this only keeps work small.
pub const RECOVERY_CODES: Budget = in_ten_minutes(10);
/// Present passwords in a session of one person.
pub const PRESENT_PASSWORDS: Budget = in_ten_minutes(10);

/// Forgotten passwords that a browser says with which the person has signed in before.
pub const FORGOTTEN_OF_A_KNOWN_DEVICE: Budget = in_an_hour(5);
/// Forgotten passwords of one account, said by browsers that are not known: each is a mail, and ends the link before.
pub const FORGOTTEN_OF_AN_ACCOUNT: Budget = in_an_hour(5);
/// Forgotten passwords of whatever account from one address, said by browsers that are not known.
pub const FORGOTTEN_OF_AN_ADDRESS: Budget = in_an_hour(10);

/// Invitations that one side sends, to whomever.
pub const INVITATIONS_OF_A_SIDE: Budget = in_an_hour(20);
/// Invitations that one side sends to one address.
pub const INVITATIONS_OF_A_SIDE_TO_AN_ADDRESS: Budget = in_a_day(3);
/// Invitations that all sides together send to one address. So many that no one or two sides can use them up and keep an
/// address from hearing of a third.
pub const INVITATIONS_TO_AN_ADDRESS: Budget = in_a_day(9);

/// How long what was tried is kept: longer than anything is counted together.
pub const TRIES_KEPT: TimeDelta = TimeDelta::hours(25);
/// How long a device is known after it was last used to sign in.
pub const DEVICES_KEPT: TimeDelta = TimeDelta::days(400);

/// Where somebody tries from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The browser.
    pub device: Option<Device>,
    /// The client's address.
    pub address: Option<IpAddr>,
}

/// Who tries a code.
#[derive(Debug, Clone)]
pub enum Trying {
    /// Who has shown the first factor, at the door and there.
    AtTheDoor(Origin),
    /// Who has shown both factors and shows the second one afresh.
    Inside,
}

/// A browser, by the hash of the cookie that every visitor has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device(Vec<u8>);

impl Device {
    /// The one whose cookie this is.
    #[must_use]
    pub fn of_cookie(cookie: &str) -> Self {
        Self(Sha256::digest(cookie.as_bytes()).to_vec())
    }
}

/// Remembers that somebody has signed in with this browser.
///
/// # Errors
/// When the store does not answer.
pub fn remember(lockbox: &Lockbox, person: PersonId, device: &Device) -> Result<(), ActError> {
    let now = lockbox.store.clock().now();
    Ok(lockbox
        .store
        .keep(|books| books.remember_device(&device.0, person, now))?)
}

/// Whether somebody has signed in with this browser before.
///
/// # Errors
/// When the store does not answer.
pub fn is_known(lockbox: &Lockbox, person: PersonId, from: &Origin) -> Stored<bool> {
    Ok(known(lockbox, person, from)?.is_some())
}

/// What a try of this account's password is counted for. Nobody's account is counted like everybody else's.
pub(super) fn of_password(
    lockbox: &Lockbox,
    email: &str,
    person: Option<PersonId>,
    from: &Origin,
) -> Stored<Vec<(Subject, Budget)>> {
    // A stranger's address is looked up, too, so that it takes the same time.
    let whose = person.unwrap_or(PersonId(uuid::Uuid::nil()));
    if let Some(Device(device)) = known(lockbox, whose, from)? {
        let subject = Subject::of(&[b"password at device", device, whose.0.as_bytes()]);
        return Ok(vec![(subject, OF_A_KNOWN_DEVICE)]);
    }
    let (email, network) = (email.as_bytes(), network(from.address));
    Ok(vec![
        (Subject::of(&[b"password from", &network]), OF_AN_ADDRESS),
        (
            Subject::of(&[b"password of, from", email, &network]),
            OF_AN_ACCOUNT_FROM_AN_ADDRESS,
        ),
        (Subject::of(&[b"password of", email]), OF_AN_ACCOUNT),
    ])
}

/// The browser, if this person has signed in with it before.
fn known<'a>(lockbox: &Lockbox, person: PersonId, from: &'a Origin) -> Stored<Option<&'a Device>> {
    let Some(device) = &from.device else {
        return Ok(None);
    };
    let known = lockbox
        .store
        .read(|conn| devices::is_known(conn, &device.0, person))?;
    Ok(known.then_some(device))
}

/// What saying that the password of this address is forgotten is counted for. The same is looked up for everybody.
pub(super) fn of_forgotten_password(
    lockbox: &Lockbox,
    email: &EmailAddress,
    from: &Origin,
) -> Stored<Vec<(Subject, Budget)>> {
    let account = email.as_str().as_bytes();
    if let Some(Device(device)) = &from.device
        && lockbox
            .store
            .read(|conn| devices::is_known_at(conn, device, email))?
    {
        let subject = Subject::of(&[b"forgotten at device", device, account]);
        return Ok(vec![(subject, FORGOTTEN_OF_A_KNOWN_DEVICE)]);
    }
    let network = network(from.address);
    Ok(vec![
        (
            Subject::of(&[b"forgotten from", &network]),
            FORGOTTEN_OF_AN_ADDRESS,
        ),
        (
            Subject::of(&[b"forgotten of", account]),
            FORGOTTEN_OF_AN_ACCOUNT,
        ),
    ])
}

/// What an invitation by this side is counted for.
pub(super) fn of_invitations_by(side: Side) -> (Subject, Budget) {
    let subject = Subject::of(&[b"invitations by", Log::of(side).id().as_bytes()]);
    (subject, INVITATIONS_OF_A_SIDE)
}

/// What an invitation by this side to this address is counted for.
pub(super) fn of_invitations_by_to(side: Side, to: &EmailAddress) -> (Subject, Budget) {
    let (side, to) = (Log::of(side).id(), to.as_str().as_bytes());
    let subject = Subject::of(&[b"invitations by, to", side.as_bytes(), to]);
    (subject, INVITATIONS_OF_A_SIDE_TO_AN_ADDRESS)
}

/// What an invitation to this address, by whomever, is counted for.
pub(super) fn of_invitations_to(to: &EmailAddress) -> (Subject, Budget) {
    let subject = Subject::of(&[b"invitations to", to.as_str().as_bytes()]);
    (subject, INVITATIONS_TO_AN_ADDRESS)
}

/// What a try of this person's codes is counted for. Whoever knows the password alone uses up what strangers have.
pub(super) fn of_code(
    lockbox: &Lockbox,
    person: PersonId,
    by: &Trying,
) -> Stored<(Subject, Budget)> {
    let (kind, budget): (&[u8], Budget) = match by {
        Trying::Inside => (b"code inside", CODES_INSIDE),
        Trying::AtTheDoor(from) if known(lockbox, person, from)?.is_some() => {
            (b"code at known devices", CODES_OF_KNOWN_DEVICES)
        }
        Trying::AtTheDoor(_) => (b"code", CODES),
    };
    Ok((Subject::of(&[kind, person.0.as_bytes()]), budget))
}

/// What a try of this person's recovery codes is counted for.
pub(super) fn of_recovery_code(
    lockbox: &Lockbox,
    person: PersonId,
    from: &Origin,
) -> Stored<(Subject, Budget)> {
    let kind: &[u8] = match known(lockbox, person, from)? {
        Some(_) => b"recovery code at known devices",
        None => b"recovery code",
    };
    let subject = Subject::of(&[kind, person.0.as_bytes()]);
    Ok((subject, RECOVERY_CODES))
}

/// What a try of somebody's present password, in their own session, is counted for.
pub(super) fn of_present_password(person: PersonId) -> (Subject, Budget) {
    let subject = Subject::of(&[b"present password", person.0.as_bytes()]);
    (subject, PRESENT_PASSWORDS)
}

/// One household or server: an IPv4 address, or the 64 bits of an IPv6 address that its network gave out.
fn network(address: Option<IpAddr>) -> Vec<u8> {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.octets().to_vec(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).octets().to_vec()
        }
        None => Vec::new(),
    }
}

const fn in_a_day(tries: i32) -> Budget {
    Budget {
        tries,
        within: TimeDelta::days(1),
    }
}

const fn in_an_hour(tries: i32) -> Budget {
    Budget {
        tries,
        within: TimeDelta::hours(1),
    }
}

const fn in_ten_minutes(tries: i32) -> Budget {
    Budget {
        tries,
        within: TimeDelta::minutes(10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_household_is_one_network() {
        let of = |text: &str| network(text.parse().ok());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("203.0.113.9"), of("::ffff:203.0.113.9"));
        assert_ne!(of("203.0.113.9"), of("203.0.113.10"));
    }
}
