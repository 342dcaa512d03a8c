//! Coming by an invitation.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use secrecy::SecretString;
use serde::Deserialize;

use super::door::{app_offer, door_page, link_of};
use super::form::Posted;
use super::guard::source;
use super::page::{Answer, see_other};
use super::sign_in::enter;
use super::site::Site;
use super::view::{CodeField, JoinPage};
use crate::acts::authenticator::{self, Offer};
use crate::acts::join::{Joining, invited, join, tenant_of};
use crate::acts::{ActError, Flaw, Lockbox};
use crate::domain::person::{Person, roles_in_words};
use crate::store::sessions::Ground;

/// What somebody chose; the code is taken out of the form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    link: String,
    password: SecretString,
    app: String,
}

/// `GET /join?link=…`: uses nothing up.
///
/// # Errors
/// 410 for a link that does not work any more, 409 while somebody else is here with the address.
pub async fn show(
    request: HttpRequest,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let link = link_of(&request);
    let person = invited(&lockbox, &link).await?;
    let offer = authenticator::offer(&lockbox, person.id)?;
    let shown = Shown {
        request: &request,
        lockbox: &lockbox,
        site: &site,
    };
    shown.page(link, &person, &offer, &[]).await
}

/// `POST /join`: uses the link up, and its owner is in.
///
/// # Errors
/// As [`show`], and 422 for what was chosen.
pub async fn join_here(
    request: HttpRequest,
    session: Session,
    form: Posted<Chosen>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let Chosen {
        link,
        password,
        app,
    } = form.fields;
    let person = invited(&lockbox, &link).await?;
    let joining = Joining {
        password,
        app: authenticator::Answer {
            sealed: app.clone(),
            code: form.code.unwrap_or_default(),
        },
    };
    match join(&lockbox, &link, source(&request), joining).await {
        Ok((id, factor)) => {
            let ground = Ground::Arrival;
            enter(&request, &session, &lockbox, &site, id, factor, ground).await?;
            Ok(see_other("/"))
        }
        Err(ActError::Unfit(flaws)) => {
            let offer = authenticator::offer_again(&lockbox, person.id, &app)?;
            let shown = Shown {
                request: &request,
                lockbox: &lockbox,
                site: &site,
            };
            shown.page(link, &person, &offer, &flaws).await
        }
        Err(error) => Err(error.into()),
    }
}

struct Shown<'a> {
    request: &'a HttpRequest,
    lockbox: &'a Lockbox,
    site: &'a Site,
}

impl Shown<'_> {
    async fn page(&self, link: String, person: &Person, offer: &Offer, flaws: &[Flaw]) -> Answer {
        let tenant = tenant_of(self.lockbox, person).await?;
        let organisation = tenant.map_or_else(
            || self.site.provider_name.clone(),
            |tenant| tenant.name.to_string(),
        );
        let status = if flaws.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        door_page(self.request, self.lockbox, self.site, status, |shell| {
            JoinPage {
                shell,
                name: person.name.to_string(),
                email: person.email.to_string(),
                roles: roles_in_words(&person.role_names()),
                organisation,
                link,
                password_error: Flaw::words_of(flaws, "password"),
                app: app_offer(offer, person.email.as_str()),
                code: CodeField {
                    error: Flaw::words_of(flaws, "verification_code"),
                    ..CodeField::default()
                },
            }
        })
    }
}
