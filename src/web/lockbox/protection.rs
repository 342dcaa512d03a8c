//! How long changes that weaken the protection wait.

use serde::Deserialize;

use super::{SETTING, switching};
use crate::acts::{ActError, Flaw, weaken};
use crate::domain::weakening::Delay;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, TenantMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{Choice, CodeField, Place, ProtectionPage, Select};

/// The form as it is sent in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posting {
    /// In hours.
    delay: String,
}

/// `GET /settings/customer-lockbox/protection`.
///
/// # Errors
/// 403 for whoever may not change it, 404 for the provider's people.
pub async fn show(member: TenantMember) -> Answer {
    switching(&member)?;
    form(&member, member.tenant.delay, &[], member.code_field())
}

/// `POST /settings/customer-lockbox/protection`.
///
/// # Errors
/// 403 for whoever may not change it, and whatever the act says.
pub async fn save(member: TenantMember, posted: Posted<Posting>) -> Answer {
    switching(&member)?;
    let typed = |delay: &Delay| delay.hours().to_string() == posted.fields.delay;
    let Some(delay) = Delay::ALL.into_iter().find(typed) else {
        let flaw = Flaw::of("delay", "Choose one of the lengths of time.");
        return form(&member, member.tenant.delay, &[flaw], member.code_field());
    };
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, delay, &[], Some(code)),
    };
    let tenant = member.tenant.id;
    let done = member
        .lockbox()
        .acting(move |lockbox| weaken::set_delay(lockbox, &by, tenant, delay))
        .await;
    match done {
        Ok(()) => Ok(see_other(&format!("{SETTING}#protection"))),
        Err(ActError::Unfit(flaws)) => form(&member, delay, &flaws, None),
        Err(error) => Err(error.into()),
    }
}

fn form(member: &TenantMember, chosen: Delay, flaws: &[Flaw], code: Option<CodeField>) -> Answer {
    let wrong_code = code.as_ref().is_some_and(|code| code.error.is_some());
    let of_field = Flaw::words_of(flaws, "delay");
    let problem = (of_field.is_none() && !flaws.is_empty()).then(|| Flaw::sentences(flaws));
    let choices = Delay::ALL.into_iter().map(|delay| {
        let choice = Choice::new(delay.hours().to_string(), words(delay));
        if delay == chosen {
            choice.chosen()
        } else {
            choice
        }
    });
    let page = ProtectionPage {
        shell: member.shell(Place::Settings),
        delay: Select {
            choices: choices.collect(),
            error: of_field,
        },
        code,
        problem,
    };
    form_page(wrong_code || !flaws.is_empty(), &page)
}

/// How long they wait, as a sentence's end.
pub(super) fn words(delay: Delay) -> String {
    match delay {
        Delay::None => "They are done at once".to_owned(),
        delay => format!("They wait {delay}"),
    }
}
