//! `GET /api/v1/data-access-requests/{reference}/evidence`: what proves what happened to a request, for the tenant's own
//! keys. The provider's never get it: the texts that were hashed name the addresses of the tenant's people.

pub(super) mod described;

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;

use super::key::{Key, LogRead};
use super::paging;
use super::problem::Problem;
use crate::acts::evidence::of_request;
use crate::domain::id::{DeedId, Reference};
use crate::store::{StoreError, requests};

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    /// The record of activity after which it goes on, as `goes_on_after` of the file before said.
    #[schemars(with = "DeedId")]
    after: Option<DeedId>,
}

/// The evidence of a request.
///
/// # Errors
/// 400, 401, 403, 404 for what is not the tenant's whose key it is, 422 for more than one file holds, and 429.
pub async fn show(
    key: Key<LogRead>,
    request: HttpRequest,
    reference: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let query = request.query_string().to_owned();
    let json = key
        .acting::<_, Problem>(move |lockbox, caller| {
            let asked: Asked = paging::query(&query)?;
            let reference = Reference::parse(&reference).map_err(|_| Problem::not_found())?;
            let (store, key) = (&lockbox.store, &caller.key);
            let found = store.read(|conn| requests::within(conn, &key.bounds, &reference))?;
            let own = found.filter(|request| key.tenant == Some(request.tenant));
            let own = own.ok_or_else(Problem::not_found)?;
            let evidence = of_request(store, &own, asked.after)?;
            Ok(serde_json::to_string(&evidence).map_err(StoreError::from)?)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(json))
}
