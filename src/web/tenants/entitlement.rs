//! Saying what a tenant is entitled to; this also answers who asked for a trial.

use actix_web::web::Path;
use serde::Deserialize;

use super::{LIST, find, may_enrol, row};
use crate::acts::entitle::{Given, entitle};
use crate::acts::{ActError, Flaw};
use crate::domain::entitlement::{Entitlement, Trial};
use crate::domain::tenant::Tenant;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, ProviderMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::typed;
use crate::web::view::{Choice, CodeField, EntitlePage, Field, Place, Select};

/// The form as it is sent in.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    given: String,
    plan: String,
}

/// `GET /tenants/{tenant}/entitlement`.
///
/// # Errors
/// 403 for whoever may not say it, 404 for tenants' people and for a tenant that is not there.
pub async fn show(member: ProviderMember, key: Path<String>) -> Answer {
    may_enrol(&member)?;
    let (tenant, _) = find(&member, &key).await?;
    let typed = now(&tenant);
    form(&member, &tenant, typed, member.code_field(), &[])
}

/// `POST /tenants/{tenant}/entitlement`.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn say(member: ProviderMember, key: Path<String>, posted: Posted<Typed>) -> Answer {
    may_enrol(&member)?;
    let (tenant, _) = find(&member, &key).await?;
    let Posted { fields, code } = posted;
    let given = match given(&fields.given, &fields.plan) {
        Ok(given) => given,
        Err(flaw) => return form(&member, &tenant, fields, member.code_field(), &[flaw]),
    };
    let by = match member.confirm(code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, &tenant, fields, Some(code), &[]),
    };
    let key = tenant.key.clone();
    let done = member
        .lockbox()
        .acting(move |lockbox| entitle(lockbox, &*by, &key, given))
        .await;
    match done {
        Ok(tenant) => Ok(see_other(&format!("{LIST}/{}?entitled", tenant.key))),
        Err(ActError::Unfit(flaws)) => form(&member, &tenant, fields, None, &flaws),
        Err(error) => Err(error.into()),
    }
}

/// The form as the tenant stands: a trial that was asked for is what is most likely given.
fn now(tenant: &Tenant) -> Typed {
    let (given, plan) = match (&tenant.trial, &tenant.entitlement) {
        (Trial::Asked { .. }, _) | (_, Entitlement::Trial { .. }) => ("trial", None),
        (_, Entitlement::None) => ("nothing", None),
        (_, Entitlement::Included { plan }) => ("plan", plan.as_ref()),
    };
    Typed {
        given: given.to_owned(),
        plan: plan.map(ToString::to_string).unwrap_or_default(),
    }
}

/// What a tenant can be given, for forms.
pub(super) fn choices(chosen: &str) -> Vec<Choice> {
    let all = [
        ("plan", "A plan that includes it"),
        ("trial", "A trial of 30 days, from now on"),
        ("nothing", "Nothing"),
    ];
    Choice::list("Choose", all, chosen)
}

/// What was chosen, with the plan's name where it has one.
pub(super) fn given(chosen: &str, plan: &str) -> Result<Given, Flaw> {
    let plan = plan.trim();
    match chosen {
        "plan" if plan.is_empty() => Ok(Given::Plan(None)),
        "plan" => {
            let name = typed::line("plan's name", plan);
            let name = name.map_err(|words| Flaw::of("plan", words))?;
            Ok(Given::Plan(Some(name)))
        }
        "trial" | "nothing" if !plan.is_empty() => Err(Flaw::of(
            "plan",
            "Leave the plan's name empty, or choose a plan.",
        )),
        "trial" => Ok(Given::Trial),
        "nothing" => Ok(Given::Nothing),
        _ => Err(Flaw::of("given", "Choose what the customer gets.")),
    }
}

fn form(
    member: &ProviderMember,
    tenant: &Tenant,
    typed: Typed,
    code: Option<CodeField>,
    flaws: &[Flaw],
) -> Answer {
    let refused = !flaws.is_empty() || code.as_ref().is_some_and(|code| code.error.is_some());
    let error = |field: &str| Flaw::words_of(flaws, field);
    let view = EntitlePage {
        shell: member.shell(Place::Tenants),
        tenant: row(tenant, member.times()),
        given: Select {
            choices: choices(&typed.given),
            error: error("given"),
        },
        plan: Field {
            value: typed.plan,
            error: error("plan"),
        },
        code,
        problem: error("tenant"),
    };
    form_page(refused, &view)
}
