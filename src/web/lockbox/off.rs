//! Turning the lockbox off, after one more look at what it means.

use serde::Deserialize;

use super::{switching, version};
use crate::acts::{ActError, Flaw, switch_lockbox};
use crate::domain::weakening::Delay;
use crate::store::{Stored, people, requests};
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, TenantMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, Place, TurnOffPage};
use crate::web::words;

/// The form as it is sent in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurnOff {
    #[serde(default, rename = "version")]
    #[expect(
        dead_code,
        reason = "off is off, whatever the setting was when it was shown"
    )]
    any_version: String,
}

/// `GET /settings/customer-lockbox/off`.
///
/// # Errors
/// 403 for whoever may not switch, 404 for the provider's people.
pub async fn show(member: TenantMember) -> Answer {
    switching(&member)?;
    if !member.tenant.lockbox.is_on() {
        return Ok(see_other("/settings/customer-lockbox"));
    }
    form(&member, member.code_field(), None).await
}

/// `POST /settings/customer-lockbox/off`.
///
/// # Errors
/// 403 for whoever may not switch, and whatever the act says.
pub async fn turn_off(member: TenantMember, posted: Posted<TurnOff>) -> Answer {
    switching(&member)?;
    if !member.tenant.lockbox.is_on() {
        return Ok(see_other("/settings/customer-lockbox"));
    }
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, Some(code), None).await,
    };
    let tenant = member.tenant.id;
    let done = member
        .lockbox()
        .acting(move |lockbox| switch_lockbox::turn_off(lockbox, &by, tenant))
        .await;
    match done {
        Ok(()) => Ok(see_other("/settings/customer-lockbox")),
        // Somebody else was faster; it is off, as was wanted.
        Err(ActError::Unfit(flaws)) if Flaw::words_of(&flaws, "lockbox").is_some() => {
            Ok(see_other("/settings/customer-lockbox"))
        }
        Err(ActError::Unfit(flaws)) => {
            let problem = Some(Flaw::sentences(&flaws));
            form(&member, member.code_field(), problem).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn form(member: &TenantMember, code: Option<CodeField>, problem: Option<String>) -> Answer {
    let (tenant, now) = (member.tenant.id, member.now());
    let (told, waiting) = member
        .lockbox()
        .reading(move |conn| {
            let waiting = requests::count_waiting(conn, tenant, now)?;
            Stored::Ok((people::approvers(conn, tenant)?, waiting))
        })
        .await?;
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = TurnOffPage {
        shell: member.shell(Place::Settings),
        version: version(&member.tenant),
        told: told.iter().map(words::person).collect(),
        waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
        code,
        problem,
        delay: (member.tenant.delay != Delay::None).then(|| member.tenant.delay.to_string()),
    };
    form_page(refused, &page)
}
