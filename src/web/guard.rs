//! Who is asking. A handler's parameters are its access rule: it takes the extractor whose type says it.

mod second_factor;

pub use second_factor::{Confirmation, ToGain};
pub(super) use second_factor::{in_minutes, refusal, shown, too_many_codes};

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::ops::Deref;

use actix_session::{Session, SessionExt};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use uuid::Uuid;

use super::error::WebError;
use super::session::{self, Visit};
use super::site::Site;
use super::view::{self, Account, Link, Message, Place, SessionEnds, Shell, Theme, Times, Tone};
use super::who_came;
use crate::acts::Lockbox;
use crate::acts::sign_in::SignedIn;
use crate::domain::person::{Person, Role, Side};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::tenant::Tenant;
use crate::domain::time::Moment;
use crate::identity::call::Call;
use crate::store::StoreError;

/// Somebody who has shown both factors. Anybody else is led to sign in.
#[derive(Clone)]
pub struct Member {
    /// Who, with their proof.
    pub who: SignedIn,
    tenant: Option<Tenant>,
    session: Session,
    visit: Visit,
    lockbox: web::Data<Lockbox>,
    site: web::Data<Site>,
    now: Moment,
    /// The page they are at, or the request whose form they sent.
    here: String,
}

/// Somebody of a tenant. For the provider's people the page does not exist.
pub struct TenantMember {
    /// Who.
    pub member: Member,
    /// Their tenant.
    pub tenant: Tenant,
}

/// Somebody of the provider. For tenants' people the page does not exist.
pub struct ProviderMember(pub Member);

impl Member {
    /// The running product.
    #[must_use]
    pub fn lockbox(&self) -> &Lockbox {
        &self.lockbox
    }

    /// The deployment.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The deployment, for work off the workers.
    #[must_use]
    pub fn site_data(&self) -> web::Data<Site> {
        self.site.clone()
    }

    /// The instant the page is made for.
    #[must_use]
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// Their tenant; none for the provider's people.
    #[must_use]
    pub const fn tenant(&self) -> Option<&Tenant> {
        self.tenant.as_ref()
    }

    /// Who.
    #[must_use]
    pub const fn person(&self) -> &Person {
        &self.who.person
    }

    /// The session, as it was when the page was asked for.
    #[must_use]
    pub const fn visit(&self) -> &Visit {
        &self.visit
    }

    /// Instants as this person reads them.
    #[must_use]
    pub const fn times(&self) -> Times {
        Times {
            zone: self.who.person.zone,
            now: self.now,
        }
    }

    /// The frame of a page at this place of the navigation.
    #[must_use]
    pub fn shell(&self, place: Place) -> Shell {
        let person = self.person();
        let account = Account {
            name: person.name.to_string(),
            roles: person
                .roles
                .iter()
                .map(|held| held.role.to_string())
                .collect::<Vec<_>>()
                .join(", "),
            organisation: self.tenant.as_ref().map_or_else(
                || self.site.provider_name.clone(),
                |tenant| tenant.name.to_string(),
            ),
            side: if person.side == Side::Provider {
                view::Side::Provider
            } else {
                view::Side::Tenant
            },
            files_requests: person.is(Role::Engineer),
            reads_audit: self.reads_audit(),
            sees_settings: self.sees_settings(),
            sees_people: self.sees_people(),
            sees_api_keys: may(person, Act::SeeApiKeys, self.side()).is_ok(),
            sees_webhooks: may(person, Act::SeeWebhooks, self.side()).is_ok(),
            place,
        };
        Shell {
            assets: self.site.assets.clone(),
            csrf: self.site.csrf.token(&self.visit.id),
            times: self.times(),
            theme: Theme::System,
            account: Some(account),
            ends: Some(self.ends()),
            messages: self
                .suspension()
                .into_iter()
                .chain(self.recovery())
                .chain(self.weakening())
                .collect(),
            demo: self.site.demo.is_some(),
        }
    }

    fn ends(&self) -> SessionEnds {
        let longest = self.visit.longest();
        let idle = session::ends(self.now, &session::IDLE).min(longest);
        let times = self.times();
        SessionEnds {
            idle: times.at(idle),
            longest: times.at(longest),
        }
    }

    /// What stands on every page of a tenant that is suspended.
    fn suspension(&self) -> Option<Message> {
        let tenant = self.tenant.as_ref()?;
        let words = format!(
            "{} suspended {} on {}. Nothing is filed or started, and settings cannot be changed. You can still read and export.",
            self.site.provider_name,
            tenant.name,
            self.times().at(tenant.suspended?).words()
        );
        Some(Message::new(Tone::Danger, words))
    }

    fn sees_settings(&self) -> bool {
        may(self.person(), Act::SeeSettings, self.side()).is_ok()
    }

    fn side(&self) -> Subject<'static> {
        Subject::of(self.person().side)
    }

    /// What stands on every page of a tenant for which the provider is making a new administrator.
    fn recovery(&self) -> Option<Message> {
        let tenant = self.tenant.as_ref()?;
        let running = tenant.recovery.as_ref()?;
        let words = format!(
            "{} is making {} a global administrator of {}, at {}. It stops when one of your global administrators signs in.",
            self.site.provider_name,
            running.name,
            tenant.name,
            self.times().at(running.due).words()
        );
        let may_stop = may(self.person(), Act::StopRecovery, Subject::Tenant(tenant.id)).is_ok();
        Some(Message {
            link: may_stop.then(|| Link::new("/people/recovery", "Stop it")),
            ..Message::new(Tone::Danger, words)
        })
    }

    /// What stands on every page of a tenant of which a change waits that weakens its protection.
    fn weakening(&self) -> Option<Message> {
        let tenant = self.tenant.as_ref()?;
        let pending = tenant.pending.as_ref()?;
        let words = format!(
            "A change that weakens the protection waits: to {}, at {}.",
            pending.what,
            self.times().at(pending.due).words()
        );
        let may_stop = may(
            self.person(),
            Act::StopWeakening,
            Subject::Tenant(tenant.id),
        )
        .is_ok();
        Some(Message {
            link: may_stop.then(|| {
                Link::new(
                    "/settings/customer-lockbox/waiting",
                    "Look at it and stop it",
                )
            }),
            ..Message::new(Tone::Danger, words)
        })
    }

    fn sees_people(&self) -> bool {
        may(self.person(), Act::SeePeople, self.side()).is_ok()
    }

    fn reads_audit(&self) -> bool {
        let (who, subject) = (self.person(), self.side());
        [Act::ReadAuditLog, Act::ReadLogOfRequest]
            .into_iter()
            .any(|act| may(who, act, subject).is_ok())
    }

    /// By what a form is known when it comes twice: what it was made with. No form of ours is known by nothing.
    ///
    /// # Errors
    /// [`WebError::NoForm`] for what we made no form with.
    pub fn form_id(&self, sent: &str) -> Result<Uuid, WebError> {
        if sent.is_empty() {
            return Ok(self.new_form_id());
        }
        sent.parse()
            .map_err(|_| WebError::NoForm("form".to_owned()))
    }

    /// By what a new form will be known.
    #[must_use]
    pub fn new_form_id(&self) -> Uuid {
        self.lockbox.entropy.uuid(self.now)
    }

    /// Whether this person can show a passkey here.
    #[must_use]
    pub fn can_show_passkey(&self) -> bool {
        self.visit.has_passkey && self.site.passkeys.is_some()
    }

    /// The session goes on with this visit.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn go_on(&self, visit: &Visit) -> Result<(), WebError> {
        visit.keep(&self.session)
    }
}

impl Deref for TenantMember {
    type Target = Member;
    fn deref(&self) -> &Member {
        &self.member
    }
}

impl Deref for ProviderMember {
    type Target = Member;
    fn deref(&self) -> &Member {
        &self.0
    }
}

impl FromRequest for Member {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(member(request))
    }
}

impl FromRequest for TenantMember {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(member(request).and_then(|member| {
            let tenant = member.tenant.clone().ok_or(WebError::NotFound)?;
            Ok(Self { member, tenant })
        }))
    }
}

impl FromRequest for ProviderMember {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(member(request).and_then(|member| {
            if member.tenant.is_some() {
                Err(WebError::NotFound)
            } else {
                Ok(Self(member))
            }
        }))
    }
}

fn member(request: &HttpRequest) -> Result<Member, WebError> {
    let (lockbox, site) = (data::<Lockbox>(request)?, data::<Site>(request)?);
    let session = request.get_session();
    let now = lockbox.store.clock().now();
    let sign_in = || WebError::SignInFirst(way_back(request));
    let came = who_came::came()?;
    let visit = Visit::of(&session, now).ok_or_else(sign_in)?;
    let (second_factor, second_factor_at) = visit.showed().ok_or_else(sign_in)?;
    // Whoever was removed has no session any more; this holds if one was left.
    let here = came.filter(|(person, _)| person.id == visit.person && person.is_here());
    let Some((person, tenant)) = here else {
        session.purge();
        return Err(sign_in());
    };
    if person.tenant().is_some() && tenant.is_none() {
        return Err(StoreError::Senseless(format!("person {} of no tenant", person.id)).into());
    }
    let source = source(request);
    let who = SignedIn {
        person,
        session: visit.id.clone(),
        source,
        second_factor,
        second_factor_at,
    };
    let member = Member {
        who,
        tenant,
        session,
        visit,
        lockbox,
        site,
        now,
        here: way_back(request),
    };
    request.extensions_mut().insert(member.clone());
    Ok(member)
}

/// The client's address.
pub(super) fn source(request: &HttpRequest) -> Option<IpAddr> {
    request.extensions().get::<Call>()?.source
}

/// Where to go on after signing in: the page asked for, or the request whose form was posted.
fn way_back(request: &HttpRequest) -> String {
    if request.method() == Method::GET {
        return request
            .uri()
            .path_and_query()
            .map_or_else(|| "/".to_owned(), ToString::to_string);
    }
    let mut parts = request.path().split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("requests"), Some(reference)) => format!("/requests/{reference}"),
        _ => "/".to_owned(),
    }
}

/// Something every handler can count on.
pub(super) fn data<T: 'static>(request: &HttpRequest) -> Result<web::Data<T>, WebError> {
    request
        .app_data::<web::Data<T>>()
        .cloned()
        .ok_or_else(|| WebError::Session("the application was put together wrongly".to_owned()))
}

/// The frame for somebody who is not signed in; its forms need a token of their own.
pub(super) fn visitor_shell(request: &HttpRequest) -> Shell {
    let site = request.app_data::<web::Data<Site>>();
    let now = request
        .app_data::<web::Data<Lockbox>>()
        .map_or_else(Moment::default, |lockbox| lockbox.store.clock().now());
    Shell {
        assets: site.map(|site| site.assets.clone()).unwrap_or_default(),
        csrf: String::new(),
        times: Times {
            zone: chrono_tz::UTC,
            now,
        },
        theme: Theme::System,
        account: None,
        ends: None,
        messages: Vec::new(),
        demo: site.is_some_and(|site| site.demo.is_some()),
    }
}
