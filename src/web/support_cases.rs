//! Support cases: the list, for either side.

pub mod closing;
pub mod one;
pub mod opening;

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::Query;
use serde::Deserialize;

use super::guard::Member;
use super::page::{Answer, page};
use super::view::{CaseRow, CaseView, CasesPage, Paging, Place, Times};
use crate::domain::id::{CaseId, TenantId};
use crate::domain::person::Side;
use crate::domain::rights::{Act, Subject, may};
use crate::domain::support_case::SupportCase;
use crate::domain::tenant::Tenant;
use crate::domain::text::Line;
use crate::store::conn::Conn;
use crate::store::cursor::Cursor;
use crate::store::requests::Sight;
use crate::store::support_cases::View;
use crate::store::{StoreError, Stored, support_cases, tenants};

/// Rows of one page.
const ROWS: usize = 50;

const LIST: &str = "/support/cases";

/// The address of a case.
#[must_use]
pub fn href(case: CaseId) -> String {
    format!("{LIST}/{case}")
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    view: String,
    after: String,
}

/// `GET /support/cases?view=&after=`.
///
/// # Errors
/// 403 for whoever may not see cases.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    let who = member.person();
    let subject = match who.side {
        Side::Provider => Subject::Provider,
        Side::Tenant(tenant) => Subject::Tenant(tenant),
    };
    may(who, Act::SeeCases, subject)?;
    let asked = Query::<Asked>::from_query(request.query_string());
    let asked = asked.map(Query::into_inner).unwrap_or_default();
    let view = CaseView::read(&asked.view);
    let stored = match view {
        CaseView::Open => View::Open,
        CaseView::Closed => View::Closed,
    };
    let (sight, after) = (Sight::of(who), Cursor::parse(&asked.after));
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let (mut found, names) = member
        .lockbox()
        .reading(move |conn| {
            let found = support_cases::list(conn, sight, stored, after, limit)?;
            let names = names(conn, &found)?;
            Stored::Ok((found, names))
        })
        .await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let times = member.times();
    let rows = found
        .iter()
        .map(|case| {
            let gone = || StoreError::Senseless(format!("a case of {}", case.tenant));
            let tenant = names.get(&case.tenant).ok_or_else(gone)?;
            Ok(row(&member, case, tenant))
        })
        .collect::<Stored<Vec<_>>>()?;
    let first = format!("{LIST}?view={}", view.key());
    page(&CasesPage {
        shell: member.shell(Place::Cases),
        view,
        rows,
        may_open: may(who, Act::OpenCase, subject).is_ok(),
        zone: times.zone_words(),
        paging: Paging {
            next: found
                .last()
                .filter(|_| more)
                .map(|last| format!("{first}&after={}", stored.cursor(last))),
            first: after.map(|_| first),
        },
    })
}

/// What the tenants of these cases are called.
fn names(conn: &mut Conn, cases: &[SupportCase]) -> Stored<BTreeMap<TenantId, Line>> {
    let mut names = BTreeMap::new();
    for case in cases {
        if !names.contains_key(&case.tenant)
            && let Some(Tenant { name, .. }) = tenants::by_id(conn, case.tenant)?
        {
            names.insert(case.tenant, name);
        }
    }
    Ok(names)
}

/// A case as the one who looks sees it in a list.
fn row(member: &Member, case: &SupportCase, tenant: &Line) -> CaseRow {
    let times: Times = member.times();
    CaseRow {
        href: href(case.id),
        number: case.number.to_string(),
        title: case.title.to_string(),
        tenant: member.tenant().is_none().then(|| tenant.to_string()),
        opened_by: case.who_opened(tenant),
        opened: times.at(case.opened.at),
        closed: case.closed.as_ref().map(|closed| times.at(closed.at)),
    }
}
