//! Support > Data access requests: the tenant's list, and the addresses it had in other portals.

use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse};
use chrono::DateTime;
use serde::Deserialize;

use super::guard::Member;
use super::page::{Answer, moved, page, see_other};
use super::standing::{badge, deadline};
use super::view::{ListView, Paging, Place, RequestRow, RequestsPage};
use crate::domain::id::RequestId;
use crate::domain::rights::{Act, Subject, may};
use crate::store::Stored;
use crate::store::requests::{Cursor, Filter, Sight, View, list};

/// Rows of one page.
const ROWS: usize = 50;

#[derive(Deserialize, Default)]
struct Asked {
    view: Option<String>,
    after: Option<String>,
}

/// `GET /requests?view=&after=`. An unknown view or a broken cursor shows the first page of the default view.
/// The provider's people have the queue instead.
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
    let asked = Query::<Asked>::from_query(request.query_string())
        .map(Query::into_inner)
        .unwrap_or_default();
    let (view, after) = place_in(&asked);
    let (now, sight) = (member.now(), Sight::Tenant(tenant));
    let (mut listed, any) = member
        .lockbox()
        .reading(move |conn| {
            let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
            let listed = list(
                conn,
                sight,
                stored(view),
                &Filter::default(),
                after,
                now,
                limit,
            )?;
            let any = !listed.is_empty()
                || !list(conn, sight, View::All, &Filter::default(), None, now, 1)?.is_empty();
            Stored::Ok((listed, any))
        })
        .await?;
    let more = listed.len() > ROWS;
    listed.truncate(ROWS);
    let whole = (after.is_none() && !more)
        .then(|| u32::try_from(listed.len()).ok())
        .flatten()
        .filter(|count| *count > 0);
    let times = member.times();
    page(&RequestsPage {
        shell: member.shell(Place::Requests),
        view,
        needs_action: whole.filter(|_| view == ListView::NeedsAction),
        active: whole.filter(|_| view == ListView::Active),
        any,
        zone: times.zone_words(),
        paging: Paging {
            first: after.map(|_| format!("/requests?view={}", view.key())),
            next: listed.last().filter(|_| more).map(|last| {
                let cursor = written(last.cursor(stored(view)));
                format!("/requests?view={}&after={cursor}", view.key())
            }),
        },
        rows: listed
            .iter()
            .map(|listed| {
                let state = listed.state.at(now);
                RequestRow {
                    reference: listed.reference.to_string(),
                    status: badge(&state, may_decide),
                    service: listed.service.to_string(),
                    requested_by: listed.engineer.to_string(),
                    requested: times.at(listed.filed_at),
                    deadline: deadline(&state, times),
                }
            })
            .collect(),
    })
}

/// `GET /support/…`: where the list was in other portals.
pub async fn moved_here() -> HttpResponse {
    moved("/requests")
}

fn place_in(asked: &Asked) -> (ListView, Option<Cursor>) {
    let view = match &asked.view {
        Some(key) => ListView::from_key(key),
        None => Some(ListView::default()),
    };
    let after = match &asked.after {
        Some(text) => read(text).map(Some),
        None => Some(None),
    };
    match (view, after) {
        (Some(view), Some(after)) => (view, after),
        _ => (ListView::default(), None),
    }
}

const fn stored(view: ListView) -> View {
    match view {
        ListView::NeedsAction => View::NeedsAction,
        ListView::Active => View::ActiveAccess,
        ListView::All => View::All,
    }
}

/// A cursor in an address: microseconds since 1970 and the id, `1763750000000000-0192…`.
fn written(cursor: Cursor) -> String {
    format!("{}-{}", cursor.at.timestamp_micros(), cursor.id)
}

fn read(text: &str) -> Option<Cursor> {
    let (micros, id) = text.split_once('-')?;
    Some(Cursor {
        at: DateTime::from_timestamp_micros(micros.parse().ok()?)?,
        id: RequestId(id.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_as_it_was_written() {
        let cursor = Cursor {
            at: "2026-11-21T17:30:00.000001Z".parse().unwrap(),
            id: RequestId("019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d11".parse().unwrap()),
        };
        assert_eq!(read(&written(cursor)), Some(cursor));
    }

    #[test]
    fn what_makes_no_sense_shows_the_first_page_of_the_default_view() {
        for (view, after) in [
            (Some("closed"), None),
            (Some("all"), Some("yesterday")),
            (Some("all"), Some("-1-2")),
            (
                None,
                Some("99999999999999999999-019a9f3e-5b1c-7d20-8c44-3f6f0a5c9d11"),
            ),
        ] {
            let asked = Asked {
                view: view.map(str::to_owned),
                after: after.map(str::to_owned),
            };
            assert_eq!(place_in(&asked), (ListView::NeedsAction, None));
        }
    }
}
