//! Support > Data access requests: the tenant's list, and the addresses it had in other portals.

pub mod asked;
pub mod download;

use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::guard::{Member, TenantMember};
use super::page::{Answer, form_page, moved, see_other};
use super::standing::{badge, deadline};
use super::view::{
    Choice, Field, ListView, Paging, Place, RequestFilters, RequestRow, RequestsPage, Select,
};
use crate::acts::Flaw;
use crate::domain::id::TenantId;
use crate::domain::request::StateKind;
use crate::domain::rights::{Act, Subject, may};
use crate::domain::service::Service;
use crate::store::requests::{Cursor, Filter, Listed, Sight, View, list};
use crate::store::{Stored, services};
use asked::{Asked, stored};

/// Rows of one page.
const ROWS: usize = 50;

const LIST: &str = "/requests";

/// `GET /requests?view=&status=&service=&engineer=&reference=&from=&to=&after=`. The provider's people have the queue
/// instead.
///
/// # Errors
/// When the store does not answer.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    let who = member.person();
    let Some(tenant) = who.tenant() else {
        return Ok(see_other("/queue"));
    };
    may(who, Act::SeeTenantRequests, Subject::Tenant(tenant))?;
    let may_decide = may(who, Act::Approve, Subject::Tenant(tenant)).is_ok();
    let asked = Asked::of(&request)?;
    let (view, after) = asked.place();
    let mut found = Found::load(&member, tenant, &asked).await?;
    let more = found.listed.len() > ROWS;
    found.listed.truncate(ROWS);
    let (now, times) = (member.now(), member.times());
    let last = found.listed.last().filter(|_| more);
    let last = last.map(|last| last.cursor(stored(view)));
    let whole = (after.is_none() && !more)
        .then(|| u32::try_from(found.listed.len()).ok())
        .flatten()
        .filter(|count| *count > 0);
    let rows = found.listed.iter().map(|listed| {
        let stage = listed.stage.at(now);
        RequestRow {
            reference: listed.reference.to_string(),
            status: badge(stage.kind(), may_decide),
            service: listed.service.to_string(),
            requested_by: listed.engineer.to_string(),
            requested: times.at(listed.filed_at),
            deadline: deadline(stage, times),
        }
    });
    let page = RequestsPage {
        shell: member.shell(Place::Requests),
        view,
        views: [ListView::NeedsAction, ListView::Active, ListView::All]
            .map(|view| asked.address(LIST, view)),
        needs_action: whole.filter(|_| view == ListView::NeedsAction),
        active: whole.filter(|_| view == ListView::Active),
        any: found.any,
        zone: times.zone_words(),
        filters: filters(&asked, &found, may_decide),
        download: asked.address("/requests.csv", view),
        updates: (after.is_none() && found.flaws.is_empty())
            .then(|| asked.up_to("/requests/updates", view, last)),
        paging: Paging {
            first: after.map(|_| asked.address(LIST, view)),
            next: last.map(|last| asked.after(LIST, view, last)),
        },
        rows: rows.collect(),
    };
    form_page(!found.flaws.is_empty(), &page)
}

/// `GET /requests/updates`, with the query of the list: the references that its first page has now, up to the row
/// that `until` names. An open page asks for it; that keeps no session alive.
///
/// # Errors
/// When the store does not answer.
pub async fn updates(member: TenantMember, request: HttpRequest) -> Answer {
    let (who, tenant) = (member.person(), member.tenant.id);
    may(who, Act::SeeTenantRequests, Subject::Tenant(tenant))?;
    let asked = Asked::of(&request)?;
    let (view, until) = (stored(asked.place().0), asked.until());
    let mut found = Found::load(&member, tenant, &asked).await?;
    found.listed.truncate(ROWS);
    let references: Vec<&str> = found
        .listed
        .iter()
        .filter(|listed| until.is_none_or(|until| stands_up_to(listed.cursor(view), until, view)))
        .map(|listed| listed.reference.as_str())
        .collect();
    Ok(HttpResponse::Ok().json(json!({ "references": references })))
}

/// `GET /support/…`: where the list was in other portals.
pub async fn moved_here(request: HttpRequest) -> HttpResponse {
    moved(LIST, &request)
}

/// Whether a row stands at or before another in a view.
fn stands_up_to(row: Cursor, last: Cursor, view: View) -> bool {
    let (row, last) = ((row.at, row.id), (last.at, last.id));
    if view == View::All {
        row >= last
    } else {
        row <= last
    }
}

struct Found {
    services: Vec<Service>,
    /// One row more than the page shows, where there is one.
    listed: Vec<Listed>,
    /// Whether the tenant has any request at all.
    any: bool,
    /// What is wrong with the filters; nothing is listed then.
    flaws: Vec<Flaw>,
}

impl Found {
    async fn load(member: &Member, tenant: TenantId, asked: &Asked) -> Stored<Self> {
        let (sight, now, zone) = (Sight::Tenant(tenant), member.now(), member.person().zone);
        let ((view, after), asked) = (asked.place(), asked.clone());
        let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
        let reading = move |conn: &mut _| {
            let services = services::all(conn)?;
            let (listed, flaws) = match asked.filter(conn, &services, zone)? {
                Ok(filter) => (
                    list(conn, sight, stored(view), &filter, after, now, limit)?,
                    Vec::new(),
                ),
                Err(flaws) => (Vec::new(), flaws),
            };
            let every = Filter::default();
            let any = !listed.is_empty()
                || !list(conn, sight, View::All, &every, None, now, 1)?.is_empty();
            Ok(Self {
                services,
                listed,
                any,
                flaws,
            })
        };
        member.lockbox().reading(reading).await
    }
}

fn filters(asked: &Asked, found: &Found, may_decide: bool) -> RequestFilters {
    let error = |field: &str| Flaw::words_of(&found.flaws, field);
    let typed = |field: &str, value: &str| Field {
        value: value.to_owned(),
        error: error(field),
    };
    let statuses = StateKind::ALL.map(|kind| (kind.as_str(), badge(kind, may_decide).word()));
    let services = found.services.iter();
    let services = services.map(|service| (service.key.as_str(), service.name.as_str()));
    RequestFilters {
        status: Select {
            choices: Choice::list("Any status", statuses, &asked.status),
            error: error("status"),
        },
        service: Select {
            choices: Choice::list("Any service", services, &asked.service),
            error: error("service"),
        },
        engineer: typed("engineer", &asked.engineer),
        reference: typed("reference", &asked.reference),
        from: typed("from", &asked.from),
        to: typed("to", &asked.to),
        set: asked.filters(),
    }
}
