//! Signing in and out.

pub mod passkey;
pub mod recovery;

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::{HttpRequest, web};
use secrecy::SecretString;
use serde::Deserialize;

use super::door::door_page;
use super::error::WebError;
use super::form::{Nothing, Posted, visitor};
use super::guard::{in_minutes, refusal, shown, source, too_many_codes, visitor_shell};
use super::page::{Answer, page_with, see_other};
use super::session::{AGENT_MAX, Visit, WRONG_CODES_MAX};
use super::site::Site;
use super::view::{CodeField, Field, Message, SecondFactorPage, SignInPage, Tone};
use crate::acts::authenticator::has_second_factor;
use crate::acts::sign_in::{CodeShown, HalfIn, Shown, SignedIn, note_sign_in, show_password};
use crate::acts::single_sign_on::{SignOnError, come_in_locally, may_come_in_locally};
use crate::acts::tries::{self, Device, Origin, Trying};
use crate::acts::{Lockbox, recover, sessions};
use crate::domain::hex::hex;
use crate::domain::id::PersonId;
use crate::domain::second_factor::SecondFactor;
use crate::domain::time::Moment;
use crate::store::sessions::Ground;
use crate::store::{passkeys, people};

/// The query of the sign-in page for who was signed out while they signed in.
pub(super) const SIGNED_OUT: &str = "signed-out-meanwhile";

/// Where somebody wants to go after signing in.
#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

impl Next {
    /// A query that cannot be read names no way on.
    pub(super) fn of(request: &HttpRequest) -> String {
        web::Query::<Self>::from_query(request.query_string())
            .map(|query| query.into_inner().next)
            .unwrap_or_default()
    }
}

/// The first factor's form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordForm {
    email: String,
    password: SecretString,
    #[serde(default)]
    next: String,
}

/// The second factor's form: its one field is the code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeForm {
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(
    request: HttpRequest,
    session: Session,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let next = Next::of(&request);
    let next = inside(&next);
    let signed_in = Visit::of(&session, lockbox.store.clock().now())
        .is_some_and(|visit| visit.showed().is_some());
    if signed_in && site.demo.is_none() {
        return Ok(see_other(next));
    }
    sign_in_page(
        &request,
        &lockbox,
        &site,
        StatusCode::OK,
        next,
        Field::default(),
        None,
    )
}

/// `POST /sign-in`: the first factor. Every failure has the same words and takes the same time.
///
/// # Errors
/// When the form is not ours or the store does not answer.
pub async fn password(
    request: HttpRequest,
    session: Session,
    form: Posted<PasswordForm>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let PasswordForm {
        email,
        password,
        next,
    } = form.fields;
    let next = inside(&next);
    let from = origin(&request, &site);
    let (status, problem) = match show_password(&lockbox, &email, password, from).await? {
        Shown::Right(HalfIn(person), kept) => {
            let may_go_on: Result<(), SignOnError> = lockbox
                .reading(move |conn| may_come_in_locally(conn, person))
                .await;
            may_go_on?;
            let visit = new_visit(&request, &lockbox, person).await?;
            let from = origin(&request, &site);
            visit.begin(&lockbox, Ground::Password(kept), from).await?;
            visit.give(&session)?;
            return Ok(see_other(&with_next("/sign-in/second-factor", next)));
        }
        Shown::Wrong => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The email address or the password is wrong. Check both and try again.".to_owned(),
        ),
        Shown::TooMany(until) => (StatusCode::TOO_MANY_REQUESTS, too_many(&lockbox, until)),
    };
    let (email, problem) = (Field::of(email), Some(problem));
    sign_in_page(&request, &lockbox, &site, status, next, email, problem)
}

/// What whoever tried too often is told, whose account it may be or nobody's.
fn too_many(lockbox: &Lockbox, until: Moment) -> String {
    let wait = in_minutes(until - lockbox.store.clock().now());
    format!(
        "Too many wrong passwords were tried. This one was not looked at. Try again in {wait}, or sign in with a browser that you have signed in with before."
    )
}

/// `GET /sign-in/second-factor`.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show_code(
    request: HttpRequest,
    session: Session,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let next = Next::of(&request);
    let next = inside(&next);
    match Visit::of(&session, lockbox.store.clock().now()) {
        Some(visit)
            if visit.showed().is_none() && !has_second_factor(&lockbox, visit.person).await? =>
        {
            Ok(see_other(&with_next("/sign-in/authenticator", next)))
        }
        Some(visit) if visit.showed().is_none() => code_page(
            &request,
            &visit,
            &site,
            StatusCode::OK,
            next,
            CodeField::default(),
        ),
        Some(_) => Ok(see_other(next)),
        None => Ok(see_other(&with_next("/sign-in", next))),
    }
}

/// `POST /sign-in/second-factor`. The session gets a new key once more.
///
/// # Errors
/// When the form is not ours or the store does not answer.
pub async fn code(
    request: HttpRequest,
    session: Session,
    form: Result<Posted<CodeForm>, WebError>,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
) -> Answer {
    let now = lockbox.store.clock().now();
    let visit = Visit::of(&session, now);
    let form = or_signed_out(form, visit.as_ref())?;
    let next = inside(&form.fields.next).to_owned();
    let Some(visit) = visit else {
        return Ok(see_other(&with_next("/sign-in", &next)));
    };
    if visit.showed().is_some() {
        return Ok(see_other(&next));
    }
    let typed = form.code.unwrap_or_default();
    let by = Trying::AtTheDoor(origin(&request, &site));
    match shown(&lockbox, &site, &visit, by, typed.clone()).await? {
        CodeShown::Right(factor) => {
            go_in(&request, &session, &lockbox, &site, &visit, factor).await?;
            return Ok(see_other(&next));
        }
        // It was not looked at, so it is no wrong one.
        CodeShown::TooMany(until) => {
            let field = CodeField::refused(too_many_codes(until - now));
            let status = StatusCode::TOO_MANY_REQUESTS;
            return code_page(&request, &visit, &site, status, &next, field);
        }
        CodeShown::Wrong => {}
    }
    let wrong_codes = visit.wrong_codes + 1;
    if wrong_codes >= WRONG_CODES_MAX {
        session.purge();
        return Ok(see_other(&with_next("/sign-in", &next)));
    }
    let visit = Visit {
        wrong_codes,
        ..visit
    };
    visit.keep(&session)?;
    let field = CodeField::refused(refusal(&typed));
    code_page(
        &request,
        &visit,
        &site,
        StatusCode::UNPROCESSABLE_ENTITY,
        &next,
        field,
    )
}

/// The form of somebody half in. Where no session is left, the form's token went with it, and that is what they hear.
pub(super) fn or_signed_out<T>(
    form: Result<T, WebError>,
    visit: Option<&Visit>,
) -> Result<T, WebError> {
    match (form, visit) {
        (Err(WebError::Forged), None) => Err(WebError::SignedOut),
        (form, _) => form,
    }
}

/// `POST /sign-out`, also for somebody who is half in.
///
/// # Errors
/// When the form is not ours.
pub async fn sign_out(
    session: Session,
    form: Result<Posted<Nothing>, WebError>,
    lockbox: web::Data<Lockbox>,
) -> Answer {
    if Visit::of(&session, lockbox.store.clock().now()).is_some() {
        form?;
        session.purge();
    }
    Ok(see_other("/sign-in"))
}

/// Lets somebody in who has shown all it takes just now, with this second factor and on this ground.
///
/// # Errors
/// [`WebError::SignedOut`] when the ground was taken away meanwhile.
pub(super) async fn enter(
    request: &HttpRequest,
    session: &Session,
    lockbox: &Lockbox,
    site: &Site,
    person: PersonId,
    factor: SecondFactor,
    ground: Ground,
) -> Result<(), WebError> {
    let now = lockbox.store.clock().now();
    let visit = new_visit(request, lockbox, person).await?;
    let visit = visit.showing(factor, now);
    visit.begin(lockbox, ground, origin(request, site)).await?;
    admit(request, session, lockbox, site, &visit).await
}

/// Lets somebody in who was half in and showed this second factor just now.
///
/// # Errors
/// [`WebError::SignedOut`] when the half session ended meanwhile.
pub(super) async fn go_in(
    request: &HttpRequest,
    session: &Session,
    lockbox: &Lockbox,
    site: &Site,
    half_in: &Visit,
    factor: SecondFactor,
) -> Result<(), WebError> {
    let now = lockbox.store.clock().now();
    let visit = new_visit(request, lockbox, half_in.person).await?;
    let visit = Visit {
        single_sign_on: half_in.single_sign_on,
        ..visit.showing(factor, now)
    };
    visit.follow(lockbox, half_in).await?;
    admit(request, session, lockbox, site, &visit).await
}

/// Admits a visit whose session has begun: the browser gets the key, and is known from now on.
///
/// # Errors
/// When single sign-on is their only way in and they came another, and when the store does not answer. No browser has the
/// key then, and the session has ended.
pub(super) async fn admit(
    request: &HttpRequest,
    session: &Session,
    lockbox: &Lockbox,
    site: &Site,
    visit: &Visit,
) -> Result<(), WebError> {
    let person = visit.person;
    if let Err(refused) = pass(request, lockbox, site, visit).await {
        let session = visit.id.clone();
        lockbox
            .acting(move |lockbox| sessions::end_refused(lockbox, person, &session))
            .await?;
        return Err(refused);
    }
    visit.give(session)
}

/// Where somebody tries from.
pub(super) fn origin(request: &HttpRequest, site: &Site) -> Origin {
    Origin {
        device: device(request, site),
        address: source(request),
    }
}

/// The browser that sent this: every visitor's has a cookie of its own.
fn device(request: &HttpRequest, site: &Site) -> Option<Device> {
    visitor(request, site).map(|cookie| Device::of_cookie(&cookie))
}

/// Refuses who has to come by single sign-on and did not; who may come past it stands in the log. What is done for a tenant
/// only as long as its administrators do not come is stopped. Who comes, and with which browser, is remembered.
async fn pass(
    request: &HttpRequest,
    lockbox: &Lockbox,
    site: &Site,
    visit: &Visit,
) -> Result<(), WebError> {
    let Some((second_factor, second_factor_at)) = visit.showed() else {
        return Ok(());
    };
    let device = device(request, site);
    let (id, session, source) = (visit.person, visit.id.clone(), visit.address);
    let locally = !visit.single_sign_on;
    let passed: Result<(), SignOnError> = lockbox
        .acting(move |lockbox| {
            let Some(person) = lockbox.store.read(|conn| people::by_id(conn, id))? else {
                return Ok(());
            };
            let who = SignedIn {
                person,
                session,
                source,
                second_factor,
                second_factor_at,
            };
            if locally {
                come_in_locally(lockbox, &who)?;
            }
            recover::stop_by_signing_in(lockbox, &who)?;
            if let Some(device) = device {
                tries::remember(lockbox, id, &device)?;
            }
            Ok(note_sign_in(lockbox, id)?)
        })
        .await;
    Ok(passed?)
}

/// A visit that begins now, with the browser that sent this.
pub(super) async fn new_visit(
    request: &HttpRequest,
    lockbox: &Lockbox,
    person: PersonId,
) -> Result<Visit, WebError> {
    let has_passkey = lockbox
        .reading(move |conn| passkeys::has_one(conn, person))
        .await?;
    let id = hex(&lockbox.entropy.bytes::<8>());
    let agent = request.headers().get(USER_AGENT);
    let agent = agent.map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    Ok(Visit {
        id,
        person,
        since: lockbox.store.clock().now(),
        second_factor_at: None,
        second_factor: None,
        has_passkey,
        single_sign_on: false,
        wrong_codes: 0,
        agent: agent.map_or_else(String::new, |agent| agent.chars().take(AGENT_MAX).collect()),
        address: source(request),
    })
}

/// The path to go on to, if it is one of this portal; the start page otherwise.
pub(super) fn inside(next: &str) -> &str {
    let plain = next.starts_with('/') && !next.starts_with("//") && next.len() <= 500;
    let plain = plain && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if plain { next } else { "/" }
}

pub(super) fn with_next(path: &str, next: &str) -> String {
    if next == "/" {
        return path.to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{path}?next={next}")
}

fn sign_in_page(
    request: &HttpRequest,
    lockbox: &Lockbox,
    site: &Site,
    status: StatusCode,
    next: &str,
    email: Field,
    problem: Option<String>,
) -> Answer {
    let demo = site
        .demo
        .as_ref()
        .map(|demo| (demo.people)(lockbox))
        .unwrap_or_default();
    let said = match request.query_string() {
        "password-chosen" => Some((Tone::Good, "Your password was changed. Sign in with it.")),
        SIGNED_OUT => Some((
            Tone::Warning,
            "You were signed out meanwhile. Sign in again.",
        )),
        _ => None,
    };
    door_page(request, lockbox, site, status, |mut shell| {
        let said = said.map(|(tone, words)| Message::new(tone, words));
        shell.messages.extend(said);
        SignInPage {
            shell,
            email,
            problem,
            next: next.to_owned(),
            passkeys: site.passkeys.is_some(),
            demo,
        }
    })
}

fn code_page(
    request: &HttpRequest,
    visit: &Visit,
    site: &Site,
    status: StatusCode,
    next: &str,
    code: CodeField,
) -> Answer {
    let mut shell = visitor_shell(request);
    shell.csrf = site.csrf.token(&visit.id);
    page_with(
        status,
        &SecondFactorPage {
            shell,
            code: code.or_passkey(visit.has_passkey && site.passkeys.is_some()),
            lost: with_next("/sign-in/recovery", next),
            next: next.to_owned(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn the_way_on_never_leads_outside() {
        assert_eq!(
            inside("/requests/LBX-7Q2M-9XKD?x=1"),
            "/requests/LBX-7Q2M-9XKD?x=1"
        );
        for outside in [
            "",
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/a\r\nSet-Cookie: x",
            "javascript:alert(1)",
            "/\tx",
            "requests",
        ] {
            assert_eq!(inside(outside), "/", "{outside:?}");
        }
    }
}
