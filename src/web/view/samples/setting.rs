//! Org settings and the Customer Lockbox setting.

use super::super::{
    Acceptance, AccessHoursPage, Badge, Changing, Choice, CodeField, CoveragePage, CoveredService,
    Entitlement, HoursField, HoursOfDay, LimitRow, LimitsForm, LockboxPage, NewDecider, Place,
    ProtectionPage, Select, SettingRow, SettingsPage, Terms, TermsPage, TrialPage, TurnOffPage,
};
use super::{Sample, administrator, after, ana, auditor, before, kim, sample};

fn terms(version: &str) -> Terms {
    Terms {
        version: version.to_owned(),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        text: "1. Support may take longer while a request waits for you.\n\n2. A request that \
               nobody answers within 12 hours expires and gives no access."
            .to_owned(),
    }
}

fn lockbox() -> LockboxPage {
    let limit = |name: &str, value: &str, bounds: &str| LimitRow {
        name: name.to_owned(),
        value: value.to_owned(),
        bounds: bounds.to_owned(),
    };
    LockboxPage {
        shell: administrator(Place::Settings),
        version: "3".to_owned(),
        on: true,
        changing: Changing::Open,
        administrators: vec![ana()],
        terms: terms("1"),
        accepted: Some(Acceptance {
            version: "1".to_owned(),
            sha256: terms("1").sha256,
            by: ana(),
            at: before(60 * 24 * 40),
        }),
        services: [
            ("Exchange Online", true),
            ("SharePoint Online", true),
            ("OneDrive", true),
            ("Teams", true),
            ("Yammer", false),
        ]
        .map(|(name, covered)| CoveredService {
            name: name.to_owned(),
            covered,
            proposed: false,
            change: (!covered).then(|| "/settings/customer-lockbox/services/yammer".to_owned()),
        })
        .into(),
        entitlement: Entitlement::Included {
            plan: Some("Enterprise E5".to_owned()),
        },
        may_turn_on: true,
        limits_form: Some(limits_form()),
        access_hours: "Access can be started and goes on at any time".to_owned(),
        delay: "They wait 24 hours".to_owned(),
        new_deciders: vec![NewDecider {
            name: "<b>Noa</b> Weiss".to_owned(),
            roles: "global administrator, access approver".to_owned(),
            from: after(60 * 20),
            stop: Some("/people/0190aaaa-0000-7000-8000-0000000000aa/deciding".to_owned()),
        }],
        deciders: 3,
        sure: 3,
        needed: 1,
        limits: vec![
            limit("Time for you to answer", "12 hours", "1 to 96 hours"),
            limit(
                "Time for the support manager to answer",
                "12 hours",
                "Set by the provider",
            ),
            limit("Longest access", "4 hours", "15 minutes to 24 hours"),
            limit(
                "Time to start after approval",
                "4 hours",
                "15 minutes to 24 hours",
            ),
            limit("Approvals needed", "1", "1 to 5 people"),
        ],
        problem: None,
    }
}

fn limits_form() -> LimitsForm {
    let select = |choices: &[(&str, &str)]| Select {
        choices: choices
            .iter()
            .map(|(value, label)| Choice::new(*value, *label))
            .collect(),
        error: None,
    };
    let lengths = [("PT1H", "1 hour"), ("PT4H", "4 hours")];
    LimitsForm {
        version: "720-240-240-1-any time".to_owned(),
        time_to_answer: select(&[("PT4H", "4 hours"), ("PT12H", "12 hours")]),
        longest_access: select(&lengths),
        time_to_start: select(&lengths),
        approvals_needed: select(&[("1", "1 person"), ("2", "2 different people")]),
        manager: "12 hours".to_owned(),
        code: Some(CodeField::default()),
    }
}

/// The setting page in the states that an entitlement, a proposal and too few people bring about.
fn lockboxes() -> Vec<Sample> {
    let off = LockboxPage {
        on: false,
        accepted: None,
        may_turn_on: false,
        entitlement: Entitlement::TrialOffered,
        ..lockbox()
    };
    let entitled = |entitlement| LockboxPage {
        entitlement,
        ..off.clone()
    };
    let mut proposed = lockbox();
    proposed.services[3].proposed = true;
    proposed.services[3].change = Some("/settings/customer-lockbox/services/teams".to_owned());
    proposed.entitlement = Entitlement::TrialOver { since: before(60) };
    let mut refused = lockbox();
    if let Some(form) = &mut refused.limits_form {
        form.approvals_needed.error = Some("Choose 2 at most.".to_owned());
    }
    let people = |deciders, needed| LockboxPage {
        deciders,
        sure: deciders,
        needed,
        ..lockbox()
    };
    let unsure = |sure| LockboxPage { sure, ..lockbox() };
    let suspended = LockboxPage {
        changing: Changing::Suspended,
        limits_form: None,
        ..lockbox()
    };
    vec![
        sample("lockbox-suspended", &suspended),
        sample("lockbox-no-plan", &off),
        sample(
            "lockbox-trial",
            &LockboxPage {
                may_turn_on: true,
                ..entitled(Entitlement::Trial {
                    until: after(9_000),
                })
            },
        ),
        sample(
            "lockbox-trial-asked",
            &entitled(Entitlement::Asked { at: before(90) }),
        ),
        sample("lockbox-trial-had", &entitled(Entitlement::Nothing)),
        sample("lockbox-proposed", &proposed),
        sample("lockbox-limits-refused", &refused),
        sample("lockbox-nobody-decides", &people(0, 1)),
        sample("lockbox-one-decides", &people(1, 1)),
        sample("lockbox-too-few-decide", &people(2, 3)),
        sample("lockbox-one-is-sure", &unsure(1)),
        sample("lockbox-nobody-is-sure", &unsure(0)),
    ]
}

fn confirmations() -> Vec<Sample> {
    let trial = TrialPage {
        shell: administrator(Place::Settings),
        tenant: "Fabrikam".to_owned(),
        until: Some(after(60 * 24 * 30)),
        code: Some(CodeField::default()),
        problem: None,
    };
    let confirmed = TrialPage {
        until: None,
        problem: Some("You have had your trial.".to_owned()),
        code: None,
        ..trial.clone()
    };
    let uncover = CoveragePage {
        shell: administrator(Place::Settings),
        href: "/settings/customer-lockbox/services/teams".to_owned(),
        service: "Teams".to_owned(),
        asks: false,
        told: vec![ana(), kim()],
        code: Some(CodeField::refused("Enter the code your app shows now.")),
        problem: None,
    };
    let cover = CoveragePage {
        asks: true,
        code: None,
        ..uncover.clone()
    };
    vec![
        sample("trial", &trial),
        sample("trial-refused", &confirmed),
        sample("coverage-less", &uncover),
        sample("coverage-again", &cover),
    ]
}

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = switches();
    samples.extend(lockboxes());
    samples.extend(confirmations());
    samples.extend(hours());
    samples
}

/// The page of access hours, some of them set.
fn access_hours() -> AccessHoursPage {
    let day = |short, name, fields: [&'static str; 4], times: [&str; 2]| HoursOfDay {
        short,
        name,
        times: [
            (fields[0], "from", times[0]),
            (fields[1], "to", times[1]),
            (fields[2], "and from", ""),
            (fields[3], "and to", ""),
        ]
        .map(|(name, label, value)| HoursField {
            name,
            label,
            value: value.to_owned(),
        }),
        error: None,
    };
    AccessHoursPage {
        shell: administrator(Place::Settings),
        version: "720-240-240-1-any time".to_owned(),
        weekly: true,
        days: vec![
            day(
                "Mon",
                "Monday",
                ["mon_from", "mon_to", "mon_from_2", "mon_to_2"],
                ["08:00", "18:00"],
            ),
            day(
                "Sun",
                "Sunday",
                ["sun_from", "sun_to", "sun_from_2", "sun_to_2"],
                ["", ""],
            ),
        ],
        zone: "Europe/Berlin".to_owned(),
        delay: None,
        error: None,
        code: None,
        problem: None,
    }
}

fn hours() -> Vec<Sample> {
    let any = AccessHoursPage {
        weekly: false,
        delay: Some("24 hours".to_owned()),
        code: Some(CodeField::default()),
        ..access_hours()
    };
    let nobody = AccessHoursPage {
        error: Some("Choose hours of at least one day.".to_owned()),
        ..access_hours()
    };
    let mut backwards = access_hours();
    backwards.days[0].error = Some("Choose an end that is after the beginning.".to_owned());
    backwards.code = Some(CodeField::refused("Enter the code your app shows now."));
    let meanwhile = AccessHoursPage {
        problem: Some("Somebody changed the limits meanwhile. Look at them again.".to_owned()),
        ..access_hours()
    };
    vec![
        sample("access-hours", &access_hours()),
        sample("access-hours-any", &any),
        sample("access-hours-nobody", &nobody),
        sample("access-hours-backwards", &backwards),
        sample("access-hours-meanwhile", &meanwhile),
    ]
}

fn protection(error: Option<String>) -> ProtectionPage {
    ProtectionPage {
        shell: administrator(Place::Settings),
        delay: Select {
            choices: vec![
                Choice::new("0", "They are done at once").chosen(),
                Choice::new("24", "They wait 24 hours"),
                Choice::new("72", "They wait 72 hours"),
            ],
            error,
        },
        code: Some(CodeField::default()),
        problem: None,
    }
}

fn switches() -> Vec<Sample> {
    let settings = SettingsPage {
        shell: administrator(Place::Settings),
        rows: vec![SettingRow {
            href: "/settings/customer-lockbox".to_owned(),
            name: "Customer Lockbox".to_owned(),
            description: "Require your approval before anybody at the provider sees your content."
                .to_owned(),
            state: Badge::On,
        }],
        read_only: false,
    };
    let reading = SettingsPage {
        shell: auditor(Place::Settings),
        read_only: true,
        ..settings.clone()
    };
    let off = LockboxPage {
        on: false,
        accepted: None,
        ..lockbox()
    };
    let newer = LockboxPage {
        terms: terms("2"),
        ..lockbox()
    };
    let read_only = LockboxPage {
        shell: auditor(Place::Settings),
        changing: Changing::NotYou,
        limits_form: None,
        ..lockbox()
    };
    let refused = LockboxPage {
        problem: Some("Somebody changed the setting meanwhile. Look again.".to_owned()),
        ..lockbox()
    };
    let accept = TermsPage {
        shell: administrator(Place::Settings),
        version: "3".to_owned(),
        tenant: "Fabrikam".to_owned(),
        terms: terms("1"),
        not_covered: vec!["Yammer".to_owned()],
        uncovered: "019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d11".to_owned(),
        turns_on: true,
        revokes: 1,
        code: Some(CodeField::default()),
        problem: None,
    };
    let renew = TermsPage {
        not_covered: Vec::new(),
        uncovered: String::new(),
        turns_on: false,
        revokes: 0,
        code: None,
        ..accept.clone()
    };
    let off_confirm = TurnOffPage {
        shell: administrator(Place::Settings),
        version: "3".to_owned(),
        told: vec![ana(), kim()],
        waiting: 2,
        delay: Some("24 hours".to_owned()),
        code: Some(CodeField::refused("Enter the code your app shows now.")),
        problem: None,
    };
    vec![
        sample("settings", &settings),
        sample("settings-reader", &reading),
        sample("lockbox-on", &lockbox()),
        sample("lockbox-off", &off),
        sample("lockbox-newer-terms", &newer),
        sample("lockbox-reader", &read_only),
        sample("lockbox-refused", &refused),
        sample("terms", &accept),
        sample("terms-renew", &renew),
        sample("turn-off", &off_confirm),
        sample("protection", &protection(None)),
        sample(
            "protection-refused",
            &protection(Some("Choose one of the lengths of time.".to_owned())),
        ),
    ]
}
