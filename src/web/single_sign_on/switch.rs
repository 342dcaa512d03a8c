//! Turning single sign-on on and off, after one more look at what it means.

use serde::Deserialize;

use super::setting::changing;
use super::shown::SETTING;
use crate::acts::single_sign_on::{turn_off, turn_on};
use crate::acts::{ActError, Flaw};
use crate::domain::single_sign_on::{SignOn, Stage};
use crate::domain::weakening::Delay;
use crate::store::single_sign_on;
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, Place, SwitchSignOnPage};

/// The form as it is sent in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posting {
    wanted: Wanted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    On,
    Off,
}

/// `GET /settings/single-sign-on/switch`.
///
/// # Errors
/// 403 for whoever may not change it.
pub async fn show(member: Member) -> Answer {
    changing(&member)?;
    match known(&member).await? {
        Some(known) if known.stage != Stage::Untested => {
            form(&member, &known, member.code_field(), None)
        }
        _ => Ok(see_other(SETTING)),
    }
}

/// `POST /settings/single-sign-on/switch`.
///
/// # Errors
/// 403 for whoever may not change it, and whatever the act says.
pub async fn switch(member: Member, posted: Posted<Posting>) -> Answer {
    changing(&member)?;
    let Some(known) = known(&member).await? else {
        return Ok(see_other(SETTING));
    };
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, &known, Some(code), None),
    };
    let wanted = posted.fields.wanted;
    let done = member
        .lockbox()
        .acting(move |lockbox| match wanted {
            Wanted::On => turn_on(lockbox, &by),
            Wanted::Off => turn_off(lockbox, &by),
        })
        .await;
    match done {
        Ok(()) => Ok(see_other(SETTING)),
        Err(ActError::Unfit(flaws)) => form(&member, &known, None, Some(Flaw::sentences(&flaws))),
        Err(error) => Err(error.into()),
    }
}

async fn known(member: &Member) -> Result<Option<SignOn>, WebError> {
    let side = member.person().side;
    let known = member
        .lockbox()
        .reading(move |conn| single_sign_on::of(conn, side))
        .await?;
    Ok(known.map(|(known, _)| known))
}

fn form(
    member: &Member,
    known: &SignOn,
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = SwitchSignOnPage {
        shell: member.shell(Place::Settings),
        on: known.is_on(),
        issuer: known.setting.issuer.to_string(),
        gives_roles: known.setting.groups.is_some(),
        delay: member
            .tenant()
            .filter(|tenant| !known.is_on() && tenant.delay != Delay::None)
            .map(|tenant| tenant.delay.to_string()),
        code,
        problem,
    };
    form_page(refused, &page)
}
