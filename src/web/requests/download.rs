//! The list as a file: every request that the filters let through, in the order of the view.

use actix_web::{HttpRequest, HttpResponse};
use chrono::SecondsFormat;

use super::asked::stored;
use super::listing::Listing;
use crate::acts::{ActError, Lockbox};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::time::Moment;
use crate::store::requests::{Cursor, Filter, Listed, Sight, View, list};
use crate::store::services;
use crate::web::csv;
use crate::web::guard::TenantMember;
use crate::web::page::Answer;
use crate::web::paged::{Making, Piece, file};
use crate::web::standing::badge;
use crate::web::view::ListView;

/// Rows read at a time.
const ROWS: i64 = 500;

/// `GET /requests.csv`, with the query of the list.
///
/// # Errors
/// 422 for a filter that cannot be read: all that there is would be too much.
pub async fn show(member: TenantMember, request: HttpRequest) -> Answer {
    let (who, tenant) = (member.person(), member.tenant.id);
    may(who, Act::SeeTenantRequests, Subject::Tenant(tenant))?;
    let asked = Listing::of_tenant(who, tenant).asked(&request)?;
    let (view, zone) = (asked.place(&ListView::OF_A_TENANT).0, who.zone);
    let filter = member
        .lockbox()
        .reading(move |conn| {
            let services = services::all(conn)?;
            asked.filter(conn, &services, zone)
        })
        .await?;
    let export = Export {
        lockbox: member.lockbox().clone(),
        sight: Sight::Tenant(tenant),
        view: stored(view, who.id),
        filter: filter.map_err(ActError::Unfit)?,
        now: member.now(),
        may_decide: may(who, Act::Approve, Subject::Tenant(tenant)).is_ok(),
    };
    let name = format!(
        "data-access-requests-{}-{}.csv",
        member.tenant.key,
        member.now().format("%Y%m%dT%H%M%SZ")
    );
    Ok(answer(&name, export))
}

fn answer(name: &str, export: Export) -> HttpResponse {
    let mut head = csv::BEGINNING.to_owned();
    let headings = [
        "Reference",
        "Status",
        "Service",
        "Requested by",
        "Requested (UTC)",
        "Decide by / Access ends (UTC)",
    ];
    csv::line(&mut head, headings);
    file(name, "text/csv; charset=utf-8", export.page(head, None))
}

#[derive(Clone)]
struct Export {
    lockbox: Lockbox,
    sight: Sight,
    view: View,
    filter: Filter,
    now: Moment,
    may_decide: bool,
}

impl Export {
    /// The rows after `after`, with `head` before them.
    fn page(self, head: String, after: Option<Cursor>) -> Making {
        Box::pin(async move {
            let (mut text, this) = (head, self.clone());
            let listed = self
                .lockbox
                .reading(move |conn| {
                    let Self {
                        sight, view, now, ..
                    } = this;
                    list(conn, sight, view, &this.filter, after, now, ROWS)
                })
                .await?;
            for listed in &listed {
                self.write(&mut text, listed);
            }
            let last = listed.last().map(|last| last.cursor(self.view));
            let rest = last.map(|last| self.page(String::new(), Some(last)));
            Ok(Piece { text, rest })
        })
    }

    fn write(&self, text: &mut String, listed: &Listed) {
        let utc = |at: Moment| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let stage = listed.stage.at(self.now);
        let cells = [
            listed.reference.as_str(),
            badge(stage.kind(), self.may_decide).word(),
            listed.service.as_str(),
            listed.engineer.as_str(),
            &utc(listed.filed_at),
            &stage.deadline().map(utc).unwrap_or_default(),
        ];
        csv::line(text, cells);
    }
}
