//! Mails about changes of the setting, besides the switch.

use super::*;
use crate::domain::entitlement::Entitlement;
use crate::domain::lockbox::Limits;
use crate::domain::notification_setting::NotificationSetting;
use crate::domain::text::Issuer;
use crate::domain::weakening::{Delay, Weakening};
use crate::domain::webhook::Why;

fn every_change() -> Vec<(&'static str, &'static str, SettingChange)> {
    let kim = "Kim Berg (global administrator)";
    let (operator, service) = ("operator root", line("Teams"));
    let until = moment("2026-12-21T08:00:00Z");
    let plan = |plan| SettingChange::Entitlement(Entitlement::Included { plan });
    let mut changes = vec![
        (
            "terms",
            kim,
            SettingChange::TermsAccepted {
                version: "2026-12".to_owned(),
            },
        ),
        (
            "uncovered",
            kim,
            SettingChange::ServiceUncovered {
                service: service.clone(),
            },
        ),
        ("covered", kim, SettingChange::ServiceCovered { service }),
        ("limits", kim, SettingChange::Limits(Limits::default())),
        ("trial-asked", kim, SettingChange::TrialAsked),
        (
            "trial",
            kim,
            SettingChange::Entitlement(Entitlement::Trial { until }),
        ),
        ("plan", operator, plan(Some(line("Enterprise E5")))),
        ("included", operator, plan(None)),
        (
            "nothing",
            operator,
            SettingChange::Entitlement(Entitlement::None),
        ),
        (
            "suspended",
            operator,
            SettingChange::Suspended {
                why: "The contract has ended.".to_owned(),
            },
        ),
        ("resumed", operator, SettingChange::Resumed),
        (
            "approver",
            operator,
            SettingChange::ApproverAdded {
                name: line("Noa Weiss"),
                roles: vec![Role::AccessApprover],
            },
        ),
        (
            "mails",
            kim,
            SettingChange::Notifications(NotificationSetting {
                links: false,
                reminders: false,
            }),
        ),
    ];
    changes.extend(changes_of_recovery());
    changes.extend(later_changes());
    changes
}

/// Those of a new administrator that the provider makes.
fn changes_of_recovery() -> Vec<(&'static str, &'static str, SettingChange)> {
    let (kim, due) = (
        "Kim Berg (global administrator)",
        moment("2026-11-24T08:00:00Z"),
    );
    vec![
        (
            "recovery-started",
            "Pat Reyes (provider administrator)",
            SettingChange::RecoveryStarted {
                name: line("Noa Weiss"),
                due,
            },
        ),
        (
            "recovery-reminded",
            "Lockbox",
            SettingChange::RecoveryReminded {
                name: line("Noa Weiss"),
                due,
            },
        ),
        (
            "recovery-stopped",
            kim,
            SettingChange::RecoveryStopped {
                by_signing_in: false,
            },
        ),
        (
            "recovery-stopped-by-signing-in",
            kim,
            SettingChange::RecoveryStopped {
                by_signing_in: true,
            },
        ),
        (
            "recovery-finished",
            "Lockbox",
            SettingChange::RecoveryFinished,
        ),
    ]
}

/// Those of the protection and of single sign-on.
fn later_changes() -> Vec<(&'static str, &'static str, SettingChange)> {
    let kim = "Kim Berg (global administrator)";
    vec![
        (
            "delay",
            kim,
            SettingChange::Delay {
                delay: Delay::ThreeDays,
            },
        ),
        (
            "weakening-asked",
            kim,
            SettingChange::WeakeningAsked {
                what: Weakening::TurnOff,
                due: moment("2026-11-24T08:00:00Z"),
            },
        ),
        (
            "weakening-stopped",
            kim,
            SettingChange::WeakeningStopped {
                what: Weakening::Limits {
                    limits: Limits::default(),
                },
            },
        ),
        (
            "sign-on-set",
            kim,
            SettingChange::SingleSignOnSet {
                issuer: Issuer::parse("https://login.fabrikam.example").unwrap(),
            },
        ),
        (
            "webhook",
            kim,
            SettingChange::WebhookAdded {
                description: line("The SIEM"),
            },
        ),
        (
            "webhook-gone",
            "Lockbox",
            SettingChange::WebhookDisabled {
                description: line("The SIEM"),
                why: Why::Gone,
            },
        ),
        (
            "webhook-failing",
            "Lockbox",
            SettingChange::WebhookDisabled {
                description: line("The SIEM"),
                why: Why::Failing,
            },
        ),
        (
            "sign-on",
            kim,
            SettingChange::SingleSignOn {
                on: true,
                issuer: Issuer::parse("https://login.fabrikam.example").unwrap(),
            },
        ),
        (
            "sign-on-off",
            kim,
            SettingChange::SingleSignOn {
                on: false,
                issuer: Issuer::parse("https://login.fabrikam.example").unwrap(),
            },
        ),
    ]
}

fn about(by: &str, change: SettingChange) -> Letter {
    Letter {
        change: Some(change),
        by: by.to_owned(),
        ..letter(NoticeKind::SettingChanged, Audience::Approvers)
    }
}

#[test]
fn every_change_of_the_setting_has_its_words() {
    let mut texts = Vec::new();
    for (name, by, change) in every_change() {
        let letter = about(by, change);
        keep(&format!("SettingChanged-{name}"), &letter);
        texts.push(text(&letter));
    }
    insta::assert_snapshot!("SettingChanged", texts.join("\n=====\n\n"));
}

#[test]
fn a_letter_about_a_change_that_names_none_is_not_composed() {
    let letter = Letter {
        change: None,
        ..letter(NoticeKind::SettingChanged, Audience::Approvers)
    };
    let composed = compose(&letter, mail_id(), letter.at, &sender());
    assert!(matches!(composed, Err(ComposeError::NoChange)));
}

/// Letters were stored before there were such changes.
#[test]
fn a_stored_letter_without_a_change_is_still_read() {
    let letter = letter(NoticeKind::LockboxTurnedOff, Audience::Approvers);
    let mut stored = serde_json::to_value(&letter).unwrap();
    stored.as_object_mut().unwrap().remove("change").unwrap();
    assert_eq!(serde_json::from_value::<Letter>(stored).unwrap(), letter);
}

/// The system does in due time what somebody asked for: the mail names them, and when they asked.
#[test]
fn what_had_waited_names_who_asked_for_it_and_when() {
    let at_once = letter(NoticeKind::LockboxTurnedOff, Audience::Approvers);
    assert!(!text(&at_once).contains("Asked:"));
    let waited = Letter {
        asked: Some(at_once.at - chrono::TimeDelta::hours(72)),
        ..at_once
    };
    let said = text(&waited);
    for words in [
        "Kim Berg (global administrator) turned off Customer Lockbox",
        "asked for it at 18 Nov 2026, 09:00 CET",
        "waited 72 hours",
        "Asked:",
    ] {
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{words}: {said}");
    }
    let stored = serde_json::to_value(&waited).unwrap();
    assert_eq!(serde_json::from_value::<Letter>(stored).unwrap(), waited);
}
