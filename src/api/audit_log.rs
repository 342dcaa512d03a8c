//! `GET /api/v1/audit-log`: the log of the key's side, the provider's or a tenant's, from a place on, oldest first, with
//! the signed checkpoint over all of it. What is given is what is stored: the text that was hashed, and its leaf, so
//! that whoever keeps it can prove what they were told.

pub(super) mod described;

use actix_web::{HttpRequest, HttpResponse, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PortalUrl;
use super::key::{Key, LogRead};
use super::openapi::words;
use super::paging::{self, Written, limit};
use super::problem::Problem;
use crate::domain::audit::entry::Log;
use crate::store::{StoreError, audit};

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    /// How many at most; 50 where it is not said.
    #[schemars(with = "words::PageLimit")]
    limit: Option<u16>,
    /// The number of the first entry that is wanted.
    #[schemars(with = "words::EntryNumber")]
    from: Option<u32>,
}

/// A stretch of a log.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LogStretch")]
struct Shown<'a> {
    /// Which log: the provider's, or a tenant's.
    log: String,
    /// How many entries it has.
    size: u64,
    /// The signed checkpoint over all of them (C2SP tlog-checkpoint).
    checkpoint: &'a str,
    /// The entries, oldest first.
    entries: Vec<ShownEntry>,
    /// The address of the page that follows, if one does.
    #[schemars(with = "Option<words::Address>")]
    next: Option<&'a str>,
}

/// An entry.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LogEntry")]
struct ShownEntry {
    /// Its place.
    #[schemars(range(min = 0))]
    seq: i64,
    /// The text that was hashed: JSON.
    text: String,
    /// Its leaf in the Merkle tree; none where that is not there whole.
    #[schemars(with = "Option<words::Digest>")]
    leaf: Option<String>,
}

/// The entries from the place `from` on.
///
/// # Errors
/// 400, 401, 403 and 429.
pub async fn show(
    key: Key<LogRead>,
    request: HttpRequest,
    portal: web::Data<PortalUrl>,
) -> Result<HttpResponse, Problem> {
    let (path, query) = (request.path().to_owned(), request.query_string().to_owned());
    key.acting(move |lockbox, caller| {
        let asked: Asked = paging::query(&query)?;
        let (limit, from) = (
            limit(asked.limit)?,
            i64::from(asked.from.unwrap_or_default()),
        );
        let log = caller.key.tenant.map_or(Log::Provider, Log::Tenant);
        let (head, found) = lockbox.store.read_at_one_moment(|conn| {
            let head = audit::head(conn, log)?;
            let count = i64::try_from(limit + 1).unwrap_or(i64::MAX);
            Ok::<_, StoreError>((head, audit::stored_entries(conn, log, from, count)?))
        })?;
        let following = found.get(limit).map(|entry| entry.seq.to_string());
        let next = following.map(|place| paging::next(&portal, &path, &query, "from", &place));
        let entries = found.into_iter().take(limit).map(|entry| ShownEntry {
            seq: entry.seq,
            leaf: entry.leaf().map(|leaf| leaf.to_string()),
            text: entry.body,
        });
        let page = Shown {
            log: log.to_string(),
            size: head.frontier.size(),
            checkpoint: &head.checkpoint,
            entries: entries.collect(),
            next: next.as_deref(),
        };
        Written::of(&page, next.clone())
    })
    .await
    .map(Written::answer)
}
