//! Lists of data access requests: a view of them, filtered, page by page.

use std::sync::Arc;

use diesel::prelude::*;

use super::{OPEN, Sight};
use crate::domain::id::{CaseId, PersonId, Reference, RequestId, ServiceId, TenantId};
use crate::domain::key::Bounds;
use crate::domain::request::{Stage, StateKind};
use crate::domain::text::Line;
use crate::domain::time::Moment;
use crate::store::column::{Id, Stamp, read};
use crate::store::conn::{Conn, either};
use crate::store::schema::{people, requests, services, tenants};
use crate::store::{StoreError, Stored};

/// A request as lists show it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its id, for the cursor.
    pub id: RequestId,
    /// Its reference.
    pub reference: Reference,
    /// The tenant's name; not looked up within the sight of one tenant, which knows its own.
    pub tenant: Option<Arc<Line>>,
    /// The service's name.
    pub service: Arc<Line>,
    /// The engineer's name.
    pub engineer: Arc<Line>,
    /// When it was filed.
    pub filed_at: Moment,
    /// Where it stands, as recorded.
    pub stage: Stage,
}

/// Which requests a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Those that wait for the customer, soonest deadline first.
    NeedsAction,
    /// Those under which an engineer has access or may start it, soonest deadline first.
    ActiveAccess,
    /// Those that wait for a manager, soonest deadline first.
    NeedsManager,
    /// The open ones of one engineer, soonest deadline first.
    OpenOf(PersonId),
    /// Every one, newest first.
    All,
}

/// What of a view is shown: whatever fits all of these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Standing like this now: a deadline that has come counts, recorded or not.
    pub standing: Option<StateKind>,
    /// Of one of these tenants.
    pub tenants: Option<Vec<TenantId>>,
    /// For this service.
    pub service: Option<ServiceId>,
    /// Of one of these engineers.
    pub engineers: Option<Vec<PersonId>>,
    /// Of this support case.
    pub case: Option<CaseId>,
    /// Of this reference.
    pub reference: Option<Reference>,
    /// Filed at this moment or later.
    pub filed_from: Option<Moment>,
    /// Filed before this moment.
    pub filed_before: Option<Moment>,
    /// Within the bounds of a key.
    pub bounds: Bounds,
}

/// A kind of state as rows record it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Recorded {
    kind: StateKind,
    /// Whether its deadline has come and nobody has written that down yet.
    lapsed: bool,
}

impl Filter {
    /// How rows record what stands as asked for; nothing where every state will do.
    fn recorded(&self) -> Vec<Option<Recorded>> {
        let Some(standing) = self.standing else {
            return vec![None];
        };
        let lapsed: &[StateKind] = match standing {
            StateKind::Expired => &[
                StateKind::AwaitingManager,
                StateKind::AwaitingCustomer,
                StateKind::Approved,
            ],
            StateKind::Ended => &[StateKind::Active],
            _ => &[],
        };
        let lapsed = lapsed.iter().map(|kind| (*kind, true));
        [(standing, false)]
            .into_iter()
            .chain(lapsed)
            .map(|(kind, lapsed)| Some(Recorded { kind, lapsed }))
            .collect()
    }
}

/// Where a page of a list ends: the moment the list is ordered by, and the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The deadline, or the time of filing.
    pub at: Moment,
    /// The request.
    pub id: RequestId,
}

impl Listed {
    /// The cursor of the page that ends with this row.
    #[must_use]
    pub fn cursor(&self, view: View) -> Cursor {
        let at = if view == View::All {
            self.filed_at
        } else {
            self.stage.deadline().unwrap_or(self.filed_at)
        };
        Cursor { at, id: self.id }
    }
}

/// At most `limit` requests of a view that fit the filter, after a cursor. A view of open requests leaves out those
/// whose deadline has come, recorded or not.
///
/// # Errors
/// When a row makes no sense.
pub fn list(
    conn: &mut Conn,
    sight: Sight,
    view: View,
    filter: &Filter,
    after: Option<Cursor>,
    now: Moment,
    limit: i64,
) -> Stored<Vec<Listed>> {
    let mut listed = Vec::new();
    let recorded = filter.recorded();
    for part in &recorded {
        listed.extend(list_recorded(
            conn,
            sight,
            view,
            (filter, *part),
            after,
            now,
            limit,
        )?);
    }
    if recorded.len() > 1 {
        // Each part is a walk along an index; together they are ordered here. Views of open requests have one part.
        listed.sort_by_key(|listed| std::cmp::Reverse((listed.filed_at, listed.id)));
        listed.truncate(usize::try_from(limit).unwrap_or(0));
    }
    Ok(listed)
}

#[expect(clippy::too_many_lines, reason = "each view is a walk of its own")]
fn list_recorded(
    conn: &mut Conn,
    sight: Sight,
    view: View,
    (filter, recorded): (&Filter, Option<Recorded>),
    after: Option<Cursor>,
    now: Moment,
    limit: i64,
) -> Stored<Vec<Listed>> {
    let rows: Vec<Row> = either!(conn, |conn| {
        let mut query = requests::table
            .select((
                requests::id,
                requests::reference,
                requests::tenant_id,
                requests::service_id,
                requests::engineer_id,
                requests::filed_at,
                requests::state_kind,
                requests::deadline,
            ))
            .limit(limit)
            .into_boxed();
        if let Sight::Tenant(tenant) = sight {
            query = query.filter(requests::tenant_id.eq(Id(tenant.0)));
        }
        query = match view {
            View::NeedsAction => {
                query.filter(requests::state_kind.eq(StateKind::AwaitingCustomer.as_str()))
            }
            View::ActiveAccess => query.filter(
                requests::state_kind
                    .eq_any([StateKind::Approved, StateKind::Active].map(StateKind::as_str)),
            ),
            View::NeedsManager => {
                query.filter(requests::state_kind.eq(StateKind::AwaitingManager.as_str()))
            }
            View::OpenOf(engineer) => query.filter(
                requests::engineer_id
                    .eq(Id(engineer.0))
                    .and(requests::state_kind.eq_any(OPEN.map(StateKind::as_str))),
            ),
            View::All => query,
        };
        if let Some(Recorded { kind, lapsed }) = recorded {
            query = query.filter(requests::state_kind.eq(kind.as_str()));
            if lapsed {
                query = query.filter(requests::deadline.le(Stamp(now)));
            } else if OPEN.contains(&kind) {
                query = query.filter(requests::deadline.gt(Stamp(now)));
            } else {
                // No condition to people: it says which index holds them.
                query = query.filter(requests::deadline.is_null());
            }
        }
        if let Some(service) = filter.service {
            query = query.filter(requests::service_id.eq(Id(service.0)));
        }
        if let Some(tenants) = &filter.tenants {
            query = match tenants.as_slice() {
                [one] => query.filter(requests::tenant_id.eq(Id(one.0))),
                some => query.filter(requests::tenant_id.eq_any(some.iter().map(|one| Id(one.0)))),
            };
        }
        if !filter.bounds.tenants.is_empty() {
            let tenants = filter.bounds.tenants.iter().map(|tenant| Id(tenant.0));
            query = query.filter(requests::tenant_id.eq_any(tenants));
        }
        if !filter.bounds.services.is_empty() {
            let services = filter.bounds.services.iter().map(|service| Id(service.0));
            query = query.filter(requests::service_id.eq_any(services));
        }
        if let Some(engineers) = &filter.engineers {
            // An equation lets the index give the order, too; a list does not.
            query = match engineers.as_slice() {
                [one] => query.filter(requests::engineer_id.eq(Id(one.0))),
                some => query.filter(requests::engineer_id.eq_any(ids_of(some))),
            };
        }
        if let Some(case) = filter.case {
            query = query.filter(requests::case_id.eq(Id(case.0)));
        }
        if let Some(reference) = &filter.reference {
            query = query.filter(requests::reference.eq(reference.as_str()));
        }
        if let Some(from) = filter.filed_from {
            query = query.filter(requests::filed_at.ge(Stamp(from)));
        }
        if let Some(before) = filter.filed_before {
            query = query.filter(requests::filed_at.lt(Stamp(before)));
        }
        query = if view == View::All {
            if let Some(Cursor { at, id }) = after {
                // Written so that an index finds the place: the first condition bounds its column alone.
                query = query.filter(
                    requests::filed_at.le(Stamp(at)).and(
                        requests::filed_at
                            .lt(Stamp(at))
                            .or(requests::id.lt(Id(id.0))),
                    ),
                );
            }
            query.order((requests::filed_at.desc(), requests::id.desc()))
        } else {
            query = query.filter(requests::deadline.gt(Stamp(now)));
            if let Some(Cursor { at, id }) = after {
                query = query.filter(
                    requests::deadline.ge(Stamp(at)).and(
                        requests::deadline
                            .gt(Stamp(at))
                            .or(requests::id.gt(Id(id.0))),
                    ),
                );
            }
            query.order((requests::deadline.asc(), requests::id.asc()))
        };
        query.load(conn)?
    });
    with_names(conn, sight, rows)
}

fn ids_of(people: &[PersonId]) -> Vec<Id> {
    people.iter().map(|person| Id(person.0)).collect()
}

#[derive(Queryable)]
struct Row {
    id: Id,
    reference: String,
    tenant_id: Id,
    service_id: Id,
    engineer_id: Id,
    filed_at: Stamp,
    state_kind: String,
    deadline: Option<Stamp>,
}

impl Row {
    fn stage(&self) -> Stored<Stage> {
        let kind = StateKind::parse(&self.state_kind);
        let stage = kind.and_then(|kind| Stage::of(kind, self.deadline.map(|d| d.0)));
        let senseless = || StoreError::Senseless(format!("a request kept as {}", self.state_kind));
        stage.ok_or_else(senseless)
    }
}

/// What a page's rows name, which they share. A page names few: going through them is quicker than hashing.
struct Names(Vec<(Id, Arc<Line>)>);

impl Names {
    /// The names of what these rows name, each read once, however often a page repeats it: after ANALYZE SQLite sorts a
    /// big tenant's requests when the list itself joins their tables. `PostgreSQL` is asked once for all. SQLite's lists of
    /// ids are not kept prepared, so there each id is a question of its own.
    fn of(conn: &mut Conn, sight: Sight, rows: &[Row]) -> Stored<Self> {
        let tenants = match sight {
            Sight::Provider => each_once(rows.iter().map(|row| row.tenant_id)),
            Sight::Tenant(_) => Vec::new(),
        };
        let services = each_once(rows.iter().map(|row| row.service_id));
        let people = each_once(rows.iter().map(|row| row.engineer_id));
        match conn {
            Conn::Postgres(conn) => {
                let named = people::table
                    .filter(people::id.eq_any(people))
                    .select((people::id, people::name))
                    .union_all(
                        services::table
                            .filter(services::id.eq_any(services))
                            .select((services::id, services::name)),
                    )
                    .union_all(
                        tenants::table
                            .filter(tenants::id.eq_any(tenants))
                            .select((tenants::id, tenants::name)),
                    );
                Self::read(named.load(conn)?)
            }
            Conn::Sqlite(conn) => {
                let mut named = Vec::new();
                for id in people {
                    let person = people::table.find(id);
                    named.push(person.select((people::id, people::name)).first(conn)?);
                }
                for id in services {
                    let service = services::table.find(id);
                    named.push(service.select((services::id, services::name)).first(conn)?);
                }
                for id in tenants {
                    let tenant = tenants::table.find(id);
                    named.push(tenant.select((tenants::id, tenants::name)).first(conn)?);
                }
                Self::read(named)
            }
        }
    }

    fn read(named: Vec<(Id, String)>) -> Stored<Self> {
        let named = named.into_iter().map(|(id, name)| {
            let senseless = |e| StoreError::Senseless(format!("the name of {}: {e}", id.0));
            let name = Line::parse(&name).map_err(senseless)?;
            Ok((id, Arc::new(name)))
        });
        Ok(Self(named.collect::<Stored<_>>()?))
    }

    fn get(&self, id: Id) -> Stored<Arc<Line>> {
        let found = self.0.iter().find(|(named, _)| *named == id);
        let nameless =
            || StoreError::Senseless(format!("a request of {}, which is not there", id.0));
        found.map(|(_, name)| Arc::clone(name)).ok_or_else(nameless)
    }
}

fn each_once(ids: impl Iterator<Item = Id>) -> Vec<Id> {
    let mut once: Vec<Id> = Vec::new();
    for id in ids {
        if !once.contains(&id) {
            once.push(id);
        }
    }
    once
}

fn with_names(conn: &mut Conn, sight: Sight, rows: Vec<Row>) -> Stored<Vec<Listed>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::of(conn, sight, &rows)?;
    rows.into_iter()
        .map(|row| {
            let stage = row.stage()?;
            Ok(Listed {
                id: RequestId(row.id.0),
                reference: read("reference", Reference::try_from(row.reference))?,
                tenant: match sight {
                    Sight::Provider => Some(names.get(row.tenant_id)?),
                    Sight::Tenant(_) => None,
                },
                service: names.get(row.service_id)?,
                engineer: names.get(row.engineer_id)?,
                filed_at: row.filed_at.0,
                stage,
            })
        })
        .collect()
}
