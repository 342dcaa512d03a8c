//! Taking a trial, or asking for one where the provider wants to confirm it.

use serde::Deserialize;

use super::{SETTING, switching};
use crate::acts::entitle::take_trial;
use crate::acts::{ActError, Flaw};
use crate::domain::entitlement::{TRIAL, Trials, trial_is_open};
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, TenantMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, Place, TrialPage};

/// The form as it is sent in: it says nothing but that the trial is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {}

/// `GET /settings/customer-lockbox/trial`.
///
/// # Errors
/// 403 for whoever may not switch, 404 for the provider's people.
pub async fn show(member: TenantMember) -> Answer {
    switching(&member)?;
    let tenant = &member.tenant;
    match trial_is_open(&tenant.entitlement, tenant.trial, member.now()) {
        Ok(()) => form(&member, member.code_field(), None),
        Err(_) => Ok(see_other(SETTING)),
    }
}

/// `POST /settings/customer-lockbox/trial`.
///
/// # Errors
/// 403 for whoever may not switch, and whatever the act says.
pub async fn take(member: TenantMember, posted: Posted<Wanted>) -> Answer {
    switching(&member)?;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, Some(code), None),
    };
    let tenant = member.tenant.id;
    let done = member
        .lockbox()
        .acting(move |lockbox| take_trial(lockbox, &by, tenant))
        .await;
    match done {
        Ok(_) => Ok(see_other(SETTING)),
        Err(ActError::Unfit(flaws)) => form(&member, None, Some(Flaw::sentences(&flaws))),
        Err(error) => Err(error.into()),
    }
}

fn form(member: &TenantMember, code: Option<CodeField>, problem: Option<String>) -> Answer {
    let until = match member.lockbox().trials {
        Trials::AtOnce => Some(member.times().at(member.now() + TRIAL)),
        Trials::Confirmed => None,
    };
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = TrialPage {
        shell: member.shell(Place::Settings),
        tenant: member.tenant.name.to_string(),
        until,
        code,
        problem,
    };
    form_page(refused, &page)
}
