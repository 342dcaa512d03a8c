//! The first person of a deployment, by the address that its start printed.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use secrecy::SecretString;
use serde::Deserialize;

use super::door::{app_offer, door_page, link_of};
use super::form::Posted;
use super::guard::source;
use super::page::{Answer, see_other};
use super::people::typed;
use super::sign_in::enter;
use super::site::Site;
use super::view::{CodeField, Field, SetUpPage};
use crate::acts::authenticator::{self, Offer};
use crate::acts::set_up::{self, FirstAdministrator, NOBODY_YET};
use crate::acts::{ActError, Flaw, Lockbox};
use crate::store::sessions::Ground;

/// What was typed; the code is taken out of the form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    link: String,
    name: String,
    email: String,
    password: SecretString,
    app: String,
}

/// `GET /set-up?link=…`.
///
/// # Errors
/// 410 once there is somebody, and for an address that is too old or none of ours.
pub async fn show(
    request: HttpRequest,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let link = link_of(&request);
    look(&lockbox, &link).await?;
    let offer = authenticator::offer(&lockbox, NOBODY_YET)?;
    let (name, email) = (Field::default(), Field::default());
    let typed = Typed { link, name, email };
    typed.page(&request, &lockbox, &site, &offer, &[])
}

/// `POST /set-up`: whoever is first is in, and nobody after them.
///
/// # Errors
/// As [`show`], and 422 for what was typed.
pub async fn set_up_here(
    request: HttpRequest,
    session: Session,
    form: Posted<Chosen>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let Chosen {
        link,
        name,
        email,
        password,
        app,
    } = form.fields;
    look(&lockbox, &link).await?;
    let (parsed, flaws) = typed(&email, &name);
    let outcome = match parsed {
        None => Err(ActError::Unfit(flaws)),
        Some((email, name)) => {
            let first = FirstAdministrator {
                email,
                name,
                password,
                app: authenticator::Answer {
                    sealed: app.clone(),
                    code: form.code.unwrap_or_default(),
                },
            };
            set_up::set_up(&lockbox, &link, source(&request), first).await
        }
    };
    match outcome {
        Ok((id, factor)) => {
            let ground = Ground::Arrival;
            enter(&request, &session, &lockbox, &site, id, factor, ground).await?;
            Ok(see_other("/"))
        }
        Err(ActError::Unfit(flaws)) => {
            let offer = authenticator::offer_again(&lockbox, NOBODY_YET, &app)?;
            let (name, email) = (Field::of(name), Field::of(email));
            let typed = Typed { link, name, email };
            typed.page(&request, &lockbox, &site, &offer, &flaws)
        }
        Err(error) => Err(error.into()),
    }
}

async fn look(lockbox: &Lockbox, link: &str) -> Result<(), ActError> {
    let link = link.to_owned();
    lockbox
        .acting(move |lockbox| set_up::look(lockbox, &link))
        .await
}

struct Typed {
    link: String,
    name: Field,
    email: Field,
}

impl Typed {
    fn page(
        self,
        request: &HttpRequest,
        lockbox: &Lockbox,
        site: &Site,
        offer: &Offer,
        flaws: &[Flaw],
    ) -> Answer {
        let status = if flaws.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let of = |field: Field, name| Field {
            error: Flaw::words_of(flaws, name),
            ..field
        };
        door_page(request, lockbox, site, status, |shell| SetUpPage {
            shell,
            link: self.link,
            email: of(self.email, "email"),
            name: of(self.name, "name"),
            password_error: Flaw::words_of(flaws, "password"),
            app: app_offer(offer, "administrator"),
            code: CodeField {
                error: Flaw::words_of(flaws, "verification_code"),
                ..CodeField::default()
            },
        })
    }
}
