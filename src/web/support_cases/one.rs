//! The page of one case, for either side, and the form for a comment on it.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::{href, row};
use crate::acts::{ActError, Flaw, support_cases as acts};
use crate::domain::id::CaseId;
use crate::domain::person::{Person, Side};
use crate::domain::rights::{Act, Denied, Subject, may, sees_every_request};
use crate::domain::support_case::{Comment, Done, SupportCase, Whose};
use crate::domain::tenant::Tenant;
use crate::domain::time::Moment;
use crate::store::conn::Conn;
use crate::store::cursor::Cursor;
use crate::store::requests::{self, Filter, Listed, Sight, View};
use crate::store::{StoreError, case_comments, support_cases, tenants};
use crate::web::error::WebError;
use crate::web::form::Posted;
use crate::web::guard::Member;
use crate::web::page::{Answer, page, page_with, see_other};
use crate::web::standing;
use crate::web::view::{
    CaseComment, CasePage, CaseRequest, Field, Happening, Paging, Place, Times, Tone,
};
use crate::web::{typed, words};

/// Comments of one page.
const COMMENTS: usize = 50;
/// Requests of one page, the newest ones.
const REQUESTS: usize = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    before: String,
}

/// A comment as it is sent in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    comment: String,
    /// By what the form is known when it comes twice.
    form: String,
}

/// A case, and all that its page says.
#[derive(Debug)]
pub(super) struct Shown {
    /// The case.
    pub case: SupportCase,
    /// Its tenant.
    pub tenant: Tenant,
    comments: Vec<Comment>,
    requests: Vec<Listed>,
    before: Option<Cursor>,
}

impl Shown {
    /// Refuses, as the act itself would, when it is closed.
    ///
    /// # Errors
    /// The refusal that comes with the case.
    pub fn still_open(&self) -> Result<(), ActError> {
        let refused = |refusal| ActError::CaseRefused(refusal, Box::new(self.case.clone()));
        self.case.still_open().map_err(refused)
    }
}

/// `GET /support/cases/{case}?before=`.
///
/// # Errors
/// 404 for whoever may not see it.
pub async fn show(member: Member, case: Path<String>, request: HttpRequest) -> Answer {
    let asked = Query::<Asked>::from_query(request.query_string());
    let before = asked.map(|asked| asked.into_inner().before);
    let before = Cursor::parse(&before.unwrap_or_default());
    let shown = find(&member, &case, before).await?;
    let form = CaseComment {
        form: member.new_form_id().to_string(),
        text: Field::default(),
    };
    page(&view(&member, shown, form, None))
}

/// `POST /support/cases/{case}/comments`.
///
/// # Errors
/// As [`show`], and 403 for whoever may not comment.
pub async fn comment_on_it(member: Member, case: Path<String>, posted: Posted<Typed>) -> Answer {
    let shown = find(&member, &case, None).await?;
    may(
        member.person(),
        Act::CommentCase,
        Subject::Case(&shown.case),
    )?;
    let Typed { comment, form } = posted.fields;
    let kept = |error: Option<String>| CaseComment {
        form: form.clone(),
        text: Field {
            value: comment.clone(),
            error,
        },
    };
    let text = match typed::prose("comment", &comment) {
        Ok(text) => text,
        Err(flaw) => {
            let again = view(&member, shown, kept(Some(flaw)), None);
            return page_with(StatusCode::UNPROCESSABLE_ENTITY, &again);
        }
    };
    let (by, id, form) = (member.who.clone(), shown.case.id, member.form_id(&form)?);
    let said = member
        .lockbox()
        .acting(move |lockbox| acts::comment(lockbox, &by, id, &text, form))
        .await;
    match said {
        Ok(_) => Ok(see_other(&href(id))),
        Err(ActError::Unfit(flaws)) => {
            let problem = Flaw::sentences(&flaws);
            let again = view(&member, shown, kept(None), Some(problem));
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(ActError::CaseRefused(refusal, closed)) => {
            let why = words::of_refused_case(refusal, &closed, member.times());
            let problem = format!("{why} Your comment was not added.");
            let shown = Shown {
                case: *closed,
                ..shown
            };
            let again = view(&member, shown, kept(None), Some(problem));
            page_with(StatusCode::CONFLICT, &again)
        }
        Err(error) => Err(error.into()),
    }
}

/// The case of an address, if this person may see it.
pub(super) async fn find(
    member: &Member,
    case: &str,
    before: Option<Cursor>,
) -> Result<Shown, WebError> {
    let id = case.parse().map(CaseId).map_err(|_| WebError::NotFound)?;
    let (who, now) = (member.person().clone(), member.now());
    let found = member
        .lockbox()
        .reading(move |conn| load(conn, &who, id, before, now))
        .await;
    Ok(found?)
}

fn load(
    conn: &mut Conn,
    who: &Person,
    id: CaseId,
    before: Option<Cursor>,
    now: Moment,
) -> Result<Shown, ActError> {
    let case = support_cases::within_sight(conn, Sight::of(who), id)?.ok_or(Denied::NotThere)?;
    may(who, Act::SeeCases, Subject::Case(&case))?;
    let gone = || StoreError::Senseless("a case whose tenant is gone".to_owned());
    let tenant = tenants::by_id(conn, case.tenant)?.ok_or_else(gone)?;
    let limit = |rows: usize| i64::try_from(rows + 1).unwrap_or(i64::MAX);
    let comments = case_comments::page(conn, case.tenant, case.id, before, limit(COMMENTS))?;
    let own_only = who.side == Side::Provider && !sees_every_request(who);
    let filter = Filter {
        case: Some(case.id),
        engineers: own_only.then(|| vec![who.id]),
        ..Filter::default()
    };
    let sight = Sight::Tenant(case.tenant);
    let requests = requests::list(conn, sight, View::All, &filter, None, now, limit(REQUESTS))?;
    Ok(Shown {
        case,
        tenant,
        comments,
        requests,
        before,
    })
}

fn view(member: &Member, mut shown: Shown, form: CaseComment, problem: Option<String>) -> CasePage {
    let (who, times) = (member.person(), member.times());
    let (older, cut) = (
        shown.comments.len() > COMMENTS,
        shown.requests.len() > REQUESTS,
    );
    shown.comments.truncate(COMMENTS);
    shown.requests.truncate(REQUESTS);
    let case = &shown.case;
    let may_do = |act| may(who, act, Subject::Case(case)).is_ok() && case.is_open();
    let files = may(who, Act::FileRequest, Subject::Provider).is_ok();
    // What somebody wrote in the moment in which the case was closed is not lost.
    let keeps = problem.is_some();
    CasePage {
        shell: member.shell(Place::Cases),
        description: case.description.as_ref().map(ToString::to_string),
        closed_by: case
            .closed
            .as_ref()
            .map(|closed| words::actor(&closed.by).to_string()),
        customers: case.whose() == Whose::Customer,
        timeline: timeline(&shown, older, times),
        paging: Paging {
            first: shown.before.map(|_| href(case.id)),
            next: shown
                .comments
                .last()
                .filter(|_| older)
                .map(|last| format!("{}?before={}", href(case.id), case_comments::cursor(last))),
        },
        requests: shown
            .requests
            .iter()
            .map(|listed| CaseRequest {
                reference: listed.reference.to_string(),
                status: standing::badge(listed.stage.at(member.now()).kind(), false),
                service: listed.service.to_string(),
                engineer: listed.engineer.to_string(),
                filed: times.at(listed.filed_at),
            })
            .collect(),
        cut,
        comment: (may_do(Act::CommentCase) || keeps).then_some(form),
        closing: may_do(Act::CloseCase).then(|| format!("{}/closing", href(case.id))),
        new_request: (files && case.is_open()).then(|| {
            let query = Serializer::new(String::new())
                .append_pair("tenant", shown.tenant.key.as_str())
                .append_pair("case", &case.id.to_string())
                .finish();
            format!("/requests/new?{query}")
        }),
        problem,
        case: row(member, case, &shown.tenant.name),
    }
}

/// What happened, the newest first. How it began stands at the end, on the last page.
fn timeline(shown: &Shown, older: bool, times: Times) -> Vec<Happening> {
    let case = &shown.case;
    let happening = |done: &Done, what: &str, note: Option<String>, tone| Happening {
        when: times.at(done.at),
        what: what.to_owned(),
        who: words::actor(&done.by),
        note,
        tone,
    };
    let said = shown.comments.iter().map(|comment| {
        let note = Some(comment.text.to_string());
        let of_customer = Whose::word(&comment.said.by) == Whose::Customer;
        let tone = if of_customer { Tone::Info } else { Tone::Quiet };
        (
            comment.said.at,
            happening(&comment.said, "Commented", note, tone),
        )
    });
    let closed = case.closed.iter().filter(|_| shown.before.is_none());
    let closed = closed.map(|done| (done.at, happening(done, "Closed", None, Tone::Warning)));
    let changed = case.changed.iter().filter(|_| !older);
    let changed = changed.map(|done| {
        let note = Some(case.title.to_string());
        (done.at, happening(done, "Described anew", note, Tone::Info))
    });
    let opened = (!older).then(|| {
        let what = match case.whose() {
            Whose::Customer => "Opened",
            Whose::Provider => "Recorded",
            Whose::Key => "Brought in",
        };
        (
            case.opened.at,
            happening(&case.opened, what, None, Tone::Quiet),
        )
    });
    let mut all: Vec<_> = closed.chain(said).chain(changed).chain(opened).collect();
    // Stable: what happened in the same moment stays in the order above.
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    all.into_iter().map(|(_, happening)| happening).collect()
}
