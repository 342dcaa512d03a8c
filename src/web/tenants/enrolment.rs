//! Enrolling a tenant.

use chrono_tz::Tz;
use serde::Deserialize;

use super::entitlement::{choices, given};
use super::{LIST, may_enrol};
use crate::acts::entitle::Given;
use crate::acts::{ActError, Flaw, enrol};
use crate::domain::text::{Line, Slug};
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, ProviderMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::typed;
use crate::web::view::{CodeField, EnrolPage, Field, Place, Select};

/// The form as it is sent in.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    key: String,
    name: String,
    zone: String,
    given: String,
    plan: String,
}

/// `GET /new-tenant`.
///
/// # Errors
/// 403 for whoever enrols none, 404 for tenants' people.
pub async fn show(member: ProviderMember) -> Answer {
    may_enrol(&member)?;
    let typed = Typed {
        zone: "UTC".to_owned(),
        given: "plan".to_owned(),
        ..Typed::default()
    };
    form(&member, typed, member.code_field(), &[])
}

/// `POST /new-tenant`.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn enrol_it(member: ProviderMember, posted: Posted<Typed>) -> Answer {
    may_enrol(&member)?;
    let Posted { fields, code } = posted;
    let (key, name, zone, given) = match parse(&fields) {
        Ok(read) => read,
        Err(flaws) => return form(&member, fields, member.code_field(), &flaws),
    };
    let by = match member.confirm(code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, fields, Some(code), &[]),
    };
    let done = member
        .lockbox()
        .acting(move |lockbox| enrol::tenant(lockbox, &*by, &key, &name, zone, given))
        .await;
    match done {
        Ok(tenant) => Ok(see_other(&format!("{LIST}/{}?enrolled", tenant.key))),
        Err(ActError::Taken(_)) => {
            let words = "This key is or was another customer's. Choose another one.";
            form(&member, fields, None, &[Flaw::of("key", words)])
        }
        Err(ActError::Unfit(flaws)) => form(&member, fields, None, &flaws),
        Err(error) => Err(error.into()),
    }
}

fn parse(typed: &Typed) -> Result<(Slug, Line, Tz, Given), Vec<Flaw>> {
    let mut flaws = Vec::new();
    let mut kept = |field: &'static str, words: String| flaws.push(Flaw::of(field, words));
    let key = typed::slug(&typed.key)
        .map_err(|words| kept("key", words))
        .ok();
    let name = typed::called("name", &typed.name)
        .map_err(|words| kept("name", words))
        .ok();
    let zone = typed.zone.trim().parse();
    let zone = zone
        .map_err(|_| {
            let words = "Write the time zone as Europe/Berlin or UTC.";
            kept("zone", words.to_owned());
        })
        .ok();
    let given = given(&typed.given, &typed.plan)
        .map_err(|flaw| kept(flaw.field, flaw.words))
        .ok();
    let read = || Some((key?, name?, zone?, given?));
    read().ok_or(flaws)
}

fn form(member: &ProviderMember, typed: Typed, code: Option<CodeField>, flaws: &[Flaw]) -> Answer {
    let refused = !flaws.is_empty() || code.as_ref().is_some_and(|code| code.error.is_some());
    let error = |field: &str| Flaw::words_of(flaws, field);
    let kept = |value, field: &str| Field {
        value,
        error: error(field),
    };
    let view = EnrolPage {
        shell: member.shell(Place::Tenants),
        given: Select {
            choices: choices(&typed.given),
            error: error("given"),
        },
        key: kept(typed.key, "key"),
        name: kept(typed.name, "name"),
        zone: kept(typed.zone, "zone"),
        plan: kept(typed.plan, "plan"),
        code,
        problem: error("tenant"),
    };
    form_page(refused, &view)
}
