//! What a mail says about a change of the setting, besides the switch.

use super::setting::of_setting;
use super::{Words, protection, sign_on};
use crate::domain::entitlement::Entitlement;
use crate::domain::lockbox::Limits;
use crate::domain::notice::{Letter, SettingChange};
use crate::domain::notification_setting::NotificationSetting;
use crate::domain::person::roles_in_words;
use crate::domain::time::Moment;
use crate::domain::webhook::Why;
use crate::post::when;

/// The words for a change.
#[expect(clippy::too_many_lines, reason = "each kind is worded here")]
pub(super) fn words(letter: &Letter, change: &SettingChange) -> Words {
    let Letter { tenant, by, .. } = letter;
    let (heading, lead, otherwise) = match change {
        SettingChange::TermsAccepted { version } => (
            "Newer activation terms were accepted",
            format!("{by} accepted version {version} of the activation terms of Customer Lockbox for {tenant}."),
            "Customer Lockbox stays on as it is.".to_owned(),
        ),
        SettingChange::ServiceUncovered { service } => (
            "A service is no longer covered",
            format!("{by} accepted for {tenant} that you are not asked about {service}."),
            format!(
                "From now on a support manager's endorsement is enough for access to {service}. Every request is still recorded \
                 and stays visible to you. Requests already waiting for you keep waiting."
            ),
        ),
        SettingChange::ServiceCovered { service } => (
            "A service is covered again",
            format!("{by} decided for {tenant} that you are asked about {service} again."),
            format!(
                "From now on nobody of the provider's support sees your content in {service} before you approve it. Approvals given \
                 without asking you and not started were revoked. Access that is already running goes on; you can revoke it."
            ),
        ),
        SettingChange::Limits(limits) => (
            "The limits of Customer Lockbox were changed",
            format!("{by} changed the limits of Customer Lockbox for {tenant}."),
            format!(
                "Deadlines already set stay as they are. A request that already waits for you needs the higher number of approvals \
                 of before and now.{}",
                if limits.access_hours.is_any_time() {
                    ""
                } else {
                    " Access outside of the access hours ends, and none goes on beyond them."
                }
            ),
        ),
        SettingChange::Delay { delay } => protection::delay(letter, *delay),
        SettingChange::WeakeningAsked { what, due } => protection::asked(letter, what, *due),
        SettingChange::WeakeningStopped { what } => protection::stopped(letter, what),
        SettingChange::TrialAsked => (
            "A trial of Customer Lockbox was asked for",
            format!("{by} asked for a trial of Customer Lockbox for {tenant}."),
            "It begins when the provider confirms it. Customer Lockbox can then be turned on.".to_owned(),
        ),
        SettingChange::Entitlement(entitlement) => (
            "The entitlement to Customer Lockbox was changed",
            entitled(letter, entitlement),
            "If Customer Lockbox is on, it stays on: protection does not end with an entitlement.".to_owned(),
        ),
        SettingChange::Suspended { .. } => (
            "Data access was suspended",
            format!("{by} of the provider suspended {tenant}."),
            "What waited was withdrawn, what was approved or running was revoked, and nothing can be filed. You can still sign in, \
             read and export."
                .to_owned(),
        ),
        SettingChange::Resumed => (
            "Data access is no longer suspended",
            format!("{by} of the provider ended the suspension of {tenant}."),
            "Requests can be filed again. Those that were withdrawn or revoked stay so.".to_owned(),
        ),
        SettingChange::ApproverAdded { name, roles } => (
            "One more person decides data access requests",
            format!("{by} added {name} ({}) to {tenant}.", roles_in_words(roles)),
            "From now on they can approve, reject and revoke access to your content. Requests filed before are not theirs to approve. \
             If nobody you trust asked for this, turn to your administrator at once."
                .to_owned(),
        ),
        SettingChange::RecoveryStarted { name, due } => (
            "Somebody else will administer your organisation",
            format!(
                "{by} of the provider began to make {name} a global administrator of {tenant}, since nobody of {tenant} could."
            ),
            how_to_stop(letter, *due),
        ),
        SettingChange::RecoveryReminded { name, due } => (
            "Somebody else will soon administer your organisation",
            format!(
                "The provider is still making {name} a global administrator of {tenant}: nobody of {tenant} has stopped it so far."
            ),
            how_to_stop(letter, *due),
        ),
        SettingChange::RecoveryStopped { by_signing_in } => (
            "Nobody else will administer your organisation",
            if *by_signing_in {
                format!("{by} signed in, which stopped that the provider makes a new administrator of {tenant}.")
            } else {
                format!("{by} stopped that the provider makes a new administrator of {tenant}.")
            },
            "Your people stay as they are.".to_owned(),
        ),
        SettingChange::RecoveryFinished => (
            "Your organisation has a new administrator",
            format!("Nobody of {tenant} stopped within 72 hours that the provider makes a new global administrator."),
            "They can invite, change and remove people, and decide requests that are filed from now on.".to_owned(),
        ),
        SettingChange::WebhookAdded { description } => (
            "A webhook was added",
            format!("{by} added the webhook \u{201c}{description}\u{201d} for {tenant}."),
            "From now on facts of your audit log are sent to it. If nobody you trust asked for this, remove it at once.".to_owned(),
        ),
        SettingChange::WebhookDisabled { description, why } => (
            "A webhook was turned off",
            format!(
                "Lockbox turned off the webhook \u{201c}{description}\u{201d} of {tenant}: {}.",
                match why {
                    Why::Gone => "its receiver answered that it wants nothing any more (410 Gone)",
                    Why::Failing => "its receiver took nothing for more than three days",
                }
            ),
            "Nothing is sent to it until somebody turns it on again. What it missed stands in the audit log, and what was tried stays on \
             its page, to be sent again."
                .to_owned(),
        ),
        SettingChange::Notifications(setting) => (
            "The mails of Customer Lockbox were changed",
            format!("{by} changed which mails {tenant} gets."),
            mails(*setting),
        ),
        SettingChange::SingleSignOnSet { issuer } => sign_on::set(letter, issuer),
        SettingChange::SingleSignOn { on: true, issuer } => sign_on::turned_on(letter, issuer),
        SettingChange::SingleSignOn { on: false, issuer } => sign_on::turned_off(letter, issuer),
    };
    of_setting(letter, heading, lead, otherwise)
}

/// How a new administrator of the provider's is stopped, and by when.
fn how_to_stop(letter: &Letter, due: Moment) -> String {
    format!(
        "It happens at {}. If that is wrong, stop it before: sign in and press Stop. Any of you who decides or reads may. It also \
         stops when one of your global administrators signs in.",
        when::full(due, letter.zone)
    )
}

/// When access may be started and go on, in words. The hours are the tenant's, whatever zone the reader has.
pub(in crate::post) fn access_hours(letter: &Letter, limits: &Limits) -> String {
    if limits.access_hours.is_any_time() {
        "Any time".to_owned()
    } else {
        format!(
            "{}, by the clocks of {}",
            limits.access_hours, letter.tenant
        )
    }
}

fn mails(setting: NotificationSetting) -> String {
    let links = if setting.links {
        "Mails link to the portal."
    } else {
        "Mails no longer link to the portal; they name the way there in words."
    };
    let reminders = if setting.reminders {
        "Reminders are sent."
    } else {
        "No reminders are sent: a request is announced once, and it expires if nobody decides it."
    };
    format!("{links} {reminders}")
}

fn entitled(letter: &Letter, entitlement: &Entitlement) -> String {
    let Letter { tenant, by, .. } = letter;
    match entitlement {
        Entitlement::None => {
            format!("{by} noted that {tenant} has no plan that includes Customer Lockbox.")
        }
        Entitlement::Trial { until } => format!(
            "{by} began a trial of Customer Lockbox for {tenant}. It lasts until {}.",
            when::full(*until, letter.zone)
        ),
        Entitlement::Included { plan: None } => {
            format!("{by} noted that Customer Lockbox is included for {tenant}.")
        }
        Entitlement::Included { plan: Some(plan) } => {
            format!("{by} noted that Customer Lockbox is included in the plan of {tenant}, {plan}.")
        }
    }
}
