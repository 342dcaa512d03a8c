//! A new administrator that the provider is making: looking at it, and stopping it.

use crate::acts::{ActError, Flaw, recover};
use crate::domain::rights::{Act, Subject, may};
use crate::web::error::WebError;
use crate::web::form::{Nothing, Posted};
use crate::web::guard::{Confirmation, TenantMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, ConfirmPage, Place};

/// `GET /people/recovery`.
///
/// # Errors
/// 404 for the provider's people, and where nothing is to be stopped.
pub async fn show(member: TenantMember) -> Answer {
    form(&member, member.code_field(), None)
}

/// `POST /people/recovery`: stops it.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn stop(member: TenantMember, posted: Posted<Nothing>) -> Answer {
    let tenant = member.tenant.id;
    may(member.person(), Act::StopRecovery, Subject::Tenant(tenant))?;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, Some(code), None),
    };
    let done = member
        .lockbox()
        .acting(move |lockbox| recover::stop(lockbox, &by, tenant))
        .await;
    match done {
        Ok(_) => Ok(see_other("/")),
        Err(ActError::Unfit(flaws)) => form(&member, None, Some(Flaw::sentences(&flaws))),
        Err(error) => Err(error.into()),
    }
}

fn form(member: &TenantMember, code: Option<CodeField>, problem: Option<String>) -> Answer {
    let tenant = member.tenant.id;
    may(member.person(), Act::StopRecovery, Subject::Tenant(tenant))?;
    let running = member.tenant.recovery.as_ref().ok_or(WebError::NotFound)?;
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let view = ConfirmPage {
        shell: member.shell(Place::People),
        crumbs: vec![("/people".to_owned(), "People".to_owned())],
        title: "Stop the new administrator?".to_owned(),
        lede: format!(
            "{} is making {} a global administrator of {}, at {}.",
            member.site().provider_name,
            running.name,
            member.tenant.name,
            member.times().at(running.due).words()
        ),
        wanted: None,
        reason: None,
        follows: vec![
            "Your people stay as they are, and everybody of you is told by mail.".to_owned(),
            "The provider can begin anew, which takes 72 hours again.".to_owned(),
        ],
        action: "/people/recovery".to_owned(),
        button: "Stop".to_owned(),
        danger: true,
        back: "/".to_owned(),
        code,
        problem,
    };
    form_page(refused, &view)
}
