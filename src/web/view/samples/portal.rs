//! A tenant's Home and list.

use super::super::{
    Badge, Choice, Deadline, DeadlineOf, Field, HomePage, Link, ListView, LiveAccess,
    LockboxStatus, Message, Paging, Person, Place, RecentEvent, RequestFilters, RequestList,
    RequestRow, RequestsPage, Select, Shell, Step, Tone, WaitingRequest,
};
use super::{
    Sample, administrator, after, ana, auditor, before, ines, jordan, kim, sample, tabs, times,
};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = homes();
    samples.extend(lists());
    samples
}

fn access(reference: &str, of: DeadlineOf, minutes: i64) -> LiveAccess {
    LiveAccess {
        reference: reference.to_owned(),
        service: "Teams".to_owned(),
        engineer: jordan(),
        deadline: Deadline {
            of,
            when: after(minutes),
        },
        may_revoke: true,
    }
}

fn first_steps() -> [Step; 3] {
    [true, false, false].map(|done| Step {
        done,
        what: "Turn on Customer Lockbox",
        why: "Then nobody sees your content before you have said yes.",
        link: Some(Link::new("/settings/customer-lockbox", "Open the setting")),
    })
}

fn homes() -> Vec<Sample> {
    let event = |minutes, what: &str, who, reference: Option<&str>| RecentEvent {
        when: before(minutes),
        what: what.to_owned(),
        who,
        reference: reference.map(str::to_owned),
    };
    let busy = HomePage {
        shell: administrator(Place::Home),
        waiting: vec![
            WaitingRequest {
                reference: "LBX-4F0W-22HZ".to_owned(),
                service: "SharePoint Online".to_owned(),
                scope: "Every document library of the finance site, to find out why the nightly \
                        index stops at the same file since Tuesday"
                    .to_owned(),
                whole_service: true,
                engineer: Person::new("Mina Kaur", "engineer"),
                asked: "2 hours".to_owned(),
                deadline: Deadline {
                    of: DeadlineOf::Decision,
                    when: after(42),
                },
            },
            WaitingRequest {
                reference: "LBX-7Q2M-9XKD".to_owned(),
                service: "Exchange Online".to_owned(),
                scope: "Kim's calendar and the transport log of the last three days".to_owned(),
                whole_service: false,
                engineer: jordan(),
                asked: "4 hours".to_owned(),
                deadline: Deadline {
                    of: DeadlineOf::Decision,
                    when: after(475),
                },
            },
        ],
        more: true,
        may_decide: true,
        live: vec![access("LBX-0K3D-M71Q", DeadlineOf::End, 130)],
        approved: vec![access("LBX-9G8N-CC20", DeadlineOf::Start, 20)],
        first_steps: None,
        lockbox: LockboxStatus {
            on: true,
            since: Some(before(60 * 24 * 40)),
            deciders: 2,
            may_change: true,
        },
        events: vec![
            event(9, "Asked for your decision", ines(), Some("LBX-4F0W-22HZ")),
            event(31, "Access started", jordan(), Some("LBX-0K3D-M71Q")),
            event(48, "Approved for 4 hours", kim(), Some("LBX-0K3D-M71Q")),
            event(240, "Endorsed", ines(), Some("LBX-7Q2M-9XKD")),
            event(60 * 24 * 3, "Customer Lockbox turned on", ana(), None),
        ],
    };
    let reader = HomePage {
        shell: auditor(Place::Home),
        may_decide: false,
        live: busy
            .live
            .iter()
            .cloned()
            .map(|access| LiveAccess {
                may_revoke: false,
                ..access
            })
            .collect(),
        lockbox: LockboxStatus {
            deciders: 0,
            may_change: false,
            ..busy.lockbox.clone()
        },
        ..busy.clone()
    };
    let calm = HomePage {
        waiting: Vec::new(),
        more: false,
        live: Vec::new(),
        approved: Vec::new(),
        first_steps: Some(first_steps()),
        lockbox: LockboxStatus {
            on: false,
            since: None,
            deciders: 1,
            may_change: true,
        },
        events: Vec::new(),
        ..busy.clone()
    };
    vec![
        sample("home", &busy),
        sample("home-reader", &reader),
        sample("home-calm", &calm),
    ]
}

fn row(
    reference: &str,
    status: Badge,
    service: &str,
    by: &str,
    deadline: Option<(DeadlineOf, i64)>,
) -> RequestRow {
    RequestRow {
        reference: reference.to_owned(),
        status,
        customer: None,
        service: service.to_owned(),
        requested_by: by.to_owned(),
        requested: before(200),
        deadline: deadline.map(|(of, minutes)| Deadline {
            of,
            when: after(minutes),
        }),
    }
}

fn urgent_rows() -> Vec<RequestRow> {
    vec![
        row(
            "LBX-4F0W-22HZ",
            Badge::ActionNeeded,
            "SharePoint Online",
            "Mina Kaur",
            Some((DeadlineOf::Decision, 42)),
        ),
        row(
            "LBX-51ZT-A8VE",
            Badge::ActionNeeded,
            "OneDrive",
            "Mina Kaur",
            Some((DeadlineOf::Decision, 150)),
        ),
        row(
            "LBX-7Q2M-9XKD",
            Badge::ActionNeeded,
            "Exchange Online",
            "Jordan Park",
            Some((DeadlineOf::Decision, 475)),
        ),
    ]
}

fn rows_in_every_state() -> Vec<RequestRow> {
    let mut rows = urgent_rows();
    rows.extend([
        row(
            "LBX-0K3D-M71Q",
            Badge::Active,
            "Teams",
            "Jordan Park",
            Some((DeadlineOf::End, 130)),
        ),
        row(
            "LBX-9G8N-CC20",
            Badge::Approved,
            "Teams",
            "Lee Tan",
            Some((DeadlineOf::Start, 20)),
        ),
        row(
            "LBX-ZZ01-3T5R",
            Badge::WaitingForManager,
            "Exchange Online",
            "Lee Tan",
            Some((DeadlineOf::Endorsement, 600)),
        ),
        row(
            "LBX-HH42-1VWX",
            Badge::Rejected,
            "Exchange Online",
            "Lee Tan",
            None,
        ),
        row(
            "LBX-2B2B-8M0C",
            Badge::Expired,
            "OneDrive",
            "Mina Kaur",
            None,
        ),
        row(
            "LBX-61PQ-RS9A",
            Badge::Withdrawn,
            "OneDrive",
            "Mina Kaur",
            None,
        ),
        row(
            "LBX-77AB-KX0D",
            Badge::Revoked,
            "SharePoint Online",
            "Jordan Park",
            None,
        ),
        row(
            "LBX-E5E5-0F1G",
            Badge::Ended,
            "Exchange Online",
            "Jordan Park",
            None,
        ),
        row(
            "LBX-PP00-D4MN",
            Badge::Pending,
            "Exchange Online",
            "Jordan Park",
            Some((DeadlineOf::Decision, -1)),
        ),
    ]);
    rows
}

fn lists() -> Vec<Sample> {
    let list = RequestList {
        path: "/requests",
        of_provider: false,
        view: ListView::NeedsAction,
        tabs: tabs("/requests", &ListView::OF_A_TENANT, Some(3)),
        filters: RequestFilters {
            engineer: Some(Field::default()),
            ..RequestFilters::default()
        },
        updates: Some("/requests/updates?view=needs-action".to_owned()),
        rows: urgent_rows(),
        any: true,
        zone: times().zone_words(),
        paging: Paging::default(),
    };
    let needs_action = RequestsPage {
        shell: administrator(Place::Requests),
        list: list.clone(),
        download: "/requests.csv?view=needs-action".to_owned(),
    };
    let with = |list| RequestsPage {
        list,
        ..needs_action.clone()
    };
    let all = RequestsPage {
        list: RequestList {
            view: ListView::All,
            rows: rows_in_every_state(),
            paging: Paging {
                first: Some("/requests?view=all".to_owned()),
                next: Some("/requests?view=all&after=LBX-PP00-D4MN".to_owned()),
            },
            ..list.clone()
        },
        shell: Shell {
            messages: vec![Message::new(Tone::Good, "LBX-77AB-KX0D is revoked.")],
            ..administrator(Place::Requests)
        },
        ..needs_action.clone()
    };
    let no_access = RequestList {
        view: ListView::Active,
        rows: Vec::new(),
        tabs: tabs("/requests", &ListView::OF_A_TENANT, None),
        ..list
    };
    let no_match = RequestList {
        filters: RequestFilters {
            status: Select {
                choices: Choice::list("Any status", [("revoked", "Revoked")], "revoked"),
                error: None,
            },
            engineer: Some(Field::of("Jordan <park>")),
            set: 2,
            ..RequestFilters::default()
        },
        ..no_access.clone()
    };
    let wrong_filter = RequestList {
        filters: RequestFilters {
            reference: Field::of("7Q2M")
                .refused("Write the whole reference, such as LBX-7Q2M-9XKD."),
            to: Field::of("tomorrow").refused("Write the day as year, month and day."),
            set: 2,
            ..RequestFilters::default()
        },
        updates: None,
        ..no_access.clone()
    };
    let none_yet = RequestList {
        view: ListView::NeedsAction,
        any: false,
        ..no_access.clone()
    };
    let (no_access, no_match) = (with(no_access), with(no_match));
    let (wrong_filter, none_yet) = (with(wrong_filter), with(none_yet));
    vec![
        sample("requests", &needs_action),
        sample("requests-all", &all),
        sample("requests-no-access", &no_access),
        sample("requests-no-match", &no_match),
        sample("requests-wrong-filter", &wrong_filter),
        sample("requests-none-yet", &none_yet),
    ]
}
