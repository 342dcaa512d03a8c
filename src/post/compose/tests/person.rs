//! Mails about people: to them, and to those who manage the people of their side.

use super::*;
use crate::domain::id::PersonId;
use crate::domain::one_time_link::{Enclosed, LinkKind};
use crate::domain::text::Issuer;

const TOKEN: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn every_change() -> Vec<(PersonChange, Option<LinkKind>)> {
    let until = moment("2026-11-22T08:00:00Z");
    let called = Line::parse("My <b>phone</b>").unwrap();
    let issuer = Issuer::parse("https://login.fabrikam.example").unwrap();
    let (before, roles) = (
        vec![Role::Auditor],
        vec![Role::Auditor, Role::AccessApprover],
    );
    vec![
        (
            PersonChange::Invited {
                roles: roles.clone(),
                until,
                decides_from: Some(moment("2026-11-24T08:00:00Z")),
            },
            Some(LinkKind::Invitation),
        ),
        (
            PersonChange::RolesChanged {
                before,
                roles: roles.clone(),
                decides_from: None,
            },
            None,
        ),
        (PersonChange::Removed { roles }, None),
        (PersonChange::SecondFactorReset, None),
        (PersonChange::SecondFactorEnrolled, None),
        (
            PersonChange::PasswordForgotten { until },
            Some(LinkKind::PasswordReset),
        ),
        (
            PersonChange::PasskeyAdded {
                called: called.clone(),
            },
            None,
        ),
        (
            PersonChange::PasskeyRenamed {
                called: called.clone(),
            },
            None,
        ),
        (
            PersonChange::PasskeyRemoved {
                called: called.clone(),
            },
            None,
        ),
        (PersonChange::PasskeyDoubted { called }, None),
        (PersonChange::RecoveryCodesMade, None),
        (PersonChange::RecoveryCodeUsed { left: 9 }, None),
        (PersonChange::PasswordChosen, None),
        (
            PersonChange::Linked {
                issuer: issuer.clone(),
            },
            None,
        ),
        (
            PersonChange::Unlinked {
                issuer: issuer.clone(),
            },
            None,
        ),
        (PersonChange::SignsOn { issuer }, None),
    ]
}

fn about(audience: Audience, change: PersonChange, kind: Option<LinkKind>) -> Letter {
    let letter = letter(NoticeKind::PersonChanged, audience);
    Letter {
        person: Some(AboutPerson {
            name: line("Noa Weiss"),
            change,
        }),
        enclosed: kind.map(|kind| Enclosed {
            kind,
            person: PersonId(uuid::Uuid::nil()),
            made_at: letter.at,
        }),
        ..letter
    }
}

fn text_with(letter: &Letter) -> String {
    let message = compose_with(letter, mail_id(), letter.at, &sender(), Some(TOKEN)).unwrap();
    let mail = message.formatted();
    parsed(&mail).body_text(0).unwrap().replace("\r\n", "\n")
}

#[test]
fn what_becomes_of_people_has_its_words() {
    let mut texts = Vec::new();
    for (change, kind) in every_change() {
        texts.push(text_with(&about(Audience::Person, change.clone(), kind)));
        texts.push(text_with(&about(Audience::Administrators, change, None)));
    }
    insta::assert_snapshot!("PersonChanged-every-change", texts.join("\n=====\n\n"));
}

/// The link is there whatever a tenant wants of its other mails, from the base URL alone, and once.
#[test]
fn a_one_time_link_stands_in_its_mail_and_needs_its_token() {
    for (path, kind) in [
        ("join", LinkKind::Invitation),
        ("password/reset", LinkKind::PasswordReset),
    ] {
        let change = PersonChange::PasswordChosen;
        let mut letter = about(Audience::Person, change, Some(kind));
        letter.links = false;
        let text = text_with(&letter);
        let link = format!("https://lockbox.provider.example/{path}?link={TOKEN}\n");
        assert!(text.contains(&link), "{text}");
        assert_eq!(text.matches(TOKEN).count(), 1);
        let without = compose(&letter, mail_id(), letter.at, &sender());
        assert!(matches!(without, Err(ComposeError::NoToken)));
    }
}

#[test]
fn a_letter_about_a_person_that_names_none_is_not_composed() {
    let letter = Letter {
        person: None,
        ..letter(NoticeKind::PersonChanged, Audience::Person)
    };
    let composed = compose(&letter, mail_id(), letter.at, &sender());
    assert!(matches!(composed, Err(ComposeError::NoPerson)));
}
