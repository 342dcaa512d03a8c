//! Signing in by single sign-on: naming one's organisation, being sent to its identity provider, and coming back.
//!
//! Each step is a GET, since each is a way to another page: what a form posts must not lead outside. What the browser
//! keeps meanwhile is sealed in a cookie of its own, so an answer that another browser brings fits nothing.

pub mod setting;
mod shown;
mod switch;
mod typed;

use actix_session::Session;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::LOCATION;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde::Deserialize;
use url::Url;

pub use switch::{show as show_switch, switch};

use super::error::WebError;
use super::guard::{Member, source, visitor_shell};
use super::page::{Answer, form_page, see_other};
use super::sign_in::{admit, inside, new_visit, origin, with_next};
use super::site::Site;
use super::view::{Field, OrganisationPage};
use crate::acts::Lockbox;
use crate::acts::single_sign_on::{self as acts, Begun, Kept, Purpose, SignOnError};
use crate::domain::person::Side;
use crate::domain::second_factor::{FactorKind, SecondFactor};
use crate::domain::tenant::{PROVIDER_KEY, Tenant};
use crate::domain::text::Slug;
use crate::identity::oidc::{OidcError, attempt};
use crate::store::sessions::Ground;
use crate::store::tenants;

/// How long the browser keeps an attempt: as long as it counts.
const KEPT_FOR: Duration = Duration::minutes(10);

/// What the pages before an identity provider are asked with.
#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    organisation: Option<String>,
    #[serde(default)]
    next: String,
    /// Whether one has to prove anew who one is.
    anew: Option<String>,
}

impl Asked {
    /// A query that cannot be read asks nothing.
    fn of(request: &HttpRequest) -> Self {
        web::Query::<Self>::from_query(request.query_string())
            .map(web::Query::into_inner)
            .unwrap_or_default()
    }
}

/// `GET /sign-in/sso`: asks for the organisation, and then leads on by a link. It looks nothing up.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn organisation(request: HttpRequest) -> Answer {
    let asked = Asked::of(&request);
    let next = inside(&asked.next).to_owned();
    let typed = asked.organisation.unwrap_or_default();
    let key = Slug::parse(&typed.to_lowercase());
    let refused = key.is_err() && !typed.is_empty();
    let mut field = Field::of(typed);
    if refused {
        field = field.refused(
            "Enter the key of your organisation: small letters, digits and hyphens, such as fabrikam.",
        );
    }
    let page = OrganisationPage {
        shell: visitor_shell(&request),
        organisation: field,
        on: key
            .ok()
            .map(|key| with_next(&format!("/sign-in/sso/{key}"), &next)),
        next,
    };
    form_page(refused, &page)
}

/// `GET /sign-in/sso/{organisation}`: sends the browser to the organisation's identity provider.
///
/// # Errors
/// 404 for an organisation without single sign-on and for one that is not there.
pub async fn begin(
    request: HttpRequest,
    key: web::Path<String>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let query = Asked::of(&request);
    let whose = side_of(&lockbox, &key).await?;
    let whose = whose.ok_or(WebError::NotFound)?;
    let purpose = if query.anew.is_some() {
        Purpose::Anew
    } else {
        Purpose::SignIn
    };
    let way_back = way_back(&site, &key)?;
    let attempt = acts::begin(&lockbox, whose, &way_back, purpose, inside(&query.next)).await?;
    sent_away(&site, &attempt)
}

/// `GET /sign-in/sso/{organisation}/callback`: the browser comes back with an answer.
///
/// # Errors
/// [`WebError::NotSignedOn`], the same for everybody who is not signed in by it.
pub async fn back(
    request: HttpRequest,
    session: Session,
    key: web::Path<String>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let whose = side_of(&lockbox, &key).await?;
    let whose = whose.ok_or(SignOnError::NoAttempt)?;
    let kept = Kept::open(&lockbox, whose, &sealed(&request, &site))?;
    let brought = web::Query::<attempt::Answer>::from_query(request.query_string());
    let brought = brought.map(web::Query::into_inner).unwrap_or_default();
    let way_back = way_back(&site, &key)?;
    if kept.purpose == Purpose::Test {
        let member = Member::extract(&request).await?;
        return setting::tested(&member, way_back, kept, brought).await;
    }
    let signs_in = (kept.purpose == Purpose::SignIn).then(|| kept.next.clone());
    let finished = acts::finish(&lockbox, whose, way_back, kept, brought, source(&request)).await;
    let came = match (finished, signs_in) {
        // Not every identity provider heeds how old the proof may be. Asked for a new one, once, it does.
        (Err(SignOnError::Oidc(OidcError::ProofTooOld)), Some(next)) => {
            return Ok(see_other(&anew(&format!("/sign-in/sso/{key}"), &next)));
        }
        (finished, _) => finished?,
    };
    let visit = new_visit(&request, &lockbox, came.person).await?;
    let visit = visit.by_single_sign_on();
    let (ground, from) = (
        Ground::IdentityLink(came.link.clone()),
        origin(&request, &site),
    );
    let on = if let Some(at) = came.second_factor_at {
        let factor = SecondFactor {
            kind: FactorKind::IdentityProvider,
            since: came.link.since,
        };
        let visit = visit.showing(factor, at);
        visit.begin(&lockbox, ground, from).await?;
        admit(&request, &session, &lockbox, &site, &visit).await?;
        inside(&came.next).to_owned()
    } else {
        visit.begin(&lockbox, ground, from).await?;
        visit.give(&session)?;
        with_next("/sign-in/second-factor", inside(&came.next))
    };
    let mut answer = see_other(&on);
    put(&mut answer, &spent(&site))?;
    Ok(answer)
}

/// The side of a key; nothing where nobody has it.
async fn side_of(lockbox: &Lockbox, key: &str) -> Result<Option<Side>, WebError> {
    let Ok(key) = Slug::parse(key) else {
        return Ok(None);
    };
    if key.as_str() == PROVIDER_KEY {
        return Ok(Some(Side::Provider));
    }
    let tenant = lockbox
        .reading(move |conn| tenants::by_key(conn, &key))
        .await?;
    Ok(tenant.map(|tenant| Side::Tenant(tenant.id)))
}

/// The key of an organisation in these addresses.
fn key_of(tenant: Option<&Tenant>) -> &str {
    tenant.map_or(PROVIDER_KEY, |tenant| tenant.key.as_str())
}

/// The way in for an organisation's people.
pub(super) fn way_in(tenant: Option<&Tenant>) -> String {
    format!("/sign-in/sso/{}", key_of(tenant))
}

/// The way to prove anew who one is, and back to this path.
pub(super) fn proving_anew(tenant: Option<&Tenant>, here: &str) -> String {
    anew(&way_in(tenant), here)
}

fn anew(way_in: &str, next: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{way_in}?anew=1&next={next}")
}

/// Where an organisation's people come back to.
fn way_back(site: &Site, key: &str) -> Result<Url, WebError> {
    site.base_url
        .join(&format!("/sign-in/sso/{key}/callback"))
        .map_err(|e| WebError::Session(e.to_string()))
}

/// To the identity provider, with what the browser has to keep.
fn sent_away(site: &Site, begun: &Begun) -> Answer {
    let mut answer = HttpResponse::SeeOther()
        .insert_header((LOCATION, begun.address.as_str()))
        .finish();
    let value = BASE64_URL_SAFE_NO_PAD.encode(&begun.sealed);
    put(&mut answer, &cookie(site, value, KEPT_FOR))?;
    Ok(answer)
}

fn put(answer: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), WebError> {
    answer
        .add_cookie(cookie)
        .map_err(|e| WebError::Session(e.to_string()))
}

/// What the browser kept, if anything.
fn sealed(request: &HttpRequest, site: &Site) -> Vec<u8> {
    let kept = request.cookie(cookie_name(site));
    let kept = kept.and_then(|kept| BASE64_URL_SAFE_NO_PAD.decode(kept.value()).ok());
    kept.unwrap_or_default()
}

fn spent(site: &Site) -> Cookie<'static> {
    cookie(site, String::new(), Duration::ZERO)
}

/// Lax, since the way back begins at another site; another site's form or script brings nothing.
fn cookie(site: &Site, value: String, keep: Duration) -> Cookie<'static> {
    Cookie::build(cookie_name(site), value)
        .path("/")
        .http_only(true)
        .secure(site.is_https())
        .same_site(SameSite::Lax)
        .max_age(keep)
        .finish()
}

fn cookie_name(site: &Site) -> &'static str {
    if site.is_https() {
        "__Host-lockbox-sso"
    } else {
        "lockbox-sso"
    }
}

impl From<SignOnError> for WebError {
    fn from(error: SignOnError) -> Self {
        match error {
            SignOnError::Act(error) => Self::Act(error),
            SignOnError::NotThere => Self::NotFound,
            other => Self::NotSignedOn(Box::new(other)),
        }
    }
}
