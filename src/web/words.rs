//! The words for what happened: one place for the timeline, the audit log, Home and the problem page.

mod facts;
mod settled;

pub use facts::{Told, entitled, mails, of, of_entry, webhook_off};
pub use settled::{of_lapse, of_last, of_refused_case, of_settled};

use super::view::{Person, Times};
use crate::domain::access_hours::Closed;
use crate::domain::audit::entry::Actor;
use crate::domain::notice::NoticeKind;
use crate::domain::person;
use crate::domain::request::Basis;
use crate::domain::second_factor::FactorKind;

/// Why nobody is let in now: whose hours, and when they begin again.
#[must_use]
pub fn closed(whose: &str, closed: &Closed, times: Times) -> String {
    let hours = closed.hours.in_zone(closed.zone);
    let again = closed.opens.map_or_else(String::new, |opens| {
        let opens = times.at(opens).words();
        format!(" Access can be started again from {opens}.")
    });
    format!("{whose} lets nobody in outside {hours}.{again}")
}

/// The ground of an approval.
#[must_use]
pub const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::CustomerDecision => "The customer approved",
        Basis::LockboxOff => "Customer Lockbox was off, so the customer was not asked",
        Basis::NotCovered => "The customer accepted that this service is not covered",
    }
}

/// What a second factor is called.
#[must_use]
pub const fn factor(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::AuthenticatorApp => "Authenticator app",
        FactorKind::Passkey { .. } => "Passkey",
        FactorKind::IdentityProvider => "Single sign-on",
        FactorKind::RecoveryCode => "Recovery code",
    }
}

/// What a notice is called.
#[must_use]
pub const fn notice(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::ActionNeeded => "Action needed",
        NoticeKind::Reminder => "Reminder",
        NoticeKind::Approved => "Approved",
        NoticeKind::Rejected => "Rejected",
        NoticeKind::Expired => "Expired",
        NoticeKind::Started => "Access started",
        NoticeKind::Shortened => "Access ends earlier",
        NoticeKind::EndingSoon => "Access ends soon",
        NoticeKind::Ended => "Access ended",
        NoticeKind::Revoked => "Revoked",
        NoticeKind::Withdrawn => "Withdrawn",
        NoticeKind::LockboxTurnedOn => "Customer Lockbox turned on",
        NoticeKind::LockboxTurnedOff => "Customer Lockbox turned off",
        NoticeKind::SettingChanged => "Customer Lockbox setting changed",
        NoticeKind::PersonChanged => "People changed",
        NoticeKind::Test => "Test",
    }
}

/// Who brought something about, as others see them.
#[must_use]
pub fn actor(actor: &Actor) -> Person {
    Person::new(actor.name(), actor.roles())
}

/// A person, as others see them.
#[must_use]
pub fn person(person: &person::Person) -> Person {
    actor(&Actor::of(person))
}
