//! A tenant's form for a new case.

use serde::Deserialize;

use super::href;
use crate::acts::support_cases::{CaseWords, open};
use crate::acts::{ActError, Flaw};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::Member;
use crate::web::page::{Answer, form_page, see_other};
use crate::web::typed;
use crate::web::view::{Field, NewCasePage, Place};

/// The form as it is sent in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    title: String,
    description: String,
    /// By what the form is known when it comes twice.
    form: String,
}

/// `GET /support/cases/new`.
///
/// # Errors
/// 403 for whoever may not open cases, and for the provider's people.
pub async fn show(member: Member) -> Answer {
    may_open(&member)?;
    let typed = Typed {
        form: member.new_form_id().to_string(),
        ..Typed::default()
    };
    form(&member, typed, &[])
}

/// `POST /support/cases/new`.
///
/// # Errors
/// As [`show`], and whatever the act says.
pub async fn open_it(member: Member, posted: Posted<Typed>) -> Answer {
    may_open(&member)?;
    let typed = posted.fields;
    let words = match parse(&typed) {
        Ok(words) => words,
        Err(flaws) => return form(&member, typed, &flaws),
    };
    let (by, id) = (member.who.clone(), member.form_id(&typed.form)?);
    let opened = member
        .lockbox()
        .acting(move |lockbox| open(lockbox, &by, &words, id))
        .await;
    match opened {
        Ok(case) => Ok(see_other(&href(case.id))),
        Err(ActError::Unfit(flaws)) => form(&member, typed, &flaws),
        Err(error) => Err(error.into()),
    }
}

fn may_open(member: &Member) -> Result<(), WebError> {
    let tenant = member.person().tenant().ok_or(Denied::NoRole)?;
    Ok(may(
        member.person(),
        Act::OpenCase,
        Subject::Tenant(tenant),
    )?)
}

fn parse(typed: &Typed) -> Result<CaseWords, Vec<Flaw>> {
    let title = typed::line("title", &typed.title).map_err(|words| Flaw::of("title", words));
    let description = typed::prose("description", &typed.description)
        .map_err(|words| Flaw::of("description", words));
    match (title, description) {
        (Ok(title), Ok(description)) => Ok(CaseWords {
            title,
            description: Some(description),
        }),
        (title, description) => Err([title.err(), description.err()]
            .into_iter()
            .flatten()
            .collect()),
    }
}

fn form(member: &Member, typed: Typed, flaws: &[Flaw]) -> Answer {
    let kept = |field: &str, value: String| Field {
        value,
        error: Flaw::words_of(flaws, field),
    };
    let page = NewCasePage {
        shell: member.shell(Place::Cases),
        form: typed.form,
        title: kept("title", typed.title),
        description: kept("description", typed.description),
        problem: Flaw::words_of(flaws, "tenant"),
    };
    form_page(!flaws.is_empty(), &page)
}
