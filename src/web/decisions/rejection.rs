//! Rejecting: by the customer, or by a support manager before the customer is asked.

use actix_web::web::Path;
use serde::Deserialize;

use crate::acts::decide;
use crate::domain::person::Side;
use crate::domain::request::StateKind;
use crate::domain::rights::Act;
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::request::shown::{Shown, find, place};
use crate::web::typed;
use crate::web::view::{CodeField, Field, RejectPage};

/// The form as it is sent in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    #[serde(default)]
    reason: String,
    version: String,
}

/// `GET /requests/{reference}/rejection`.
///
/// # Errors
/// Whatever the rights or the request's state say.
pub async fn show(member: Member, reference: Path<String>) -> Answer {
    let shown = rejectable(&member, &reference).await?;
    form(&member, &shown, Field::default(), member.code_field())
}

/// `POST /requests/{reference}/rejection`.
///
/// # Errors
/// Whatever the rights or the act say.
pub async fn reject(member: Member, reference: Path<String>, posted: Posted<Rejection>) -> Answer {
    let shown = rejectable(&member, &reference).await?;
    let Posted { fields, code } = posted;
    let seen = shown.seen(&fields.version)?;
    let why = match typed::prose("reason", &fields.reason) {
        Ok(why) => why,
        Err(error) => {
            let reason = Field::of(fields.reason).refused(error);
            return form(&member, &shown, reason, member.code_field());
        }
    };
    let by = match member.confirm(code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => {
            return form(&member, &shown, Field::of(fields.reason), Some(code));
        }
    };
    member
        .lockbox()
        .acting(move |lockbox| decide::reject(lockbox, &by, &seen, why))
        .await?;
    Ok(see_other(&shown.path("/outcome")))
}

async fn rejectable(member: &Member, reference: &str) -> Result<Shown, WebError> {
    let (act, state) = match member.person().side {
        Side::Provider => (Act::RejectAsManager, StateKind::AwaitingManager),
        Side::Tenant(_) => (Act::RejectAsCustomer, StateKind::AwaitingCustomer),
    };
    let shown = find(member, reference, act).await?;
    shown.only_in(&[state])?;
    Ok(shown)
}

fn form(member: &Member, shown: &Shown, reason: Field, code: Option<CodeField>) -> Answer {
    let refused = reason.error.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = RejectPage {
        shell: member.shell(place(member.person())),
        reference: shown.request.reference.to_string(),
        version: shown.request.version.to_string(),
        service: shown.service.name.to_string(),
        scope: shown.scope(),
        objects: shown.objects(),
        engineer: shown.engineer(),
        reason,
        code,
    };
    form_page(refused, &page)
}
