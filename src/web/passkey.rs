//! What a browser is told that is to make or to show a passkey. Asked by scripts; nothing is kept.

use actix_session::Session;
use actix_web::{HttpRequest, HttpResponse, web};

use super::error::WebError;
use super::form::binding;
use super::guard::Member;
use super::page::Answer;
use super::session::Visit;
use super::site::Site;
use crate::acts::{ActError, Lockbox};
use crate::domain::id::PersonId;
use crate::identity::passkey::challenge::Purpose;
use crate::store::passkeys;

/// The query that asks for any passkey of this portal, whoever was half in.
const AT_THE_DOOR: &str = "door";

/// `GET /passkey/request`: for whoever is in or half in, one of their own; at the door any.
///
/// # Errors
/// 404 for who never saw a page of ours, and where the portal's address is a number.
pub async fn request(
    request: HttpRequest,
    session: Session,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let party = site.passkeys.as_ref().ok_or(WebError::NotFound)?;
    let now = lockbox.store.clock().now();
    let visit = Visit::of(&session, now);
    let whose = binding(&request, &site, visit.as_ref()).ok_or(WebError::NotFound)?;
    let known = match &visit {
        Some(visit) if request.query_string() != AT_THE_DOOR => {
            known(&lockbox, visit.person).await?
        }
        _ => Vec::new(),
    };
    let chance = lockbox.entropy.bytes();
    let challenge = party.challenge(Purpose::Authentication, &whose, chance, now);
    Ok(HttpResponse::Ok().json(party.request(&known, &challenge)))
}

/// `GET /passkey/creation`.
///
/// # Errors
/// 404 where the portal's address is a number.
pub async fn creation(member: Member) -> Answer {
    let party = member.site().passkeys.as_ref().ok_or(WebError::NotFound)?;
    let (who, lockbox) = (member.person(), member.lockbox());
    let known = known(lockbox, who.id).await?;
    let (chance, whose) = (lockbox.entropy.bytes(), &member.visit().id);
    let challenge = party.challenge(Purpose::Registration, whose, chance, member.now());
    let options = party
        .creation(
            who.id,
            who.email.as_str(),
            who.name.as_str(),
            &known,
            &challenge,
        )
        .map_err(|e| ActError::Secret(e.to_string()))?;
    Ok(HttpResponse::Ok().json(options))
}

/// By what the browser names the passkeys of this person.
async fn known(lockbox: &Lockbox, person: PersonId) -> Result<Vec<Vec<u8>>, WebError> {
    let known = lockbox
        .reading(move |conn| passkeys::of_person(conn, person))
        .await?;
    Ok(known
        .into_iter()
        .map(|passkey| passkey.credential_id)
        .collect())
}
