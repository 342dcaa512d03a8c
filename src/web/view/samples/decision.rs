//! Approve, Reject, Revoke, and what they lead to.

use super::super::{
    ApprovePage, CodeField, Field, Outcome, OutcomePage, Person, Place, RejectPage, RevokePage,
};
use super::{Sample, administrator, after, before, ines, jordan, kim, manager, sample};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = approvals();
    samples.extend(refusals());
    samples.extend(outcomes());
    samples
}

fn approvals() -> Vec<Sample> {
    let approve = ApprovePage {
        shell: administrator(Place::Requests),
        reference: "LBX-7Q2M-9XKD".to_owned(),
        version: "2".to_owned(),
        service: "Exchange Online".to_owned(),
        scope: "Kim's calendar and the transport log of the last three days".to_owned(),
        objects: vec!["mailbox/kim@fabrikam.example/calendar".to_owned()],
        actions: vec!["read".to_owned()],
        engineer: jordan(),
        reason: "Invitations that Kim sends vanish since the move on Tuesday.".to_owned(),
        duration: "PT4H".to_owned(),
        duration_words: "4 hours".to_owned(),
        asked: None,
        until_at_most: Some(after(480)),
        access_hours: None,
        start_by: after(240),
        more_needed: 0,
        note: Field::default(),
        code: None,
        problem: None,
    };
    let stale = ApprovePage {
        objects: Vec::new(),
        actions: Vec::new(),
        duration: "PT1H".to_owned(),
        duration_words: "1 hour".to_owned(),
        asked: Some("4 hours".to_owned()),
        more_needed: 1,
        note: Field::of("Please only the calendar."),
        code: Some(CodeField::default()),
        ..approve.clone()
    };
    let refused = ApprovePage {
        note: Field::of("x".repeat(40)).refused("Shorten the note to 2,000 characters."),
        code: Some(CodeField::refused(
            "That code is wrong or was used. Enter the one shown now.",
        )),
        problem: Some("Another administrator changed the limits. Look again.".to_owned()),
        ..stale.clone()
    };
    let hours = Some("Mon\u{2013}Fri 08:00\u{2013}18:00 (Europe/Berlin)".to_owned());
    let in_hours = ApprovePage {
        until_at_most: Some(after(180)),
        access_hours: hours,
        ..approve.clone()
    };
    let too_late = ApprovePage {
        until_at_most: None,
        ..in_hours.clone()
    };
    vec![
        sample("approve", &approve),
        sample("approve-in-hours", &in_hours),
        sample("approve-before-hours", &too_late),
        sample("approve-stale", &stale),
        sample("approve-refused", &refused),
    ]
}

fn refusals() -> Vec<Sample> {
    let reject = RejectPage {
        shell: administrator(Place::Requests),
        reference: "LBX-7Q2M-9XKD".to_owned(),
        version: "2".to_owned(),
        service: "Exchange Online".to_owned(),
        scope: "Kim's calendar and the transport log of the last three days".to_owned(),
        objects: Vec::new(),
        engineer: jordan(),
        reason: Field::default(),
        code: None,
    };
    let refused = RejectPage {
        shell: manager(Place::Queue),
        reason: Field::default().refused("Enter a reason. The engineer reads it."),
        code: Some(CodeField::refused("Enter the code your app shows now.")),
        ..reject.clone()
    };
    let revoke = RevokePage {
        shell: administrator(Place::Requests),
        reference: "LBX-0K3D-M71Q".to_owned(),
        version: "4".to_owned(),
        service: "Teams".to_owned(),
        scope: "Messages of the channel Harbour".to_owned(),
        objects: vec!["team/sales/channel/harbour".to_owned()],
        engineer: jordan(),
        active_until: Some(after(130)),
        reason: Field::default(),
        code: Some(CodeField::default()),
    };
    let unused = RevokePage {
        active_until: None,
        reason: Field::of("").refused("Enter a reason."),
        code: None,
        ..revoke.clone()
    };
    vec![
        sample("reject", &reject),
        sample("reject-refused", &refused),
        sample("revoke", &revoke),
        sample("revoke-unused", &unused),
    ]
}

fn outcomes() -> Vec<Sample> {
    let page = |outcome| OutcomePage {
        shell: administrator(Place::Requests),
        reference: "LBX-7Q2M-9XKD".to_owned(),
        service: "Exchange Online".to_owned(),
        engineer: jordan(),
        outcome,
        told: vec![jordan(), ines(), kim()],
    };
    let of_manager = |outcome| OutcomePage {
        shell: manager(Place::Queue),
        told: vec![jordan(), Person::new("Fabrikam's approvers", "")],
        ..page(outcome)
    };
    vec![
        sample(
            "outcome-approved",
            &page(Outcome::Approved {
                duration: "4 hours".to_owned(),
                start_by: after(240),
            }),
        ),
        sample(
            "outcome-counted",
            &page(Outcome::ApprovalCounted {
                approvals: 1,
                needed: 2,
                expires: after(400),
            }),
        ),
        sample("outcome-rejected", &page(Outcome::Rejected)),
        sample(
            "outcome-revoked",
            &page(Outcome::Revoked {
                at: before(0),
                was_active: true,
            }),
        ),
        sample(
            "outcome-revoked-unused",
            &page(Outcome::Revoked {
                at: before(0),
                was_active: false,
            }),
        ),
        sample(
            "outcome-endorsed",
            &of_manager(Outcome::Endorsed {
                tenant: "Fabrikam".to_owned(),
                expires: after(720),
            }),
        ),
        sample(
            "outcome-endorsed-approved",
            &of_manager(Outcome::EndorsedAndApproved {
                basis: "Customer Lockbox is off for Contoso.".to_owned(),
                start_by: after(240),
            }),
        ),
    ]
}
