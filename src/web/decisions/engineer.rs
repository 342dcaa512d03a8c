//! What the engineer does: starts the access, takes passes for it, is done with it, withdraws the request.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::acts::sign_in::SignedIn;
use crate::acts::{access_pass, decide};
use crate::domain::request::StateKind;
use crate::domain::request::decide::Command;
use crate::domain::rights::Act;
use crate::identity::pass::issuer;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, page_with, see_other};
use crate::web::request::shown::place;
use crate::web::request::{again, passes_are_free, shown};
use crate::web::view::AccessPassPage;

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
    // Outside of the access hours no code is used up for it.
    shown.if_done(Command::Start, member.person(), member.now())?;
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

/// `POST /requests/{reference}/pass`: an access pass, shown this once. A session that showed its second factor for this
/// access is asked for no other.
///
/// # Errors
/// Whatever the rights or the act say.
pub async fn take_pass(
    member: Member,
    reference: Path<String>,
    posted: Posted<AnyVersion>,
) -> Answer {
    let shown = shown::find(&member, &reference, Act::TakePass).await?;
    shown.only_in(&[StateKind::Active])?;
    let by = if passes_are_free(&member, &shown) {
        member.who.clone()
    } else {
        match member.confirm(posted.code.as_deref()).await? {
            Confirmation::Fresh(by) => SignedIn::clone(&by),
            Confirmation::Ask(code) => return again(&member, shown, code).await,
        }
    };
    let (issuer, request) = (
        issuer(&member.site().base_url).to_owned(),
        shown.request.reference.clone(),
    );
    let given = member
        .lockbox()
        .acting(move |lockbox| access_pass::take(lockbox, &issuer, &by, &request))
        .await?;
    let times = member.times();
    let window = shown.request.state.deadline().unwrap_or(given.pass.until);
    let shown_once = AccessPassPage {
        shell: member.shell(place(member.person())),
        reference: shown.request.reference.to_string(),
        version: shown.request.version.to_string(),
        tenant: shown.tenant.name.to_string(),
        service: shown.service.name.to_string(),
        text: given.text.expose_secret().to_owned(),
        until: times.at(given.pass.until),
        window: times.at(window),
    };
    page_with(StatusCode::CREATED, &shown_once)
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
