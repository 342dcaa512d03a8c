//! Closing a case: what ends with it, and the fresh second factor.

use actix_web::web::Path;

use super::one::{Shown, find};
use super::{LIST, href};
use crate::acts::support_cases::close;
use crate::domain::request::{Stage, StateKind};
use crate::domain::rights::{Act, Subject, may};
use crate::store::requests::{self, Filter, Sight, View};
use crate::web::error::WebError;
use crate::web::form::{Nothing, Posted};
use crate::web::guard::{Confirmation, Member};
use crate::web::page::{Answer, form_page, see_other};
use crate::web::view::{CodeField, ConfirmPage, Place};

/// Requests counted for the page; of more it says "or more".
const COUNTED: i64 = 200;

/// `GET /support/cases/{case}/closing`.
///
/// # Errors
/// 404 for whoever may not see it, 403 for whoever may not close it, 409 when it is closed.
pub async fn show(member: Member, case: Path<String>) -> Answer {
    let shown = closable(&member, &case).await?;
    form(&member, &shown, member.code_field(), false).await
}

/// `POST /support/cases/{case}/closing`.
///
/// # Errors
/// As [`show`].
pub async fn close_it(member: Member, case: Path<String>, posted: Posted<Nothing>) -> Answer {
    let shown = closable(&member, &case).await?;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return form(&member, &shown, Some(code), true).await,
    };
    let id = shown.case.id;
    let close = move |lockbox: &_| close(lockbox, &by, id);
    member.lockbox().acting(close).await?;
    Ok(see_other(&href(id)))
}

async fn closable(member: &Member, case: &str) -> Result<Shown, WebError> {
    let shown = find(member, case, None).await?;
    may(member.person(), Act::CloseCase, Subject::Case(&shown.case))?;
    shown.still_open()?;
    Ok(shown)
}

async fn form(member: &Member, shown: &Shown, code: Option<CodeField>, refused: bool) -> Answer {
    let case = &shown.case;
    let back = href(case.id);
    let view = ConfirmPage {
        shell: member.shell(Place::Cases),
        crumbs: vec![
            (LIST.to_owned(), "Support cases".to_owned()),
            (back.clone(), case.number.to_string()),
        ],
        title: format!("Close {}?", case.number),
        lede: format!(
            "{}. A closed case stays closed, and nobody can comment on it or name it in a request any more.",
            case.title
        ),
        wanted: None,
        reason: None,
        follows: follows(member, shown).await?,
        action: format!("{back}/closing"),
        button: "Close case".to_owned(),
        danger: true,
        back,
        code,
        problem: None,
    };
    form_page(refused, &view)
}

/// What ends with it, counted as it is now.
async fn follows(member: &Member, shown: &Shown) -> Result<Vec<String>, WebError> {
    let now = member.now();
    let (tenant, case) = (Sight::Tenant(shown.case.tenant), shown.case.id);
    let listed = member
        .lockbox()
        .reading(move |conn| {
            let filter = Filter {
                case: Some(case),
                ..Filter::default()
            };
            requests::list(conn, tenant, View::All, &filter, None, now, COUNTED)
        })
        .await?;
    let stages: Vec<Stage> = listed.iter().map(|listed| listed.stage.at(now)).collect();
    let count = |kinds: &[StateKind]| {
        let of = |stage: &&Stage| kinds.contains(&stage.kind());
        stages.iter().filter(of).count()
    };
    let active = count(&[StateKind::Active]);
    let waiting = count(&[
        StateKind::AwaitingManager,
        StateKind::AwaitingCustomer,
        StateKind::Approved,
    ]);
    let mut follows = Vec::new();
    if active > 0 {
        follows.push(format!(
            "Access that runs ends at once: {active}. Its engineer and everybody who decides are told."
        ));
    }
    if waiting > 0 {
        follows.push(format!(
            "Requests that wait or are not started are withdrawn: {waiting}."
        ));
    }
    if follows.is_empty() {
        follows.push("No request waits and nobody has access because of it.".to_owned());
    }
    if listed.len() >= usize::try_from(COUNTED).unwrap_or(usize::MAX) {
        follows.push(format!(
            "It has more requests than the {COUNTED} counted here; all of them end."
        ));
    }
    Ok(follows)
}
