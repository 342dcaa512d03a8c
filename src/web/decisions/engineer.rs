//! What the engineer does: starts the access, is done with it, withdraws the request.

use actix_web::web::Path;
use serde::Deserialize;

use crate::acts::decide;
use crate::domain::request::StateKind;
use crate::domain::rights::Act;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, see_other};
use crate::web::request::{again, shown};

use super::SeenVersion;

/// The form of an act that gives something back: whatever version was seen, it is taken.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyVersion {
    #[serde(default, rename = "version")]
    #[expect(
        dead_code,
        reason = "giving access back is never stale, and the form has the field"
    )]
    any_version: String,
}

/// `POST /requests/{reference}/start`.
///
/// # Errors
/// Whatever the rights or the act say.
pub async fn start(member: Member, reference: Path<String>, posted: Posted<SeenVersion>) -> Answer {
    let shown = shown::find(&member, &reference, Act::Start).await?;
    shown.only_in(&[StateKind::Approved])?;
    let seen = shown.seen(&posted.fields.version)?;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return again(&member, shown, code).await,
    };
    member
        .lockbox()
        .acting(move |lockbox| decide::start(lockbox, &by, &seen))
        .await?;
    Ok(see_other(&shown.path("")))
}

/// `POST /requests/{reference}/end`: "I am done".
///
/// # Errors
/// Whatever the rights or the act say.
pub async fn end(member: Member, reference: Path<String>, _: Posted<AnyVersion>) -> Answer {
    let shown = shown::find(&member, &reference, Act::Finish).await?;
    let (by, reference) = (member.who.clone(), shown.request.reference.clone());
    member
        .lockbox()
        .acting(move |lockbox| decide::finish(lockbox, &by, &reference))
        .await?;
    Ok(see_other(&shown.path("")))
}

/// `POST /requests/{reference}/withdrawal`.
///
/// # Errors
/// Whatever the rights or the act say.
pub async fn withdraw(member: Member, reference: Path<String>, _: Posted<AnyVersion>) -> Answer {
    let shown = shown::find(&member, &reference, Act::Withdraw).await?;
    let (by, reference) = (member.who.clone(), shown.request.reference.clone());
    member
        .lockbox()
        .acting(move |lockbox| decide::withdraw(lockbox, &by, &reference))
        .await?;
    Ok(see_other(&shown.path("")))
}
