//! Notifications.

use super::super::{CodeField, Gets, MailRow, Message, NotificationsPage, Place, Tone};
use super::{Sample, administrator, ana, auditor, sample};

fn notifications() -> NotificationsPage {
    let mail = |name: &str, approvers, others| MailRow {
        name: name.to_owned(),
        approvers,
        engineer: others,
        manager: others,
    };
    NotificationsPage {
        shell: administrator(Place::Notifications),
        version: "Links on, reminders on".to_owned(),
        links: true,
        reminders: true,
        may_change: true,
        administrators: vec![ana()],
        mails: vec![
            mail("Action needed", Gets::Yes, Gets::No),
            mail("Reminder", Gets::TurnedOff, Gets::No),
            mail("Approved", Gets::Yes, Gets::Yes),
        ],
        test_to: Some("ana@fabrikam.example".to_owned()),
        code: Some(CodeField::default()),
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let mut saved = NotificationsPage {
        links: false,
        reminders: false,
        code: None,
        ..notifications()
    };
    let words = "Saved. Every administrator and approver gets a mail about it.";
    saved.shell.messages.push(Message::new(Tone::Good, words));
    let asked = NotificationsPage {
        links: false,
        code: Some(CodeField::refused("Enter the code your app shows now.")),
        ..notifications()
    };
    let reader = NotificationsPage {
        shell: auditor(Place::Notifications),
        may_change: false,
        test_to: None,
        code: None,
        ..notifications()
    };
    vec![
        sample("notifications", &notifications()),
        sample("notifications-saved", &saved),
        sample("notifications-asked", &asked),
        sample("notifications-reader", &reader),
    ]
}
