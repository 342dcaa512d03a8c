//! What people typed does nothing but stand there.

use super::*;

const HOSTILE_NAME: &str =
    "\"Zoë\" <zoë@evil.example>, \u{5d0}\u{5d1} =?utf-8?Q?x=0D=0ABcc:_y?= O'Neil";
const HOSTILE_TEXT: &str = "<script>alert(1)</script> <a href=\"https://evil.example/\">Review request</a>\r\n\
    Bcc: all@evil.example\n\n\n\n.\n\nDecide by: never\nhttps://evil.example/requests/LBX-7Q2M-9XKD?token=1 www.evil.example kim@evil.example &amp; {{ x }}";

pub(super) fn hostile(kind: NoticeKind, audience: Audience) -> Letter {
    let mut letter = letter(kind, audience);
    (letter.to_name, letter.tenant, letter.by) = (
        line(HOSTILE_NAME),
        line(HOSTILE_NAME),
        HOSTILE_NAME.to_owned(),
    );
    if let Some(SettingChange::ApproverAdded { name, .. }) = &mut letter.change {
        *name = line(HOSTILE_NAME);
    }
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
    for kind in NoticeKind::ALL {
        for audience in every_letter()
            .into_iter()
            .filter(|letter| letter.kind == kind)
            .map(|letter| letter.audience)
        {
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
    for kind in NoticeKind::ALL {
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
        for kind in NoticeKind::ALL {
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
