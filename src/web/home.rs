//! A tenant's Home: what needs a decision, who has access, the setting, the last events.

use std::collections::HashMap;

use super::guard::Member;
use super::page::{Answer, page, see_other};
use super::standing::deadline;
use super::view::{
    HomePage, Link, LiveAccess, LockboxStatus, Message, Person, Place, RecentEvent, Step, Times,
    Tone, WaitingRequest,
};
use super::words;
use crate::domain::audit::entry::{Entry, Log};
use crate::domain::id::{Reference, RequestId, TenantId};
use crate::domain::lockbox::Lockbox;
use crate::domain::request::{Request, StateKind};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::service::Service;
use crate::domain::tenant::Tenant;
use crate::domain::terms::Terms;
use crate::domain::time::Moment;
use crate::store::audit::{StoredEntry, Stretch};
use crate::store::conn::Conn;
use crate::store::requests::{Filter, Listed, Sight, View};
use crate::store::{StoreError, Stored, audit, people, requests, services, tenants};

/// Most requests that wait, and most live ones, shown here.
const SHOWN: usize = 20;

/// Events shown.
const EVENTS: i64 = 5;

/// `GET /`. The provider's people start at the queue.
///
/// # Errors
/// When the store does not answer.
pub async fn show(member: Member) -> Answer {
    let who = member.person();
    let Some(tenant) = who.tenant() else {
        return Ok(see_other("/queue"));
    };
    may(who, Act::SeeTenantRequests, Subject::Tenant(tenant))?;
    let (now, times) = (member.now(), member.times());
    let found = member
        .lockbox()
        .reading(move |conn| Found::load(conn, tenant, now))
        .await?;
    let may_here = |act| may(who, act, Subject::Tenant(tenant)).is_ok();
    let may_revoke = may_here(Act::Revoke);
    let mut shell = member.shell(Place::Home);
    if may_here(Act::SwitchLockbox) && found.tenant.suspended.is_none() {
        shell
            .messages
            .extend(found.to_accept(&member.lockbox().terms));
    }
    let accesses = |listed: &[Listed]| -> Vec<LiveAccess> {
        let shown = listed.iter();
        shown
            .filter_map(|listed| live(listed, now, times, may_revoke))
            .collect()
    };
    page(&HomePage {
        shell,
        more: found.more,
        may_decide: may_here(Act::Approve),
        live: accesses(&found.live),
        approved: accesses(&found.approved),
        first_steps: found
            .first_run
            .then(|| first_steps(&found, may_here(Act::SwitchLockbox))),
        lockbox: LockboxStatus {
            on: found.tenant.lockbox.is_on(),
            since: found.tenant.lockbox.since().map(|at| times.at(at)),
            deciders: u32::try_from(found.deciders).unwrap_or(u32::MAX),
            may_change: may_here(Act::SwitchLockbox),
        },
        events: found.events(times),
        waiting: found
            .waiting
            .into_iter()
            .filter_map(|(listed, request)| waiting(&listed, &request, now, times))
            .collect(),
    })
}

struct Found {
    tenant: Tenant,
    waiting: Vec<(Listed, Request)>,
    more: bool,
    live: Vec<Listed>,
    approved: Vec<Listed>,
    /// Whether nobody has ever asked for access.
    first_run: bool,
    deciders: usize,
    /// How many of them have a second factor of their own.
    sure: usize,
    services: Vec<Service>,
    entries: Vec<Entry>,
    references: HashMap<RequestId, Reference>,
}

impl Found {
    fn load(conn: &mut Conn, id: TenantId, now: Moment) -> Stored<Self> {
        let tenant = tenants::by_id(conn, id)?
            .ok_or_else(|| StoreError::Senseless("a person whose tenant is gone".to_owned()))?;
        let sight = Sight::Tenant(id);
        let mut list = |view, standing, most: usize| {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let filter = Filter {
                standing,
                ..Filter::default()
            };
            requests::list(conn, sight, view, &filter, None, now, most)
        };
        let mut listed = list(View::NeedsAction, None, SHOWN + 1)?;
        let live = list(View::ActiveAccess, Some(StateKind::Active), SHOWN)?;
        let approved = list(View::ActiveAccess, Some(StateKind::Approved), SHOWN)?;
        let first_run = list(View::All, None, 1)?.is_empty();
        let more = listed.len() > SHOWN;
        listed.truncate(SHOWN);
        let ids: Vec<RequestId> = listed.iter().map(|listed| listed.id).collect();
        let mut whole: HashMap<RequestId, Request> = requests::by_ids(conn, sight, &ids)?
            .into_iter()
            .map(|request| (request.id, request))
            .collect();
        let waiting = listed
            .into_iter()
            .filter_map(|listed| whole.remove(&listed.id).map(|request| (listed, request)))
            .collect();
        let newest = audit::newest(conn, Log::Tenant(id), Stretch::default(), EVENTS)?;
        let entries: Vec<Entry> = newest
            .iter()
            .map(StoredEntry::parse)
            .collect::<Stored<_>>()?;
        let about: Vec<RequestId> = entries.iter().filter_map(|entry| entry.request).collect();
        let deciders = people::approvers(conn, id)?;
        Ok(Self {
            tenant,
            waiting,
            more,
            live,
            approved,
            first_run,
            sure: people::with_own_factor(conn, &deciders)?.len(),
            deciders: deciders.len(),
            services: services::all(conn)?,
            references: requests::references(conn, id, &about)?,
            entries,
        })
    }

    /// What waits for the administrator's acceptance. Nothing changes until it is given.
    fn to_accept(&self, in_force: &Terms) -> Vec<Message> {
        let Lockbox::On {
            terms, uncovered, ..
        } = &self.tenant.lockbox
        else {
            return Vec::new();
        };
        let mut messages = Vec::new();
        if *terms != in_force.version {
            messages.push(Message {
                link: Some(Link::new(
                    "/settings/customer-lockbox/terms",
                    format!("Read and accept version {}", in_force.version.version),
                )),
                ..Message::new(
                    Tone::Warning,
                    "The activation terms have a newer version. Customer Lockbox stays on as it is.",
                )
            });
        }
        let proposed = |service: &&Service| !service.covered && !uncovered.contains(&service.id);
        for service in self.services.iter().filter(proposed) {
            let (name, key) = (&service.name, &service.key);
            messages.push(Message {
                link: Some(Link::new(
                    format!("/settings/customer-lockbox/services/{key}"),
                    format!("Look at {name}"),
                )),
                ..Message::new(
                    Tone::Warning,
                    format!("{name}: the provider proposes not to ask you. Nothing changes until you accept it."),
                )
            });
        }
        messages
    }

    fn events(&self, times: Times) -> Vec<RecentEvent> {
        let event = |entry: &Entry| RecentEvent {
            when: times.at(entry.happened_at()),
            what: words::of_entry(entry, times).what,
            who: words::actor(&entry.author.actor),
            reference: entry
                .request
                .and_then(|id| self.references.get(&id))
                .map(ToString::to_string),
        };
        self.entries.iter().map(event).collect()
    }
}

fn first_steps(found: &Found, may_change: bool) -> [Step; 3] {
    let setting =
        || may_change.then(|| Link::new("/settings/customer-lockbox", "Open the setting"));
    [
        Step {
            done: found.tenant.lockbox.is_on(),
            what: "Turn on Customer Lockbox",
            why: "Then nobody at the provider sees your content before you have said yes.",
            link: setting(),
        },
        Step {
            done: found.sure >= 2,
            what: "Have two people who can decide",
            why: "A request that nobody answers expires. Two people are seldom away at once.",
            link: None,
        },
        Step {
            done: false,
            what: "Know what you will be asked",
            why: "You get a mail when an engineer asks, and decide here: who, what, why and for how long.",
            link: Some(Link::new("/help", "Read how it works")),
        },
    ]
}

fn waiting(
    listed: &Listed,
    request: &Request,
    now: Moment,
    times: Times,
) -> Option<WaitingRequest> {
    Some(WaitingRequest {
        reference: listed.reference.to_string(),
        service: listed.service.to_string(),
        scope: request.scope.description.to_string(),
        whole_service: request.scope.is_whole_service(),
        engineer: engineer(listed),
        asked: request.asked.to_string(),
        deadline: deadline(listed.stage.at(now), times)?,
    })
}

fn live(listed: &Listed, now: Moment, times: Times, may_revoke: bool) -> Option<LiveAccess> {
    Some(LiveAccess {
        reference: listed.reference.to_string(),
        service: listed.service.to_string(),
        engineer: engineer(listed),
        deadline: deadline(listed.stage.at(now), times)?,
        may_revoke,
    })
}

fn engineer(listed: &Listed) -> Person {
    Person::new(listed.engineer.as_str(), "engineer")
}
