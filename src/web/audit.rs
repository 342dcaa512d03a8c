//! The audit log: a tenant's own, the provider's, or what a log says about one request.

pub mod asked;
pub mod entry;
pub mod export;
pub mod reading;

use std::collections::HashMap;

use actix_web::HttpRequest;

use super::guard::Member;
use super::page::{Answer, form_page};
use super::view::{
    AuditFilters, AuditHead, AuditPage, AuditRow, Field, OwnRequest, Paging, Place, RequestLogPage,
    Times,
};
use super::words;
use crate::acts::{ActError, Flaw};
use crate::domain::audit::checkpoint::Verifier;
use crate::domain::id::{Reference, RequestId};
use crate::domain::person::{Person, Role};
use crate::domain::rights::Denied;
use crate::domain::time::Moment;
use crate::store::audit::Head;
use crate::store::conn::Conn;
use crate::store::requests::{Filter, Listed, Sight, View, list};
use crate::store::{Stored, audit};
use asked::Asked;
use reading::{Found, Page, Reading};

/// Entries of one page.
const ROWS: usize = 50;

/// Requests of one's own that are offered for reading.
const OWN: i64 = 50;

const LOG: &str = "/audit";

/// `GET /audit?from=&to=&person=&act=&reference=&before=`.
///
/// # Errors
/// 403 for whoever reads no log, 404 for a request that does not exist for this person.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    let asked = Asked::of(&request)?;
    let (who, looked_for, now) = (member.person().clone(), asked.clone(), member.now());
    let seen = member
        .lockbox()
        .reading(move |conn| Seen::load(conn, &who, &looked_for, now))
        .await?;
    match seen {
        Seen::Log(log) => form_page(!log.flaws.is_empty(), &log.view(&member, &asked)),
        Seen::Requests(own, flaws) => {
            let view = requests(&member, &asked, &own, &flaws);
            form_page(!flaws.is_empty(), &view)
        }
    }
}

enum Seen {
    Log(Box<Log>),
    /// Somebody who reads about requests has to name one. An engineer's own come along.
    Requests(Vec<Listed>, Vec<Flaw>),
}

struct Log {
    reading: Reading,
    head: Head,
    page: Page,
    references: HashMap<RequestId, Reference>,
    flaws: Vec<Flaw>,
}

impl Seen {
    fn load(conn: &mut Conn, who: &Person, asked: &Asked, now: Moment) -> Result<Self, ActError> {
        let named = asked.reference();
        let mut flaws = Vec::new();
        if named.is_none() && !asked.reference.trim().is_empty() {
            let words = "Write the whole reference, such as LBX-7Q2M-9XKD.";
            flaws.push(Flaw::of("reference", words));
        }
        let (reading, exists) = match Reading::of(conn, who, named.as_ref()) {
            // In one's own log a request that does not exist is a filter that nothing fits.
            Err(ActError::Denied(Denied::NotThere)) if who.tenant().is_some() => {
                (Reading::of(conn, who, None)?, false)
            }
            reading => (reading?, true),
        };
        let Some(reading) = reading else {
            return Ok(Self::Requests(own_requests(conn, who, now)?, flaws));
        };
        let head = audit::head(conn, reading.log)?;
        let stretch = match reading.stretch(conn, &head, asked)? {
            Ok(stretch) => Some(stretch).filter(|_| exists && flaws.is_empty()),
            Err(more) => {
                flaws.extend(more);
                None
            }
        };
        let page = match stretch {
            Some(mut stretch) => {
                let until = [stretch.before, asked.before()];
                stretch.before = until.into_iter().flatten().min();
                reading.look(conn, stretch, asked, ROWS)?
            }
            None => Page::empty(),
        };
        Ok(Self::Log(Box::new(Log {
            references: reading.references(conn, &page.found)?,
            reading,
            head,
            page,
            flaws,
        })))
    }
}

fn own_requests(conn: &mut Conn, who: &Person, now: Moment) -> Stored<Vec<Listed>> {
    if !who.is(Role::Engineer) {
        return Ok(Vec::new());
    }
    let own = Filter {
        engineers: Some(vec![who.id]),
        ..Filter::default()
    };
    list(conn, Sight::Provider, View::All, &own, None, now, OWN)
}

impl Log {
    fn view(&self, member: &Member, asked: &Asked) -> AuditPage {
        let shell = member.shell(Place::Audit);
        let account = shell.account.as_ref();
        let found = &self.page.found;
        let query = asked.address("");
        AuditPage {
            log: account.map_or_else(String::new, |account| account.organisation.clone()),
            about: (!self.reading.whole).then(|| asked.reference.trim().to_ascii_uppercase()),
            shell,
            filters: filters(asked, &self.flaws),
            entries: found
                .iter()
                .map(|found| self.row(found, &query, member.times()))
                .collect(),
            cut: self.page.cut,
            changed: found
                .iter()
                .filter(|(row, entry)| !row.is_as_sealed(entry))
                .map(|(_, entry)| entry.seq)
                .collect(),
            head: self.reading.whole.then(|| AuditHead {
                size: self.head.frontier.size(),
                root: self.head.frontier.root().to_string(),
                checkpoint: self.head.checkpoint.clone(),
                csv: asked.address("/audit.csv"),
                json: asked.address("/audit.json"),
                evidence: asked
                    .reference()
                    .filter(|_| self.reading.about.is_some())
                    .map(|reference| format!("/requests/{reference}/evidence")),
                key: member.lockbox().store.verifier().map(Verifier::vkey),
            }),
            paging: Paging {
                first: asked.before().map(|_| asked.address(LOG)),
                next: self.page.next.map(|seq| asked.before_place(LOG, seq)),
            },
        }
    }

    fn row(&self, (_, entry): &Found, query: &str, times: Times) -> AuditRow {
        let told = words::of_entry(entry, times);
        AuditRow {
            seq: entry.seq,
            href: format!("/audit/{}{query}", entry.seq),
            when: times.at(entry.at),
            who: words::actor(&entry.author.actor),
            act: told.what,
            reference: entry
                .request
                .and_then(|id| self.references.get(&id))
                .map(ToString::to_string),
            outcome: entry.fact.outcome().to_owned(),
        }
    }
}

fn requests(member: &Member, asked: &Asked, own: &[Listed], flaws: &[Flaw]) -> RequestLogPage {
    let row = |listed: &Listed| {
        Some(OwnRequest {
            reference: listed.reference.to_string(),
            tenant: listed.tenant.as_ref()?.to_string(),
            service: listed.service.to_string(),
            filed: member.times().at(listed.filed_at),
        })
    };
    RequestLogPage {
        shell: member.shell(Place::Audit),
        reference: filters(asked, flaws).reference,
        own: own.iter().filter_map(row).collect(),
        files_requests: member.person().is(Role::Engineer),
        zone: member.times().zone_words(),
    }
}

fn filters(asked: &Asked, flaws: &[Flaw]) -> AuditFilters {
    let typed = |field: &str, value: &str| Field {
        value: value.to_owned(),
        error: Flaw::words_of(flaws, field),
    };
    AuditFilters {
        from: typed("from", &asked.from),
        to: typed("to", &asked.to),
        person: typed("person", &asked.person),
        act: typed("act", &asked.act),
        reference: typed("reference", &asked.reference),
        set: asked.filters(),
    }
}
