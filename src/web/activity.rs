//! What was done under a request: a list, and the same as a file.

use actix_web::web::{Path, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::csv;
use super::guard::Member;
use super::page::{Answer, page};
use super::paged::{Making, Piece, file};
use super::request::shown::{self, Shown};
use super::view::{Activity, ActivityPage, DeedRow, Paging, Times};
use crate::acts::Lockbox;
use crate::domain::activity::{Deed, KnownBy};
use crate::domain::id::{DeedId, RequestId, TenantId};
use crate::domain::request::Request;
use crate::domain::rights::{Act, Subject, may};
use crate::domain::time::rfc3339;
use crate::store::Stored;
use crate::store::activity::{Kept, under};
use crate::store::conn::Conn;

/// Deeds of one page.
const ROWS: i64 = 50;
/// Deeds that the request's own page shows.
const LAST: i64 = 5;
/// Deeds read at a time for the file.
const FILE_ROWS: i64 = 500;

/// Where the page begins.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    before: Option<Uuid>,
}

/// `GET /requests/{reference}/activity`.
///
/// # Errors
/// 404 for whoever may not see the request.
pub async fn show(member: Member, reference: Path<String>, asked: Query<Asked>) -> Answer {
    let shown = shown::find(&member, &reference, Act::SeeRequest).await?;
    let request = shown.request.clone();
    let before = asked.before.map(DeedId);
    let mut kept = member
        .lockbox()
        .reading(move |conn| under(conn, request.tenant, request.id, before, ROWS + 1))
        .await?;
    let more = i64::try_from(kept.len()).unwrap_or(0) > ROWS;
    kept.truncate(usize::try_from(ROWS).unwrap_or(usize::MAX));
    let base = format!("/requests/{}/activity", shown.request.reference);
    let last = kept.last().map(|kept| kept.deed.id);
    let (who, times) = (member.person(), member.times());
    page(&ActivityPage {
        shell: member.shell(shown::place(who)),
        reference: shown.request.reference.to_string(),
        zone: times.zone_words(),
        deeds: rows(&shown.request, kept, times),
        reads_log: may(
            who,
            Act::ReadAuditLog,
            Subject::Tenant(shown.request.tenant),
        )
        .is_ok(),
        paging: Paging {
            first: before.map(|_| base.clone()),
            next: last
                .filter(|_| more)
                .map(|last| format!("{base}?before={last}")),
        },
    })
}

/// `GET /requests/{reference}/activity.csv`: all of it, the newest first.
///
/// # Errors
/// 404 for whoever may not see the request.
pub async fn download(member: Member, reference: Path<String>) -> Answer {
    let Shown { request, .. } = shown::find(&member, &reference, Act::SeeRequest).await?;
    let mut head = csv::BEGINNING.to_owned();
    let headings = [
        "ID",
        "Happened (UTC)",
        "Recorded (UTC)",
        "Action",
        "Object",
        "Known by",
        "Recorded by",
        "Sealed in entry",
    ];
    csv::line(&mut head, headings);
    let export = Export {
        lockbox: member.lockbox().clone(),
        tenant: request.tenant,
        request: request.id,
    };
    let name = format!("activity-{}.csv", request.reference);
    Ok(file(
        &name,
        "text/csv; charset=utf-8",
        export.page(head, None),
    ))
}

#[derive(Clone)]
struct Export {
    lockbox: Lockbox,
    tenant: TenantId,
    request: RequestId,
}

impl Export {
    fn page(self, head: String, before: Option<DeedId>) -> Making {
        Box::pin(async move {
            let mut text = head;
            let (tenant, request) = (self.tenant, self.request);
            let kept = self
                .lockbox
                .reading(move |conn| under(conn, tenant, request, before, FILE_ROWS))
                .await?;
            for kept in &kept {
                write(&mut text, kept);
            }
            let rest = kept.last().map(|last| last.deed.id);
            let rest = rest.map(|last| self.page(String::new(), Some(last)));
            Ok(Piece { text, rest })
        })
    }
}

fn write(text: &mut String, Kept { deed, sealed_in }: &Kept) {
    let (id, happened) = (deed.id.to_string(), rfc3339(deed.happened_at));
    let (recorded, sealed) = (
        rfc3339(deed.recorded_at),
        sealed_in.map_or_else(String::new, |place| place.to_string()),
    );
    let cells = [
        id.as_str(),
        &happened,
        &recorded,
        &deed.action,
        deed.object.as_deref().unwrap_or_default(),
        deed.known_by.as_str(),
        deed.recorded_by.as_str(),
        &sealed,
    ];
    csv::line(text, cells);
}

/// The last of it, for the request's own page; nothing where there never was access.
///
/// # Errors
/// When the store does not answer.
pub fn last(conn: &mut Conn, request: &Request) -> Stored<Option<Vec<Kept>>> {
    if request.state.window().is_none() {
        return Ok(None);
    }
    under(conn, request.tenant, request.id, None, LAST + 1).map(Some)
}

/// What [`last`] found, as it is shown.
#[must_use]
pub fn part(request: &Request, mut kept: Vec<Kept>, times: Times) -> Activity {
    let shown = usize::try_from(LAST).unwrap_or(usize::MAX);
    let more = kept.len() > shown;
    kept.truncate(shown);
    Activity {
        deeds: rows(request, kept, times),
        more,
    }
}

fn rows(request: &Request, kept: Vec<Kept>, times: Times) -> Vec<DeedRow> {
    let window = request.state.window();
    let row = |Kept { deed, sealed_in }| {
        let within =
            window.is_some_and(|(since, until)| (since..=until).contains(&deed.happened_at));
        DeedRow {
            when: times.at(deed.happened_at),
            known: known(&deed),
            action: deed.action,
            object: deed.object,
            outside: !within,
            sealed_in,
        }
    };
    kept.into_iter().map(row).collect()
}

fn known(deed: &Deed) -> String {
    match deed.known_by {
        KnownBy::Allowed => format!("Allowed by Lockbox, asked by {}", deed.recorded_by),
        KnownBy::Reported => format!("Reported by {}", deed.recorded_by),
    }
}
