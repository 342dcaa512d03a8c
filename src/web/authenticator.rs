//! The first authenticator app of somebody who has shown their password and has no second factor.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use serde::Deserialize;

use super::door::app_offer;
use super::error::WebError;
use super::form::Posted;
use super::guard::{source, visitor_shell};
use super::page::{Answer, page_with, see_other};
use super::session::Visit;
use super::sign_in::{Next, go_in, inside, or_signed_out, with_next};
use super::site::Site;
use super::view::{AuthenticatorPage, CodeField};
use crate::acts::authenticator::{self, Offer};
use crate::acts::sign_in::HalfIn;
use crate::acts::{ActError, Flaw, Lockbox};
use crate::domain::rights::Denied;
use crate::store::people;

/// The form; the code is taken out of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    app: String,
    #[serde(default)]
    next: String,
}

/// `GET /sign-in/authenticator`.
///
/// # Errors
/// When the store does not answer.
pub async fn show(
    request: HttpRequest,
    session: Session,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let next = Next::of(&request);
    let next = inside(&next);
    let Some(visit) = half_in(&session, &lockbox) else {
        return Ok(see_other(&with_next("/sign-in", next)));
    };
    if authenticator::has_second_factor(&lockbox, visit.person).await? {
        return Ok(see_other(&with_next("/sign-in/second-factor", next)));
    }
    let offer = authenticator::offer(&lockbox, visit.person)?;
    app_page(&request, &lockbox, &site, &visit, &offer, next, &[]).await
}

/// `POST /sign-in/authenticator`: one right code, and they are in.
///
/// # Errors
/// 403 for who has a second factor, 422 for a wrong code.
pub async fn enrol(
    request: HttpRequest,
    session: Session,
    form: Result<Posted<Chosen>, WebError>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let visit = half_in(&session, &lockbox);
    let anybody = Visit::of(&session, lockbox.store.clock().now());
    let form = or_signed_out(form, anybody.as_ref())?;
    let Chosen { app, next } = form.fields;
    let next = inside(&next);
    let Some(visit) = visit else {
        return Ok(see_other(&with_next("/sign-in", next)));
    };
    let (person, half_in, from) = (visit.person, visit.id.clone(), source(&request));
    let answer = authenticator::Answer {
        sealed: app.clone(),
        code: form.code.unwrap_or_default(),
    };
    let enrolled = lockbox
        .acting(move |lockbox| {
            authenticator::enrol_first(lockbox, HalfIn(person), &half_in, from, &answer)
        })
        .await;
    match enrolled {
        Ok(factor) => {
            go_in(&request, &session, &lockbox, &site, &visit, factor).await?;
            Ok(see_other(next))
        }
        Err(ActError::Denied(Denied::NotThere)) => Err(WebError::SignedOut),
        Err(ActError::Unfit(flaws)) => {
            let offer = authenticator::offer_again(&lockbox, person, &app)?;
            app_page(&request, &lockbox, &site, &visit, &offer, next, &flaws).await
        }
        Err(error) => Err(error.into()),
    }
}

fn half_in(session: &Session, lockbox: &Lockbox) -> Option<Visit> {
    Visit::of(session, lockbox.store.clock().now()).filter(|visit| visit.showed().is_none())
}

async fn app_page(
    request: &HttpRequest,
    lockbox: &Lockbox,
    site: &Site,
    visit: &Visit,
    offer: &Offer,
    next: &str,
    flaws: &[Flaw],
) -> Answer {
    let id = visit.person;
    let person = lockbox
        .reading(move |conn| people::by_id(conn, id))
        .await?
        .ok_or(ActError::LinkGone)?;
    let mut shell = visitor_shell(request);
    shell.csrf = site.csrf.token(&visit.id);
    let status = if flaws.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    page_with(
        status,
        &AuthenticatorPage {
            shell,
            app: app_offer(offer, person.email.as_str()),
            code: CodeField {
                error: Flaw::words_of(flaws, "verification_code"),
                ..CodeField::default()
            },
            next: next.to_owned(),
        },
    )
}
