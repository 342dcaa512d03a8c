//! A list of requests, for whoever looks: a tenant's own, or the provider's queue.

use actix_web::HttpRequest;

use super::asked::{Asked, stored};
use crate::acts::Flaw;
use crate::domain::id::{PersonId, TenantId};
use crate::domain::person::{Person, Role};
use crate::domain::request::StateKind;
use crate::domain::rights::{Act, Subject, may};
use crate::domain::service::Service;
use crate::store::requests::{Cursor, Filter, Listed, Sight, View, list};
use crate::store::{Stored, services};
use crate::web::error::WebError;
use crate::web::guard::Member;
use crate::web::standing::{badge, badge_at, deadline};
use crate::web::view::{
    Choice, Field, ListTab, ListView, Paging, RequestFilters, RequestList, RequestRow, Select,
};

/// Rows of one page.
const ROWS: usize = 50;

/// What of the requests somebody can list, and how.
#[derive(Debug, Clone)]
pub struct Listing {
    path: &'static str,
    views: &'static [ListView],
    sight: Sight,
    who: PersonId,
    /// Whether only their own are theirs to see.
    only_own: bool,
    may_decide: bool,
}

/// Whether this person of the provider is an engineer and nothing else, who sees their own requests only.
#[must_use]
pub fn sees_only_their_own(who: &Person) -> bool {
    who.roles.iter().all(|held| held.role == Role::Engineer)
}

impl Listing {
    /// Support > Data access requests.
    #[must_use]
    pub fn of_tenant(who: &Person, tenant: TenantId) -> Self {
        Self {
            path: "/requests",
            views: &ListView::OF_A_TENANT,
            sight: Sight::Tenant(tenant),
            who: who.id,
            only_own: false,
            may_decide: may(who, Act::Approve, Subject::Tenant(tenant)).is_ok(),
        }
    }

    /// The queue. Its first view is what the one who looks most likely has to do something about.
    #[must_use]
    pub fn of_provider(who: &Person) -> Self {
        let only_own = sees_only_their_own(who);
        Self {
            path: "/queue",
            views: if only_own {
                &ListView::OF_AN_ENGINEER
            } else if who.is(Role::Engineer) {
                &ListView::OF_THE_PROVIDER_AND_MINE
            } else {
                &ListView::OF_THE_PROVIDER
            },
            sight: Sight::Provider,
            who: who.id,
            only_own,
            may_decide: false,
        }
    }

    /// What the address asks of this list. What it does not have is not asked of it.
    ///
    /// # Errors
    /// [`WebError::NoForm`] where a filter stands there twice.
    pub fn asked(&self, request: &HttpRequest) -> Result<Asked, WebError> {
        let mut asked = Asked::of(request)?;
        if matches!(self.sight, Sight::Tenant(_)) {
            asked.customer.clear();
        }
        if self.only_own {
            asked.engineer.clear();
        }
        Ok(asked)
    }

    /// The first page of what is asked for, or the one after its cursor.
    ///
    /// # Errors
    /// When a row makes no sense.
    pub async fn found(&self, member: &Member, asked: &Asked) -> Stored<Found> {
        let (now, zone) = (member.now(), member.person().zone);
        let ((view, after), asked) = (asked.place(self.views), asked.clone());
        let (sight, stored) = (self.sight, stored(view, self.who));
        let is_walk = asked.filters() == 0 && self.is_walk(stored);
        let own = self.only_own.then(|| vec![self.who]);
        let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
        let reading = move |conn: &mut _| {
            let services = services::all(conn)?;
            let (mut listed, flaws) = match asked.filter(conn, &services, zone)? {
                Ok(mut filter) => {
                    if own.is_some() {
                        filter.engineers.clone_from(&own);
                    }
                    let listed = list(conn, sight, stored, &filter, after, now, limit)?;
                    (listed, Vec::new())
                }
                Err(flaws) => (Vec::new(), flaws),
            };
            let every = Filter {
                engineers: own,
                ..Filter::default()
            };
            let any = !listed.is_empty()
                || !list(conn, sight, View::All, &every, None, now, 1)?.is_empty();
            let more = listed.len() > ROWS;
            listed.truncate(ROWS);
            Ok(Found {
                view,
                stored,
                after,
                services,
                listed,
                more,
                any,
                flaws,
            })
        };
        if is_walk {
            member.lockbox().glancing(reading).await
        } else {
            member.lockbox().reading(reading).await
        }
    }

    /// Whether a page of this view, without filters, is a walk along an index that is as long as the page.
    fn is_walk(&self, view: View) -> bool {
        match view {
            View::All => true,
            View::NeedsAction | View::NeedsManager => !self.only_own,
            View::ActiveAccess | View::OpenOf(_) => false,
        }
    }

    /// The list as its page shows it.
    #[must_use]
    pub fn shown(&self, member: &Member, asked: &Asked, found: &Found) -> RequestList {
        let (now, times, view) = (member.now(), member.times(), found.view);
        let last = found.listed.last().filter(|_| found.more);
        let last = last.map(|last| last.cursor(found.stored));
        let whole = found.after.is_none() && !found.more && view != ListView::All;
        let count = u32::try_from(found.listed.len()).ok();
        let count = count.filter(|count| whole && *count > 0);
        let rows = found.listed.iter().map(|listed| {
            let stage = listed.stage.at(now);
            RequestRow {
                reference: listed.reference.as_str().to_owned(),
                status: badge_at(stage, self.may_decide, now),
                customer: listed.tenant.as_ref().map(|name| name.as_str().to_owned()),
                service: listed.service.as_str().to_owned(),
                requested_by: listed.engineer.as_str().to_owned(),
                requested: times.at(listed.filed_at),
                deadline: deadline(stage, times),
            }
        });
        let updates = format!("{}/updates", self.path);
        RequestList {
            path: self.path,
            of_provider: self.sight == Sight::Provider,
            view,
            tabs: self
                .views
                .iter()
                .map(|tab| ListTab {
                    view: *tab,
                    href: asked.address(self.path, *tab),
                    count: count.filter(|_| *tab == view),
                })
                .collect(),
            any: found.any,
            zone: times.zone_words(),
            filters: self.filters(asked, found),
            updates: (found.after.is_none() && found.flaws.is_empty())
                .then(|| asked.up_to(&updates, view, last)),
            paging: Paging {
                first: found.after.map(|_| asked.address(self.path, view)),
                next: last.map(|last| asked.after(self.path, view, last)),
            },
            rows: rows.collect(),
        }
    }

    fn filters(&self, asked: &Asked, found: &Found) -> RequestFilters {
        let error = |field: &str| Flaw::words_of(&found.flaws, field);
        let typed = |field: &str, value: &str| Field {
            value: value.to_owned(),
            error: error(field),
        };
        let statuses =
            StateKind::ALL.map(|kind| (kind.as_str(), badge(kind, self.may_decide).word()));
        let services = found.services.iter();
        let services = services.map(|service| (service.key.as_str(), service.name.as_str()));
        let customers = self.sight == Sight::Provider;
        RequestFilters {
            status: Select {
                choices: Choice::list("Any status", statuses, &asked.status),
                error: error("status"),
            },
            customer: customers.then(|| typed("customer", &asked.customer)),
            service: Select {
                choices: Choice::list("Any service", services, &asked.service),
                error: error("service"),
            },
            engineer: (!self.only_own).then(|| typed("engineer", &asked.engineer)),
            reference: typed("reference", &asked.reference),
            from: typed("from", &asked.from),
            to: typed("to", &asked.to),
            set: asked.filters(),
        }
    }
}

/// A page of a list.
pub struct Found {
    /// The view.
    pub view: ListView,
    stored: View,
    after: Option<Cursor>,
    services: Vec<Service>,
    listed: Vec<Listed>,
    /// Whether there is another page.
    more: bool,
    /// Whether there is any request to list at all.
    any: bool,
    /// What is wrong with the filters; nothing is listed then.
    pub flaws: Vec<Flaw>,
}

impl Found {
    /// The references of the page, up to the row where another page ended.
    #[must_use]
    pub fn references(&self, until: Option<Cursor>) -> Vec<&str> {
        self.listed
            .iter()
            .filter(|listed| {
                until.is_none_or(|until| {
                    stands_up_to(listed.cursor(self.stored), until, self.stored)
                })
            })
            .map(|listed| listed.reference.as_str())
            .collect()
    }
}

/// Whether a row stands at or before another in a view.
fn stands_up_to(row: Cursor, last: Cursor, view: View) -> bool {
    let (row, last) = ((row.at, row.id), (last.at, last.id));
    if view == View::All {
        row >= last
    } else {
        row <= last
    }
}
