//! Suspending a tenant, and letting it go on, each asked once more.

use actix_web::web::Path;
use serde::Deserialize;

use super::{LIST, find, may_enrol};
use crate::acts::{ActError, Flaw, suspend};
use crate::domain::tenant::Tenant;
use crate::web::form::{Nothing, Posted};
use crate::web::guard::{Confirmation, ProviderMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::typed;
use crate::web::view::{CodeField, ConfirmPage, Field, Place};

/// Why; the code is taken out of the form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Suspended {
    reason: String,
}

/// `GET /tenants/{tenant}/suspension`.
///
/// # Errors
/// 403 for whoever may not suspend, 404 for tenants' people and for a tenant that is not there.
pub async fn show(member: ProviderMember, key: Path<String>) -> Answer {
    may_enrol(&member)?;
    let (tenant, _) = find(&member, &key).await?;
    suspension(
        &member,
        &tenant,
        Field::default(),
        member.code_field(),
        None,
    )
}

/// `POST /tenants/{tenant}/suspension`.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn suspend_it(
    member: ProviderMember,
    key: Path<String>,
    posted: Posted<Suspended>,
) -> Answer {
    may_enrol(&member)?;
    let (tenant, _) = find(&member, &key).await?;
    let reason = Field::of(posted.fields.reason);
    let why = match typed::prose("reason", &reason.value) {
        Ok(why) => why,
        Err(words) => {
            let code = member.code_field();
            return suspension(&member, &tenant, reason.refused(words), code, None);
        }
    };
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return suspension(&member, &tenant, reason, Some(code), None),
    };
    let key = tenant.key.clone();
    let done = member
        .lockbox()
        .acting(move |lockbox| suspend::suspend(lockbox, &*by, &key, &why))
        .await;
    match done {
        Ok(tenant) => Ok(see_other(&format!("{LIST}/{}?suspended", tenant.key))),
        Err(ActError::Unfit(flaws)) => {
            let problem = Some(Flaw::sentences(&flaws));
            suspension(&member, &tenant, reason, None, problem)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /tenants/{tenant}/resumption`.
///
/// # Errors
/// As [`show`].
pub async fn show_resumption(member: ProviderMember, key: Path<String>) -> Answer {
    may_enrol(&member)?;
    let (tenant, _) = find(&member, &key).await?;
    resumption(&member, &tenant, member.code_field(), None)
}

/// `POST /tenants/{tenant}/resumption`.
///
/// # Errors
/// As [`suspend_it`].
pub async fn resume_it(
    member: ProviderMember,
    key: Path<String>,
    posted: Posted<Nothing>,
) -> Answer {
    may_enrol(&member)?;
    let (tenant, _) = find(&member, &key).await?;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return resumption(&member, &tenant, Some(code), None),
    };
    let key = tenant.key.clone();
    let done = member
        .lockbox()
        .acting(move |lockbox| suspend::resume(lockbox, &*by, &key))
        .await;
    match done {
        Ok(tenant) => Ok(see_other(&format!("{LIST}/{}?resumed", tenant.key))),
        Err(ActError::Unfit(flaws)) => {
            resumption(&member, &tenant, None, Some(Flaw::sentences(&flaws)))
        }
        Err(error) => Err(error.into()),
    }
}

fn suspension(
    member: &ProviderMember,
    tenant: &Tenant,
    reason: Field,
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let name = &tenant.name;
    let page = ConfirmPage {
        title: format!("Suspend {name}?"),
        lede: format!(
            "Nothing is filed or started for {name} until you let it go on. Its people still sign in, read and export."
        ),
        reason: Some(reason),
        follows: vec![
            "Waiting requests are withdrawn.".to_owned(),
            "What is approved or active is revoked at once.".to_owned(),
            format!("Everybody who decides for {name} is told by mail, with the reason."),
        ],
        action: format!("{LIST}/{}/suspension", tenant.key),
        button: "Suspend".to_owned(),
        danger: true,
        ..asked(member, tenant, code, problem)
    };
    answer(&page)
}

fn resumption(
    member: &ProviderMember,
    tenant: &Tenant,
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let name = &tenant.name;
    let page = ConfirmPage {
        title: format!("Let {name} go on?"),
        lede: format!("Engineers can file requests for {name} again. What was ended stays ended."),
        follows: vec![format!("Everybody who decides for {name} is told by mail.")],
        action: format!("{LIST}/{}/resumption", tenant.key),
        button: "Let it go on".to_owned(),
        ..asked(member, tenant, code, problem)
    };
    answer(&page)
}

/// What both pages have.
fn asked(
    member: &ProviderMember,
    tenant: &Tenant,
    code: Option<CodeField>,
    problem: Option<String>,
) -> ConfirmPage {
    let href = format!("{LIST}/{}", tenant.key);
    ConfirmPage {
        shell: member.shell(Place::Tenants),
        crumbs: vec![
            (LIST.to_owned(), "Tenants".to_owned()),
            (href.clone(), tenant.name.to_string()),
        ],
        title: String::new(),
        lede: String::new(),
        wanted: None,
        reason: None,
        follows: Vec::new(),
        action: String::new(),
        button: String::new(),
        danger: false,
        back: href,
        code,
        problem,
    }
}

fn answer(page: &ConfirmPage) -> Answer {
    let flawed = page
        .reason
        .as_ref()
        .is_some_and(|reason| reason.error.is_some());
    let asks = page.code.as_ref().is_some_and(|code| code.error.is_some());
    form_page(page.problem.is_some() || flawed || asks, page)
}
