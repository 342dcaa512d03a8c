//! Help, for everybody: also for who is not signed in.

use actix_web::HttpRequest;

use super::error::WebError;
use super::guard::{Member, visitor_shell};
use super::page::{Answer, page};
use super::view::{HelpPage, Place};
use crate::domain::lockbox::Limits;
use crate::domain::tenant::Tenant;
use crate::store::tenants;

/// `GET /help`. A tenant's people read their own limits and access hours, all others the product's.
///
/// # Errors
/// When the store does not answer.
pub async fn show(member: Option<Member>, request: HttpRequest) -> Answer {
    let (shell, tenant) = match member {
        Some(member) => (member.shell(Place::Help), tenant_of(&member).await?),
        None => (visitor_shell(&request), None),
    };
    let limits = tenant.as_ref().map_or_else(Limits::default, |t| t.limits);
    let hours = limits.access_hours;
    page(&HelpPage {
        shell,
        answer_time: limits.time_to_answer.to_string(),
        start_time: limits.time_to_start.to_string(),
        longest_access: limits.longest_access.to_string(),
        access_hours: tenant
            .filter(|_| !hours.is_any_time())
            .map(|tenant| hours.in_zone(tenant.zone)),
    })
}

async fn tenant_of(member: &Member) -> Result<Option<Tenant>, WebError> {
    let Some(tenant) = member.person().tenant() else {
        return Ok(None);
    };
    let found = member
        .lockbox()
        .reading(move |conn| tenants::by_id(conn, tenant))
        .await?;
    Ok(found)
}
