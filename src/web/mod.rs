//! The front door: HTML. One file per place in the portal.
//!
//! The whole URL table stands here. A handler's parameters are its access rule, in [`guard`]; what went wrong
//! becomes a page in [`error`]; what a page shows is plain data in [`view`].

pub mod active_access;
pub mod activity;
pub mod api_keys;
pub mod assets;
pub mod audit;
pub mod authenticator;
pub mod csv;
pub mod days;
pub mod decisions;
pub mod defence;
pub mod demo;
pub mod door;
pub mod durations;
pub mod error;
pub mod forgotten_password;
pub mod form;
pub mod guard;
pub mod help;
pub mod home;
pub mod join;
pub mod lockbox;
pub mod new_request;
pub mod notifications;
pub mod page;
pub mod paged;
pub mod passkey;
pub mod people;
pub mod queue;
pub mod reference;
pub mod request;
pub mod requests;
pub mod security;
pub mod services;
pub mod session;
pub mod sessions;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod single_sign_on;
pub mod site;
pub mod standing;
pub mod support_cases;
pub mod tenants;
pub mod typed;
pub mod view;
pub mod webhooks;
pub mod who_came;
pub mod words;

use actix_session::SessionMiddleware;
use actix_session::config::{BrowserSession, TtlExtensionPolicy};
use actix_web::cookie::{Key, SameSite};
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, route, scope};

use crate::acts::Lockbox;
use crate::url_table::{Address, at, post, read};
use error::WebError;
use session::{Sessions, Use};
use site::Site;

/// The portal's addresses. With `demo`, those that only the demo has.
pub fn routes(config: &mut ServiceConfig, lockbox: &Lockbox, site: &Site) {
    for place in quiet_places() {
        config.service(
            place
                .into_resource("", route().to(other_method))
                .wrap(from_fn(who_came::only_known))
                .wrap(sessions(lockbox, site, Use::Unnoted))
                .wrap(from_fn(error::problem_pages))
                .wrap(from_fn(who_came::attend))
                .wrap(defence::headers(site)),
        );
    }
    let mut portal = scope("")
        .wrap(from_fn(defence::same_origin))
        .wrap(from_fn(who_came::only_known))
        .wrap(sessions(lockbox, site, Use::Noted))
        .wrap(from_fn(error::problem_pages))
        .wrap(from_fn(who_came::attend))
        .wrap(defence::headers(site))
        .default_service(route().to(nothing_there));
    let of_the_demo = site.demo.as_ref().map(|_| demo_places());
    for place in places()
        .into_iter()
        .chain(old_addresses())
        .chain(of_the_demo.into_iter().flatten())
    {
        portal = portal.service(place.into_resource("", route().to(other_method)));
    }
    config.service(portal);
}

/// Every address of the portal, but for those that only the demo has.
#[must_use]
pub fn url_table() -> Vec<Address> {
    places()
        .into_iter()
        .chain(quiet_places())
        .chain(old_addresses())
        .collect()
}

fn places() -> Vec<Address> {
    let mut places = door_places();
    places.extend(administration_places());
    places.extend(inner_places());
    places
}

/// Where nobody is signed in yet, or any more.
fn door_places() -> Vec<Address> {
    vec![
        at("/sign-in")
            .route(read().to(sign_in::show))
            .route(post().to(sign_in::password)),
        at("/sign-in/second-factor")
            .route(read().to(sign_in::show_code))
            .route(post().to(sign_in::code)),
        at("/sign-in/passkey").route(post().to(sign_in::passkey::show)),
        at("/sign-in/recovery")
            .route(read().to(sign_in::recovery::show))
            .route(post().to(sign_in::recovery::enter)),
        at("/sign-in/sso").route(read().to(single_sign_on::organisation)),
        at("/sign-in/sso/{organisation}").route(read().to(single_sign_on::begin)),
        at("/sign-in/sso/{organisation}/callback").route(read().to(single_sign_on::back)),
        at("/sign-in/authenticator")
            .route(read().to(authenticator::show))
            .route(post().to(authenticator::enrol)),
        at("/join")
            .route(read().to(join::show))
            .route(post().to(join::join_here)),
        at("/set-up")
            .route(read().to(set_up::show))
            .route(post().to(set_up::set_up_here)),
        at("/password/forgotten")
            .route(read().to(forgotten_password::show))
            .route(post().to(forgotten_password::forgotten)),
        at("/password/reset")
            .route(read().to(forgotten_password::show_reset))
            .route(post().to(forgotten_password::reset)),
        at("/sign-out").route(post().to(sign_in::sign_out)),
    ]
}

fn administration_places() -> Vec<Address> {
    vec![
        at("/people").route(read().to(people::show)),
        at("/people/invitation")
            .route(read().to(people::invitation::show))
            .route(post().to(people::invitation::send)),
        at("/people/recovery")
            .route(read().to(people::recovery::show))
            .route(post().to(people::recovery::stop)),
        at("/api-keys").route(read().to(api_keys::show)),
        at("/api-keys/new")
            .route(read().to(api_keys::new::show))
            .route(post().to(api_keys::new::make)),
        at("/api-keys/{key}").route(read().to(api_keys::show_one)),
        at("/api-keys/{key}/revocation")
            .route(read().to(api_keys::show_revocation))
            .route(post().to(api_keys::revoke)),
        at("/services").route(read().to(services::show)),
        at("/new-service")
            .route(read().to(services::show_new))
            .route(post().to(services::add)),
        at("/services/{service}")
            .route(read().to(services::show_proposal))
            .route(post().to(services::propose)),
        at("/tenants").route(read().to(tenants::show)),
        at("/new-tenant")
            .route(read().to(tenants::enrolment::show))
            .route(post().to(tenants::enrolment::enrol_it)),
        at("/tenants/{tenant}").route(read().to(tenants::show_one)),
        at("/tenants/{tenant}/administrator")
            .route(read().to(tenants::show_administrator))
            .route(post().to(tenants::appoint)),
        at("/tenants/{tenant}/entitlement")
            .route(read().to(tenants::entitlement::show))
            .route(post().to(tenants::entitlement::say)),
        at("/tenants/{tenant}/suspension")
            .route(read().to(tenants::suspension::show))
            .route(post().to(tenants::suspension::suspend_it)),
        at("/tenants/{tenant}/resumption")
            .route(read().to(tenants::suspension::show_resumption))
            .route(post().to(tenants::suspension::resume_it)),
        at("/people/{person}").route(read().to(people::person::show)),
        at("/people/{person}/roles")
            .route(read().to(people::roles::show))
            .route(post().to(people::roles::change)),
        at("/people/{person}/removal")
            .route(read().to(people::person::show_removal))
            .route(post().to(people::person::remove)),
        at("/people/{person}/second-factor")
            .route(read().to(people::person::show_reset))
            .route(post().to(people::person::reset)),
        at("/people/{person}/single-sign-on")
            .route(read().to(people::person::show_unlinking))
            .route(post().to(people::person::unlink)),
        at("/people/{person}/deciding")
            .route(read().to(people::person::show_stopping))
            .route(post().to(people::person::stop_deciding)),
        at("/people/{person}/invitation")
            .route(read().to(people::person::show_invitation))
            .route(post().to(people::person::invite_again)),
    ]
}

#[expect(clippy::too_many_lines, reason = "the URL table is one piece to read")]
fn inner_places() -> Vec<Address> {
    vec![
        at("/static/{hash}/{name}").route(read().to(assets::serve)),
        at("/").route(read().to(home::show)),
        at("/help").route(read().to(help::show)),
        at("/help/api").route(read().to(reference::show)),
        at("/problems/{kind}").route(read().to(reference::problem)),
        at("/audit").route(read().to(audit::show)),
        at("/audit.csv").route(read().to(audit::export::as_csv)),
        at("/audit.json").route(read().to(audit::export::as_json)),
        at("/audit/checkpoint").route(read().to(audit::export::checkpoint)),
        at("/audit/{seq}").route(read().to(audit::entry::show)),
        at("/queue").route(read().to(queue::show)),
        at("/active-access").route(read().to(active_access::show)),
        at("/requests").route(read().to(requests::show)),
        at("/requests.csv").route(read().to(requests::download::show)),
        at("/requests/new")
            .route(read().to(new_request::show))
            .route(post().to(new_request::file_it)),
        at("/requests/{reference}/activity").route(read().to(activity::show)),
        at("/requests/{reference}/activity.csv").route(read().to(activity::download)),
        at("/requests/{reference}/evidence").route(read().to(request::evidence::show)),
        at("/requests/{reference}").route(read().to(request::show)),
        at("/requests/{reference}/outcome").route(read().to(decisions::outcome::show)),
        at("/requests/{reference}/endorsement").route(post().to(decisions::endorsement::endorse)),
        at("/requests/{reference}/approval")
            .route(read().to(decisions::approval::show))
            .route(post().to(decisions::approval::approve)),
        at("/requests/{reference}/rejection")
            .route(read().to(decisions::rejection::show))
            .route(post().to(decisions::rejection::reject)),
        at("/requests/{reference}/revocation")
            .route(read().to(decisions::revocation::show))
            .route(post().to(decisions::revocation::revoke)),
        at("/requests/{reference}/withdrawal").route(post().to(decisions::engineer::withdraw)),
        at("/requests/{reference}/start").route(post().to(decisions::engineer::start)),
        at("/requests/{reference}/pass").route(post().to(decisions::engineer::take_pass)),
        at("/requests/{reference}/end").route(post().to(decisions::engineer::end)),
        at("/support/cases").route(read().to(support_cases::show)),
        at("/support/cases/new")
            .route(read().to(support_cases::opening::show))
            .route(post().to(support_cases::opening::open_it)),
        at("/support/cases/{case}").route(read().to(support_cases::one::show)),
        at("/support/cases/{case}/comments").route(post().to(support_cases::one::comment_on_it)),
        at("/support/cases/{case}/closing")
            .route(read().to(support_cases::closing::show))
            .route(post().to(support_cases::closing::close_it)),
        at("/security").route(read().to(security::show)),
        at("/security/passkeys/new")
            .route(read().to(security::passkeys::show_new))
            .route(post().to(security::passkeys::make)),
        at("/security/passkeys/{passkey}")
            .route(read().to(security::passkeys::show))
            .route(post().to(security::passkeys::save)),
        at("/security/passkeys/{passkey}/removal")
            .route(read().to(security::passkeys::show_removal))
            .route(post().to(security::passkeys::take_away)),
        at("/security/authenticator-app")
            .route(read().to(security::app::show))
            .route(post().to(security::app::set_up)),
        at("/security/password")
            .route(read().to(security::password::show))
            .route(post().to(security::password::change)),
        at("/security/recovery-codes")
            .route(read().to(security::codes::show))
            .route(post().to(security::codes::make_new)),
        at("/security/sessions").route(read().to(sessions::show)),
        at("/security/sessions/end").route(post().to(sessions::end)),
        at("/security/sessions/end-others").route(post().to(sessions::end_others)),
        at("/session/stay").route(post().to(sessions::stay)),
        at("/settings").route(read().to(settings::show)),
        at("/settings/single-sign-on")
            .route(read().to(single_sign_on::setting::show))
            .route(post().to(single_sign_on::setting::save)),
        at("/settings/single-sign-on/test").route(read().to(single_sign_on::setting::test)),
        at("/settings/single-sign-on/switch")
            .route(read().to(single_sign_on::show_switch))
            .route(post().to(single_sign_on::switch)),
        at("/settings/webhooks").route(read().to(webhooks::show)),
        at("/settings/webhooks/new")
            .route(read().to(webhooks::form::show_new))
            .route(post().to(webhooks::form::make)),
        at("/settings/webhooks/{webhook}").route(read().to(webhooks::one::show)),
        at("/settings/webhooks/{webhook}/change")
            .route(read().to(webhooks::form::show))
            .route(post().to(webhooks::form::save)),
        at("/settings/webhooks/{webhook}/on")
            .route(read().to(webhooks::confirmation::show_on))
            .route(post().to(webhooks::confirmation::on)),
        at("/settings/webhooks/{webhook}/off")
            .route(read().to(webhooks::confirmation::show_off))
            .route(post().to(webhooks::confirmation::off)),
        at("/settings/webhooks/{webhook}/secret")
            .route(read().to(webhooks::confirmation::show_rotation))
            .route(post().to(webhooks::confirmation::rotate)),
        at("/settings/webhooks/{webhook}/removal")
            .route(read().to(webhooks::confirmation::show_removal))
            .route(post().to(webhooks::confirmation::take_away)),
        at("/settings/webhooks/{webhook}/test").route(post().to(webhooks::one::send_test)),
        at("/settings/webhooks/{webhook}/deliveries/{delivery}")
            .route(post().to(webhooks::one::again)),
        at("/settings/notifications")
            .route(read().to(notifications::show))
            .route(post().to(notifications::save)),
        at("/settings/notifications/test").route(post().to(notifications::send_test)),
        at("/settings/customer-lockbox")
            .route(read().to(lockbox::show))
            .route(post().to(lockbox::save)),
        at("/settings/customer-lockbox/terms")
            .route(read().to(lockbox::terms::show))
            .route(post().to(lockbox::terms::accept)),
        at("/settings/customer-lockbox/limits")
            .route(read().to(lockbox::limits::show))
            .route(post().to(lockbox::limits::save)),
        at("/settings/customer-lockbox/access-hours")
            .route(read().to(lockbox::access_hours::show))
            .route(post().to(lockbox::access_hours::save)),
        at("/settings/customer-lockbox/services/{service}")
            .route(read().to(lockbox::coverage::show))
            .route(post().to(lockbox::coverage::change)),
        at("/settings/customer-lockbox/trial")
            .route(read().to(lockbox::trial::show))
            .route(post().to(lockbox::trial::take)),
        at("/settings/customer-lockbox/protection")
            .route(read().to(lockbox::protection::show))
            .route(post().to(lockbox::protection::save)),
        at("/settings/customer-lockbox/waiting")
            .route(read().to(lockbox::waiting::show))
            .route(post().to(lockbox::waiting::stop)),
        at("/settings/customer-lockbox/off")
            .route(read().to(lockbox::off::show))
            .route(post().to(lockbox::off::turn_off)),
    ]
}

/// What an open page asks by itself. That shows nobody at the desk, so it lengthens no session.
fn quiet_places() -> Vec<Address> {
    vec![
        at("/requests/updates").route(read().to(requests::updates)),
        at("/queue/updates").route(read().to(queue::updates)),
        at("/session/ends").route(read().to(sessions::ends)),
        at("/passkey/request").route(read().to(passkey::request)),
        at("/passkey/creation").route(read().to(passkey::creation)),
    ]
}

/// Where these pages stand in other portals and in people's bookmarks.
fn old_addresses() -> Vec<Address> {
    vec![
        at("/support/data-access-requests").route(read().to(requests::moved_here)),
        at("/support/customer-lockbox-requests").route(read().to(requests::moved_here)),
        at("/support/service-requests").route(read().to(requests::moved_here)),
        at("/settings/security-privacy").route(read().to(settings::moved_here)),
    ]
}

fn demo_places() -> Vec<Address> {
    vec![
        at("/demo/use").route(post().to(demo::use_account)),
        at("/demo/mail").route(read().to(demo::mails)),
        at("/demo/mail/{name}").route(read().to(demo::mail)),
    ]
}

fn sessions(lockbox: &Lockbox, site: &Site, noted: Use) -> SessionMiddleware<Sessions> {
    let sessions = Sessions {
        lockbox: lockbox.clone(),
        noted,
    };
    SessionMiddleware::builder(sessions, cookie_key(lockbox))
        .cookie_name(
            if site.is_https() {
                "__Host-lockbox"
            } else {
                "lockbox"
            }
            .to_owned(),
        )
        .cookie_secure(site.is_https())
        .cookie_same_site(SameSite::Lax)
        .cookie_http_only(true)
        .cookie_path("/".to_owned())
        .session_lifecycle(
            BrowserSession::default()
                .state_ttl(session::IDLE)
                .state_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges),
        )
        .build()
}

/// The key that signs the session cookie, derived from the server key so that nodes share it.
fn cookie_key(lockbox: &Lockbox) -> Key {
    let halves = [
        lockbox.secret_key.derive("session cookie, first half"),
        lockbox.secret_key.derive("session cookie, second half"),
    ];
    Key::from(&halves.concat())
}

async fn nothing_there() -> Result<String, WebError> {
    Err(WebError::NotFound)
}

async fn other_method() -> Result<String, WebError> {
    Err(WebError::MethodNotAllowed)
}
