//! A forgotten password: saying so, and choosing another one by the link that was sent.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use secrecy::SecretString;
use serde::Deserialize;

use super::door::{door_page, link_of};
use super::form::Posted;
use super::guard::source;
use super::page::{Answer, see_other};
use super::sign_in::origin;
use super::site::Site;
use super::view::{ForgottenPage, ResetPasswordPage};
use crate::acts::{ActError, Flaw, Lockbox, forgotten_password, links};
use crate::domain::one_time_link::LinkKind;

/// Whose password was forgotten.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whose {
    email: String,
}

/// Another password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    link: String,
    password: SecretString,
}

/// `GET /password/forgotten`.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(
    request: HttpRequest,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let said = request.query_string() == "said";
    door_page(&request, &lockbox, &site, StatusCode::OK, |shell| {
        ForgottenPage { shell, said }
    })
}

/// `POST /password/forgotten`: the same answer for the same work, whoever it is.
///
/// # Errors
/// When the form is not ours or the store does not answer.
pub async fn forgotten(
    request: HttpRequest,
    form: Posted<Whose>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let (email, from) = (form.fields.email, origin(&request, &site));
    lockbox
        .acting(move |lockbox| forgotten_password::note(lockbox, &email, &from))
        .await?;
    Ok(see_other("/password/forgotten?said"))
}

/// `GET /password/reset?link=…`: uses nothing up.
///
/// # Errors
/// 410 for a link that does not work any more.
pub async fn show_reset(
    request: HttpRequest,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let link = link_of(&request);
    reset_page(&request, &lockbox, &site, link, &[]).await
}

/// `POST /password/reset`: uses the link up.
///
/// # Errors
/// 410 for a link that does not work any more, 422 for a password that is not taken.
pub async fn reset(
    request: HttpRequest,
    form: Posted<Chosen>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let Chosen { link, password } = form.fields;
    match forgotten_password::reset(&lockbox, &link, source(&request), password).await {
        Ok(()) => Ok(see_other("/sign-in?password-chosen")),
        Err(ActError::Unfit(flaws)) => reset_page(&request, &lockbox, &site, link, &flaws).await,
        Err(error) => Err(error.into()),
    }
}

async fn reset_page(
    request: &HttpRequest,
    lockbox: &Lockbox,
    site: &Site,
    link: String,
    flaws: &[Flaw],
) -> Answer {
    let person = links::whose(lockbox, LinkKind::PasswordReset, &link).await?;
    let status = if flaws.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    door_page(request, lockbox, site, status, |shell| ResetPasswordPage {
        shell,
        email: person.email.to_string(),
        link,
        password_error: Flaw::words_of(flaws, "password"),
    })
}
