//! The limits on the setting page, and saving them.

use std::ops::RangeInclusive;

use serde::Deserialize;

use super::shown::view;
use super::{SETTING, switching};
use crate::acts::limits::change_limits;
use crate::acts::{ActError, Flaw};
use crate::domain::access_hours::AccessHours;
use crate::domain::lockbox::Limits;
use crate::domain::time::Minutes;
use crate::web::durations;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, TenantMember};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{Choice, CodeField, LimitRow, LimitsForm, Select};

/// The form as it is sent in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Posting {
    /// The limits that were shown.
    version: String,
    time_to_answer: String,
    longest_access: String,
    time_to_start: String,
    approvals_needed: String,
}

/// What somebody wants the limits to be, and what is wrong with it.
pub(super) struct LimitsTyped {
    seen: String,
    wanted: Limits,
    flaws: Vec<Flaw>,
    code: Option<CodeField>,
}

impl LimitsTyped {
    /// The limits as they are.
    pub(super) fn shown(member: &TenantMember) -> Self {
        let limits = member.tenant.limits;
        Self {
            seen: version(&limits),
            wanted: limits,
            flaws: Vec::new(),
            code: member.code_field(),
        }
    }
}

/// `GET /settings/customer-lockbox/limits`: they stand on the setting page.
///
/// # Errors
/// 404 for the provider's people.
pub async fn show(_: TenantMember) -> Answer {
    Ok(see_other(&format!("{SETTING}#limits")))
}

/// `POST /settings/customer-lockbox/limits`.
///
/// # Errors
/// 403 for whoever may not change them, and whatever the act says.
pub async fn save(member: TenantMember, posted: Posted<Posting>) -> Answer {
    switching(&member)?;
    let Posted { fields, code } = posted;
    let (wanted, flaws) = parse(&fields, &member.tenant.limits);
    let typed = LimitsTyped {
        seen: fields.version,
        wanted,
        flaws,
        code: member.code_field(),
    };
    if !typed.flaws.is_empty() {
        return again(&member, typed).await;
    }
    let by = match member.confirm(code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(field) => {
            let code = Some(field);
            return again(&member, LimitsTyped { code, ..typed }).await;
        }
    };
    let (tenant, seen) = (member.tenant.id, seen(&typed.seen));
    let done = member
        .lockbox()
        .acting(move |lockbox| change_limits(lockbox, &by, tenant, seen.as_ref(), wanted))
        .await;
    match done {
        Ok(()) => Ok(see_other(&format!("{SETTING}#limits"))),
        Err(ActError::Unfit(flaws)) => {
            // The session is fresh by now, so no code is asked for.
            let code = None;
            again(
                &member,
                LimitsTyped {
                    flaws,
                    code,
                    ..typed
                },
            )
            .await
        }
        Err(error) => Err(error.into()),
    }
}

/// The setting page with what was typed, and what to change.
async fn again(member: &TenantMember, typed: LimitsTyped) -> Answer {
    let whole: Vec<Flaw> = typed
        .flaws
        .iter()
        .filter(|flaw| !FIELDS.contains(&flaw.field))
        .cloned()
        .collect();
    // What is wrong with the whole form is a limit that somebody else has set: it is shown anew.
    let typed = if whole.is_empty() {
        typed
    } else {
        LimitsTyped::shown(member)
    };
    let mut view = view(member, Some(typed)).await?;
    if !whole.is_empty() {
        view.problem = Some(Flaw::sentences(&whole));
    }
    form_page(true, &view)
}

const FIELDS: [&str; 4] = [
    "time_to_answer",
    "longest_access",
    "time_to_start",
    "approvals_needed",
];

/// The limits wanted, with the present one wherever something else than a choice was sent, and what is wrong there.
fn parse(fields: &Posting, now: &Limits) -> (Limits, Vec<Flaw>) {
    let mut flaws = Vec::new();
    let mut length = |field, text: &str, bounds: RangeInclusive<u32>, now| {
        let read = Minutes::parse_iso8601(text).ok();
        let fits = read.filter(|length| bounds.contains(&length.get()));
        fits.unwrap_or_else(|| {
            flaws.push(Flaw::of(field, "Choose one of the lengths of time."));
            now
        })
    };
    let mut wanted = Limits {
        time_to_answer: length(
            "time_to_answer",
            &fields.time_to_answer,
            Limits::ANSWER,
            now.time_to_answer,
        ),
        longest_access: length(
            "longest_access",
            &fields.longest_access,
            Limits::ACCESS,
            now.longest_access,
        ),
        time_to_start: length(
            "time_to_start",
            &fields.time_to_start,
            Limits::START,
            now.time_to_start,
        ),
        approvals_needed: now.approvals_needed,
        access_hours: now.access_hours,
    };
    let needed = fields.approvals_needed.parse().ok();
    match needed.filter(|needed| Limits::APPROVALS.contains(needed)) {
        Some(needed) => wanted.approvals_needed = needed,
        None => flaws.push(Flaw::of(
            "approvals_needed",
            "Choose how many must approve.",
        )),
    }
    (wanted, flaws)
}

/// The limits in one word, as the form sends them back.
pub(super) fn version(limits: &Limits) -> String {
    format!(
        "{}-{}-{}-{}-{}",
        limits.time_to_answer.get(),
        limits.longest_access.get(),
        limits.time_to_start.get(),
        limits.approvals_needed,
        limits.access_hours.text()
    )
}

/// The limits of that word; nothing if it is none of ours.
pub(super) fn seen(version: &str) -> Option<Limits> {
    let mut parts = version.splitn(5, '-');
    let mut length = || Minutes::new(parts.next()?.parse().ok()?).ok();
    let (time_to_answer, longest_access, time_to_start) = (length()?, length()?, length()?);
    Some(Limits {
        time_to_answer,
        longest_access,
        time_to_start,
        approvals_needed: parts.next()?.parse().ok()?,
        access_hours: AccessHours::parse(parts.next()?).ok()?,
    })
}

/// The form, with what was wanted chosen.
pub(super) fn form(typed: LimitsTyped, deciders: usize, manager: Minutes) -> LimitsForm {
    let LimitsTyped {
        seen,
        wanted,
        flaws,
        code,
    } = typed;
    let error = |field: &str| Flaw::words_of(&flaws, field);
    let select = |field: &str, choices| Select {
        choices,
        error: error(field),
    };
    LimitsForm {
        version: seen,
        time_to_answer: select(
            "time_to_answer",
            durations::to_answer(wanted.time_to_answer),
        ),
        longest_access: select(
            "longest_access",
            durations::within_a_day(wanted.longest_access),
        ),
        time_to_start: select(
            "time_to_start",
            durations::within_a_day(wanted.time_to_start),
        ),
        approvals_needed: select(
            "approvals_needed",
            approvals(wanted.approvals_needed, deciders),
        ),
        manager: manager.to_string(),
        code,
    }
}

/// As many as there are people who can decide, and the present number.
fn approvals(chosen: u8, deciders: usize) -> Vec<Choice> {
    Limits::APPROVALS
        .filter(|needed| usize::from(*needed) <= deciders.max(1) || *needed == chosen)
        .map(|needed| {
            let people = if needed == 1 {
                "person"
            } else {
                "different people"
            };
            let choice = Choice::new(needed.to_string(), format!("{needed} {people}"));
            if needed == chosen {
                choice.chosen()
            } else {
                choice
            }
        })
        .collect()
}

/// The limits to read.
pub(super) fn rows(limits: &Limits, manager: Minutes) -> Vec<LimitRow> {
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
            "1 to 5 people, as many as can decide",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_shown_are_read_back_and_nothing_else_is() {
        for hours in ["any time", "mon 08:00-12:00 13:00-18:00, sun 00:00-24:00"] {
            let limits = Limits {
                access_hours: AccessHours::parse(hours).unwrap(),
                ..Limits::default()
            };
            assert_eq!(seen(&version(&limits)), Some(limits));
        }
        for other in [
            "",
            "1",
            "720-240-240",
            "720-240-240-",
            "720-240-240-1",
            "720-240-240-1-",
            "720-240-240-1-mon",
            "x-y-z-1-any time",
            "0-240-240-1-any time",
            "720-240-240-256-any time",
        ] {
            assert_eq!(seen(other), None, "{other:?}");
        }
    }
}
