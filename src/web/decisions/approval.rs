//! Approving, for the duration asked or a shorter one.

use actix_web::HttpRequest;
use actix_web::web::{Path, Query};
use serde::Deserialize;

use crate::acts::decide;
use crate::domain::fact::{Fact, Verdict};
use crate::domain::request::StateKind;
use crate::domain::request::decide::Command;
use crate::domain::rights::Act;
use crate::domain::time::{Minutes, Moment};
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::request::shown::{Shown, find, place};
use crate::web::typed;
use crate::web::view::{ApprovePage, CodeField, Field};

#[derive(Deserialize, Default)]
struct Asked {
    duration: Option<String>,
}

/// The form as it is sent in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    duration: String,
    #[serde(default)]
    note: String,
    version: String,
}

struct Form {
    duration: Minutes,
    note: Field,
    code: Option<CodeField>,
    problem: Option<String>,
}

/// `GET /requests/{reference}/approval?duration=`.
///
/// # Errors
/// Whatever the rights or the request's state say.
pub async fn show(member: Member, reference: Path<String>, request: HttpRequest) -> Answer {
    let shown = find(&member, &reference, Act::Approve).await?;
    let asked = Query::<Asked>::from_query(request.query_string())
        .map(Query::into_inner)
        .unwrap_or_default();
    let duration = asked
        .duration
        .map_or(Ok(shown.longest()), |text| allowed(&shown, &text));
    form(
        &member,
        &shown,
        Form {
            note: Field::default(),
            code: member.code_field(),
            problem: duration.clone().err(),
            duration: duration.unwrap_or(shown.longest()),
        },
    )
}

/// `POST /requests/{reference}/approval`.
///
/// # Errors
/// Whatever the rights or the act say.
pub async fn approve(member: Member, reference: Path<String>, posted: Posted<Approval>) -> Answer {
    let shown = find(&member, &reference, Act::Approve).await?;
    shown.only_in(&[StateKind::AwaitingCustomer])?;
    let Posted { fields, code } = posted;
    let seen = shown.seen(&fields.version)?;
    let duration = allowed(&shown, &fields.duration);
    let note = typed::optional_prose("note", &fields.note);
    let (duration, note) = match (duration, note) {
        (Ok(duration), Ok(note)) => (duration, note),
        (duration, note) => {
            let again = Form {
                note: Field {
                    value: fields.note,
                    error: note.err(),
                },
                code: member.code_field(),
                problem: duration.clone().err(),
                duration: duration.unwrap_or(shown.longest()),
            };
            return form(&member, &shown, again);
        }
    };
    let by = match member.confirm(code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => {
            let again = Form {
                duration,
                note: Field::of(fields.note),
                code: Some(code),
                problem: None,
            };
            return form(&member, &shown, again);
        }
    };
    member
        .lockbox()
        .acting(move |lockbox| decide::approve(lockbox, &by, &seen, duration, note))
        .await?;
    Ok(see_other(&shown.path("/outcome")))
}

/// The form; with status 422 where something kept it from being taken.
fn form(member: &Member, shown: &Shown, form: Form) -> Answer {
    let (who, times, request) = (member.person(), member.times(), &shown.request);
    let Form {
        duration,
        note,
        code,
        problem,
    } = form;
    let follows = follows(member, shown, duration)?;
    let (tenant, hours) = (&shown.tenant, shown.tenant.limits.access_hours);
    let until_at_most =
        hours.latest_end(times.now, follows.start_by, duration.delta(), tenant.zone);
    let refused = problem.is_some()
        || note.error.is_some()
        || code.as_ref().is_some_and(|code| code.error.is_some());
    let page = ApprovePage {
        shell: member.shell(place(who)),
        reference: request.reference.to_string(),
        version: request.version.to_string(),
        service: shown.service.name.to_string(),
        scope: shown.scope(),
        objects: shown.objects(),
        actions: shown.actions(),
        engineer: shown.engineer(),
        reason: request.reason.to_string(),
        duration: duration.iso8601(),
        duration_words: duration.to_string(),
        asked: (duration < request.asked).then(|| request.asked.to_string()),
        until_at_most: until_at_most.map(|until| times.at(until)),
        access_hours: (!hours.is_any_time()).then(|| hours.in_zone(tenant.zone)),
        start_by: times.at(follows.start_by),
        more_needed: follows.more_needed,
        note,
        code,
        problem,
    };
    form_page(refused, &page)
}

struct Follows {
    start_by: Moment,
    more_needed: u32,
}

/// What would follow on an approval of now, as the domain decides it.
fn follows(member: &Member, shown: &Shown, duration: Minutes) -> Result<Follows, WebError> {
    let command = Command::Approve {
        duration,
        note: None,
    };
    match shown.if_done(command, member.person(), member.now())? {
        Fact::RequestApproved {
            verdict: Verdict::Granted { start_by, .. },
            ..
        } => Ok(Follows {
            start_by,
            more_needed: 0,
        }),
        _ => Ok(Follows {
            start_by: member.now() + shown.tenant.limits.time_to_start.delta(),
            more_needed: shown.needed().saturating_sub(shown.approvals() + 1),
        }),
    }
}

/// The duration, if it can be given.
fn allowed(shown: &Shown, text: &str) -> Result<Minutes, String> {
    let longest = shown.longest();
    match Minutes::parse_iso8601(text) {
        Ok(duration) if duration <= longest => Ok(duration),
        Ok(duration) => Err(format!(
            "Access for {duration} cannot be given. This form now says {longest}, the most that can be; for less, \
             go back and choose."
        )),
        Err(_) => Err(format!(
            "The duration could not be read. This form now says {longest}, the most that can be given; for less, go \
             back and choose."
        )),
    }
}
