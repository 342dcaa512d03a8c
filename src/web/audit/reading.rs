//! Which log somebody reads, and how much of it; and looking through it.

use std::collections::HashMap;

use super::asked::Asked;
use crate::acts::{ActError, Flaw};
use crate::domain::audit::entry::{Entry, Log};
use crate::domain::id::{Reference, RequestId};
use crate::domain::person::{Person, Side};
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::store::audit::{Head, StoredEntry, Stretch};
use crate::store::conn::Conn;
use crate::store::requests::Sight;
use crate::store::{Stored, audit, requests};
use crate::web::days::Span;

/// Entries read at a time.
const PAGE: i64 = 500;

/// Most entries that are looked through for one page. A page that found less says so and leads on.
const LOOKED_THROUGH_MAX: usize = 20_000;

/// A log as one person may read it.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The log.
    pub log: Log,
    /// The request that all of it must be about.
    pub about: Option<RequestId>,
    /// Whether the person may read the log whole, and so take it along.
    pub whole: bool,
    /// The side of who reads.
    side: Side,
}

/// An entry with the text that was hashed.
pub type Found = (StoredEntry, Entry);

/// A page of what was looked for.
#[derive(Debug)]
pub struct Page {
    /// The entries, newest first.
    pub found: Vec<Found>,
    /// The place before which to go on, where there may be more.
    pub next: Option<u64>,
    /// Whether it ends because enough was looked through, and not because enough was found.
    pub cut: bool,
}

impl Page {
    /// A page with nothing on it.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            found: Vec::new(),
            next: None,
            cut: false,
        }
    }
}

impl Reading {
    /// The log that this person reads, or what it says about the request they name. Nothing for somebody who may
    /// read about requests and has named none.
    ///
    /// # Errors
    /// Whatever the rights say; what does not exist for this person is [`Denied::NotThere`].
    pub fn of(
        conn: &mut Conn,
        who: &Person,
        reference: Option<&Reference>,
    ) -> Result<Option<Self>, ActError> {
        let named = match reference {
            Some(reference) => Some(
                requests::by_reference(conn, Sight::of(who), reference)?.ok_or(Denied::NotThere)?,
            ),
            None => None,
        };
        let about = named.as_ref().map(|request| request.id);
        let reading = |log, whole| {
            Ok(Some(Self {
                log,
                about,
                whole,
                side: who.side,
            }))
        };
        match (who.side, named) {
            (Side::Tenant(tenant), _) => {
                may(who, Act::ReadAuditLog, Subject::Tenant(tenant))?;
                reading(Log::Tenant(tenant), true)
            }
            (Side::Provider, Some(request)) => {
                may(who, Act::ReadLogOfRequest, Subject::Request(&request))?;
                reading(Log::Tenant(request.tenant), false)
            }
            (Side::Provider, None) => {
                let whole = may(who, Act::ReadAuditLog, Subject::Provider);
                if whole.is_err() && may(who, Act::ReadLogOfRequest, Subject::Provider).is_ok() {
                    return Ok(None);
                }
                whole?;
                reading(Log::Provider, true)
            }
        }
    }

    /// Whether this reader sees from where an entry's author came and how they proved who they are. The provider
    /// sees of a customer's people the name and the roles, and no more.
    #[must_use]
    pub fn shows_origin(&self, entry: &Entry) -> bool {
        entry.shows_origin_to(self.side)
    }

    /// The stretch of the log that lies within the days asked for.
    ///
    /// # Errors
    /// When the database does not answer; inside, what to change.
    pub fn stretch(
        &self,
        conn: &mut Conn,
        head: &Head,
        asked: &Asked,
    ) -> Stored<Result<Stretch, Vec<Flaw>>> {
        let span = match Span::read(&asked.from, &asked.to, chrono_tz::UTC) {
            Ok(span) => span,
            Err(flaws) => return Ok(Err(flaws)),
        };
        let size = head.frontier.size();
        let mut place = |at| audit::place_at(conn, self.log, size, at);
        let (from, before) = (
            span.from.map(&mut place).transpose()?,
            span.before.map(place).transpose()?,
        );
        Ok(Ok(Stretch {
            from: from.unwrap_or(0),
            before,
            about: self.about,
        }))
    }

    /// At most `rows` entries of a stretch that fit, newest first.
    ///
    /// # Errors
    /// When an entry makes no sense.
    pub fn look(
        &self,
        conn: &mut Conn,
        mut stretch: Stretch,
        asked: &Asked,
        rows: usize,
    ) -> Stored<Page> {
        let (mut found, mut looked_through) = (Vec::new(), 0);
        loop {
            let page = audit::newest(conn, self.log, stretch, PAGE)?;
            let last = page.last().and_then(|row| u64::try_from(row.seq).ok());
            for row in page {
                let entry = row.parse()?;
                if asked.fits(&entry) {
                    if found.len() == rows {
                        let next = found.last().map(|(_, entry): &Found| entry.seq);
                        return Ok(Page {
                            found,
                            next,
                            cut: false,
                        });
                    }
                    found.push((row, entry));
                }
                looked_through += 1;
            }
            let cut = looked_through >= LOOKED_THROUGH_MAX;
            if last.is_none() || cut {
                return Ok(Page {
                    found,
                    next: last,
                    cut: last.is_some(),
                });
            }
            stretch.before = last;
        }
    }

    /// What the requests of these entries are called.
    ///
    /// # Errors
    /// When a row makes no sense.
    pub fn references(
        &self,
        conn: &mut Conn,
        found: &[Found],
    ) -> Stored<HashMap<RequestId, Reference>> {
        let about: Vec<RequestId> = found
            .iter()
            .filter_map(|(_, entry)| entry.request)
            .collect();
        match self.log {
            Log::Tenant(tenant) => requests::references(conn, tenant, &about),
            Log::Provider => Ok(HashMap::new()),
        }
    }
}
