//! Whether the customer is asked about one service: accepting that it is not, or being asked again.

use actix_web::web::Path;
use serde::Deserialize;

use super::{SETTING, switching};
use crate::acts::{ActError, Flaw, coverage};
use crate::domain::lockbox::Lockbox;
use crate::domain::service::Service;
use crate::store::people;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, TenantMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::services::by_key;
use crate::web::view::{CodeField, CoveragePage, Place};
use crate::web::words;

/// The form as it is sent in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What the page that was shown proposed.
    wanted: Wanted,
    #[serde(default, rename = "version")]
    #[expect(
        dead_code,
        reason = "the form says what is wanted, and the act refuses what is so already"
    )]
    any_version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    Asked,
    NotAsked,
}

/// `GET /settings/customer-lockbox/services/{service}`.
///
/// # Errors
/// 403 for whoever may not change it, 404 for the provider's people and for services that are not there.
pub async fn show(member: TenantMember, key: Path<String>) -> Answer {
    switching(&member)?;
    let service = by_key(&member, &key).await?;
    match open(&member, &service) {
        Some(wanted) => form(&member, &service, wanted, member.code_field(), None).await,
        None => Ok(see_other(SETTING)),
    }
}

/// `POST /settings/customer-lockbox/services/{service}`.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn change(member: TenantMember, key: Path<String>, posted: Posted<Change>) -> Answer {
    switching(&member)?;
    let service = by_key(&member, &key).await?;
    let wanted = posted.fields.wanted;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, &service, wanted, Some(code), None).await,
    };
    let (tenant, id) = (member.tenant.id, service.id);
    let done = member
        .lockbox()
        .acting(move |lockbox| match wanted {
            Wanted::Asked => coverage::cover(lockbox, &by, tenant, id),
            Wanted::NotAsked => coverage::accept_uncovered(lockbox, &by, tenant, id),
        })
        .await;
    match done {
        Ok(()) => Ok(see_other(&format!("{SETTING}#services"))),
        Err(ActError::Unfit(flaws)) => {
            form(
                &member,
                &service,
                wanted,
                None,
                Some(Flaw::sentences(&flaws)),
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}

/// What can be changed about the service now, if anything.
fn open(member: &TenantMember, service: &Service) -> Option<Wanted> {
    match &member.tenant.lockbox {
        Lockbox::On { uncovered, .. } if uncovered.contains(&service.id) => Some(Wanted::Asked),
        Lockbox::On { .. } if !service.covered => Some(Wanted::NotAsked),
        _ => None,
    }
}

async fn form(
    member: &TenantMember,
    service: &Service,
    wanted: Wanted,
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let tenant = member.tenant.id;
    let told = member
        .lockbox()
        .reading(move |conn| people::approvers(conn, tenant))
        .await?;
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = CoveragePage {
        shell: member.shell(Place::Settings),
        href: format!("{SETTING}/services/{}", service.key),
        service: service.name.to_string(),
        asks: wanted == Wanted::Asked,
        told: told.iter().map(words::person).collect(),
        code,
        problem,
    };
    form_page(refused, &page)
}
