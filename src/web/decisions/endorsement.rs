//! Endorsing: a support manager stands behind a request.

use actix_web::web::Path;

use super::SeenVersion;
use crate::acts::decide;
use crate::domain::request::StateKind;
use crate::domain::rights::Act;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, see_other};
use crate::web::request::{again, shown};

/// `POST /requests/{reference}/endorsement`.
///
/// # Errors
/// Whatever the rights or the act say.
pub async fn endorse(
    member: Member,
    reference: Path<String>,
    posted: Posted<SeenVersion>,
) -> Answer {
    let shown = shown::find(&member, &reference, Act::Endorse).await?;
    shown.only_in(&[StateKind::AwaitingManager])?;
    let seen = shown.seen(&posted.fields.version)?;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return again(&member, shown, code).await,
    };
    member
        .lockbox()
        .acting(move |lockbox| decide::endorse(lockbox, &by, &seen))
        .await?;
    Ok(see_other(&shown.path("/outcome")))
}
