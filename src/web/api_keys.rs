//! API keys of one's side: which there are, making one, and revoking one.

pub mod new;

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::web::{Path, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::error::WebError;
use super::form::{Nothing, Posted};
use super::guard::{Confirmation, Member};
use super::page::{Answer, form_page, page, see_other};
use super::view::{
    ApiKeyPage, ApiKeyRow, ApiKeysPage, CodeField, ConfirmPage, Message, Paging, Place, Times, Tone,
};
use crate::acts::{ActError, Flaw, api_keys};
use crate::domain::audit::entry::Log;
use crate::domain::id::{KeyId, ServiceId, TenantId};
use crate::domain::key::{KeyScope, KeyState};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::time::Moment;
use crate::store::api_keys::Issued;
use crate::store::conn::Conn;
use crate::store::{self, Stored, people, services, tenants};

/// Rows of one page.
const ROWS: usize = 50;

const LIST: &str = "/api-keys";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: String,
}

/// `GET /api-keys?after=`, and what was done just before it: `?revoked`.
///
/// # Errors
/// 403 for whoever may not see keys.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    let (who, log) = (member.person(), Log::of(member.person().side));
    may(who, Act::SeeApiKeys, Subject::of(who.side))?;
    let may_manage = may(who, Act::ManageApiKeys, Subject::of(who.side)).is_ok();
    let asked = Query::<Asked>::from_query(request.query_string());
    let after = asked
        .map(|asked| asked.into_inner().after)
        .unwrap_or_default();
    let after = Uuid::try_parse(&after).ok().map(KeyId);
    let found: Stored<_> = member
        .lockbox()
        .reading(move |conn| {
            let last = after.map(|id| store::api_keys::by_id(conn, log, id));
            let last = last.transpose()?.flatten().map(|last| last.key.name);
            let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
            let page = store::api_keys::page_of(conn, log, last.as_ref(), limit)?;
            let mut names = Names::default();
            page.into_iter()
                .map(|issued| Ok((names.bounds(conn, &issued)?, issued)))
                .collect::<Stored<Vec<_>>>()
        })
        .await;
    let mut found = found?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let (times, now) = (member.times(), member.now());
    let mut shell = member.shell(Place::ApiKeys);
    if request.query_string() == "revoked" && may_manage {
        let words = "Revoked. Whoever still uses it is refused from now on.";
        shell.messages.push(Message::new(Tone::Good, words));
    }
    page(&ApiKeysPage {
        shell,
        keys: found
            .iter()
            .map(|(bounds, issued)| row(issued, bounds.clone(), times, now))
            .collect(),
        may_manage,
        of_tenant: who.tenant().is_some(),
        zone: times.zone_words(),
        paging: Paging {
            first: after.map(|_| LIST.to_owned()),
            next: found
                .last()
                .filter(|_| more)
                .map(|(_, last)| format!("{LIST}?after={}", last.key.id)),
        },
    })
}

/// `GET /api-keys/{key}`.
///
/// # Errors
/// 403 for whoever may not see keys, 404 for one that is not there.
pub async fn show_one(member: Member, id: Path<String>) -> Answer {
    let issued = find(&member, &id).await?;
    let who = member.person();
    let may_revoke = may(who, Act::ManageApiKeys, Subject::of(who.side)).is_ok();
    let asked = issued.clone();
    let found: Stored<_> = member
        .lockbox()
        .reading(move |conn| {
            let maker = asked.key.made_by.map(|maker| people::by_id(conn, maker));
            let maker = maker.transpose()?.flatten();
            Ok((Names::default().bounds(conn, &asked)?, maker))
        })
        .await;
    let (bounds, maker) = found?;
    let times = member.times();
    page(&ApiKeyPage {
        shell: member.shell(Place::ApiKeys),
        key: row(&issued, bounds, times, member.now()),
        id: issued.key.id.to_string(),
        may: issued.key.scopes.iter().map(|scope| hint(*scope)).collect(),
        owner: issued.owner.as_ref().map(|(name, _)| name.to_string()),
        made_by: maker.map(|maker| maker.name.to_string()),
        revoked: issued.revoked_at.map(|at| times.at(at)),
        may_revoke: may_revoke && issued.revoked_at.is_none(),
    })
}

/// `GET /api-keys/{key}/revocation`.
///
/// # Errors
/// 403 for whoever may not revoke, 404 for one that is not there.
pub async fn show_revocation(member: Member, id: Path<String>) -> Answer {
    let issued = to_revoke(&member, &id).await?;
    confirm_page(&member, &issued, member.code_field(), None)
}

/// `POST /api-keys/{key}/revocation`.
///
/// # Errors
/// As [`show_revocation`], and whatever the act says.
pub async fn revoke(member: Member, id: Path<String>, posted: Posted<Nothing>) -> Answer {
    let issued = to_revoke(&member, &id).await?;
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return confirm_page(&member, &issued, Some(code), None),
    };
    let key = issued.key.id;
    let outcome = member
        .lockbox()
        .acting(move |lockbox| api_keys::revoke(lockbox, &by, key))
        .await;
    match outcome {
        Ok(_) => Ok(see_other("/api-keys?revoked")),
        Err(ActError::Unfit(flaws)) => {
            confirm_page(&member, &issued, None, Some(Flaw::sentences(&flaws)))
        }
        Err(error) => Err(error.into()),
    }
}

async fn to_revoke(member: &Member, id: &str) -> Result<Issued, WebError> {
    let issued = find(member, id).await?;
    let who = member.person();
    may(who, Act::ManageApiKeys, Subject::of(who.side))?;
    Ok(issued)
}

/// The key of an address, if it is of the side of who looks. Any other never was.
async fn find(member: &Member, id: &str) -> Result<Issued, WebError> {
    let (who, log) = (member.person(), Log::of(member.person().side));
    may(who, Act::SeeApiKeys, Subject::of(who.side))?;
    let id = Uuid::try_parse(id)
        .map(KeyId)
        .map_err(|_| WebError::NotFound)?;
    let found = member
        .lockbox()
        .reading(move |conn| store::api_keys::by_id(conn, log, id))
        .await?;
    found.ok_or(WebError::NotFound)
}

fn confirm_page(
    member: &Member,
    issued: &Issued,
    code: Option<CodeField>,
    problem: Option<String>,
) -> Answer {
    let refused = problem.is_some() || code.as_ref().is_some_and(|code| code.error.is_some());
    let href = href(issued.key.id);
    let view = ConfirmPage {
        shell: member.shell(Place::ApiKeys),
        crumbs: vec![
            (LIST.to_owned(), "API keys".to_owned()),
            (href.clone(), issued.key.name.to_string()),
        ],
        title: format!("Revoke the API key {}?", issued.key.name),
        lede: "It is worth nothing from that moment on, and cannot be brought back.".to_owned(),
        wanted: None,
        reason: None,
        follows: vec![
            "What it did stays, and stays in the audit log under its name.".to_owned(),
            "A system that still uses it is refused. Give it another key first.".to_owned(),
        ],
        action: format!("{href}/revocation"),
        button: "Revoke key".to_owned(),
        danger: true,
        back: href,
        code,
        problem,
    };
    form_page(refused, &view)
}

fn href(key: KeyId) -> String {
    format!("{LIST}/{key}")
}

fn row(issued: &Issued, bounds: Option<String>, times: Times, now: Moment) -> ApiKeyRow {
    let scopes: Vec<&str> = issued
        .key
        .scopes
        .iter()
        .map(|scope| scope.as_str())
        .collect();
    ApiKeyRow {
        href: href(issued.key.id),
        name: issued.key.name.to_string(),
        scopes: scopes.join(", "),
        bounds,
        state: match issued.state_at(now) {
            KeyState::Working => "Working",
            KeyState::Expired => "Expired",
            KeyState::Revoked => "Revoked",
            KeyState::OwnerRemoved => "Owner removed",
        },
        last: issued.last_used_at.map(|at| times.at(at)),
        until: issued.key.expires_at.map(|at| times.at(at)),
    }
}

/// What tenants and services are called, each looked up once.
#[derive(Default)]
struct Names {
    tenants: HashMap<TenantId, Option<String>>,
    services: Option<Vec<(ServiceId, String)>>,
}

impl Names {
    /// What a key is bound to, in words; none where it is bound to nothing but the side it is of.
    fn bounds(&mut self, conn: &mut Conn, issued: &Issued) -> Stored<Option<String>> {
        let bounds = &issued.key.bounds;
        let mut names = Vec::new();
        for tenant in bounds
            .tenants
            .iter()
            .filter(|_| issued.key.tenant.is_none())
        {
            if !self.tenants.contains_key(tenant) {
                let found = tenants::by_id(conn, *tenant)?;
                let name = found.map(|found| found.name.to_string());
                self.tenants.insert(*tenant, name);
            }
            names.extend(self.tenants.get(tenant).cloned().flatten());
        }
        if !bounds.services.is_empty() {
            if self.services.is_none() {
                let all = services::all(conn)?.into_iter();
                let names = all.map(|one| (one.id, one.name.to_string()));
                self.services = Some(names.collect());
            }
            let known = self.services.iter().flatten();
            let bound_to = known.filter(|(id, _)| bounds.services.contains(id));
            names.extend(bound_to.map(|(_, name)| name.clone()));
        }
        Ok((!names.is_empty()).then(|| names.join(", ")))
    }
}

/// What a scope lets a key do, as a sentence.
const fn hint(scope: KeyScope) -> &'static str {
    match scope {
        KeyScope::RequestsWrite => {
            "Files data access requests for named engineers; takes back and ends what it filed."
        }
        KeyScope::RequestsRead => "Reads data access requests.",
        KeyScope::CasesWrite => "Records, changes and closes support cases.",
        KeyScope::AccessRead => "Asks whether an engineer has access now.",
        KeyScope::AccessSearch => "Lists who has access to what now.",
        KeyScope::ActivityWrite => "Reports what was done under an access.",
        KeyScope::LogRead => "Reads the audit log, whole.",
    }
}
