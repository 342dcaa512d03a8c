//! Forms as they come in: bounded, from our own pages, with the fields they have and no others.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_session::SessionExt;
use actix_web::cookie::{self, Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use percent_encoding::percent_decode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::WebError;
use super::guard::data;
use super::session::Visit;
use super::site::Site;
use crate::acts::Lockbox;
use crate::domain::hex::hex;

/// How long a form may take to arrive.
const ARRIVAL_MAX: Duration = Duration::from_secs(10);

/// Largest form taken, in bytes.
pub const FORM_MAX: usize = 64 * 1024;

/// A form whose token was right. `csrf`, `verification_code` and `passkey` are taken out; the rest became `F`, which
/// refuses fields it does not know.
pub struct Posted<F> {
    /// The fields.
    pub fields: F,
    /// What stands in the field for the verification code, if the form had it; what a passkey said takes its place.
    pub code: Option<String>,
}

impl<F: DeserializeOwned + 'static> FromRequest for Posted<F> {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let body = web::Payload::from_request(&request, payload);
        Box::pin(async move {
            if !is_form(request.headers()) {
                return Err(WebError::NoForm("not urlencoded".to_owned()));
            }
            let body = body.await.map_err(|e| WebError::NoForm(e.to_string()))?;
            let bytes = tokio::time::timeout(ARRIVAL_MAX, body.to_bytes_limited(FORM_MAX))
                .await
                .map_err(|_| WebError::NoForm("too slow".to_owned()))?
                .map_err(|_| WebError::TooLarge)?
                .map_err(|e| WebError::NoForm(e.to_string()))?;
            let (reserved, own) = split(&bytes)?;
            check_token(&request, reserved.csrf.as_deref().unwrap_or_default())?;
            let fields =
                serde_urlencoded::from_str(&own).map_err(|e| WebError::NoForm(e.to_string()))?;
            Ok(Self {
                fields,
                code: reserved
                    .passkey
                    .filter(|said| !said.is_empty())
                    .or(reserved.code),
            })
        })
    }
}

/// A form without fields of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

#[derive(Default)]
struct Reserved {
    csrf: Option<String>,
    code: Option<String>,
    passkey: Option<String>,
}

fn is_form(headers: &HeaderMap) -> bool {
    let says = |name, is: fn(&[u8]) -> bool| headers.get(name).map(|value| is(value.as_bytes()));
    let urlencoded = |kind: &[u8]| {
        let name = kind.split(|byte| *byte == b';').next().unwrap_or_default();
        name.trim_ascii()
            .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    };
    let plain = |coding: &[u8]| coding == b"identity";
    says(CONTENT_TYPE, urlencoded).unwrap_or(false) && says(CONTENT_ENCODING, plain).unwrap_or(true)
}

/// Takes the fields out that every form may have; each may stand there once.
fn split(bytes: &[u8]) -> Result<(Reserved, String), WebError> {
    let mut reserved = Reserved::default();
    let mut own = url::form_urlencoded::Serializer::new(String::new());
    for pair in bytes
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
            Some(at) => (decoded(&pair[..at])?, decoded(&pair[at + 1..])?),
            None => (decoded(pair)?, String::new()),
        };
        let place = match name.as_str() {
            "csrf" => &mut reserved.csrf,
            "verification_code" => &mut reserved.code,
            "passkey" => &mut reserved.passkey,
            _ => {
                own.append_pair(&name, &value);
                continue;
            }
        };
        if place.replace(value).is_some() {
            return Err(WebError::NoForm(format!("{name} stands there twice")));
        }
    }
    Ok((reserved, own.finish()))
}

/// A name or a value as it was typed. What is no UTF-8 is refused, and not replaced by something nobody typed.
fn decoded(text: &[u8]) -> Result<String, WebError> {
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    percent_decode(&spaced)
        .decode_utf8()
        .map(Into::into)
        .map_err(|e| WebError::NoForm(e.to_string()))
}

/// The forms that somebody without a session sends.
const AT_THE_DOOR: [&str; 7] = [
    "/sign-in",
    "/sign-in/passkey",
    "/demo/use",
    "/join",
    "/set-up",
    "/password/forgotten",
    "/password/reset",
];

/// The token is bound to the session; at the door, to a cookie that every visitor has.
fn check_token(request: &HttpRequest, token: &str) -> Result<(), WebError> {
    let (lockbox, site) = (data::<Lockbox>(request)?, data::<Site>(request)?);
    let now = lockbox.store.clock().now();
    let visit = Visit::of(&request.get_session(), now);
    let of_session = visit.is_some_and(|visit| site.csrf.verify(&visit.id, token));
    let at_the_door = AT_THE_DOOR.contains(&request.path());
    let of_visitor = at_the_door
        && request
            .cookie(visitor_cookie(&site))
            .is_some_and(|cookie| site.csrf.verify(&visitor_binding(cookie.value()), token));
    if of_session || of_visitor {
        Ok(())
    } else {
        Err(WebError::Forged)
    }
}

/// How long a browser keeps the visitor's cookie, by which it is known when it comes again. Browsers keep none longer.
const VISITOR_KEPT: cookie::time::Duration = cookie::time::Duration::days(400);

fn visitor_cookie(site: &Site) -> &'static str {
    if site.is_https() {
        "__Host-lockbox-visitor"
    } else {
        "lockbox-visitor"
    }
}

/// What the challenges of a page are bound to: the session, or the cookie that every visitor has.
pub(super) fn binding(request: &HttpRequest, site: &Site, visit: Option<&Visit>) -> Option<String> {
    let of_visitor = || Some(visitor_binding(&visitor(request, site)?));
    visit.map(|visit| visit.id.clone()).or_else(of_visitor)
}

fn visitor_binding(nonce: &str) -> String {
    format!("visitor {nonce}")
}

/// A token for the forms of somebody who is not signed in, and the cookie it is bound to. The cookie a browser
/// already has is kept, so that two open pages both work.
pub(super) fn visitor_token(
    request: &HttpRequest,
    lockbox: &Lockbox,
    site: &Site,
) -> (String, Cookie<'static>) {
    let nonce = visitor(request, site).unwrap_or_else(|| hex(&lockbox.entropy.bytes::<16>()));
    let token = site.csrf.token(&visitor_binding(&nonce));
    let cookie = Cookie::build(visitor_cookie(site), nonce)
        .path("/")
        .http_only(true)
        .secure(site.is_https())
        .same_site(SameSite::Lax)
        .max_age(VISITOR_KEPT)
        .finish();
    (token, cookie)
}

/// What the browser that sent this has in its visitor's cookie.
pub(super) fn visitor(request: &HttpRequest, site: &Site) -> Option<String> {
    let cookie = request.cookie(visitor_cookie(site))?;
    let nonce = cookie.value();
    let ours = nonce.len() == 32 && nonce.bytes().all(|b| b.is_ascii_hexdigit());
    ours.then(|| nonce.to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_form_is_said_to_be_one_and_nothing_that_begins_alike() {
        let says = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            is_form(&headers)
        };
        assert!(says("application/x-www-form-urlencoded"));
        assert!(says("Application/X-WWW-Form-Urlencoded; charset=UTF-8"));
        for kind in [
            "application/x-www-form-urlencodedX",
            "application/x-www-form-urlencoded-seq",
            "multipart/form-data",
            "",
        ] {
            assert!(!says(kind), "{kind}");
        }
    }
}
