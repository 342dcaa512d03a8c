//! Help, for everybody: also for who is not signed in.

use actix_web::HttpRequest;

use super::guard::{Member, visitor_shell};
use super::page::{Answer, page};
use super::view::{HelpPage, Place};
use crate::domain::lockbox::Limits;
use crate::store::tenants;

/// `GET /help`. A tenant's people read their own limits, all others the product's.
///
/// # Errors
/// When the store does not answer.
pub async fn show(member: Option<Member>, request: HttpRequest) -> Answer {
    let (shell, limits) = match member {
        Some(member) => (member.shell(Place::Help), limits(&member).await?),
        None => (visitor_shell(&request), Limits::default()),
    };
    page(&HelpPage {
        shell,
        answer_time: limits.time_to_answer.to_string(),
        start_time: limits.time_to_start.to_string(),
        longest_access: limits.longest_access.to_string(),
    })
}

async fn limits(member: &Member) -> Result<Limits, super::error::WebError> {
    let Some(tenant) = member.person().tenant() else {
        return Ok(Limits::default());
    };
    let tenant = member
        .lockbox()
        .reading(move |conn| tenants::by_id(conn, tenant))
        .await?;
    Ok(tenant.map_or_else(Limits::default, |tenant| tenant.limits))
}
