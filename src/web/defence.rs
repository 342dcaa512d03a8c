//! What every answer of the front door carries, and what no request may do.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, ORIGIN};
use actix_web::middleware::{DefaultHeaders, Next};
use actix_web::web;

use super::error::WebError;
use super::site::Site;

/// Scripts and styles from here only, no frames, nothing inline, no sinks for scripts.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// The headers of every answer that does not say otherwise.
#[must_use]
pub fn headers(site: &Site) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add((CACHE_CONTROL, "no-store"))
        .add(("Content-Security-Policy", CONTENT_SECURITY_POLICY))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("X-Frame-Options", "DENY"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add((
            "Permissions-Policy",
            "camera=(), microphone=(), geolocation=(), payment=()",
        ))
        .add(("X-Robots-Tag", "noindex, nofollow"));
    if site.is_https() {
        headers.add((
            "Strict-Transport-Security",
            "max-age=31536000; includeSubDomains",
        ))
    } else {
        headers
    }
}

/// Lets a request that could change something in only from our own pages. The token in the form is asked for
/// besides; this one also holds where a page forgot its token.
///
/// # Errors
/// [`WebError::Forged`] for a request from elsewhere.
pub async fn same_origin<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let site = request.app_data::<web::Data<Site>>();
    if reads || site.is_some_and(|site| is_ours(request.headers(), site)) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    Ok(request
        .error_response(WebError::Forged)
        .map_into_right_body())
}

/// Browsers say where a request comes from in `Sec-Fetch-Site`; older ones in `Origin`. What is no browser says
/// neither and has no cookie to abuse.
fn is_ours(headers: &HeaderMap, site: &Site) -> bool {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("\u{0}").to_owned())
    };
    if let Some(fetched_from) = text("sec-fetch-site") {
        return fetched_from == "same-origin";
    }
    match text(ORIGIN.as_str()) {
        Some(origin) => origin == site.base_url.origin().ascii_serialization(),
        None => true,
    }
}
