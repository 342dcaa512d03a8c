//! What a mail says to each of its readers.

use super::*;

#[test]
fn every_kind_to_every_reader() {
    for kind in NoticeKind::ALL
        .into_iter()
        .filter(|kind| *kind != NoticeKind::SettingChanged)
    {
        let mut letters = every_letter();
        letters.retain(|letter| letter.kind == kind);
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
fn an_end_by_new_access_hours_names_who_set_them() {
    for audience in AUDIENCES {
        let mut letter = letter(NoticeKind::Ended, audience);
        letter.by = "Kim Berg (global administrator)".to_owned();
        letter.request.as_mut().unwrap().hours_changed = true;
        let text = text(&letter);
        let why = "Kim Berg (global administrator) changed when Fabrikam lets anybody in. ";
        assert!(text.contains(why), "{text}");
    }
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
