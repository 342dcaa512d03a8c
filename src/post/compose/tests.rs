//! Every mail, composed and read back by a parser that is not ours.

mod changes;
mod headers;
mod hostile;
mod links;
mod person;
mod said;

use mail_parser::MessageParser;

use super::*;
use crate::domain::id::Reference;
use crate::domain::notice::{AboutPerson, AboutRequest, NoticeKind, PersonChange, SettingChange};
use crate::domain::person::Role;
use crate::domain::request::Basis;
use crate::domain::request::state::WaitingFor;
use crate::domain::text::{EmailAddress, Line};
use crate::domain::time::Minutes;

const AUDIENCES: [Audience; 3] = [Audience::Approvers, Audience::Engineer, Audience::Manager];

/// Every kind for everybody who could read it: about a request any of the three, else who hears of it.
fn every_letter() -> Vec<Letter> {
    let readers = |kind: NoticeKind| match kind {
        kind if is_about_setting(kind) => kind.audiences(),
        NoticeKind::Reminder | NoticeKind::EndingSoon => kind.audiences(),
        _ => &AUDIENCES,
    };
    NoticeKind::ALL
        .into_iter()
        .flat_map(|kind| {
            readers(kind)
                .iter()
                .map(move |audience| letter(kind, *audience))
        })
        .collect()
}

fn is_about_setting(kind: NoticeKind) -> bool {
    matches!(
        kind,
        NoticeKind::LockboxTurnedOn
            | NoticeKind::LockboxTurnedOff
            | NoticeKind::SettingChanged
            | NoticeKind::PersonChanged
            | NoticeKind::Test
    )
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn line(text: &str) -> Line {
    Line::parse(text).unwrap()
}

fn sender() -> Sender {
    Sender {
        from: "Lockbox <lockbox@provider.example>".parse().unwrap(),
        reply_to: Some("Support <support@provider.example>".parse().unwrap()),
        base_url: "https://lockbox.provider.example/?x=1#y".parse().unwrap(),
    }
}

fn mail_id() -> Uuid {
    Uuid::from_u128(0x0193_4d3c_7b1a_7c11_9f00_5a5a_5a5a_0001)
}

/// A letter as the acts would write it: what the kind carries and no more.
fn letter(kind: NoticeKind, audience: Audience) -> Letter {
    let (to, to_name) = match audience {
        Audience::Approvers
        | Audience::Oneself
        | Audience::Administrators
        | Audience::Everybody => ("ada@fabrikam.example", "Ada Ortiz"),
        Audience::Person => ("noa@fabrikam.example", "Noa Weiss"),
        Audience::Engineer => ("ben@provider.example", "Ben Roth"),
        Audience::Manager => ("mia@provider.example", "Mia Chen"),
    };
    let (at, by) = match kind {
        NoticeKind::ActionNeeded => ("2026-11-21T13:25:00Z", "Mia Chen (support manager)"),
        NoticeKind::Reminder => ("2026-11-22T00:25:00Z", "Lockbox"),
        NoticeKind::EndingSoon => ("2026-11-21T22:05:00Z", "Lockbox"),
        NoticeKind::Approved | NoticeKind::Rejected => {
            ("2026-11-21T20:14:00Z", "Ada Ortiz (access approver)")
        }
        NoticeKind::Expired => ("2026-11-22T01:25:00.4Z", "Lockbox"),
        NoticeKind::Started => ("2026-11-21T20:20:00Z", "Ben Roth (engineer)"),
        NoticeKind::Ended => ("2026-11-22T00:20:00Z", "Lockbox"),
        NoticeKind::Shortened | NoticeKind::Revoked => {
            ("2026-11-21T21:00:00Z", "Kim Berg (global administrator)")
        }
        NoticeKind::Withdrawn => ("2026-11-21T14:00:00Z", "Ben Roth (engineer)"),
        NoticeKind::Test => ("2026-11-21T08:00:00Z", "Ada Ortiz (access approver)"),
        NoticeKind::LockboxTurnedOn
        | NoticeKind::LockboxTurnedOff
        | NoticeKind::SettingChanged
        | NoticeKind::PersonChanged => ("2026-11-21T08:00:00Z", "Kim Berg (global administrator)"),
    };
    Letter {
        kind,
        audience,
        to: EmailAddress::parse(to).unwrap(),
        to_name: line(to_name),
        zone: chrono_tz::Europe::Berlin,
        at: moment(at),
        tenant: line("Fabrikam"),
        by: by.to_owned(),
        asked: None,
        request: (!is_about_setting(kind)).then(|| about(kind)),
        change: (kind == NoticeKind::SettingChanged).then(|| SettingChange::ApproverAdded {
            name: line("Noa Weiss"),
            roles: vec![Role::AccessApprover],
        }),
        person: (kind == NoticeKind::PersonChanged).then(|| AboutPerson {
            name: line("Noa Weiss"),
            change: PersonChange::SecondFactorReset,
        }),
        enclosed: None,
        links: true,
        log_size: 42,
        log_root: "qvTGHdzF6KLavt4PO0gs2a6pQ00Ipe+/4mkEXRJ2VQo=".to_owned(),
    }
}

fn about(kind: NoticeKind) -> AboutRequest {
    let granted = matches!(
        kind,
        NoticeKind::Approved | NoticeKind::Started | NoticeKind::Shortened | NoticeKind::EndingSoon
    );
    let deadline = match kind {
        NoticeKind::ActionNeeded | NoticeKind::Reminder => Some("2026-11-22T01:25:00Z"),
        NoticeKind::Approved => Some("2026-11-22T00:14:00Z"),
        NoticeKind::Shortened => Some("2026-11-21T21:30:00Z"),
        NoticeKind::Started | NoticeKind::EndingSoon => Some("2026-11-21T22:20:00Z"),
        _ => None,
    };
    AboutRequest {
        reference: Reference::parse("LBX-7Q2M-9XKD").unwrap(),
        service: line("Exchange Online"),
        service_key: None,
        engineer: line("Ben Roth"),
        manager: Some("Mia Chen".to_owned()),
        case: Some("CASE-4711: Calendar entries disappear".to_owned()),
        scope: "Calendar of Kim Berg, reading only".to_owned(),
        objects: vec!["mailbox/kim@fabrikam.example/calendar".to_owned()],
        actions: vec!["read".to_owned()],
        reason: "Entries disappear after 14:00.\nI need to see the calendar's history.".to_owned(),
        asked: Minutes::hours(4),
        follows: None,
        granted: granted.then(|| Minutes::hours(2)),
        basis: granted.then_some(Basis::CustomerDecision),
        note: match kind {
            NoticeKind::Approved => Some("Two hours are enough.".to_owned()),
            NoticeKind::Rejected => Some("We have found it ourselves.".to_owned()),
            NoticeKind::Revoked => Some("The calendar is back.".to_owned()),
            _ => None,
        },
        filed_at: moment("2026-11-21T13:05:00Z"),
        deadline: deadline.map(moment),
        waiting_for: (kind == NoticeKind::Expired).then_some(WaitingFor::Customer),
        case_opened: Some("Opened by Kim Berg of Fabrikam".to_owned()),
        case_closed: kind == NoticeKind::Withdrawn,
        hours_changed: false,
    }
}

fn written(letter: &Letter) -> Vec<u8> {
    compose(letter, mail_id(), letter.at, &sender())
        .unwrap()
        .formatted()
}

fn parsed(mail: &[u8]) -> mail_parser::Message<'_> {
    MessageParser::default().parse(mail).unwrap()
}

/// The subject and the text part, as one reads them.
fn text(letter: &Letter) -> String {
    let mail = written(letter);
    let mail = parsed(&mail);
    let body = mail.body_text(0).unwrap().replace("\r\n", "\n");
    format!(
        "To: {:?}\nSubject: {}\n\n{body}",
        letter.audience,
        mail.subject().unwrap()
    )
}

/// Writes every mail's HTML into the folder named by `LOCKBOX_MAILS`, to look at.
fn keep(name: &str, letter: &Letter) {
    if let Some(folder) = std::env::var_os("LOCKBOX_MAILS") {
        let mail = written(letter);
        let html = parsed(&mail).body_html(0).unwrap().into_owned();
        std::fs::write(
            std::path::Path::new(&folder).join(format!("{name}.html")),
            html,
        )
        .unwrap();
    }
}
