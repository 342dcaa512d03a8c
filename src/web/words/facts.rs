//! The words for facts.

mod people;
mod webhooks;

pub use webhooks::reason as webhook_off;

use super::basis;
use crate::domain::audit::entry::Entry;
use crate::domain::entitlement::Entitlement;
use crate::domain::fact::{Endorsed, Fact, Verdict};
use crate::domain::lockbox::Limits;
use crate::domain::notification_setting::NotificationSetting;
use crate::domain::request::HowEnded;
use crate::domain::weakening::Delay;
use crate::web::view::{Times, Tone};

/// A fact in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What happened: "Approved for 2 hours".
    pub what: String,
    /// What was written with it.
    pub note: Option<String>,
    /// How it is meant.
    pub tone: Tone,
}

impl Told {
    fn new(tone: Tone, what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            note: None,
            tone,
        }
    }

    fn noting(self, note: &impl ToString) -> Self {
        Self {
            note: Some(note.to_string()),
            ..self
        }
    }
}

/// What a fact says.
#[must_use]
#[expect(
    clippy::too_many_lines,
    reason = "each fact is worded here, in a line or two"
)]
pub fn of(fact: &Fact) -> Told {
    match fact {
        Fact::TenantEnrolled(tenant) => {
            Told::new(Tone::Quiet, format!("Customer enrolled: {}", tenant.name))
        }
        Fact::EntitlementSet { entitlement, .. } => {
            Told::new(Tone::Info, "Entitlement changed").noting(&entitled(entitlement))
        }
        Fact::TenantSuspended { why, .. } => Told::new(Tone::Danger, "Suspended").noting(why),
        Fact::TenantResumed { .. } => Told::new(Tone::Good, "No longer suspended"),
        Fact::ServiceAdded(service) => {
            Told::new(Tone::Quiet, format!("Service added: {}", service.name))
        }
        Fact::CoverageProposed { name, covered, .. } => {
            let not = if *covered { "" } else { "not " };
            Told::new(Tone::Info, format!("Proposed {not}to cover {name}"))
        }
        Fact::PersonAdded(_)
        | Fact::PersonInvited(_)
        | Fact::PersonInvitedAgain { .. }
        | Fact::PersonJoined { .. }
        | Fact::RolesChanged { .. }
        | Fact::PersonRemoved { .. }
        | Fact::SecondFactorReset { .. }
        | Fact::SecondFactorEnrolled { .. }
        | Fact::SecondFactorSealedAnew { .. }
        | Fact::PasswordForgotten { .. }
        | Fact::PasswordReset { .. }
        | Fact::PasswordChanged { .. }
        | Fact::PasswordHashedAnew { .. } => people::of(fact),
        Fact::RecoveryStarted { name, .. } => Told::new(
            Tone::Danger,
            format!("Provider makes {name} a global administrator in 72 hours"),
        ),
        Fact::RecoveryReminded { name, .. } => Told::new(
            Tone::Warning,
            format!("Reminded that the provider makes {name} a global administrator"),
        ),
        Fact::RecoveryStopped {
            by_signing_in: false,
            ..
        } => Told::new(Tone::Good, "Provider's new administrator stopped"),
        Fact::RecoveryStopped {
            by_signing_in: true,
            ..
        } => Told::new(
            Tone::Good,
            "Provider's new administrator stopped by signing in",
        ),
        Fact::RecoveryFinished { .. } => {
            Told::new(Tone::Warning, "Provider's new administrator made")
        }
        Fact::ApiKeyIssued { key, .. } => {
            Told::new(Tone::Info, format!("API key issued: {}", key.name))
        }
        Fact::ApiKeyRevoked { name, .. } => {
            Told::new(Tone::Warning, format!("API key revoked: {name}"))
        }
        Fact::DatabaseRestored { accesses, sessions } => {
            Told::new(Tone::Danger, "Database restored from a backup").noting(&format!(
                "Approvals and accesses revoked: {accesses}. Sessions ended: {sessions}."
            ))
        }
        Fact::PassKeyMade { alone: false, .. } => {
            Told::new(Tone::Info, "Another key will sign access passes")
        }
        Fact::PassKeyMade { alone: true, .. } => Told::new(
            Tone::Warning,
            "Another key signs access passes, and no other is believed",
        ),
        Fact::PasskeyAdded { passkey, .. } => Told::new(
            Tone::Info,
            format!("{} added the passkey {}", passkey.name, passkey.called),
        ),
        Fact::PasskeyRenamed(passkey) => Told::new(
            Tone::Quiet,
            format!("{} named a passkey {}", passkey.name, passkey.called),
        ),
        Fact::PasskeyRemoved(passkey) => Told::new(
            Tone::Info,
            format!("{} removed the passkey {}", passkey.name, passkey.called),
        ),
        Fact::PasskeyDoubted(passkey) => Told::new(
            Tone::Danger,
            format!(
                "The passkey {} of {} did not count",
                passkey.called, passkey.name
            ),
        )
        .noting(&"Its counter went back: there may be a copy of it"),
        Fact::RecoveryCodesMade { name, .. } => {
            Told::new(Tone::Info, format!("{name} made new recovery codes"))
        }
        Fact::RecoveryCodeUsed { name, left, .. } => {
            Told::new(Tone::Warning, format!("{name} came in by a recovery code"))
                .noting(&format!("Left: {left}"))
        }
        Fact::SupportCaseRecorded(case) => Told::new(
            Tone::Quiet,
            format!("Support case recorded: {}", case.number),
        ),
        Fact::SupportCaseOpened(case) => {
            Told::new(Tone::Info, format!("Support case opened: {}", case.number))
                .noting(&case.title)
        }
        Fact::SupportCaseChanged(case) => Told::new(
            Tone::Info,
            format!("Support case {} described anew", case.number),
        )
        .noting(&case.title),
        Fact::SupportCaseCommented(said) => Told::new(
            Tone::Quiet,
            format!("Commented on the support case {}", said.number),
        )
        .noting(&said.text),
        Fact::SupportCaseClosed { number, .. } => {
            Told::new(Tone::Warning, format!("Support case closed: {number}"))
        }
        Fact::LockboxTurnedOn { terms, .. } => Told::new(Tone::Good, "Customer Lockbox turned on")
            .noting(&format!(
                "Activation terms, version {}, accepted",
                terms.version
            )),
        Fact::LockboxTurnedOff => Told::new(Tone::Warning, "Customer Lockbox turned off"),
        Fact::TermsAccepted { terms } => Told::new(Tone::Good, "Newer activation terms accepted")
            .noting(&format!("Version {}", terms.version)),
        Fact::ServiceUncovered { name, .. } => Told::new(
            Tone::Warning,
            format!("Accepted that {name} is not covered"),
        ),
        Fact::ServiceCovered { name, .. } => Told::new(Tone::Good, format!("{name} covered again")),
        Fact::LimitsChanged(limits) => {
            Told::new(Tone::Info, "Limits changed").noting(&self::limits(limits))
        }
        Fact::DelaySet(delay) => Told::new(
            Tone::Info,
            match delay {
                Delay::None => "Changes that weaken the protection wait no more".to_owned(),
                delay => format!("Changes that weaken the protection wait {delay}"),
            },
        ),
        Fact::WeakeningAsked { what, .. } => Told::new(
            Tone::Danger,
            "Asked for a change that weakens the protection",
        )
        .noting(&format!("To {what}")),
        Fact::WeakeningStopped { what } => {
            Told::new(Tone::Good, "Stopped a change that weakens the protection")
                .noting(&format!("To {what}"))
        }
        Fact::TrialAsked => Told::new(Tone::Info, "Trial asked for"),
        Fact::TrialStarted { .. } => Told::new(Tone::Good, "Trial begun"),
        Fact::NotificationsChanged(setting) => {
            Told::new(Tone::Info, "Mails changed").noting(&mails(*setting))
        }
        Fact::NotificationsTested => Told::new(Tone::Quiet, "Test mail sent to oneself"),
        Fact::SingleSignOnSet { setting, .. } => {
            Told::new(Tone::Info, "Single sign-on set").noting(&setting.issuer)
        }
        Fact::SingleSignOnTested { .. } => Told::new(Tone::Quiet, "Single sign-on tested"),
        Fact::SingleSignOnTurnedOn { issuer, .. } => {
            Told::new(Tone::Warning, "Single sign-on turned on").noting(issuer)
        }
        Fact::SingleSignOnTurnedOff { issuer, .. } => {
            Told::new(Tone::Warning, "Single sign-on turned off").noting(issuer)
        }
        Fact::SingleSignOnSealedAnew { .. } => {
            Told::new(Tone::Quiet, "Client secret sealed under another server key")
        }
        Fact::PersonLinked { issuer, .. } => {
            Told::new(Tone::Info, "Known to single sign-on from now on").noting(issuer)
        }
        Fact::PersonUnlinked { name, issuer, .. } => Told::new(
            Tone::Warning,
            format!("{name} unlinked from single sign-on"),
        )
        .noting(issuer),
        Fact::SignedInLocally { .. } => Told::new(
            Tone::Warning,
            "Signed in with a password, past single sign-on",
        ),
        Fact::WebhookAdded { .. }
        | Fact::WebhookChanged(_)
        | Fact::WebhookTurnedOn(_)
        | Fact::WebhookTurnedOff(_)
        | Fact::WebhookRemoved(_)
        | Fact::WebhookSecretRotated { .. }
        | Fact::WebhookSealedAnew { .. }
        | Fact::WebhookTested(_)
        | Fact::WebhookDisabled { .. } => webhooks::of(fact),
        Fact::RequestFiled(filed) => {
            let more_time = filed.follows.as_ref().map_or_else(String::new, |earlier| {
                format!(", more time after {earlier}")
            });
            Told::new(
                Tone::Quiet,
                format!("Filed, for {}{more_time}", filed.asked),
            )
        }
        Fact::RequestEndorsed(Endorsed::CustomerAsked { .. }) => {
            Told::new(Tone::Info, "Endorsed, the customer is asked")
        }
        Fact::RequestEndorsed(Endorsed::Granted { grant, .. }) => Told::new(
            Tone::Good,
            format!("Endorsed and approved for {}", grant.duration),
        )
        .noting(&basis(grant.basis)),
        Fact::RequestApproved {
            note,
            verdict,
            duration,
        } => {
            let told = match verdict {
                Verdict::Counted => Told::new(
                    Tone::Good,
                    format!("Approved for {duration}, others must approve too"),
                ),
                Verdict::Granted { grant, .. } => {
                    Told::new(Tone::Good, format!("Approved for {}", grant.duration))
                }
            };
            Told {
                note: note.as_ref().map(ToString::to_string),
                ..told
            }
        }
        Fact::RequestRejected { why } => Told::new(Tone::Danger, "Rejected").noting(why),
        Fact::RequestWithdrawn => Told::new(Tone::Quiet, "Withdrawn"),
        Fact::RequestWithdrawnWithCase => {
            Told::new(Tone::Quiet, "Withdrawn, the support case was closed")
        }
        Fact::RequestExpired { .. } => Told::new(Tone::Warning, "Expired, no access was given"),
        Fact::RequestRevoked { why } => Told::new(Tone::Danger, "Revoked").noting(why),
        Fact::AccessStarted { .. } => Told::new(Tone::Info, "Access started"),
        Fact::AccessShortened { .. } => {
            Told::new(Tone::Warning, "Access ends earlier, with the access hours")
        }
        Fact::AccessPassIssued { .. } => Told::new(Tone::Quiet, "Access pass taken"),
        Fact::RequestReminded { .. } => Told::new(Tone::Quiet, "The customer was reminded"),
        Fact::ActivitySealed { deeds: 1, .. } => {
            Told::new(Tone::Quiet, "1 record of activity sealed")
        }
        Fact::ActivitySealed { deeds, .. } => {
            Told::new(Tone::Quiet, format!("{deeds} records of activity sealed"))
        }
        Fact::AccessEndingSoon { .. } => Told::new(
            Tone::Quiet,
            "The engineer was told that the access ends soon",
        ),
        Fact::AccessEnded { how, .. } => Told::new(Tone::Quiet, ended(how)),
    }
}

/// What an entry says: its fact, and who had asked for it where it waited.
#[must_use]
pub fn of_entry(entry: &Entry, times: Times) -> Told {
    let told = of(&entry.fact);
    let Some(asked) = &entry.asked else {
        return told;
    };
    let (who, when) = (asked.by.name(), times.at(asked.at).words_of_a_moment());
    Told {
        what: format!("{} (asked by {who} {when})", told.what),
        ..told
    }
}

/// How an access ended.
const fn ended(how: &HowEnded) -> &'static str {
    match how {
        HowEnded::Time => "Access ended, its time was over",
        HowEnded::Done { .. } => "Access ended, the engineer was done",
        HowEnded::CaseClosed { .. } => "Access ended, the support case was closed",
        HowEnded::HoursChanged { .. } => "Access ended, the access hours were changed",
    }
}

/// What a tenant is entitled to, in words.
#[must_use]
pub fn entitled(entitlement: &Entitlement) -> String {
    match entitlement {
        Entitlement::None => "No plan that includes Customer Lockbox".to_owned(),
        Entitlement::Trial { .. } => "A trial".to_owned(),
        Entitlement::Included { plan: None } => "Included".to_owned(),
        Entitlement::Included { plan: Some(plan) } => format!("Included in {plan}"),
    }
}

/// What a tenant wants of its mails, in one line.
#[must_use]
pub fn mails(setting: NotificationSetting) -> String {
    let word = |on| if on { "on" } else { "off" };
    format!(
        "Links {}, reminders {}",
        word(setting.links),
        word(setting.reminders)
    )
}

/// Limits in one line.
fn limits(limits: &Limits) -> String {
    format!(
        "{} to answer, {} of access at most, {} to start, approvals needed: {}, access hours: {}",
        limits.time_to_answer,
        limits.longest_access,
        limits.time_to_start,
        limits.approvals_needed,
        limits.access_hours
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::request::{Basis, Grant};
    use crate::domain::text::Prose;
    use crate::domain::time::Minutes;

    #[test]
    fn an_approval_says_what_was_granted_and_keeps_the_note() {
        let fact = |granted| Fact::RequestApproved {
            duration: Minutes::hours(4),
            note: Some(Prose::parse("Only the calendar.").unwrap()),
            verdict: granted,
        };
        let granted = of(&fact(Verdict::Granted {
            grant: Grant {
                duration: Minutes::hours(2),
                basis: Basis::CustomerDecision,
            },
            start_by: "2026-11-22T01:00:00Z".parse().unwrap(),
        }));
        assert_eq!(granted.what, "Approved for 2 hours");
        assert_eq!(granted.note.as_deref(), Some("Only the calendar."));
        let counted = of(&fact(Verdict::Counted));
        assert_eq!(
            counted.what,
            "Approved for 4 hours, others must approve too"
        );
    }
}
