//! `POST /api/v1/data-access-requests/{reference}/withdrawal` and `…/end`: a key takes back what it filed, and gives back
//! the access. Endorsing, deciding and starting are for people with a second factor.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};

use super::shown::{Names, Shown};
use crate::acts::decide::{finish_by_key, withdraw_by_key};
use crate::acts::{ActError, Lockbox};
use crate::api::PortalUrl;
use crate::api::body::Body;
use crate::api::key::{Caller, Key, RequestsWrite};
use crate::api::problem::Problem;
use crate::domain::id::Reference;
use crate::domain::request::Request;
use crate::store::StoreError;

/// Takes back a request that waits or was approved.
///
/// # Errors
/// 401, 403, 404 for what it did not file, 409 when the request is in another state, 413, 415, 422 and 429.
pub async fn withdraw(
    key: Key<RequestsWrite>,
    portal: web::Data<PortalUrl>,
    reference: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    end(
        key,
        portal,
        reference,
        body,
        |lockbox, caller, reference| {
            withdraw_by_key(lockbox, &caller.key, &caller.author(), reference)
        },
    )
    .await
}

/// Ends the access.
///
/// # Errors
/// As [`withdraw`].
pub async fn finish(
    key: Key<RequestsWrite>,
    portal: web::Data<PortalUrl>,
    reference: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    end(
        key,
        portal,
        reference,
        body,
        |lockbox, caller, reference| {
            finish_by_key(lockbox, &caller.key, &caller.author(), reference)
        },
    )
    .await
}

async fn end(
    key: Key<RequestsWrite>,
    portal: web::Data<PortalUrl>,
    reference: web::Path<String>,
    body: Body,
    act: fn(&Lockbox, &Caller, &Reference) -> Result<Request, ActError>,
) -> Result<HttpResponse, Problem> {
    let nothing = body.receive_nothing().await;
    let json = key
        .acting::<_, Problem>(move |lockbox, caller| {
            nothing?;
            let reference = Reference::parse(&reference).map_err(|_| Problem::not_found())?;
            let request = act(lockbox, caller, &reference)?;
            let names = lockbox.store.read(|conn| Names::of(conn, &request))?;
            let json = Shown::of(&request, &names, &portal).json();
            Ok(json.map_err(StoreError::from)?)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(json))
}
