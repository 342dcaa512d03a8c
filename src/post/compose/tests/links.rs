//! The parts of a mail, and the one link in them or none.

use mail_parser::MimeHeaders;

use super::hostile::hostile;
use super::*;

#[test]
fn the_parts_are_text_and_then_html_with_one_link() {
    for letter in every_letter() {
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
        let link = match letter.kind {
            NoticeKind::LockboxTurnedOn | NoticeKind::LockboxTurnedOff => {
                "settings/customer-lockbox"
            }
            NoticeKind::Test => "settings/notifications",
            NoticeKind::SettingChanged => "audit",
            NoticeKind::PersonChanged if letter.audience == Audience::Person => "",
            NoticeKind::PersonChanged => "people",
            _ => "requests/LBX-7Q2M-9XKD",
        };
        let link = format!("https://lockbox.provider.example/{link}");
        let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
        assert_eq!(html.matches("href=").count(), 1);
        assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
        assert_eq!(text.matches("://").count(), 1);
        assert!(text.contains(&format!(": {link}\r\n")), "{text}");
        let log =
            "Audit log of Fabrikam: 42 entries, root qvTGHdzF6KLavt4PO0gs2a6pQ00Ipe+/4mkEXRJ2VQo=";
        assert_eq!(text.trim_end().lines().last(), Some(log));
        for remote in ["src=", "<img", "<script", "@import", "url("] {
            assert!(!html.contains(remote), "{remote}");
        }
    }
}

#[test]
fn links_come_from_the_base_url_alone() {
    let letter = letter(NoticeKind::Ended, Audience::Manager);
    let link = |base: &str| link(&letter, &base.parse().unwrap(), None);
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

/// A tenant that wants no links gets the way in words, and nothing anywhere that a client would make a link of:
/// not of ours, and not of what somebody typed.
#[test]
fn without_links_there_is_the_way_in_words_and_no_address() {
    for kind in NoticeKind::ALL {
        for audience in [Audience::Approvers, Audience::Oneself] {
            let mut letter = hostile(kind, audience);
            letter.links = false;
            keep(&format!("no-links-{kind:?}-{audience:?}"), &letter);
            let mail = written(&letter);
            let head = String::from_utf8_lossy(&mail).into_owned();
            let (head, _) = head.split_once("\r\n\r\n").unwrap();
            let mail = parsed(&mail);
            let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
            for (part, name) in [(head, "headers"), (&text, "text"), (&html, "HTML")] {
                for address in ["://", "www.evil", "mailto:"] {
                    assert!(
                        !part.contains(address),
                        "{kind:?}: {address} in the {name}: {part}"
                    );
                }
            }
            assert!(
                !html.contains("<a ") && !html.contains(" href=\""),
                "{html}"
            );
            for part in [&text, &html] {
                for address in ["evil.example", "@evil", "lockbox.provider.example"] {
                    assert!(!part.contains(address), "{kind:?}: {address} in {part}");
                }
                assert!(
                    part.contains("Sign in to your admin center, then "),
                    "{part}"
                );
            }
            if letter.request.is_some() {
                let way = "Support > Data access requests > LBX-7Q2M-9XKD.";
                assert!(text.contains(way), "{text}");
            }
            let log = text.trim_end().lines().last().unwrap();
            assert!(
                log.ends_with(": 42 entries, root qvTGHdzF6KLavt4PO0gs2a6pQ00Ipe+/4mkEXRJ2VQo=")
            );
        }
    }
}
