//! `GET /.well-known/jwks.json`: the public keys of access passes (RFC 7517), for whoever looks at a pass on their own.
//! It is for everybody. Whether somebody may enter is never in a pass: that is asked.

pub(super) mod described;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use super::problem::Problem;
use crate::acts::{Lockbox, access_pass};

/// How long a copy may be kept: far shorter than a key is shown before it signs, and after.
const KEPT: &str = "public, max-age=300";

/// The keys that are believed, and those to come.
///
/// # Errors
/// 503 when the store does not answer.
pub async fn show(lockbox: web::Data<Lockbox>) -> Result<HttpResponse, Problem> {
    let ring = access_pass::keys(&lockbox).await?;
    let keys = ring.shown_at(lockbox.store.clock().now());
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_TYPE, "application/jwk-set+json"));
    // The first pass makes the first key, so that none is nothing to keep.
    if !keys.keys.is_empty() {
        answer.insert_header((CACHE_CONTROL, KEPT));
    }
    Ok(answer.json(keys))
}
