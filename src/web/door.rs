//! Pages for people who are not signed in: their forms are bound to a cookie that every visitor has.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::error::WebError;
use super::form::visitor_token;
use super::guard::visitor_shell;
use super::page::{Answer, page_with};
use super::site::Site;
use super::view::{AppOffer, Shell};
use crate::acts::Lockbox;
use crate::acts::authenticator::Offer;
use crate::identity::qr;

/// What authenticator apps call this product.
const ISSUER: &str = "Lockbox";

/// The token of a one-time link, as it stands in the query: no log of ours keeps a query.
#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    link: String,
}

/// The token that somebody came with; a query that cannot be read has none.
pub(super) fn link_of(request: &HttpRequest) -> String {
    web::Query::<Link>::from_query(request.query_string())
        .map(|query| query.into_inner().link)
        .unwrap_or_default()
}

/// A page at the door, with the cookie its form is bound to.
pub(super) fn door_page<T: Template>(
    request: &HttpRequest,
    lockbox: &Lockbox,
    site: &Site,
    status: StatusCode,
    view: impl FnOnce(Shell) -> T,
) -> Answer {
    let (token, cookie) = visitor_token(request, lockbox, site);
    let mut shell = visitor_shell(request);
    shell.csrf = token;
    let mut answer = page_with(status, &view(shell))?;
    answer
        .add_cookie(&cookie)
        .map_err(|e| WebError::Session(e.to_string()))?;
    Ok(answer)
}

/// An offered secret as a page shows it.
pub(super) fn app_offer(offer: &Offer, account: &str) -> AppOffer {
    let address = offer.address(account, ISSUER);
    let address = address.expose_secret();
    let base32 = offer.secret.base32();
    let letters: Vec<char> = base32.expose_secret().chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|four| four.iter().collect())
        .collect();
    AppOffer {
        // Without a picture there is still the secret.
        picture: qr::svg(address).unwrap_or_default(),
        address: address.to_owned(),
        secret: groups.join(" "),
        sealed: offer.sealed.clone(),
    }
}
