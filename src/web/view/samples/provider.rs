//! The provider's Queue, Active access and New request.

use super::super::{
    AccessRow, ActiveAccessPage, Badge, Choice, CodeField, Deadline, DeadlineOf, Field, ListView,
    LostMail, NewRequestPage, Paging, Place, QueuePage, RequestFilters, RequestList, RequestRow,
    Select,
};
use super::{Sample, after, before, engineer, manager, sample, tabs, times};

fn row(reference: &str, status: Badge, tenant: &str, of: DeadlineOf, minutes: i64) -> RequestRow {
    RequestRow {
        reference: reference.to_owned(),
        status,
        customer: Some(tenant.to_owned()),
        service: "Exchange Online".to_owned(),
        requested_by: "Jordan Park".to_owned(),
        requested: before(90),
        deadline: Some(Deadline {
            of,
            when: after(minutes),
        }),
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = queues();
    samples.extend(accesses());
    samples.extend(forms());
    samples
}

const LONG: &str =
    "Überlandwerke-Beteiligungsgesellschaft für Energieversorgung und Netzbetrieb mbH";

fn busy_rows() -> Vec<RequestRow> {
    vec![
        row(
            "LBX-9G8N-CC20",
            Badge::Approved,
            "Fabrikam",
            DeadlineOf::Start,
            20,
        ),
        row("LBX-0K3D-M71Q", Badge::EndsSoon, LONG, DeadlineOf::End, 12),
        row(
            "LBX-ZZ01-3T5R",
            Badge::WaitingForManager,
            "Contoso",
            DeadlineOf::Endorsement,
            170,
        ),
        row(
            "LBX-7Q2M-9XKD",
            Badge::Pending,
            "Fabrikam",
            DeadlineOf::Decision,
            475,
        ),
        row(
            "LBX-PP00-D4MN",
            Badge::Active,
            "Fabrikam",
            DeadlineOf::End,
            500,
        ),
    ]
}

fn queues() -> Vec<Sample> {
    let list = RequestList {
        path: "/queue",
        of_provider: true,
        view: ListView::Mine,
        tabs: tabs("/queue", &ListView::OF_THE_PROVIDER_AND_MINE, Some(5)),
        filters: RequestFilters {
            customer: Some(Field::default()),
            engineer: Some(Field::default()),
            ..RequestFilters::default()
        },
        updates: Some("/queue/updates?view=mine".to_owned()),
        rows: busy_rows(),
        any: true,
        zone: times().zone_words(),
        paging: Paging {
            first: None,
            next: Some("/queue?view=mine&after=1-0".to_owned()),
        },
    };
    let busy = QueuePage {
        shell: engineer(Place::Queue),
        list: list.clone(),
        lost: vec![LostMail {
            reference: Some("LBX-2B2B-8M0C".to_owned()),
            what: "Action needed, to Fabrikam's approvers".to_owned(),
            why: "refused: permanent error (550): 5.1.1 … no such mailbox".to_owned(),
            given_up: before(95),
        }],
    };
    let calm = QueuePage {
        shell: manager(Place::Queue),
        list: RequestList {
            view: ListView::NeedsManager,
            tabs: tabs("/queue", &ListView::OF_THE_PROVIDER, None),
            rows: Vec::new(),
            paging: Paging::default(),
            ..list.clone()
        },
        lost: Vec::new(),
    };
    let wrong = QueuePage {
        list: RequestList {
            filters: RequestFilters {
                customer: Some(
                    Field::of("a")
                        .refused("Write more of the customer's name: it fits too many customers."),
                ),
                engineer: Some(Field::of("Jordan <park>")),
                set: 2,
                ..RequestFilters::default()
            },
            updates: None,
            ..calm.list.clone()
        },
        ..calm.clone()
    };
    let own = QueuePage {
        shell: engineer(Place::Queue),
        list: RequestList {
            tabs: tabs("/queue", &ListView::OF_AN_ENGINEER, None),
            rows: Vec::new(),
            any: false,
            paging: Paging::default(),
            filters: RequestFilters {
                customer: Some(Field::default()),
                ..RequestFilters::default()
            },
            ..list
        },
        lost: Vec::new(),
    };
    vec![
        sample("queue", &busy),
        sample("queue-calm", &calm),
        sample("queue-wrong-filter", &wrong),
        sample("queue-engineer", &own),
    ]
}

fn accesses() -> Vec<Sample> {
    let access = |reference: &str, customer: &str, minutes| AccessRow {
        reference: reference.to_owned(),
        version: "4".to_owned(),
        status: if minutes <= 15 {
            Badge::EndsSoon
        } else {
            Badge::Active
        },
        customer: customer.to_owned(),
        service: "Exchange Online".to_owned(),
        engineer: "Jordan Park".to_owned(),
        scope: "Kim's calendar and the transport log of the last three days".to_owned(),
        whole_service: minutes > 15,
        deadline: Deadline {
            of: DeadlineOf::End,
            when: after(minutes),
        },
        soon: minutes <= 15,
        own: false,
        more_time: false,
        may_revoke: true,
    };
    let all = ActiveAccessPage {
        shell: manager(Place::ActiveAccess),
        whole: true,
        rows: vec![
            access("LBX-0K3D-M71Q", LONG, 12),
            access("LBX-PP00-D4MN", "Fabrikam", 130),
        ],
        zone: times().zone_words(),
        paging: Paging {
            first: None,
            next: Some("/active-access?after=1-0".to_owned()),
        },
    };
    let own = ActiveAccessPage {
        shell: engineer(Place::ActiveAccess),
        whole: false,
        rows: vec![AccessRow {
            own: true,
            more_time: true,
            may_revoke: false,
            ..access("LBX-0K3D-M71Q", "Fabrikam", 12)
        }],
        paging: Paging::default(),
        ..all.clone()
    };
    let nobody = ActiveAccessPage {
        rows: Vec::new(),
        paging: Paging::default(),
        ..all.clone()
    };
    vec![
        sample("active-access", &all),
        sample("active-access-own", &own),
        sample("active-access-nobody", &nobody),
    ]
}

fn forms() -> Vec<Sample> {
    let form = NewRequestPage {
        form: "019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d11".to_owned(),
        follows: String::new(),
        shell: engineer(Place::Queue),
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
    let more_time = NewRequestPage {
        follows: "LBX-9G8N-CC20".to_owned(),
        scope: Field::of("Kim's calendar"),
        reason: Field::of("Invitations still vanish."),
        ..form.clone()
    };
    vec![
        sample("new-request-more-time", &more_time),
        sample("new-request", &form),
        sample("new-request-refused", &refused),
    ]
}
