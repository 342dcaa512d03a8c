//! `/api/v1/data-access-requests`: filing a request for a named engineer, seeing where requests stand, and taking back
//! what was filed.

pub(in crate::api) mod described;
mod ending;
mod filing;
mod list;
pub(in crate::api) mod once;
mod shown;

pub use ending::{finish, withdraw};
pub use list::list;

use actix_web::http::header::{ContentType, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};

use super::PortalUrl;
use super::body::Body;
use super::key::{Caller, Key, RequestsRead, RequestsWrite};
use super::problem::Problem;
use crate::acts::file_request::{Remember, file_by_key};
use crate::acts::{ActError, Lockbox};
use crate::domain::id::Reference;
use crate::domain::request::Request;
use crate::store::StoreError;
use crate::store::requests;
use filing::Filing;
use once::{Answer, IdempotencyKey, once};
use shown::{Names, Shown};

/// Files a request; once for each `Idempotency-Key`, where one is sent.
///
/// # Errors
/// 400, 401, 403, 409, 413, 415 and 422, and nothing is filed then.
pub async fn file(
    key: Key<RequestsWrite>,
    request: HttpRequest,
    portal: web::Data<PortalUrl>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let idempotency_key = IdempotencyKey::of(request.headers());
    let body = body.receive().await;
    let answer = key
        .acting(move |lockbox, caller| {
            let (idempotency_key, body) = (idempotency_key?, body?);
            let filing = Filing::parse(&body)?;
            match idempotency_key {
                None => Ok(Answer::fresh(file_now(
                    lockbox, caller, &filing, &portal, None,
                )?)),
                Some(one) => {
                    let file = || file_now(lockbox, caller, &filing, &portal, Some(&one));
                    let file = || file().map(Answer::fresh);
                    once(lockbox, caller.key.id, &one, &body, file, Answer::replayed)
                }
            }
        })
        .await?;
    let mut created = HttpResponse::Created();
    created.content_type(ContentType::json());
    created.insert_header((LOCATION, format!("{}/{}", request.path(), answer.reference)));
    if answer.is_replayed {
        created.insert_header(("Idempotency-Replayed", "true"));
    }
    Ok(created.body(answer.json))
}

/// Shows where a request stands.
///
/// # Errors
/// 401, 403, and 404 for a reference that was never given.
pub async fn show(
    key: Key<RequestsRead>,
    portal: web::Data<PortalUrl>,
    reference: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let json = key
        .acting::<_, Problem>(move |lockbox, caller| {
            let reference = Reference::parse(&reference).map_err(|_| Problem::not_found())?;
            let now = lockbox.store.clock().now();
            lockbox.store.read(|conn| {
                let request = requests::within(conn, &caller.key.bounds, &reference)?
                    .ok_or_else(Problem::not_found)?;
                let names = Names::of(conn, &request)?;
                let json = Shown::of(&request.at(now), &names, &portal).json();
                Ok(json.map_err(StoreError::from)?)
            })
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(json))
}

fn file_now(
    lockbox: &Lockbox,
    caller: &Caller,
    filing: &Filing,
    portal: &PortalUrl,
    idempotency_key: Option<&IdempotencyKey>,
) -> Result<(Reference, String), ActError> {
    let names = lockbox.store.read(|conn| filing.names(conn))?;
    let json = |request: &Request| Shown::of(request, &names, portal).json();
    // An answer that could not be written is kept as nothing, which replays as an error and not as an answer.
    let kept = |request: &Request| json(request).unwrap_or_default();
    let request = file_by_key(
        lockbox,
        &caller.key,
        &caller.author(),
        &filing.engineer,
        &filing.new,
        idempotency_key.map(|key| Remember {
            idempotency_key: key.as_str(),
            answer: &kept,
        }),
    )?;
    let json = json(&request).map_err(StoreError::from)?;
    Ok((request.reference, json))
}
