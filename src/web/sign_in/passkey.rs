//! Signing in with a passkey alone: it is both factors.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};

use super::{CodeForm, enter, inside, sign_in_page};
use crate::acts::Lockbox;
use crate::acts::show_passkey::{Shown, show_passkey};
use crate::domain::second_factor::FactorKind;
use crate::store::sessions::Ground;
use crate::web::error::WebError;
use crate::web::form::{Posted, binding};
use crate::web::page::{Answer, see_other};
use crate::web::session::Visit;
use crate::web::site::Site;
use crate::web::view::Field;

/// `POST /sign-in/passkey`. Every failure has the same words.
///
/// # Errors
/// When the form is not ours or the store does not answer.
pub async fn show(
    request: HttpRequest,
    session: Session,
    form: Posted<CodeForm>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let next = inside(&form.fields.next).to_owned();
    let now = lockbox.store.clock().now();
    let before = Visit::of(&session, now);
    let whose = binding(&request, &site, before.as_ref()).ok_or(WebError::Forged)?;
    let (answer, of_site) = (form.code.unwrap_or_default(), site.clone());
    let shown = lockbox
        .acting(move |lockbox| {
            let Some(party) = &of_site.passkeys else {
                return Ok(None);
            };
            let shown = Shown {
                party,
                whose: &whose,
                person: None,
                answer: &answer,
            };
            show_passkey(lockbox, shown)
        })
        .await?;
    if let Some((person, factor)) = shown
        && let FactorKind::Passkey { id } = factor.kind
    {
        let ground = Ground::Passkey(id);
        enter(&request, &session, &lockbox, &site, person, factor, ground).await?;
        return Ok(see_other(&next));
    }
    let problem = "That passkey did not count. Use it once more, or your password.".to_owned();
    sign_in_page(
        &request,
        &lockbox,
        &site,
        StatusCode::UNPROCESSABLE_ENTITY,
        &next,
        Field::default(),
        Some(problem),
    )
}
