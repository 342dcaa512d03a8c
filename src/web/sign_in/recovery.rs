//! Lost the device: in by a recovery code, after the password, to gain another second factor.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

use super::{Next, go_in, inside, or_signed_out, origin, with_next};
use crate::acts::sign_in::CodeShown;
use crate::acts::{Lockbox, recovery_codes};
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::{too_many_codes, visitor_shell};
use crate::web::page::{Answer, page_with, see_other};
use crate::web::session::{Visit, WRONG_CODES_MAX};
use crate::web::site::Site;
use crate::web::view::{Field, RecoveryPage};

/// The form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    recovery_code: String,
    #[serde(default)]
    next: String,
}

/// `GET /sign-in/recovery`.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(
    request: HttpRequest,
    session: Session,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let next = Next::of(&request);
    let next = inside(&next);
    match Visit::of(&session, lockbox.store.clock().now()) {
        Some(visit) if visit.showed().is_none() => {
            let field = Field::default();
            form(&request, &visit, &site, StatusCode::OK, next, field)
        }
        Some(_) => Ok(see_other(next)),
        None => Ok(see_other(&with_next("/sign-in", next))),
    }
}

/// `POST /sign-in/recovery`. Leads to Security, where another second factor is gained.
///
/// # Errors
/// When the form is not ours or the store does not answer.
pub async fn enter(
    request: HttpRequest,
    session: Session,
    posted: Result<Posted<Recovery>, WebError>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let now = lockbox.store.clock().now();
    let visit = Visit::of(&session, now);
    let Recovery {
        recovery_code,
        next,
    } = or_signed_out(posted, visit.as_ref())?.fields;
    let next = inside(&next);
    let Some(visit) = visit else {
        return Ok(see_other(&with_next("/sign-in", next)));
    };
    if visit.showed().is_some() {
        return Ok(see_other(next));
    }
    let (person, from) = (visit.person, origin(&request, &site));
    let shown = lockbox
        .acting(move |lockbox| recovery_codes::show(lockbox, person, &from, &recovery_code))
        .await?;
    match shown {
        CodeShown::Right(factor) => {
            go_in(&request, &session, &lockbox, &site, &visit, factor).await?;
            return Ok(see_other("/security"));
        }
        // It was not looked at, so it is no wrong one.
        CodeShown::TooMany(until) => {
            let field = Field::default().refused(too_many_codes(until - now));
            let status = StatusCode::TOO_MANY_REQUESTS;
            return form(&request, &visit, &site, status, next, field);
        }
        CodeShown::Wrong => {}
    }
    let visit = Visit {
        wrong_codes: visit.wrong_codes + 1,
        ..visit
    };
    if visit.wrong_codes >= WRONG_CODES_MAX {
        session.purge();
        return Ok(see_other(&with_next("/sign-in", next)));
    }
    visit.keep(&session)?;
    let field = Field::default()
        .refused("This recovery code is wrong or was used before. Each one lets you in once.");
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    form(&request, &visit, &site, status, next, field)
}

fn form(
    request: &HttpRequest,
    visit: &Visit,
    site: &Site,
    status: StatusCode,
    next: &str,
    code: Field,
) -> Answer {
    let mut shell = visitor_shell(request);
    shell.csrf = site.csrf.token(&visit.id);
    let page = RecoveryPage {
        shell,
        code,
        next: next.to_owned(),
        back: with_next("/sign-in/second-factor", next),
    };
    page_with(status, &page)
}
