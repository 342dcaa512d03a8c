//! Reading and accepting the activation terms, which turns the lockbox on.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{switching, terms_in_force, version};
use crate::acts::accept_terms::accept_terms;
use crate::acts::{ActError, Flaw, switch_lockbox};
use crate::domain::id::ServiceId;
use crate::domain::lockbox::Lockbox;
use crate::domain::request::{Basis, Request, State, StateKind};
use crate::domain::service::Service;
use crate::store::services::SERVICES_MAX;
use crate::store::{Stored, requests, services};
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, TenantMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, Place, TermsPage};

/// Most approvals that are counted for the warning that turning on revokes them.
const COUNTED_MAX: i64 = 500;

/// The form as it is sent in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// SHA-256 of the terms that were shown.
    terms: String,
    /// Ids of the services that were shown as not covered, with commas between them.
    #[serde(default)]
    uncovered: String,
    #[serde(default, rename = "version")]
    #[expect(
        dead_code,
        reason = "what is accepted is named by its hash, so no version is stale for it"
    )]
    any_version: String,
}

/// `GET /settings/customer-lockbox/terms`.
///
/// # Errors
/// 403 for whoever may not switch, 404 for the provider's people.
pub async fn show(member: TenantMember) -> Answer {
    switching(&member)?;
    let is_on = member.tenant.lockbox.is_on();
    if holds(&member) || (!is_on && !member.tenant.entitlement.counts(member.now())) {
        return Ok(see_other("/settings/customer-lockbox"));
    }
    form(&member, member.code_field(), None).await
}

/// `POST /settings/customer-lockbox/terms`.
///
/// # Errors
/// 403 for whoever may not switch, and whatever the act says.
pub async fn accept(member: TenantMember, posted: Posted<Accepted>) -> Answer {
    switching(&member)?;
    let Posted { fields, code } = posted;
    let shown_uncovered = service_ids(&fields.uncovered)?;
    if holds(&member) {
        return Ok(see_other("/settings/customer-lockbox"));
    }
    let by = match member.confirm(code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, Some(code), None).await,
    };
    let (tenant, is_on) = (member.tenant.id, member.tenant.lockbox.is_on());
    let done = member
        .lockbox()
        .acting(move |lockbox| {
            if is_on {
                return accept_terms(lockbox, &by, tenant, &fields.terms);
            }
            switch_lockbox::turn_on(lockbox, &by, tenant, &fields.terms, &shown_uncovered)
        })
        .await;
    match done {
        Ok(()) => Ok(see_other("/settings/customer-lockbox")),
        Err(ActError::Unfit(flaws)) => form(&member, None, Some(Flaw::sentences(&flaws))).await,
        Err(error) => Err(error.into()),
    }
}

/// Whether these very terms are accepted and in force already.
fn holds(member: &TenantMember) -> bool {
    match &member.tenant.lockbox {
        Lockbox::On { terms, .. } => *terms == member.lockbox().terms.version,
        Lockbox::Off => false,
    }
}

fn service_ids(text: &str) -> Result<BTreeSet<ServiceId>, WebError> {
    let most = usize::try_from(SERVICES_MAX).unwrap_or(usize::MAX);
    text.split(',')
        .filter(|id| !id.is_empty())
        .take(most)
        .map(|id| id.parse().map(ServiceId))
        .collect::<Result<_, _>>()
        .map_err(|_| {
            let words = "The list of services could not be read. Load the page again.";
            ActError::Unfit(vec![Flaw::of("uncovered", words)]).into()
        })
}

async fn form(member: &TenantMember, code: Option<CodeField>, problem: Option<String>) -> Answer {
    let (tenant, now) = (member.tenant.id, member.now());
    let (services, approved) = member
        .lockbox()
        .reading(move |conn| {
            let approved =
                requests::open_of(conn, tenant, &[StateKind::Approved], None, now, COUNTED_MAX)?;
            Stored::Ok((services::all(conn)?, approved))
        })
        .await?;
    // Newer terms are accepted by themselves: coverage is accepted service by service.
    let turns_on = !member.tenant.lockbox.is_on();
    let leaves = |service: &&Service| turns_on && !service.covered;
    let uncovered: Vec<_> = services.iter().filter(leaves).collect();
    let ids: Vec<String> = uncovered
        .iter()
        .map(|service| service.id.to_string())
        .collect();
    let left: BTreeSet<ServiceId> = uncovered.iter().map(|service| service.id).collect();
    let falls = |request: &&Request| match &request.state {
        State::Approved { grant, .. } => match grant.basis {
            Basis::CustomerDecision => false,
            Basis::LockboxOff => true,
            Basis::NotCovered => !left.contains(&request.service),
        },
        _ => false,
    };
    let revoked = approved.iter().filter(falls);
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = TermsPage {
        shell: member.shell(Place::Settings),
        version: version(&member.tenant),
        tenant: member.tenant.name.to_string(),
        terms: terms_in_force(&member.lockbox().terms),
        not_covered: uncovered
            .iter()
            .map(|service| service.name.to_string())
            .collect(),
        uncovered: ids.join(","),
        turns_on,
        revokes: u32::try_from(revoked.count()).unwrap_or(u32::MAX),
        code,
        problem,
    };
    form_page(refused, &page)
}
