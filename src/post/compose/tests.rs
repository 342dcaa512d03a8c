mod changes;

use mail_parser::{HeaderValue as Parsed, MessageParser, MimeHeaders};

use super::*;
use crate::domain::id::Reference;
use crate::domain::notice::AboutRequest;
use crate::domain::request::Basis;
use crate::domain::request::state::WaitingFor;
use crate::domain::text::{EmailAddress, Line};
use crate::domain::time::Minutes;

const KINDS: [NoticeKind; 10] = [
    NoticeKind::ActionNeeded,
    NoticeKind::Approved,
    NoticeKind::Rejected,
    NoticeKind::Expired,
    NoticeKind::Started,
    NoticeKind::Ended,
    NoticeKind::Revoked,
    NoticeKind::Withdrawn,
    NoticeKind::LockboxTurnedOn,
    NoticeKind::LockboxTurnedOff,
];
const AUDIENCES: [Audience; 3] = [Audience::Approvers, Audience::Engineer, Audience::Manager];

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
    let setting = matches!(
        kind,
        NoticeKind::LockboxTurnedOn | NoticeKind::LockboxTurnedOff | NoticeKind::SettingChanged
    );
    let (to, to_name) = match audience {
        Audience::Approvers => ("ada@fabrikam.example", "Ada Ortiz"),
        Audience::Engineer => ("ben@provider.example", "Ben Roth"),
        Audience::Manager => ("mia@provider.example", "Mia Chen"),
    };
    let (at, by) = match kind {
        NoticeKind::ActionNeeded => ("2026-11-21T13:25:00Z", "Mia Chen (support manager)"),
        NoticeKind::Approved | NoticeKind::Rejected => {
            ("2026-11-21T20:14:00Z", "Ada Ortiz (access approver)")
        }
        NoticeKind::Expired => ("2026-11-22T01:25:00.4Z", "Lockbox"),
        NoticeKind::Started => ("2026-11-21T20:20:00Z", "Ben Roth (engineer)"),
        NoticeKind::Ended => ("2026-11-22T00:20:00Z", "Lockbox"),
        NoticeKind::Revoked => ("2026-11-21T21:00:00Z", "Kim Berg (global administrator)"),
        NoticeKind::Withdrawn => ("2026-11-21T14:00:00Z", "Ben Roth (engineer)"),
        NoticeKind::LockboxTurnedOn | NoticeKind::LockboxTurnedOff | NoticeKind::SettingChanged => {
            ("2026-11-21T08:00:00Z", "Kim Berg (global administrator)")
        }
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
        request: (!setting).then(|| about(kind)),
        change: None,
        log_size: 42,
        log_root: "qvTGHdzF6KLavt4PO0gs2a6pQ00Ipe+/4mkEXRJ2VQo=".to_owned(),
    }
}

fn about(kind: NoticeKind) -> AboutRequest {
    let granted = matches!(kind, NoticeKind::Approved | NoticeKind::Started);
    let deadline = match kind {
        NoticeKind::ActionNeeded => Some("2026-11-22T01:25:00Z"),
        NoticeKind::Approved => Some("2026-11-22T00:14:00Z"),
        NoticeKind::Started => Some("2026-11-21T22:20:00Z"),
        _ => None,
    };
    AboutRequest {
        reference: Reference::parse("LBX-7Q2M-9XKD").unwrap(),
        service: line("Exchange Online"),
        engineer: line("Ben Roth"),
        manager: Some("Mia Chen".to_owned()),
        case: Some("CASE-4711: Calendar entries disappear".to_owned()),
        scope: "Calendar of Kim Berg, reading only".to_owned(),
        objects: vec!["mailbox/kim@fabrikam.example/calendar".to_owned()],
        actions: vec!["read".to_owned()],
        reason: "Entries disappear after 14:00.\nI need to see the calendar's history.".to_owned(),
        asked: Minutes::hours(4),
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

#[test]
fn every_kind_to_every_reader() {
    for kind in KINDS {
        let setting = matches!(
            kind,
            NoticeKind::LockboxTurnedOn | NoticeKind::LockboxTurnedOff
        );
        let readers = if setting {
            &AUDIENCES[..1]
        } else {
            &AUDIENCES[..]
        };
        let letters: Vec<_> = readers
            .iter()
            .map(|audience| letter(kind, *audience))
            .collect();
        for letter in &letters {
            keep(&format!("{kind:?}-{:?}", letter.audience), letter);
        }
        insta::assert_snapshot!(
            format!("{kind:?}"),
            letters
                .iter()
                .map(text)
                .collect::<Vec<_>>()
                .join("\n=====\n\n")
        );
    }
}

#[test]
fn access_that_the_customer_was_not_asked_for() {
    for basis in [Basis::LockboxOff, Basis::NotCovered] {
        let letters = AUDIENCES.map(|audience| {
            let mut letter = letter(NoticeKind::Approved, audience);
            letter.by = "Mia Chen (support manager)".to_owned();
            let request = letter.request.as_mut().unwrap();
            (request.basis, request.note) = (Some(basis), None);
            letter
        });
        insta::assert_snapshot!(
            format!("Approved-{basis:?}"),
            letters.each_ref().map(text).join("\n=====\n\n")
        );
    }
}

#[test]
fn every_way_to_expire_says_that_no_access_was_given() {
    let mut mails = Vec::new();
    for waiting_for in [
        Some(WaitingFor::Manager),
        Some(WaitingFor::Customer),
        Some(WaitingFor::Start),
        None,
    ] {
        let mut letter = letter(NoticeKind::Expired, Audience::Engineer);
        letter.request.as_mut().unwrap().waiting_for = waiting_for;
        letter.request.as_mut().unwrap().deadline = Some(moment("2026-11-22T01:25:00Z"));
        let text = text(&letter);
        assert!(text.contains("no access was given"), "{text}");
        mails.push(text.lines().skip(5).take(2).collect::<Vec<_>>().join("\n"));
    }
    insta::assert_snapshot!(mails.join("\n"));
}

#[test]
fn a_request_without_lists_is_for_the_whole_service_and_says_so() {
    let mut letter = letter(NoticeKind::ActionNeeded, Audience::Approvers);
    let request = letter.request.as_mut().unwrap();
    (request.objects, request.actions, request.case) = (Vec::new(), Vec::new(), None);
    let text = text(&letter);
    assert!(
        text.contains("Ben Roth asks for access to all of Exchange Online for 4 hours."),
        "{text}"
    );
    assert!(
        text.contains("Objects:          All of Exchange Online\nActions:          All actions\n"),
        "{text}"
    );
    assert!(
        text.contains("Case:             None, provider initiated\n"),
        "{text}"
    );
}

#[test]
fn the_headers_say_what_kind_of_mail_it_is() {
    let action = written(&letter(NoticeKind::ActionNeeded, Audience::Approvers));
    let head = String::from_utf8(action).unwrap();
    let (head, _) = head.split_once("\r\n\r\n").unwrap();
    insta::assert_snapshot!(head.replace("\r\n", "\n"));
}

#[test]
fn only_who_must_act_is_alarmed() {
    for kind in KINDS {
        for audience in AUDIENCES {
            let mail = written(&letter(kind, audience));
            let mail = parsed(&mail);
            let must_act = kind == NoticeKind::ActionNeeded && audience == Audience::Approvers;
            for header in ["Importance", "Priority", "X-Priority"] {
                assert_eq!(
                    mail.header(header).is_some(),
                    must_act,
                    "{kind:?} {audience:?} {header}"
                );
            }
        }
    }
}

#[test]
fn one_request_is_one_thread_and_the_setting_none() {
    let mail = written(&letter(NoticeKind::Ended, Audience::Manager));
    let mail = parsed(&mail);
    assert_eq!(
        mail.message_id(),
        Some("LBX-7Q2M-9XKD.01934d3c7b1a7c119f005a5a5a5a0001@lockbox.provider.example")
    );
    for header in [mail.references(), mail.in_reply_to()] {
        assert_eq!(
            header.as_text(),
            Some("LBX-7Q2M-9XKD@lockbox.provider.example")
        );
    }
    let mail = written(&letter(NoticeKind::LockboxTurnedOff, Audience::Approvers));
    let mail = parsed(&mail);
    assert_eq!(
        mail.message_id(),
        Some("lockbox.01934d3c7b1a7c119f005a5a5a5a0001@lockbox.provider.example")
    );
    assert!(matches!(mail.references(), Parsed::Empty));
}

#[test]
fn composing_again_makes_the_same_message() {
    let letter = letter(NoticeKind::ActionNeeded, Audience::Approvers);
    assert_eq!(written(&letter), written(&letter));
}

#[test]
fn the_parts_are_text_and_then_html_with_one_link() {
    for kind in KINDS {
        for audience in AUDIENCES {
            let letter = letter(kind, audience);
            let mail = written(&letter);
            assert!(mail.is_ascii());
            assert!(
                mail.split(|byte| *byte == b'\n')
                    .all(|line| line.len() < 998)
            );
            let mail = parsed(&mail);
            let kinds: Vec<_> = mail
                .parts
                .iter()
                .map(|part| part.content_type().unwrap().subtype().unwrap())
                .collect();
            assert_eq!(kinds, ["alternative", "plain", "html"]);
            let link = if letter.request.is_some() {
                "requests/LBX-7Q2M-9XKD"
            } else {
                "settings/customer-lockbox"
            };
            let link = format!("https://lockbox.provider.example/{link}");
            let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
            assert_eq!(html.matches("href=").count(), 1);
            assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
            assert_eq!(text.matches("://").count(), 1);
            assert!(text.contains(&format!(": {link}\r\n")), "{text}");
            let log = "Audit log of Fabrikam: 42 entries, root qvTGHdzF6KLavt4PO0gs2a6pQ00Ipe+/4mkEXRJ2VQo=";
            assert_eq!(text.trim_end().lines().last(), Some(log));
            for remote in ["src=", "<img", "<script", "@import", "url("] {
                assert!(!html.contains(remote), "{remote}");
            }
        }
    }
}

#[test]
fn links_come_from_the_base_url_alone() {
    let letter = letter(NoticeKind::Ended, Audience::Manager);
    let link = |base: &str| link(&letter, &base.parse().unwrap());
    assert_eq!(
        link("http://localhost:8080").unwrap(),
        "http://localhost:8080/requests/LBX-7Q2M-9XKD"
    );
    assert_eq!(
        link("https://provider.example/lockbox/?a=b#c").unwrap(),
        "https://provider.example/lockbox/requests/LBX-7Q2M-9XKD"
    );
    assert!(matches!(link("data:x"), Err(ComposeError::NoHost)));
}

const HOSTILE_NAME: &str =
    "\"Zoë\" <zoë@evil.example>, \u{5d0}\u{5d1} =?utf-8?Q?x=0D=0ABcc:_y?= O'Neil";
const HOSTILE_TEXT: &str = "<script>alert(1)</script> <a href=\"https://evil.example/\">Review request</a>\r\n\
    Bcc: all@evil.example\n\n\n\n.\n\nDecide by: never\nhttps://evil.example/requests/LBX-7Q2M-9XKD?token=1 www.evil.example kim@evil.example &amp; {{ x }}";

fn hostile(kind: NoticeKind, audience: Audience) -> Letter {
    let mut letter = letter(kind, audience);
    (letter.to_name, letter.tenant, letter.by) = (
        line(HOSTILE_NAME),
        line(HOSTILE_NAME),
        HOSTILE_NAME.to_owned(),
    );
    if let Some(request) = &mut letter.request {
        (request.service, request.engineer) = (line(HOSTILE_NAME), line(HOSTILE_NAME));
        (request.manager, request.case) =
            (Some(HOSTILE_NAME.to_owned()), Some(HOSTILE_TEXT.to_owned()));
        (request.scope, request.reason, request.note) = (
            HOSTILE_TEXT.to_owned(),
            HOSTILE_TEXT.to_owned(),
            Some(HOSTILE_TEXT.to_owned()),
        );
        (request.objects, request.actions) = (
            vec![HOSTILE_NAME.to_owned(); 12],
            vec![HOSTILE_NAME.to_owned()],
        );
    }
    letter
}

#[test]
fn hostile_text_is_shown_and_does_nothing() {
    for kind in KINDS {
        for audience in AUDIENCES {
            let letter = hostile(kind, audience);
            keep(&format!("hostile-{kind:?}-{audience:?}"), &letter);
            let mail = written(&letter);
            let head = String::from_utf8(
                mail.split(|byte| *byte == b'\n')
                    .take_while(|line| *line != b"\r")
                    .collect::<Vec<_>>()
                    .join(&b'\n'),
            )
            .unwrap();
            assert!(!head.to_lowercase().contains("\nbcc:"), "{head}");
            let mail = parsed(&mail);
            let to: Vec<_> = mail.to().unwrap().iter().collect();
            assert_eq!(to.len(), 1, "{head}");
            assert_eq!(to[0].address(), Some(letter.to.as_str()));
            assert_eq!(to[0].name().unwrap().replace('\u{200C}', ""), HOSTILE_NAME);
            assert!(
                mail.subject()
                    .unwrap()
                    .replace('\u{200C}', "")
                    .contains(HOSTILE_NAME),
                "{head}"
            );
            assert!(mail.bcc().is_none());

            let html = mail.body_html(0).unwrap();
            for raw in [
                "<script",
                "alert(1)</",
                "://evil",
                "evil.example",
                "@evil",
                "www.evil",
                "href=\"https://evil",
            ] {
                assert!(!html.contains(raw), "{raw} in {html}");
            }
            assert_eq!(html.matches("<a ").count(), 1);
            if letter.request.is_some() {
                let text = mail.body_text(0).unwrap();
                assert!(
                    text.contains("<script>alert(1)</script>"),
                    "the text part shows what was typed: {text}"
                );
                assert!(
                    text.lines()
                        .all(|line| !line.starts_with("Decide by: never")
                            && !line.starts_with("Bcc:")),
                    "{text}"
                );
                assert!(
                    html.contains("and 2 more, on the request&#39;s page"),
                    "{html}"
                );
            }
        }
    }
}

#[test]
fn no_subject_holds_what_the_engineer_wrote() {
    for kind in KINDS {
        let mut letter = letter(kind, Audience::Approvers);
        if let Some(request) = &mut letter.request {
            for text in [&mut request.scope, &mut request.reason] {
                *text = "urgent!!".to_owned();
            }
            (request.case, request.note) =
                (Some("urgent!!".to_owned()), Some("urgent!!".to_owned()));
            (request.objects, request.actions) =
                (vec!["urgent!!".to_owned()], vec!["urgent!!".to_owned()]);
        }
        let mail = written(&letter);
        assert!(!parsed(&mail).subject().unwrap().contains("urgent"));
    }
}

#[test]
fn no_mail_is_larger_than_its_bound() {
    for filling in [
        "x",
        "&",
        ".",
        "'",
        "ä",
        "漢",
        "\u{1f512}",
        "\u{1f512}.",
        "&.",
        "a\n",
        "=",
    ] {
        let full = |most: usize| filling.chars().cycle().take(most).collect::<String>();
        let name = || Line::parse(&full(200).replace('\n', " ")).unwrap();
        for kind in KINDS {
            let mut letter = letter(kind, Audience::Approvers);
            (letter.to_name, letter.tenant, letter.by) = (name(), name(), full(400));
            if let Some(request) = &mut letter.request {
                (request.service, request.engineer) = (name(), name());
                (request.manager, request.case, request.note) =
                    (Some(full(400)), Some(full(400)), Some(full(2_000)));
                (request.scope, request.reason) = (full(2_000), full(2_000));
                (request.objects, request.actions) = (vec![full(500); 100], vec![full(64); 20]);
            }
            let size = written(&letter).len();
            assert!(size < LARGEST, "{filling:?} {kind:?}: {size}");
        }
    }
}

#[test]
fn an_ordinary_mail_shows_its_texts_in_full() {
    let reason = "A sentence of a reason, as people write them. ".repeat(43);
    let mut letter = letter(NoticeKind::ActionNeeded, Audience::Approvers);
    let request = letter.request.as_mut().unwrap();
    (request.reason, request.note) = (reason.trim().to_owned(), Some(reason.trim().to_owned()));
    assert_eq!(text(&letter).matches(reason.trim()).count(), 2);
}

#[test]
fn a_letter_that_lacks_what_it_speaks_of_is_an_error() {
    let composed = |letter: &Letter| compose(letter, mail_id(), letter.at, &sender());
    let mut incomplete = letter(NoticeKind::ActionNeeded, Audience::Approvers);
    incomplete.request.as_mut().unwrap().deadline = None;
    assert!(matches!(
        composed(&incomplete),
        Err(ComposeError::NoDeadline)
    ));
    incomplete.request = None;
    assert!(matches!(
        composed(&incomplete),
        Err(ComposeError::NoRequest)
    ));
}
