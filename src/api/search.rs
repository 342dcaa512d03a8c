//! `POST /access/v1/search/{subject,resource,action}`: who has access to what, in the words of the `OpenID AuthZEN`
//! Authorization API 1.0.
//!
//! Everything listed would be allowed by [`evaluation`](super::evaluation) at the same instant. A page has at most
//! [`PAGE_MAX`] results; its `next_token` leads to the next one and is empty at the end.

pub(super) mod described;

use actix_web::HttpResponse;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::body::{Body, Object, object};
use super::entities::{
    Action, ENGINEER, Properties, Resource, SERVICE, Sought, Subject, given, question,
};
use super::key::{AccessSearch, Key};
use super::paging;
use super::problem::{Kind, Problem};
use crate::acts::evaluate::search::{self, PAGE_MAX, Place, Where, Whom};
use crate::domain::scope::ACCESS;

/// Who may do this to that: engineers.
///
/// # Errors
/// 401, 403, 413, 400 for what is no search, and 503 when it cannot be known now.
pub async fn subject(key: Key<AccessSearch>, body: Body) -> Result<HttpResponse, Problem> {
    let asked = receive::<SubjectSearch>(body).await;
    let found = key
        .acting(move |lockbox, caller| {
            let asked = asked?;
            let (limit, after) = asked.page.read::<String>()?;
            // A search is a question whose subject is not known.
            let subject = Subject {
                r#type: asked.subject.0.r#type,
                id: String::new(),
            };
            let Some(whom) = question(subject, asked.action.0, asked.resource.0) else {
                return Ok(Found::of(Vec::<Engineer>::new(), String::new()));
            };
            let whom = Whom {
                tenant: whom.tenant,
                service: whom.service,
                action: whom.action,
                object: whom.object,
            };
            let page = search::engineers(
                lockbox,
                &caller.key.bounds,
                &whom,
                &after.unwrap_or_default(),
                limit,
            )?;
            let next = token(page.results.last().filter(|_| page.more));
            let engineers = page.results.into_iter().map(|id| Engineer {
                r#type: ENGINEER,
                id,
            });
            Ok::<_, Problem>(Found::of(engineers.collect(), next))
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}

/// What somebody may do this to: services of tenants, and objects in them. `properties.tenant` narrows it to one.
///
/// # Errors
/// As [`subject`].
pub async fn resource(key: Key<AccessSearch>, body: Body) -> Result<HttpResponse, Problem> {
    let asked = receive::<ResourceSearch>(body).await;
    let found = key
        .acting(move |lockbox, caller| {
            let asked = asked?;
            let (limit, after) = asked.page.read::<(String, String, Option<String>)>()?;
            let (Object(subject), Object(sought)) = (asked.subject, asked.resource);
            if subject.r#type != ENGINEER || sought.r#type != SERVICE {
                return Ok(Found::of(Vec::<Service>::new(), String::new()));
            }
            let wanted = Where {
                engineer: subject.id,
                action: asked.action.0.name,
                tenant: sought.properties.and_then(|Object(of)| of.tenant),
            };
            let after = after.map(|(tenant, service, object)| Place {
                tenant,
                service,
                object,
            });
            let page = search::places(lockbox, &caller.key.bounds, &wanted, after.as_ref(), limit)?;
            let last = page.results.last().filter(|_| page.more);
            let next = token(last.map(|place| (&place.tenant, &place.service, &place.object)));
            let services = page.results.into_iter().map(|place| Service {
                r#type: SERVICE,
                id: place.service,
                properties: Properties {
                    tenant: Some(place.tenant),
                    object: place.object,
                },
            });
            Ok::<_, Problem>(Found::of(services.collect(), next))
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}

/// What somebody may do to that: the action `access` and those that the scope lists. Where it lists none, every other
/// action is allowed as well, and `context` says `"every_action": true`.
///
/// # Errors
/// As [`subject`].
pub async fn action(key: Key<AccessSearch>, body: Body) -> Result<HttpResponse, Problem> {
    let asked = receive::<ActionSearch>(body).await;
    let found = key
        .acting(move |lockbox, caller| {
            let asked = asked?;
            let (limit, after) = asked.page.read::<String>()?;
            let access = Action {
                name: ACCESS.to_owned(),
            };
            let Some(question) = question(asked.subject.0, access, asked.resource.0) else {
                return Ok(Found::of(Vec::<Named>::new(), String::new()));
            };
            let actions = search::actions(
                lockbox,
                &caller.key.bounds,
                &question,
                &after.unwrap_or_default(),
                limit,
            )?;
            let names = actions.names;
            let next = token(names.results.last().filter(|_| names.more));
            let results: Vec<Named> = names
                .results
                .into_iter()
                .map(|name| Named { name })
                .collect();
            Ok::<_, Problem>(Found {
                context: actions.every.then_some(EveryAction { every_action: true }),
                ..Found::of(results, next)
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(found))
}

/// Who may do this to that?
#[derive(Debug, Deserialize, JsonSchema)]
struct SubjectSearch {
    /// What is looked for: type engineer.
    subject: Object<Sought>,
    /// What is done.
    action: Object<Action>,
    /// What it is done to.
    resource: Object<Resource>,
    /// Which page.
    #[serde(default)]
    #[schemars(with = "PageAsked")]
    page: Asked,
}

/// To what may somebody do this?
#[derive(Debug, Deserialize, JsonSchema)]
struct ResourceSearch {
    /// Who does it.
    subject: Object<Subject>,
    /// What is done.
    action: Object<Action>,
    /// What is looked for: type service, and of one tenant where it is named.
    resource: Object<Sought>,
    /// Which page.
    #[serde(default)]
    #[schemars(with = "PageAsked")]
    page: Asked,
}

/// What may somebody do to that?
#[derive(Debug, Deserialize, JsonSchema)]
struct ActionSearch {
    /// Who does it.
    subject: Object<Subject>,
    /// What it is done to.
    resource: Object<Resource>,
    /// Which page.
    #[serde(default)]
    #[schemars(with = "PageAsked")]
    page: Asked,
}

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Asked(#[serde(deserialize_with = "given")] Option<Object<PageAsked>>);

/// A page of a search.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "SearchPage")]
struct PageAsked {
    /// The `next_token` of the page before; empty for the first.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String")]
    token: Option<String>,
    /// How many results at most; never more than 100 come.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "u64", range(min = 1, max = u64::MAX))]
    limit: Option<usize>,
}

impl Asked {
    /// How many results, and after what.
    fn read<T: DeserializeOwned>(self) -> Result<(usize, Option<T>), Problem> {
        let malformed = |detail: &str| Problem::new(Kind::Malformed, detail);
        let Some(Object(asked)) = self.0 else {
            return Ok((PAGE_MAX, None));
        };
        let limit = match asked.limit {
            Some(0) => return Err(malformed("A page has one result at least.")),
            Some(limit) => limit.min(PAGE_MAX),
            None => PAGE_MAX,
        };
        // An empty token is the one at the end of the last page, and of the first one's request.
        let Some(token) = asked.token.filter(|token| !token.is_empty()) else {
            return Ok((limit, None));
        };
        let after = paging::place(&token);
        let after = after.map_err(|_| malformed("The page's token is none of this search."))?;
        Ok((limit, Some(after)))
    }
}

async fn receive<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let body = body.receive_question().await?;
    object(&body).map_err(|misread| Problem::new(Kind::Malformed, misread.to_string()))
}

/// Leads on after this result; empty where nothing follows.
fn token(last: Option<impl Serialize>) -> String {
    last.map_or_else(String::new, |last| paging::cursor(&last))
}

/// What was found.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
struct Found<T> {
    /// The way to the page that follows.
    page: NextPage,
    /// What the results do not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "EveryAction")]
    context: Option<EveryAction>,
    /// The results.
    results: Vec<T>,
}

impl<T> Found<T> {
    const fn of(results: Vec<T>, next_token: String) -> Self {
        Self {
            page: NextPage {
                next_token,
                count: results.len(),
            },
            results,
            context: None,
        }
    }
}

/// The way to the page that follows.
#[derive(Serialize, JsonSchema)]
struct NextPage {
    /// Leads to it; empty at the end.
    next_token: String,
    /// How many results this page has.
    count: usize,
}

/// What the results do not say.
#[derive(Serialize, JsonSchema)]
struct EveryAction {
    /// Every other action is allowed as well.
    every_action: bool,
}

/// An engineer.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FoundEngineer")]
struct Engineer {
    /// engineer.
    #[schemars(extend("const" = ENGINEER))]
    r#type: &'static str,
    /// The mail address.
    id: String,
}

/// A service of a tenant, or an object in it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FoundService")]
struct Service {
    /// service.
    #[schemars(extend("const" = SERVICE))]
    r#type: &'static str,
    /// The service's key.
    id: String,
    /// Whose it is, and which object.
    properties: Properties,
}

/// An action.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FoundAction")]
struct Named {
    /// Its name.
    name: String,
}
