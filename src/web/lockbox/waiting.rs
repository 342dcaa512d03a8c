//! A change that weakens the protection and waits: looking at it, and stopping it.

use super::SETTING;
use crate::acts::{ActError, Flaw, weaken};
use crate::domain::rights::{Act, Subject, may};
use crate::store::people;
use crate::web::error::WebError;
use crate::web::form::{Nothing, Posted};
use crate::web::guard::{Confirmation, TenantMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, ConfirmPage, Place};

/// `GET /settings/customer-lockbox/waiting`.
///
/// # Errors
/// 403 for whoever may not stop it, 404 for the provider's people, and where nothing waits.
pub async fn show(member: TenantMember) -> Answer {
    form(&member, member.code_field(), None).await
}

/// `POST /settings/customer-lockbox/waiting`: stops it.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn stop(member: TenantMember, posted: Posted<Nothing>) -> Answer {
    stopping(&member)?;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, Some(code), None).await,
    };
    let tenant = member.tenant.id;
    let done = member
        .lockbox()
        .acting(move |lockbox| weaken::stop(lockbox, &by, tenant))
        .await;
    match done {
        Ok(()) => Ok(see_other(SETTING)),
        Err(ActError::Unfit(flaws)) => form(&member, None, Some(Flaw::sentences(&flaws))).await,
        Err(error) => Err(error.into()),
    }
}

fn stopping(member: &TenantMember) -> Result<(), WebError> {
    let tenant = Subject::Tenant(member.tenant.id);
    Ok(may(member.person(), Act::StopWeakening, tenant)?)
}

async fn form(member: &TenantMember, code: Option<CodeField>, problem: Option<String>) -> Answer {
    stopping(member)?;
    let pending = member.tenant.pending.as_ref().ok_or(WebError::NotFound)?;
    let asked_by = pending.asked_by;
    let who = member
        .lockbox()
        .reading(move |conn| people::by_id(conn, asked_by))
        .await?;
    let who = who.map_or_else(|| "Somebody".to_owned(), |who| who.name.to_string());
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let view = ConfirmPage {
        shell: member.shell(Place::Settings),
        crumbs: vec![(SETTING.to_owned(), "Customer Lockbox".to_owned())],
        title: "Stop this change?".to_owned(),
        lede: format!(
            "{who} wants to {}. It is done at {}.",
            pending.what,
            member.times().at(pending.due).words()
        ),
        wanted: None,
        reason: None,
        follows: vec![
            "Your setting stays as it is, and everybody who decides is told by mail.".to_owned(),
            "Whoever asked can ask again, which waits again.".to_owned(),
        ],
        action: format!("{SETTING}/waiting"),
        button: "Stop".to_owned(),
        danger: true,
        back: SETTING.to_owned(),
        code,
        problem,
    };
    form_page(refused, &view)
}
