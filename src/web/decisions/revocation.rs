//! Revoking an approval or a live access.

use actix_web::web::Path;
use serde::Deserialize;

use crate::acts::decide;
use crate::domain::request::{State, StateKind};
use crate::domain::rights::Act;
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::request::shown::{Shown, find, place};
use crate::web::typed;
use crate::web::view::{CodeField, Field, RevokePage};

/// The form as it is sent in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    #[serde(default)]
    reason: String,
    #[serde(default, rename = "version")]
    #[expect(
        dead_code,
        reason = "a revocation holds whatever else happened, so no version is stale for it"
    )]
    any_version: String,
}

/// `GET /requests/{reference}/revocation`.
///
/// # Errors
/// Whatever the rights or the request's state say.
pub async fn show(member: Member, reference: Path<String>) -> Answer {
    let shown = revocable(&member, &reference).await?;
    form(&member, &shown, Field::default(), member.code_field())
}

/// `POST /requests/{reference}/revocation`.
///
/// # Errors
/// Whatever the rights or the act say.
pub async fn revoke(member: Member, reference: Path<String>, posted: Posted<Revocation>) -> Answer {
    let shown = revocable(&member, &reference).await?;
    let Posted { fields, code } = posted;
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
    let reference = shown.request.reference.clone();
    member
        .lockbox()
        .acting(move |lockbox| decide::revoke(lockbox, &by, &reference, why))
        .await?;
    Ok(see_other(&shown.path("/outcome")))
}

async fn revocable(member: &Member, reference: &str) -> Result<Shown, WebError> {
    let shown = find(member, reference, Act::Revoke).await?;
    shown.only_in(&[StateKind::Approved, StateKind::Active])?;
    Ok(shown)
}

fn form(member: &Member, shown: &Shown, reason: Field, code: Option<CodeField>) -> Answer {
    let refused = reason.error.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = RevokePage {
        shell: member.shell(place(member.person())),
        reference: shown.request.reference.to_string(),
        version: shown.request.version.to_string(),
        service: shown.service.name.to_string(),
        scope: shown.scope(),
        objects: shown.objects(),
        engineer: shown.engineer(),
        active_until: match &shown.request.state {
            State::Active { until, .. } => Some(member.times().at(*until)),
            _ => None,
        },
        reason,
        code,
    };
    form_page(refused, &page)
}
