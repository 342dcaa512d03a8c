//! Support cases: the list, one of them, and the form for a new one, for either side.

use super::super::{
    Badge, CaseComment, CasePage, CaseRequest, CaseRow, CaseView, CasesPage, Field, Happening,
    NewCasePage, Paging, Person, Place, Shell, Tone,
};
use super::{Sample, administrator, ana, auditor, before, engineer, jordan, sample, times};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = lists();
    samples.extend(pages());
    samples.extend(forms());
    samples
}

const CASE: &str = "/support/cases/019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d12";

fn customers() -> CaseRow {
    CaseRow {
        href: CASE.to_owned(),
        number: "C-7Q2M-9XKD".to_owned(),
        title: "Calendar invitations vanish".to_owned(),
        tenant: None,
        opened_by: "Opened by Ana Silva of Fabrikam".to_owned(),
        opened: before(600),
        closed: None,
    }
}

fn brought_in() -> CaseRow {
    CaseRow {
        number: "SUP-2026-004420/b <script>".to_owned(),
        title: "Search finds versions that were deleted in October & shows them to everybody in the finance site's libraries".to_owned(),
        opened_by: "Brought in by the API key \u{201c}ticketing\u{201d} (provider), not by Fabrikam".to_owned(),
        opened: before(900),
        ..customers()
    }
}

fn of_fabrikam(row: CaseRow) -> CaseRow {
    CaseRow {
        tenant: Some("Fabrikam".to_owned()),
        ..row
    }
}

fn closed(row: CaseRow) -> CaseRow {
    CaseRow {
        closed: Some(before(20)),
        ..row
    }
}

fn list(shell: Shell, view: CaseView, rows: Vec<CaseRow>) -> CasesPage {
    CasesPage {
        shell,
        view,
        rows,
        may_open: false,
        zone: times().zone_words(),
        paging: Paging {
            first: None,
            next: None,
        },
    }
}

fn lists() -> Vec<Sample> {
    let own = CasesPage {
        may_open: true,
        paging: Paging {
            first: Some("/support/cases?view=open".to_owned()),
            next: Some("/support/cases?view=open&after=1-2".to_owned()),
        },
        ..list(
            administrator(Place::Cases),
            CaseView::Open,
            vec![customers(), brought_in()],
        )
    };
    let empty = CasesPage {
        rows: Vec::new(),
        ..own.clone()
    };
    let rows = vec![closed(of_fabrikam(customers()))];
    let providers = list(engineer(Place::Cases), CaseView::Closed, rows);
    let none = list(auditor(Place::Cases), CaseView::Closed, Vec::new());
    vec![
        sample("cases", &own),
        sample("cases-empty", &empty),
        sample("cases-provider-closed", &providers),
        sample("cases-none-closed", &none),
    ]
}

fn happening(minutes: i64, what: &str, who: Person, note: Option<&str>) -> Happening {
    Happening {
        when: before(minutes),
        what: what.to_owned(),
        who,
        note: note.map(str::to_owned),
        tone: Tone::Quiet,
    }
}

fn pages() -> Vec<Sample> {
    let open = CasePage {
        shell: administrator(Place::Cases),
        case: customers(),
        description: Some("Since Tuesday invitations that I accept disappear.\nColleagues still see me as invited.".to_owned()),
        closed_by: None,
        customers: true,
        timeline: vec![
            happening(30, "Commented", jordan(), Some("We found a rule that removes them; I ask for access to it.")),
            happening(600, "Opened", ana(), None),
        ],
        paging: Paging {
            first: None,
            next: None,
        },
        requests: vec![CaseRequest {
            reference: "LBX-7Q2M-9XKD".to_owned(),
            status: Badge::Active,
            service: "Exchange Online".to_owned(),
            engineer: "Jordan Park".to_owned(),
            filed: before(260),
        }],
        cut: false,
        comment: Some(CaseComment {
            form: "019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d13".to_owned(),
            text: Field::default(),
        }),
        closing: Some(format!("{CASE}/closing")),
        new_request: None,
        problem: None,
    };
    let providers = CasePage {
        shell: engineer(Place::Cases),
        case: of_fabrikam(customers()),
        new_request: Some("/requests/new?tenant=fabrikam".to_owned()),
        paging: Paging {
            first: Some(CASE.to_owned()),
            next: Some(format!("{CASE}?before=1-2")),
        },
        cut: true,
        ..open.clone()
    };
    let shut = CasePage {
        shell: auditor(Place::Cases),
        case: closed(brought_in()),
        description: None,
        closed_by: Some("Ana Silva, global administrator".to_owned()),
        customers: false,
        requests: Vec::new(),
        comment: None,
        closing: None,
        ..open.clone()
    };
    let refused = CasePage {
        case: closed(customers()),
        comment: Some(CaseComment {
            form: String::new(),
            text: Field::of("</textarea><b>Still?").refused("Enter the comment."),
        }),
        problem: Some(
            "Ana Silva closed this support case at 18:10 CET. Your comment was not added."
                .to_owned(),
        ),
        ..shut.clone()
    };
    vec![
        sample("case", &open),
        sample("case-provider", &providers),
        sample("case-closed", &shut),
        sample("case-refused", &refused),
    ]
}

fn forms() -> Vec<Sample> {
    let form = NewCasePage {
        shell: administrator(Place::Cases),
        form: "019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d11".to_owned(),
        title: Field::default(),
        description: Field::default(),
        problem: None,
    };
    let refused = NewCasePage {
        title: Field::of("Calendar invitations vanish").refused("Shorten the title."),
        description: Field::default().refused("Enter the description."),
        problem: Some("Fabrikam is suspended.".to_owned()),
        ..form.clone()
    };
    vec![
        sample("new-case", &form),
        sample("new-case-refused", &refused),
    ]
}
