//! The page of one request: one address for everybody who may see it.

pub mod evidence;
pub mod history;
pub mod offered;
pub mod shown;

use actix_web::web::Path;

use super::activity;
use super::error::WebError;
use super::guard::Member;
use super::page::{Answer, form_page, page};
use super::standing::standing;
use super::view::{CodeField, RequestPage, Times, Window};
use super::words;
use crate::domain::request::State;
use crate::domain::rights::{Act, Asker, Subject, may};
use crate::store::StoreError;
use history::History;
use shown::Shown;

/// `GET /requests/{reference}`.
///
/// # Errors
/// 404 for whoever may not see it.
pub async fn show(member: Member, reference: Path<String>) -> Answer {
    let shown = shown::find(&member, &reference, Act::SeeRequest).await?;
    page(&view(&member, shown, member.code_field()).await?)
}

/// The same page after a form on it that lacked the verification code, with the field for it.
///
/// # Errors
/// When the store does not answer.
pub async fn again(member: &Member, shown: Shown, code: CodeField) -> Answer {
    let view = view(member, shown, Some(code)).await?;
    form_page(true, &view)
}

async fn view(
    member: &Member,
    shown: Shown,
    code: Option<CodeField>,
) -> Result<RequestPage, WebError> {
    let request = shown.request.clone();
    let (history, activity) = member
        .lockbox()
        .reading(move |conn| {
            let history = History::load(conn, &request)?;
            Ok::<_, StoreError>((history, activity::last(conn, &request)?))
        })
        .await?;
    let (who, times, request) = (member.person(), member.times(), &shown.request);
    let asker = Asker::from(&member.who);
    let code = code.filter(|_| !passes_are_free(member, &shown));
    Ok(RequestPage {
        shell: member.shell(shown::place(who)),
        reference: request.reference.to_string(),
        id: request.id.to_string(),
        version: request.version.to_string(),
        standing: standing(&request.state, shown.decision(asker), times),
        tenant: shown.tenant.name.to_string(),
        service: shown.service.name.to_string(),
        scope: shown.scope(),
        objects: shown.objects(),
        actions: shown.actions(),
        reason: request.reason.to_string(),
        case: history.case(&shown.tenant),
        engineer: shown.engineer(),
        manager: request
            .endorsement
            .as_ref()
            .map(|endorsement| words::actor(&endorsement.by)),
        asked: request.asked.to_string(),
        filed: times.at(request.filed_at),
        follows: request.follows.as_ref().map(ToString::to_string),
        followed_by: history.followed_by(),
        previous: history.previous(times),
        grant: history.grant(),
        window: window(&request.state, times),
        timeline: history.timeline(&shown, times),
        activity: activity.map(|kept| activity::part(request, kept, times)),
        reads_log: may(who, Act::ReadLogOfRequest, Subject::Request(request)).is_ok(),
        takes_evidence: may(who, Act::ReadAuditLog, Subject::Tenant(request.tenant)).is_ok(),
        acts: offered::acts(asker, &shown, code, times),
        problem: None,
    })
}

/// Whether this session's second factor counts for access passes of the access that runs.
pub(super) fn passes_are_free(member: &Member, shown: &Shown) -> bool {
    matches!(shown.request.state, State::Active { since, .. } if member.who.showed_for(since))
}

fn window(state: &State, times: Times) -> Option<Window> {
    let (since, until) = state.window()?;
    Some(Window {
        since: times.at(since),
        until: times.at(until),
    })
}
