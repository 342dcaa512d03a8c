//! The provider's Queue and New request.

use super::super::{
    Badge, Choice, CodeField, Deadline, DeadlineOf, Field, LostMail, NewRequestPage, Place,
    QueuePage, QueueRow, Select,
};
use super::{Sample, after, before, engineer, manager, sample, times};

fn row(reference: &str, status: Badge, tenant: &str, of: DeadlineOf, minutes: i64) -> QueueRow {
    QueueRow {
        reference: reference.to_owned(),
        status,
        tenant: tenant.to_owned(),
        service: "Exchange Online".to_owned(),
        engineer: "Jordan Park".to_owned(),
        deadline: Deadline {
            of,
            when: after(minutes),
        },
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = queues();
    samples.extend(forms());
    samples
}

fn queues() -> Vec<Sample> {
    let busy = QueuePage {
        shell: engineer(Place::Queue),
        mine: Some(vec![
            row(
                "LBX-7Q2M-9XKD",
                Badge::Pending,
                "Fabrikam",
                DeadlineOf::Decision,
                475,
            ),
            row(
                "LBX-9G8N-CC20",
                Badge::Approved,
                "Fabrikam",
                DeadlineOf::Start,
                20,
            ),
        ]),
        whole: true,
        needs_manager: vec![row(
            "LBX-ZZ01-3T5R",
            Badge::WaitingForManager,
            "Contoso",
            DeadlineOf::Endorsement,
            170,
        )],
        with_customer: vec![row(
            "LBX-7Q2M-9XKD",
            Badge::Pending,
            "Fabrikam",
            DeadlineOf::Decision,
            475,
        )],
        active: vec![row(
            "LBX-0K3D-M71Q",
            Badge::Active,
            "Fabrikam",
            DeadlineOf::End,
            130,
        )],
        cut: Some(100),
        lost: vec![LostMail {
            reference: Some("LBX-2B2B-8M0C".to_owned()),
            what: "Action needed, to Fabrikam's approvers".to_owned(),
            why: "refused: permanent error (550): 5.1.1 … no such mailbox".to_owned(),
            given_up: before(95),
        }],
        zone: times().zone_words(),
    };
    let calm = QueuePage {
        shell: manager(Place::Queue),
        mine: None,
        needs_manager: Vec::new(),
        with_customer: Vec::new(),
        active: Vec::new(),
        cut: None,
        lost: Vec::new(),
        ..busy.clone()
    };
    let own = QueuePage {
        shell: engineer(Place::Queue),
        mine: Some(Vec::new()),
        whole: false,
        ..calm.clone()
    };
    vec![
        sample("queue", &busy),
        sample("queue-calm", &calm),
        sample("queue-engineer", &own),
    ]
}

fn forms() -> Vec<Sample> {
    let form = NewRequestPage {
        form: "019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d11".to_owned(),
        shell: engineer(Place::NewRequest),
        tenant: Select {
            choices: vec![
                Choice::new("", "Choose a customer").chosen(),
                Choice::new("fabrikam", "Fabrikam"),
                Choice::new("contoso", "Contoso"),
            ],
            error: None,
        },
        service: Select {
            choices: vec![
                Choice::new("", "Choose a service").chosen(),
                Choice::new("exchange-online", "Exchange Online"),
            ],
            error: None,
        },
        case: Select {
            choices: vec![
                Choice::new("", "None: provider initiated").chosen(),
                Choice::new(
                    "019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d12",
                    "Fabrikam: 4417, Calendar invitations vanish",
                ),
            ],
            error: None,
        },
        cut: false,
        scope: Field::default(),
        objects: Field::default(),
        actions: Field::default(),
        reason: Field::default(),
        duration: Select {
            choices: vec![
                Choice::new("PT1H", "1 hour"),
                Choice::new("PT4H", "4 hours").chosen(),
            ],
            error: None,
        },
        code: None,
        problem: None,
    };
    let refused = NewRequestPage {
        tenant: Select {
            error: Some("Choose a customer.".to_owned()),
            ..form.tenant.clone()
        },
        case: Select {
            error: Some("The support case 4417 is closed. Name one that is open.".to_owned()),
            ..form.case.clone()
        },
        cut: true,
        scope: Field::default().refused("Say what you need to see."),
        objects: Field::of("\nmailbox/kim@fabrikam.example/calendar\n</textarea><b>"),
        reason: Field::of("Invitations vanish & nobody knows why."),
        code: Some(CodeField::refused("Enter the code your app shows now.")),
        problem: Some("You have 5 open requests for this customer; end one first.".to_owned()),
        ..form.clone()
    };
    vec![
        sample("new-request", &form),
        sample("new-request-refused", &refused),
    ]
}
