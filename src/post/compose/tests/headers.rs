//! What stands above a mail.

use mail_parser::HeaderValue as Parsed;

use super::*;

#[test]
fn the_headers_say_what_kind_of_mail_it_is() {
    let action = written(&letter(NoticeKind::ActionNeeded, Audience::Approvers));
    let head = String::from_utf8(action).unwrap();
    let (head, _) = head.split_once("\r\n\r\n").unwrap();
    insta::assert_snapshot!(head.replace("\r\n", "\n"));
}

#[test]
fn only_who_must_act_is_alarmed() {
    for letter in every_letter() {
        let mail = written(&letter);
        let mail = parsed(&mail);
        let must_act = letter.kind.asks_to_act() && letter.audience == Audience::Approvers;
        for header in ["Importance", "Priority", "X-Priority"] {
            let (kind, audience) = (letter.kind, letter.audience);
            assert_eq!(
                mail.header(header).is_some(),
                must_act,
                "{kind:?} {audience:?} {header}"
            );
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
