//! Support > Data access requests: the tenant's list, and the addresses it had in other portals.

pub mod asked;
pub mod download;
pub mod listing;

use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::guard::{Member, TenantMember};
use super::page::{Answer, form_page, moved, see_other};
use super::view::{Place, RequestsPage};
use crate::domain::rights::{Act, Subject, may};
use listing::Listing;

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
    let listing = Listing::of_tenant(who, tenant);
    let asked = listing.asked(&request)?;
    let found = listing.found(&member, &asked).await?;
    let page = RequestsPage {
        shell: member.shell(Place::Requests),
        list: listing.shown(&member, &asked, &found),
        download: asked.address("/requests.csv", found.view),
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
    news(&member, &Listing::of_tenant(who, tenant), &request).await
}

/// The references that a list has now.
pub(super) async fn news(member: &Member, listing: &Listing, request: &HttpRequest) -> Answer {
    let asked = listing.asked(request)?;
    let found = listing.found(member, &asked).await?;
    let references = found.references(asked.until());
    Ok(HttpResponse::Ok().json(json!({ "references": references })))
}

/// `GET /support/…`: where the list was in other portals.
pub async fn moved_here(request: HttpRequest) -> HttpResponse {
    moved(LIST, &request)
}
