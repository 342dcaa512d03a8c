//! `/api/v1/support-cases`: the provider's own system keeps its cases and ours the same.
//!
//! A case is known by its tenant and number: the same body sent again finds it as it is. What a key brings in says so
//! wherever it is read; what a customer opened keeps the customer's words.

pub(super) mod described;
mod shown;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, LOCATION};
use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::PortalUrl;
use super::body::{Body, object};
use super::data_access_requests::once::IdempotencyKey;
use super::flaws::Flaws;
use super::key::{CasesWrite, Key, RequestsRead};
use super::openapi::words;
use super::paging::{self, Written, limit};
use super::problem::{Kind, Problem};
use crate::acts::support_cases::{self as acts, Brought, CaseWords};
use crate::acts::{ActError, Lockbox};
use crate::domain::id::{CaseId, TenantId};
use crate::domain::key::Bounds;
use crate::domain::support_case::{CaseRefusal, SupportCase};
use crate::domain::text::{Line, Prose, Slug};
use crate::domain::time::Moment;
use crate::store::conn::Conn;
use crate::store::cursor::Cursor;
use crate::store::requests::Sight;
use crate::store::support_cases::View;
use crate::store::{StoreError, Stored, case_comments, support_cases, tenants};
use shown::{Said, Shown};

/// Brings a case in: 201 where it is new, 200 where it is there.
///
/// # Errors
/// 400, 401, 403, 409, 413, 415 and 422, and nothing has changed then.
pub async fn bring_in(
    key: Key<CasesWrite>,
    request: HttpRequest,
    portal: web::Data<PortalUrl>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.receive().await;
    let (case, brought, json) = key
        .acting::<_, Problem>(move |lockbox, caller| {
            let typed: TypedCase = object(&body?)?;
            let (tenant, number, words) = typed.read()?;
            let author = caller.author();
            let key = &caller.key;
            let (case, brought) = acts::bring_in(lockbox, key, &author, &tenant, &number, &words)?;
            let json = json(&Shown::of(&case, &tenant, &portal))?;
            Ok((case.id, brought, json))
        })
        .await?;
    let mut answer = HttpResponse::build(match brought {
        Brought::New => StatusCode::CREATED,
        Brought::Changed | Brought::Same => StatusCode::OK,
    });
    if brought == Brought::New {
        answer.insert_header((LOCATION, format!("{}/{case}", request.path())));
    }
    Ok(answer.content_type(ContentType::json()).body(json))
}

/// Lists cases, the newest first: `?tenant=&number=&state=open|closed&limit=&cursor=`.
///
/// # Errors
/// 400 for a query that does not fit, 401, 403, and 404 for a tenant that is not there.
pub async fn list(
    key: Key<RequestsRead>,
    portal: web::Data<PortalUrl>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (path, query) = (request.path().to_owned(), request.query_string().to_owned());
    key.acting::<_, Problem>(move |lockbox, caller| {
        let asked: Asked = paging::query(&query)?;
        let bounds = &caller.key.bounds;
        let next = |place: &str| paging::next(&portal, &path, &query, "cursor", place);
        lockbox
            .store
            .read(|conn| asked.list(conn, bounds, &portal, next))
    })
    .await
    .map(Written::answer)
}

/// Shows a case.
///
/// # Errors
/// 401, 403, and 404 for an id that was never given.
pub async fn show(
    key: Key<RequestsRead>,
    portal: web::Data<PortalUrl>,
    case: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let json = key
        .acting::<_, Problem>(move |lockbox, caller| {
            shown(lockbox, &caller.key.bounds, id(&case)?, &portal)
        })
        .await?;
    Ok(ok(json))
}

/// Lists what was said in a case, the newest first: `?limit=&cursor=`.
///
/// # Errors
/// As [`show`], and 400 for a query that does not fit.
pub async fn comments(
    key: Key<RequestsRead>,
    portal: web::Data<PortalUrl>,
    case: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (path, query) = (request.path().to_owned(), request.query_string().to_owned());
    key.acting::<_, Problem>(move |lockbox, caller| {
        let asked: Place = paging::query(&query)?;
        let (id, limit, after) = (
            id(&case)?,
            limit(asked.limit)?,
            cursor(asked.cursor.as_deref())?,
        );
        lockbox.store.read(|conn| {
            let case = support_cases::within(conn, &caller.key.bounds, id)?
                .ok_or_else(Problem::not_found)?;
            let count = i64::try_from(limit + 1).unwrap_or(i64::MAX);
            let mut said = case_comments::page(conn, case.tenant, case.id, after, count)?;
            let more = said.len() > limit;
            said.truncate(limit);
            let last = said.last().filter(|_| more).map(case_comments::cursor);
            let next =
                last.map(|last| paging::next(&portal, &path, &query, "cursor", &place(last)));
            let page = Comments {
                comments: said.iter().map(Said::of).collect(),
                next: next.as_deref(),
            };
            Written::of(&page, next.clone())
        })
    })
    .await
    .map(Written::answer)
}

/// Says something in a case; once for each `Idempotency-Key`, where one is sent.
///
/// # Errors
/// 400, 401, 403, 404, 409, 413, 415 and 422, and nothing has changed then.
pub async fn comment(
    key: Key<CasesWrite>,
    case: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let idempotency_key = IdempotencyKey::of(request.headers());
    let body = body.receive().await;
    let json = key
        .acting::<_, Problem>(move |lockbox, caller| {
            let (once, case) = (idempotency_key?, id(&case)?);
            let typed: TypedComment = object(&body?)?;
            let text = typed.read()?;
            let (key, author) = (&caller.key, caller.author());
            let once = once.as_ref().map(IdempotencyKey::as_str);
            let said = acts::comment_by_key(lockbox, key, &author, case, &text, once)?;
            json(&Said::of(&said))
        })
        .await?;
    Ok(HttpResponse::Created()
        .content_type(ContentType::json())
        .body(json))
}

/// Closes a case. One that is closed stays closed, and is answered as it is.
///
/// # Errors
/// 400, 401, 403, 404, 413, 415 and 422, and nothing has changed then.
pub async fn close(
    key: Key<CasesWrite>,
    portal: web::Data<PortalUrl>,
    case: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let body = body.receive().await;
    let json = key
        .acting::<_, Problem>(move |lockbox, caller| {
            let case = id(&case)?;
            let NothingMore {} = object(&body?)?;
            match acts::close_by_key(lockbox, &caller.key, &caller.author(), case) {
                Ok(_) | Err(ActError::CaseRefused(CaseRefusal::Closed, _)) => {}
                Err(error) => return Err(error.into()),
            }
            shown(lockbox, &caller.key.bounds, case, &portal)
        })
        .await?;
    Ok(ok(json))
}

/// What identifies a case in addresses.
fn id(text: &str) -> Result<CaseId, Problem> {
    text.parse().map(CaseId).map_err(|_| Problem::not_found())
}

fn cursor(text: Option<&str>) -> Result<Option<Cursor>, Problem> {
    let after = paging::after::<(Moment, Uuid)>(text)?;
    Ok(after.map(|(at, id)| Cursor { at, id }))
}

fn place(Cursor { at, id }: Cursor) -> String {
    paging::cursor(&(at, id))
}

fn shown(
    lockbox: &Lockbox,
    bounds: &Bounds,
    id: CaseId,
    portal: &PortalUrl,
) -> Result<String, Problem> {
    lockbox.store.read(|conn| {
        let case = support_cases::within(conn, bounds, id)?.ok_or_else(Problem::not_found)?;
        json(&Shown::of(&case, &tenants_key(conn, case.tenant)?, portal))
    })
}

fn tenants_key(conn: &mut Conn, tenant: TenantId) -> Stored<Slug> {
    let gone = || StoreError::Senseless("a case whose tenant is gone".to_owned());
    Ok(tenants::by_id(conn, tenant)?.ok_or_else(gone)?.key)
}

fn json(shown: &impl Serialize) -> Result<String, Problem> {
    Ok(serde_json::to_string(shown).map_err(StoreError::from)?)
}

fn ok(json: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(json)
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Place {
    /// How many at most; 50 where it is not said.
    #[schemars(with = "words::PageLimit")]
    limit: Option<u16>,
    /// The place after which to go on, from an answer of this list.
    #[schemars(with = "words::Place")]
    cursor: Option<String>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    /// Only of the tenant with this key. A key that is bound to several must name one.
    tenant: String,
    /// Only the case with this number; the tenant must be named then.
    number: String,
    /// Only in this state; open where it is not said.
    #[schemars(extend("enum" = ["", "open", "closed"]))]
    state: String,
    /// How many at most; 50 where it is not said.
    #[schemars(with = "words::PageLimit")]
    limit: Option<u16>,
    /// The place after which to go on, from an answer of this list.
    #[schemars(with = "words::Place")]
    cursor: Option<String>,
}

impl Asked {
    fn list(
        self,
        conn: &mut Conn,
        bounds: &Bounds,
        portal: &PortalUrl,
        next: impl Fn(&str) -> String,
    ) -> Result<Written, Problem> {
        let view = match self.state.as_str() {
            "" | "open" => View::Open,
            "closed" => View::Closed,
            _ => {
                let detail = "Send as \"state\" either \"open\" or \"closed\".";
                return Err(Problem::new(Kind::Malformed, detail));
            }
        };
        let (limit, after) = (limit(self.limit)?, cursor(self.cursor.as_deref())?);
        if !bounds.services.is_empty() {
            // A case is of no service.
            let (support_cases, next) = (Vec::new(), None);
            return Written::of(
                &Cases {
                    support_cases,
                    next,
                },
                None,
            );
        }
        let sight = match self.tenant.as_str() {
            "" => match Vec::from_iter(&bounds.tenants).as_slice() {
                [] => Sight::Provider,
                [only] => Sight::Tenant(**only),
                _ => {
                    let detail = "Name the \"tenant\": this API key is bound to several.";
                    return Err(Problem::new(Kind::Malformed, detail));
                }
            },
            key => {
                let key = Slug::parse(key).map_err(|_| Problem::not_found())?;
                let tenant = tenants::by_key(conn, &key)?;
                let tenant = tenant.filter(|tenant| bounds.tenant(tenant.id));
                Sight::Tenant(tenant.ok_or_else(Problem::not_found)?.id)
            }
        };
        let mut cases = match (self.number.as_str(), sight) {
            ("", _) => {
                let count = i64::try_from(limit + 1).unwrap_or(i64::MAX);
                support_cases::list(conn, sight, view, after, count)?
            }
            (number, Sight::Tenant(tenant)) => {
                let number = Line::parse(number).map_err(|_| Problem::not_found())?;
                let found = support_cases::by_number(conn, tenant, &number)?;
                // Whoever asks for one number means that case, however it stands.
                let any = self.state.is_empty();
                let wanted = |case: &SupportCase| any || case.is_open() == (view == View::Open);
                found.into_iter().filter(wanted).collect()
            }
            (_, Sight::Provider) => {
                let detail = "Name the \"tenant\" whose case has this \"number\".";
                return Err(Problem::new(Kind::Malformed, detail));
            }
        };
        let more = cases.len() > limit;
        cases.truncate(limit);
        let last = cases.last().filter(|_| more);
        let next = last.map(|last| next(&place(view.cursor(last))));
        let mut keys = BTreeMap::new();
        for case in &cases {
            if let Entry::Vacant(unknown) = keys.entry(case.tenant) {
                unknown.insert(tenants_key(conn, case.tenant)?);
            }
        }
        let page = Cases {
            next: next.as_deref(),
            support_cases: cases
                .iter()
                .filter_map(|case| Some(Shown::of(case, keys.get(&case.tenant)?, portal)))
                .collect(),
        };
        Written::of(&page, next.clone())
    }
}

/// A page of support cases.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SupportCases")]
struct Cases<'a> {
    /// The cases, newest first.
    support_cases: Vec<Shown<'a>>,
    /// The address of the page that follows, if one does.
    #[schemars(with = "Option<words::Address>")]
    next: Option<&'a str>,
}

/// A page of what was said in a case.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SupportCaseComments")]
struct Comments<'a> {
    /// The comments, newest first.
    comments: Vec<Said<'a>>,
    /// The address of the page that follows, if one does.
    #[schemars(with = "Option<words::Address>")]
    next: Option<&'a str>,
}

// Every member may be missing in what was typed, so that each can be told by its name; the schemas say which may not.

/// A support case of the provider's own system.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSupportCase")]
struct TypedCase {
    /// The tenant's key.
    #[schemars(with = "Slug")]
    tenant: Option<String>,
    /// Its number there, by which it is known from now on.
    #[schemars(with = "Line")]
    number: Option<String>,
    /// What it is about.
    #[schemars(with = "Line")]
    title: Option<String>,
    /// The same in more words.
    #[schemars(with = "Option<Prose>")]
    description: Option<String>,
}

impl TypedCase {
    fn read(self) -> Result<(Slug, Line, CaseWords), Problem> {
        let mut flaws = Flaws::default();
        let tenant = flaws.text("tenant", "The tenant's key", self.tenant, Slug::parse);
        let number = flaws.text("number", "The number", self.number, Line::parse);
        let title = flaws.text("title", "The title", self.title, Line::parse);
        let description = flaws.perhaps(
            "description",
            "The description",
            self.description,
            Prose::parse,
        );
        match (tenant, number, title, description) {
            (Some(tenant), Some(number), Some(title), Some(description)) => {
                Ok((tenant, number, CaseWords { title, description }))
            }
            _ => Err(Problem::unfit(flaws.into_vec())),
        }
    }
}

/// Something to be said in a case.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewComment")]
struct TypedComment {
    /// What is said.
    #[schemars(with = "Prose")]
    comment: Option<String>,
}

impl TypedComment {
    fn read(self) -> Result<Prose, Problem> {
        let mut flaws = Flaws::default();
        let text = flaws.text("comment", "The comment", self.comment, Prose::parse);
        text.ok_or_else(|| Problem::unfit(flaws.into_vec()))
    }
}

/// A body that says nothing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct NothingMore {}
