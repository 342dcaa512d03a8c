//! The audit log as a plain list: the tenant's own, or the provider's.

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::web::Query;
use serde::Deserialize;

use super::guard::Member;
use super::page::{Answer, page};
use super::view::{AuditPage, AuditRow, Paging, Place, Times};
use super::words;
use crate::domain::audit::entry::{Entry, Log};
use crate::domain::id::{Reference, RequestId};
use crate::domain::rights::{Act, Subject, may};
use crate::store::{Stored, audit, requests};

/// Entries of one page.
const ROWS: usize = 50;

#[derive(Deserialize, Default)]
struct Asked {
    before: Option<String>,
}

/// `GET /audit?before=`. What is no number shows the newest entries.
///
/// # Errors
/// 403 for whoever may not read a whole log.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    let who = member.person();
    let (log, subject) = match who.tenant() {
        Some(tenant) => (Log::Tenant(tenant), Subject::Tenant(tenant)),
        None => (Log::Provider, Subject::Provider),
    };
    may(who, Act::ReadAuditLog, subject)?;
    let before: Option<u64> = Query::<Asked>::from_query(request.query_string())
        .ok()
        .and_then(|asked| asked.into_inner().before)
        .and_then(|before| before.parse().ok());
    let (head, mut entries, references) = member
        .lockbox()
        .reading(move |conn| {
            let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
            let head = audit::head(conn, log)?;
            let entries = audit::newest_entries(conn, log, before, limit)?;
            let about: Vec<RequestId> = entries.iter().filter_map(|entry| entry.request).collect();
            let references = match log {
                Log::Tenant(tenant) => requests::references(conn, tenant, &about)?,
                Log::Provider => HashMap::new(),
            };
            Stored::Ok((head, entries, references))
        })
        .await?;
    let more = entries.len() > ROWS;
    entries.truncate(ROWS);
    let shell = member.shell(Place::Audit);
    let log = shell
        .account
        .as_ref()
        .map(|account| account.organisation.clone());
    page(&AuditPage {
        shell,
        log: log.unwrap_or_default(),
        size: head.frontier.size(),
        root: head.frontier.root().to_string(),
        paging: Paging {
            first: before.map(|_| "/audit".to_owned()),
            next: entries
                .last()
                .filter(|_| more)
                .map(|last| format!("/audit?before={}", last.seq)),
        },
        entries: entries
            .iter()
            .map(|entry| row(entry, &references, member.times()))
            .collect(),
    })
}

fn row(entry: &Entry, references: &HashMap<RequestId, Reference>, times: Times) -> AuditRow {
    let told = words::of(&entry.fact);
    AuditRow {
        seq: entry.seq,
        when: times.at(entry.at),
        who: words::actor(&entry.author.actor),
        act: told.what,
        reference: entry
            .request
            .and_then(|id| references.get(&id))
            .map(ToString::to_string),
        outcome: entry.fact.outcome().to_owned(),
        tone: told.tone,
    }
}
