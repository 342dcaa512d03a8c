//! Settings > Org settings > Security & privacy > Customer Lockbox: the switch. Turning it on and off is confirmed
//! on pages of its own; the switch itself only leads there.

pub mod off;
pub mod terms;

use serde::Deserialize;

use super::error::WebError;
use super::form::Posted;
use super::guard::TenantMember;
use super::page::{Answer, page, see_other};
use super::view::{
    Acceptance, CoveredService, LimitRow, LockboxPage, Message, Place, Terms, Times, Tone,
};
use super::words;
use crate::acts::{ActError, Flaw};
use crate::domain;
use crate::domain::lockbox::{Limits, Lockbox};
use crate::domain::person::{Person, Role};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::service::Service;
use crate::domain::tenant::Tenant;
use crate::domain::time::Minutes;
use crate::store::{Stored, people, services};

/// The form as it is sent in: a switch that is off sends nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    lockbox: Option<String>,
    #[serde(default, rename = "version")]
    #[expect(
        dead_code,
        reason = "the switch changes nothing by itself, so it is never stale"
    )]
    any_version: String,
}

/// `GET /settings/customer-lockbox`.
///
/// # Errors
/// 404 for the provider's people.
pub async fn show(member: TenantMember) -> Answer {
    page(&view(&member).await?)
}

/// `POST /settings/customer-lockbox`: leads to the terms, to the confirmation of turning off, or nowhere.
///
/// # Errors
/// 403 for whoever may not switch, 422 for any other value of the switch than `on`.
pub async fn save(member: TenantMember, posted: Posted<Switch>) -> Answer {
    switching(&member)?;
    let wanted = match posted.fields.lockbox.as_deref() {
        None => false,
        Some("on") => true,
        Some(_) => {
            let flaw = Flaw::of("lockbox", "The switch is either on or left out.");
            return Err(ActError::Unfit(vec![flaw]).into());
        }
    };
    match (wanted, member.tenant.lockbox.is_on()) {
        (true, false) => Ok(see_other("/settings/customer-lockbox/terms")),
        (false, true) => Ok(see_other("/settings/customer-lockbox/off")),
        (_, on) => {
            let state = if on { "on" } else { "off" };
            let words = format!("Nothing was changed: Customer Lockbox is {state} already.");
            let mut view = view(&member).await?;
            view.shell.messages.push(Message::new(Tone::Info, words));
            page(&view)
        }
    }
}

/// Whether this person may switch.
fn switching(member: &TenantMember) -> Result<(), WebError> {
    let tenant = Subject::Tenant(member.tenant.id);
    Ok(may(member.person(), Act::SwitchLockbox, tenant)?)
}

async fn view(member: &TenantMember) -> Result<LockboxPage, WebError> {
    let (who, tenant) = (member.person(), &member.tenant);
    may(who, Act::SeeSettings, Subject::Tenant(tenant.id))?;
    let accepted_by = match &tenant.lockbox {
        Lockbox::On { accepted_by, .. } => Some(*accepted_by),
        Lockbox::Off => None,
    };
    let id = tenant.id;
    let (services, deciders, accepted_by) = member
        .lockbox()
        .reading(move |conn| {
            let accepted_by = match accepted_by {
                Some(person) => people::by_id(conn, person)?,
                None => None,
            };
            Stored::Ok((
                services::all(conn)?,
                people::approvers(conn, id)?,
                accepted_by,
            ))
        })
        .await?;
    let administrators = deciders
        .iter()
        .filter(|person| person.is(Role::GlobalAdministrator));
    Ok(LockboxPage {
        shell: member.shell(Place::Settings),
        version: version(tenant),
        on: tenant.lockbox.is_on(),
        may_change: switching(member).is_ok(),
        administrators: administrators.map(words::person).collect(),
        terms: terms_in_force(&member.lockbox().terms),
        accepted: acceptance(tenant, accepted_by.as_ref(), member.times()),
        services: services
            .iter()
            .map(|service| CoveredService {
                name: service.name.to_string(),
                covered: covered(tenant, service),
            })
            .collect(),
        limits: limits(&tenant.limits, member.lockbox().manager_time_to_answer),
        problem: None,
    })
}

/// Whether the customer is asked about a service; while the lockbox is off, whether it would be.
fn covered(tenant: &Tenant, service: &Service) -> bool {
    match &tenant.lockbox {
        Lockbox::On { uncovered, .. } => !uncovered.contains(&service.id),
        Lockbox::Off => service.covered,
    }
}

/// What the setting was when it was shown, for people who read the form: no act depends on it.
fn version(tenant: &Tenant) -> String {
    match &tenant.lockbox {
        Lockbox::On { accepted_at, .. } => domain::time::rfc3339(*accepted_at),
        Lockbox::Off => "off".to_owned(),
    }
}

fn terms_in_force(terms: &domain::terms::Terms) -> Terms {
    Terms {
        version: terms.version.version.clone(),
        sha256: terms.version.sha256.clone(),
        text: terms.text.clone(),
    }
}

fn acceptance(tenant: &Tenant, by: Option<&Person>, times: Times) -> Option<Acceptance> {
    let Lockbox::On {
        terms, accepted_at, ..
    } = &tenant.lockbox
    else {
        return None;
    };
    Some(Acceptance {
        version: terms.version.clone(),
        sha256: terms.sha256.clone(),
        by: words::person(by?),
        at: times.at(*accepted_at),
    })
}

fn limits(limits: &Limits, manager: Minutes) -> Vec<LimitRow> {
    let row = |name: &str, value: String, bounds: &str| LimitRow {
        name: name.to_owned(),
        value,
        bounds: bounds.to_owned(),
    };
    let lengths = "15 minutes to 24 hours";
    vec![
        row(
            "Time for you to answer",
            limits.time_to_answer.to_string(),
            "1 to 96 hours",
        ),
        row(
            "Time for the support manager to answer",
            manager.to_string(),
            "Set by the provider",
        ),
        row("Longest access", limits.longest_access.to_string(), lengths),
        row(
            "Time to start after approval",
            limits.time_to_start.to_string(),
            lengths,
        ),
        row(
            "Approvals needed",
            limits.approvals_needed.to_string(),
            "1 to 5 people",
        ),
    ]
}
