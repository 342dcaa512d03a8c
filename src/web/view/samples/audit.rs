//! The audit log, one of its entries, and the way to the log of one request.

use super::super::{
    AuditEntryPage, AuditFilters, AuditHead, AuditPage, AuditRow, Field, Origin, OwnRequest,
    Paging, Person, Place, RequestLogPage,
};
use super::{Sample, administrator, ana, before, engineer, jordan, kim, manager, sample, times};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = logs();
    samples.extend(entries());
    samples
}

fn logs() -> Vec<Sample> {
    let entry = |seq, minutes, who, act: &str, reference: Option<&str>, refused| AuditRow {
        seq,
        href: format!("/audit/{seq}"),
        when: before(minutes),
        who,
        act: act.to_owned(),
        reference: reference.map(str::to_owned),
        outcome: if refused { "refused" } else { "done" }.to_owned(),
    };
    let full = AuditPage {
        shell: administrator(Place::Audit),
        log: "Fabrikam".to_owned(),
        about: None,
        filters: AuditFilters::default(),
        cut: false,
        changed: Vec::new(),
        entries: vec![
            entry(
                1204,
                4,
                jordan(),
                "Started access",
                Some("LBX-0K3D-M71Q"),
                false,
            ),
            entry(
                1203,
                9,
                kim(),
                "Tried to approve the request",
                Some("LBX-0K3D-M71Q"),
                true,
            ),
            entry(
                1202,
                9,
                ana(),
                "Approved the request",
                Some("LBX-0K3D-M71Q"),
                false,
            ),
            entry(
                1201,
                90,
                Person::new("The system", ""),
                "Recorded an expiry",
                None,
                false,
            ),
        ],
        head: Some(head()),
        paging: Paging {
            first: None,
            next: Some("/audit?before=1201".to_owned()),
        },
    };
    let empty = AuditPage {
        log: "Northwind Cloud".to_owned(),
        entries: Vec::new(),
        paging: Paging::default(),
        ..full.clone()
    };
    let changed = AuditPage {
        filters: AuditFilters {
            person: Field::of("<Kim>"),
            set: 1,
            ..AuditFilters::default()
        },
        cut: true,
        changed: vec![1203, 1201],
        ..full.clone()
    };
    let wrong_filter = AuditPage {
        filters: AuditFilters {
            from: Field::of("yesterday").refused("Write the day as year, month and day."),
            set: 1,
            ..AuditFilters::default()
        },
        ..empty.clone()
    };
    let of_a_request = AuditPage {
        shell: manager(Place::Audit),
        about: Some("LBX-0K3D-M71Q".to_owned()),
        head: None,
        ..full.clone()
    };
    vec![
        sample("audit", &full),
        sample("audit-empty", &empty),
        sample("audit-changed", &changed),
        sample("audit-wrong-filter", &wrong_filter),
        sample("audit-of-a-request", &of_a_request),
    ]
}

fn head() -> AuditHead {
    AuditHead {
        size: 1205,
        root: "s7HA8qlNjncWxdLg+ai3xtXk8wKRoLnI1+b1pLPC0eA=".to_owned(),
        checkpoint: "lockbox/fabrikam\n1205\ns7HA8qlNjncWxdLg+ai3xtXk8wKRoLnI1+b1pLPC0eA=\n\n— lockbox AbCd==\n".to_owned(),
        csv: "/audit.csv".to_owned(),
        json: "/audit.json".to_owned(),
        evidence: Some("/requests/LBX-0K3D-M71Q/evidence".to_owned()),
        key: Some("lockbox+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".to_owned()),
    }
}

fn entries() -> Vec<Sample> {
    let own = AuditEntryPage {
        shell: administrator(Place::Audit),
        back: "/audit?person=Ana".to_owned(),
        seq: 1202,
        when: before(9),
        who: ana(),
        act: "request.approved".to_owned(),
        what: "Approved for 4 hours".to_owned(),
        outcome: "granted".to_owned(),
        request: Some("019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d11".to_owned()),
        reference: Some("LBX-0K3D-M71Q".to_owned()),
        details: vec![
            ("duration".to_owned(), "240".to_owned()),
            ("note".to_owned(), "Only <b>the calendar</b>.".to_owned()),
        ],
        origin: Some(Origin {
            source: Some("192.0.2.7".to_owned()),
            session: Some("6f1c2d".to_owned()),
            second_factor: Some(before(10)),
            factor: Some(("Passkey".to_owned(), before(90_000))),
            canonical: "{\"act\":\"request.approved\"}".to_owned(),
        }),
        leaf: "s7HA8qlNjncWxdLg+ai3xtXk8wKRoLnI1+b1pLPC0eA=".to_owned(),
        is_as_sealed: true,
    };
    let another_sides = AuditEntryPage {
        shell: engineer(Place::Audit),
        origin: None,
        is_as_sealed: false,
        ..own.clone()
    };
    let at_night = AuditEntryPage {
        who: Person::new("Lockbox", ""),
        request: None,
        reference: None,
        details: Vec::new(),
        origin: Some(Origin::default()),
        ..own.clone()
    };
    let choosing = RequestLogPage {
        shell: engineer(Place::Audit),
        reference: Field::default(),
        own: vec![OwnRequest {
            reference: "LBX-0K3D-M71Q".to_owned(),
            tenant: "Fabrikam".to_owned(),
            service: "Teams".to_owned(),
            filed: before(300),
        }],
        files_requests: true,
        zone: times().zone_words(),
    };
    let choosing_wrong = RequestLogPage {
        shell: manager(Place::Audit),
        reference: Field::of("4417").refused("Write the whole reference, such as LBX-7Q2M-9XKD."),
        own: Vec::new(),
        files_requests: false,
        ..choosing.clone()
    };
    vec![
        sample("audit-entry", &own),
        sample("audit-entry-of-the-other-side", &another_sides),
        sample("audit-entry-at-night", &at_night),
        sample("request-log", &choosing),
        sample("request-log-wrong", &choosing_wrong),
    ]
}
