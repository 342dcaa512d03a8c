//! Settings > Org settings > Security & privacy > Customer Lockbox: the switch, what it covers, the entitlement, the
//! terms and the limits. Turning on and off is confirmed on pages of its own; the switch itself only leads there.

pub mod access_hours;
pub mod coverage;
pub mod limits;
pub mod off;
pub mod protection;
mod shown;
pub mod terms;
pub mod trial;
pub mod waiting;

use serde::Deserialize;

use super::error::WebError;
use super::form::Posted;
use super::guard::TenantMember;
use super::page::{Answer, form_page, page, see_other};
use super::view::{Message, Terms, Tone};
use crate::acts::{ActError, Flaw};
use crate::domain;
use crate::domain::lockbox::Lockbox;
use crate::domain::rights::{Act, Subject, may};
use crate::domain::tenant::Tenant;
use shown::view;

/// The setting page.
const SETTING: &str = "/settings/customer-lockbox";

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
    page(&view(&member, None).await?)
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
        (true, false) if !member.tenant.entitlement.counts(member.now()) => {
            let words =
                "Customer Lockbox cannot be turned on without a plan that includes it or a trial.";
            let mut view = view(&member, None).await?;
            view.problem = Some(words.to_owned());
            form_page(true, &view)
        }
        (true, false) => Ok(see_other("/settings/customer-lockbox/terms")),
        (false, true) => Ok(see_other("/settings/customer-lockbox/off")),
        (_, on) => {
            let state = if on { "on" } else { "off" };
            let words = format!("Nothing was changed: Customer Lockbox is {state} already.");
            let mut view = view(&member, None).await?;
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
