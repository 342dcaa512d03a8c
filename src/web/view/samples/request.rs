//! The page of one request, as each of those who may see it sees it.

use super::super::{
    AccessPassPage, Activity, ActivityPage, Acts, Choice, CodeField, DeedRow, Ending, Endorse,
    Grant, Happening, Message, Paging, Person, Place, Previous, RequestCase, RequestPage, Shell,
    Standing, Start, TakePass, Tone, WhoCan, Window,
};
use super::{
    Sample, administrator, after, ana, auditor, before, engineer, ines, jordan, kim, manager,
    sample,
};

fn happening(minutes: i64, what: &str, who: Person, note: Option<&str>, tone: Tone) -> Happening {
    Happening {
        when: before(minutes),
        what: what.to_owned(),
        who,
        note: note.map(str::to_owned),
        tone,
    }
}

fn waiting(shell: Shell) -> RequestPage {
    RequestPage {
        shell,
        reference: "LBX-7Q2M-9XKD".to_owned(),
        id: "019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d11".to_owned(),
        version: "2".to_owned(),
        standing: Standing::AwaitingCustomer {
            expires: after(475),
            may_decide: false,
            approvals: 0,
            needed: 1,
        },
        tenant: "Fabrikam".to_owned(),
        service: "Exchange Online".to_owned(),
        scope: "Kim's calendar and the transport log of the last three days".to_owned(),
        objects: vec![
            "mailbox/kim@fabrikam.example/calendar".to_owned(),
            "transport/log".to_owned(),
        ],
        actions: vec!["read".to_owned()],
        reason: "Invitations that Kim sends vanish since the move on Tuesday. We must see the \
                 raw items to tell which rule drops them."
            .to_owned(),
        case: Some(RequestCase {
            href: "/support/cases/019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d12".to_owned(),
            name: "4417: Calendar invitations vanish".to_owned(),
            opened: "Opened by Kim Akers of Fabrikam".to_owned(),
        }),
        engineer: jordan(),
        manager: Some(ines()),
        asked: "4 hours".to_owned(),
        filed: before(260),
        follows: None,
        followed_by: Vec::new(),
        previous: None,
        grant: None,
        window: None,
        activity: None,
        reads_log: true,
        takes_evidence: true,
        timeline: vec![
            happening(245, "Endorsed", ines(), None, Tone::Info),
            happening(260, "Filed", jordan(), None, Tone::Quiet),
        ],
        acts: Acts::default(),
        problem: None,
    }
}

fn deeds() -> Vec<DeedRow> {
    let deed = |minutes, action: &str, object: Option<&str>, known: &str| DeedRow {
        when: before(minutes),
        action: action.to_owned(),
        object: object.map(str::to_owned),
        known: known.to_owned(),
        outside: false,
        sealed_in: (minutes > 1).then_some(17),
    };
    vec![
        deed(
            1,
            "read",
            Some("mailbox/kim@fabrikam.example/calendar/2026/11/24"),
            "Allowed by Lockbox, asked by gate",
        ),
        deed(4, "export", None, "Reported by ticketing"),
        DeedRow {
            outside: true,
            ..deed(90, "read", Some("transport/log"), "Reported by ticketing")
        },
    ]
}

fn activity(shell: Shell, deeds: Vec<DeedRow>) -> ActivityPage {
    ActivityPage {
        shell,
        reference: "LBX-7Q2M-9XKD".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        paging: Paging {
            first: None,
            next: (!deeds.is_empty())
                .then(|| "/requests/LBX-7Q2M-9XKD/activity?before=x".to_owned()),
        },
        deeds,
        reads_log: true,
    }
}

fn durations() -> Vec<Choice> {
    vec![
        Choice::new("PT15M", "15 minutes"),
        Choice::new("PT30M", "30 minutes"),
        Choice::new("PT1H", "1 hour"),
        Choice::new("PT2H", "2 hours"),
        Choice::new("PT4H", "4 hours").chosen(),
    ]
}

fn decider(expires: i64) -> RequestPage {
    RequestPage {
        standing: Standing::AwaitingCustomer {
            expires: after(expires),
            may_decide: true,
            approvals: 0,
            needed: 1,
        },
        acts: Acts {
            decide: Some(durations()),
            ..Acts::default()
        },
        ..waiting(administrator(Place::Requests))
    }
}

fn approved(shell: Shell) -> RequestPage {
    RequestPage {
        standing: Standing::Approved {
            start_by: after(235),
        },
        grant: Some(Grant {
            duration: "2 hours".to_owned(),
            basis: "Approved by Kim Okafor, access approver".to_owned(),
        }),
        reads_log: true,
        takes_evidence: true,
        timeline: vec![
            happening(
                5,
                "Approved for 2 hours",
                kim(),
                Some("Please only the calendar."),
                Tone::Good,
            ),
            happening(245, "Endorsed", ines(), None, Tone::Info),
            happening(260, "Filed", jordan(), None, Tone::Quiet),
        ],
        ..waiting(shell)
    }
}

fn active(shell: Shell) -> RequestPage {
    let mut page = RequestPage {
        standing: Standing::Active {
            until: after(90),
            soon: false,
        },
        window: Some(Window {
            since: before(30),
            until: after(90),
        }),
        ..approved(shell)
    };
    page.activity = Some(Activity {
        deeds: deeds(),
        more: true,
    });
    page.timeline.insert(
        0,
        happening(30, "Access started", jordan(), None, Tone::Info),
    );
    page
}

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = of_the_tenant();
    samples.extend(of_the_provider());
    samples.extend(of_the_engineer());
    samples.extend(within_hours());
    samples.extend(final_ones());
    samples
}

fn of_the_tenant() -> Vec<Sample> {
    let long = "Every mailbox of the sales department, including shared ones, archives and the \
                calendar of each room in the building at the harbour. "
        .repeat(3);
    let whole = RequestPage {
        standing: Standing::AwaitingCustomer {
            expires: after(42),
            may_decide: true,
            approvals: 1,
            needed: 2,
        },
        scope: long,
        objects: Vec::new(),
        actions: Vec::new(),
        case: None,
        follows: Some("LBX-9G8N-CC20".to_owned()),
        previous: Some(Previous {
            reference: "LBX-HH42-1VWX".to_owned(),
            by: ana(),
            rejected: before(3000),
            reason: "Too wide. Ask for one mailbox.".to_owned(),
        }),
        ..decider(42)
    };
    let reader = RequestPage {
        acts: Acts {
            who_can: Some(WhoCan {
                why: "You can read this request. These people can decide it:".to_owned(),
                people: vec![ana(), kim()],
            }),
            ..Acts::default()
        },
        ..waiting(auditor(Place::Requests))
    };
    let early = RequestPage {
        standing: Standing::AwaitingManager {
            expires: after(600),
        },
        manager: None,
        ..waiting(administrator(Place::Requests))
    };
    let revocable = Acts {
        revoke: true,
        ..Acts::default()
    };
    vec![
        sample(
            "activity",
            &activity(administrator(Place::Requests), deeds()),
        ),
        sample(
            "activity-none",
            &activity(auditor(Place::Requests), Vec::new()),
        ),
        sample("request-decider", &decider(475)),
        sample("request-decider-whole", &whole),
        sample("request-reader", &reader),
        sample("request-early", &early),
        sample(
            "request-approved-tenant",
            &RequestPage {
                acts: revocable.clone(),
                ..approved(administrator(Place::Requests))
            },
        ),
        sample(
            "request-active-tenant",
            &RequestPage {
                acts: revocable,
                ..active(administrator(Place::Requests))
            },
        ),
    ]
}

fn of_the_provider() -> Vec<Sample> {
    let for_manager = RequestPage {
        standing: Standing::AwaitingManager {
            expires: after(600),
        },
        manager: None,
        reads_log: true,
        takes_evidence: false,
        timeline: vec![happening(260, "Filed", jordan(), None, Tone::Quiet)],
        acts: Acts {
            endorse: Some(Endorse::default()),
            ..Acts::default()
        },
        ..waiting(manager(Place::Queue))
    };
    let stale = RequestPage {
        acts: Acts {
            endorse: Some(Endorse {
                code: Some(CodeField::refused("Enter the code your app shows now.")),
            }),
            ..Acts::default()
        },
        ..for_manager.clone()
    };
    let own = RequestPage {
        acts: Acts {
            withdraw: true,
            who_can: Some(WhoCan {
                why: "This is your own request, so you cannot endorse it. Another support \
                      manager can."
                    .to_owned(),
                people: vec![Person::new("Sam Reyes", "support manager")],
            }),
            ..Acts::default()
        },
        ..for_manager.clone()
    };
    vec![
        sample("request-manager", &for_manager),
        sample("request-manager-stale", &stale),
        sample("request-manager-own", &own),
        sample(
            "request-manager-active",
            &RequestPage {
                acts: Acts {
                    revoke: true,
                    ..Acts::default()
                },
                ..active(manager(Place::Queue))
            },
        ),
    ]
}

/// An approved access of a tenant that has access hours.
fn within_hours() -> Vec<Sample> {
    let in_hours = |ends, closed: Option<&str>| Acts {
        start: Some(Start {
            duration: "2 hours".to_owned(),
            ends,
            closed: closed.map(ToOwned::to_owned),
            code: None,
        }),
        withdraw: true,
        ..Acts::default()
    };
    vec![
        sample(
            "request-engineer-start-in-hours",
            &RequestPage {
                acts: in_hours(Some(after(40)), None),
                ..approved(engineer(Place::Queue))
            },
        ),
        sample(
            "request-engineer-closed",
            &RequestPage {
                acts: in_hours(
                    None,
                    Some(
                        "Fabrikam lets nobody in outside Mon\u{2013}Fri 08:00\u{2013}18:00 (Europe/Berlin). Access can be \
                         started again from 23 Nov 2026, 08:00 CET.",
                    ),
                ),
                ..approved(engineer(Place::Queue))
            },
        ),
    ]
}

fn of_the_engineer() -> Vec<Sample> {
    let start = |code| Acts {
        start: Some(Start {
            duration: "2 hours".to_owned(),
            ends: None,
            closed: None,
            code,
        }),
        withdraw: true,
        ..Acts::default()
    };
    vec![
        sample(
            "request-engineer-waiting",
            &RequestPage {
                acts: Acts {
                    withdraw: true,
                    ..Acts::default()
                },
                ..waiting(engineer(Place::Queue))
            },
        ),
        sample(
            "request-engineer-start",
            &RequestPage {
                acts: start(None),
                ..approved(engineer(Place::Queue))
            },
        ),
        sample(
            "request-engineer-start-stale",
            &RequestPage {
                acts: start(Some(CodeField::default())),
                ..approved(engineer(Place::Queue))
            },
        ),
        sample(
            "request-engineer-active",
            &RequestPage {
                acts: Acts {
                    pass: Some(TakePass { code: None }),
                    end: true,
                    more_time: true,
                    ..Acts::default()
                },
                standing: Standing::Active {
                    until: after(12),
                    soon: true,
                },
                followed_by: vec!["LBX-4F0W-22HZ".to_owned(), "LBX-PP00-D4MN".to_owned()],
                ..active(Shell {
                    messages: vec![Message::new(Tone::Good, "Access has started.")],
                    ..engineer(Place::Queue)
                })
            },
        ),
        sample(
            "request-engineer-active-stale",
            &RequestPage {
                acts: Acts {
                    pass: Some(TakePass {
                        code: Some(CodeField::default()),
                    }),
                    end: true,
                    ..Acts::default()
                },
                ..active(engineer(Place::Queue))
            },
        ),
        sample(
            "access-pass",
            &AccessPassPage {
                shell: engineer(Place::Queue),
                reference: "LBX-7Q2M-9XKD".to_owned(),
                version: "5".to_owned(),
                tenant: "Fabrikam".to_owned(),
                service: "Exchange Online".to_owned(),
                text: format!(
                    "eyJhbGciOiJFZERTQSJ9.{}.{}",
                    "eyJpc3MiOiJo".repeat(24),
                    "kVx9_-Qa".repeat(10)
                ),
                until: after(15),
                window: after(90),
            },
        ),
    ]
}

fn final_ones() -> Vec<Sample> {
    let page = |standing| RequestPage {
        standing,
        ..approved(administrator(Place::Requests))
    };
    vec![
        sample(
            "request-rejected",
            &page(Standing::Rejected {
                at: before(9),
                by: kim(),
            }),
        ),
        sample(
            "request-expired",
            &page(Standing::Expired { at: before(9) }),
        ),
        sample(
            "request-withdrawn",
            &page(Standing::Withdrawn {
                with_case: false,
                at: before(9),
                by: jordan(),
            }),
        ),
        sample(
            "request-revoked",
            &page(Standing::Revoked {
                at: before(9),
                by: ana(),
                was_active: true,
            }),
        ),
        sample(
            "request-revoked-unused",
            &page(Standing::Revoked {
                at: before(9),
                by: ines(),
                was_active: false,
            }),
        ),
        sample(
            "request-ended",
            &page(Standing::Ended {
                at: before(9),
                how: Ending::Time,
            }),
        ),
        sample(
            "request-ended-done",
            &page(Standing::Ended {
                at: before(9),
                how: Ending::Done,
            }),
        ),
        sample(
            "request-ended-other",
            &page(Standing::Ended {
                at: before(9),
                how: Ending::Other("The support case was closed.".to_owned()),
            }),
        ),
    ]
}
