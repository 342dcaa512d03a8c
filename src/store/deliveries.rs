//! Deliveries: what webhooks are told of the facts of an act, written in its own transaction, and sent by the night
//! shift under a lease.

use std::collections::HashMap;

use diesel::dsl::min;
use diesel::prelude::*;
use uuid::Uuid;

use super::at_hand::AtHand;
use super::audit::Sealed;
use super::column::{Id, Json, Stamp, read};
use super::conn::Conn;
use super::letters::about;
use super::prepared::insert_all;
use super::schema::deliveries;
use super::webhooks::{self, Listener};
use super::{Keep, Stored, Tx, lease};
use crate::domain::audit::entry::{Entry, Log};
use crate::domain::id::WebhookId;
use crate::domain::person::Side;
use crate::domain::time::Moment;
use crate::domain::webhook::event::{self, Event};
use crate::domain::webhook::hears;

/// A delivery whose sending this process has leased.
#[derive(Debug, Clone)]
pub struct LeasedDelivery {
    /// Its id.
    pub id: Uuid,
    /// Where it goes.
    pub webhook: WebhookId,
    /// What is told.
    pub event: Event,
    /// When it was written.
    pub written_at: Moment,
    /// How many times sending was begun, this time included.
    pub attempts: i32,
}

/// How many deliveries may be leased, and to whom: one receiver that hangs takes no other's place.
#[derive(Debug, Clone)]
pub struct Room {
    /// Of all.
    pub all: usize,
    /// Of each webhook at the same time.
    pub each: usize,
    /// How many are on their way to each already.
    pub under_way: HashMap<WebhookId, usize>,
}

/// A delivery as people see it.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its id.
    pub id: Uuid,
    /// The id of what was told.
    pub event_id: String,
    /// The fact.
    pub act: String,
    /// When it was written.
    pub written_at: Moment,
    /// When it is tried next, while it waits.
    pub due_at: Moment,
    /// How many times it was tried.
    pub attempts: i32,
    /// The status of the last answer, if there was one.
    pub status: Option<i32>,
    /// What was wrong the last time.
    pub error: Option<String>,
    /// When it was taken.
    pub sent_at: Option<Moment>,
    /// When it was given up.
    pub given_up_at: Option<Moment>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
struct Row {
    id: Id,
    event_id: String,
    act: String,
    written_at: Stamp,
    due_at: Stamp,
    attempts: i32,
    status: Option<i32>,
    last_error: Option<String>,
    sent_at: Option<Stamp>,
    given_up_at: Option<Stamp>,
}

lease::notes!(deliveries { status: i32 });

impl Delivery {
    /// Whether it is neither taken nor given up.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.sent_at.is_none() && self.given_up_at.is_none()
    }
}

/// Writes what webhooks are told of sealed facts; says how many deliveries that is.
pub(super) fn write(tx: &mut Tx<'_>, sealed: &Sealed, at_hand: &AtHand) -> Stored<usize> {
    let log = sealed.head.log;
    let listeners = webhooks::listening(tx.conn(), log)?;
    if listeners.is_empty() {
        return Ok(0);
    }
    let tenant = match log {
        Log::Provider => None,
        Log::Tenant(tenant) => Some(at_hand.tenant(tx.conn(), tenant)?),
    };
    let count = read("number of facts", u64::try_from(sealed.facts.len()))?;
    let first = sealed.head.frontier.size().saturating_sub(count);
    let mut rows = Vec::new();
    for (seq, (request, fact)) in (first..).zip(&sealed.facts) {
        let heard = |of: &&Listener| hears(of.id, of.side, &of.wants, log, fact);
        let hearing: Vec<&Listener> = listeners.iter().filter(heard).collect();
        if hearing.is_empty() {
            continue;
        }
        let entry = Entry {
            log,
            seq,
            at: tx.now(),
            author: tx.author.clone(),
            asked: sealed.asked.clone().filter(|_| seq == first),
            request: *request,
            fact: fact.clone(),
        };
        let about = match (request, &tenant) {
            (Some(id), Some(tenant)) => {
                let request = at_hand.request(tx.conn(), tenant.id, *id)?;
                Some(about(tx, tenant, &request, fact, at_hand)?.1)
            }
            _ => None,
        };
        let key = tenant.as_ref().map(|tenant| &tenant.key);
        let told = |to| event::of(&entry, key, to, about.as_ref());
        let (own, theirs) = (told(log.side())?, told(Side::Provider)?);
        for listener in hearing {
            let event = if listener.side == log.side() {
                &own
            } else {
                &theirs
            };
            let now = tx.now();
            rows.push(NewRow::of(tx.entropy.uuid(now), listener.id, event, now)?);
        }
    }
    insert_all!(tx.conn(), deliveries, rows)?;
    Ok(rows.len())
}

#[derive(Insertable)]
#[diesel(table_name = deliveries, treat_none_as_default_value = false)]
struct NewRow {
    id: Id,
    webhook_id: Id,
    event_id: String,
    act: String,
    event: Json,
    written_at: Stamp,
    due_at: Stamp,
    lease_until: Stamp,
    attempts: i32,
}

impl NewRow {
    fn of(id: Uuid, webhook: WebhookId, event: &Event, now: Moment) -> Stored<Self> {
        Ok(Self {
            id: Id(id),
            webhook_id: Id(webhook.0),
            event_id: event.id.clone(),
            act: event.act.clone(),
            event: Json::of(event)?,
            written_at: Stamp(now),
            due_at: Stamp(now),
            lease_until: Stamp(now),
            attempts: 0,
        })
    }
}

impl Keep<'_> {
    /// Leases deliveries that are due until `lease_until`, as many as there is room for: the webhooks whose oldest has
    /// waited longest first, and of each the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn lease_deliveries(
        &mut self,
        now: Moment,
        lease_until: Moment,
        room: &Room,
    ) -> Stored<Vec<LeasedDelivery>> {
        let mut leased = Vec::new();
        for webhook in self.waiting_longest(now, room)? {
            let busy = room.under_way.get(&webhook).copied().unwrap_or_default();
            let some = (room.all.saturating_sub(leased.len())).min(room.each.saturating_sub(busy));
            if some > 0 {
                self.lease_of(webhook, now, lease_until, some, &mut leased)?;
            }
        }
        Ok(leased)
    }

    /// The webhooks with something due and room for it, bounded by the room for all.
    fn waiting_longest(&mut self, now: Moment, room: &Room) -> Stored<Vec<WebhookId>> {
        let full = room
            .under_way
            .iter()
            .filter(|(_, busy)| **busy >= room.each);
        let full: Vec<Id> = full.map(|(id, _)| Id(id.0)).collect();
        let due: Vec<(Id, Option<Stamp>)> = deliveries::table
            .filter(lease::waiting!(deliveries))
            .filter(
                deliveries::due_at
                    .le(Stamp(now))
                    .and(deliveries::lease_until.le(Stamp(now))),
            )
            .filter(deliveries::webhook_id.ne_all(full))
            .group_by(deliveries::webhook_id)
            .select((deliveries::webhook_id, min(deliveries::due_at)))
            .order(min(deliveries::due_at))
            .limit(i64::try_from(room.all).unwrap_or(i64::MAX))
            .load(self.0)?;
        Ok(due.into_iter().map(|(id, _)| WebhookId(id.0)).collect())
    }

    fn lease_of(
        &mut self,
        webhook: WebhookId,
        now: Moment,
        lease_until: Moment,
        limit: usize,
        leased: &mut Vec<LeasedDelivery>,
    ) -> Stored<()> {
        let due: Vec<Id> = deliveries::table
            .filter(deliveries::webhook_id.eq(Id(webhook.0)))
            .filter(lease::waiting!(deliveries))
            .filter(
                deliveries::due_at
                    .le(Stamp(now))
                    .and(deliveries::lease_until.le(Stamp(now))),
            )
            .order((deliveries::due_at, deliveries::id))
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .select(deliveries::id)
            .load(self.0)?;
        for id in due {
            let columns = (
                deliveries::event,
                deliveries::written_at,
                deliveries::attempts,
            );
            let row: Option<(Json, Stamp, i32)> =
                lease::claim!(deliveries, self.0, id, now, lease_until, columns)?;
            let Some((event, written_at, attempts)) = row else {
                continue;
            };
            match event.read("event") {
                Ok(event) => leased.push(LeasedDelivery {
                    id: id.0,
                    webhook,
                    event,
                    written_at: written_at.0,
                    attempts,
                }),
                // It would be as senseless next time, and must not hold up the others.
                Err(error) => {
                    tracing::error!(delivery = %id.0, %error, "a stored event makes no sense and was given up");
                    Note::given_up(&error.to_string(), now).keep(self.0, id, attempts)?;
                }
            }
        }
        Ok(())
    }

    /// Notes that a delivery was taken.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn delivered(&mut self, leased: &LeasedDelivery, status: u16, at: Moment) -> Stored<()> {
        let note = Note {
            status: Some(Some(status.into())),
            ..Note::sent(at)
        };
        note.keep(self.0, Id(leased.id), leased.attempts)
    }

    /// Notes that a delivery was not taken, and when to try again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn not_delivered(
        &mut self,
        leased: &LeasedDelivery,
        status: Option<u16>,
        error: &str,
        try_again_at: Moment,
    ) -> Stored<()> {
        let note = Note {
            status: Some(status.map(Into::into)),
            ..Note::failed(error, try_again_at)
        };
        note.keep(self.0, Id(leased.id), leased.attempts)
    }

    /// Notes that a delivery is given up.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn delivery_given_up(
        &mut self,
        leased: &LeasedDelivery,
        status: Option<u16>,
        error: &str,
        at: Moment,
    ) -> Stored<()> {
        let note = Note {
            status: Some(status.map(Into::into)),
            ..Note::given_up(error, at)
        };
        note.keep(self.0, Id(leased.id), leased.attempts)
    }

    /// Gives up all that waits for a webhook.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn give_up_deliveries(&mut self, webhook: WebhookId, why: &str, at: Moment) -> Stored<()> {
        let waiting = deliveries::table
            .filter(deliveries::webhook_id.eq(Id(webhook.0)))
            .filter(lease::waiting!(deliveries));
        diesel::update(waiting)
            .set(Note::given_up(why, at))
            .execute(self.0)?;
        Ok(())
    }

    /// Forgets all that was ever sent to a webhook.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn forget_deliveries(&mut self, webhook: WebhookId) -> Stored<()> {
        let of_it = deliveries::table.filter(deliveries::webhook_id.eq(Id(webhook.0)));
        diesel::delete(of_it).execute(self.0)?;
        Ok(())
    }

    /// Sends the same again, as a delivery of its own. False when there is none, or the same waits already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn send_again(
        &mut self,
        webhook: WebhookId,
        delivery: Uuid,
        again: Uuid,
        now: Moment,
    ) -> Stored<bool> {
        let of_it = || deliveries::table.filter(deliveries::webhook_id.eq(Id(webhook.0)));
        let event: Option<Json> = of_it()
            .filter(deliveries::id.eq(Id(delivery)))
            .select(deliveries::event)
            .first(self.0)
            .optional()?;
        let Some(event) = event else {
            return Ok(false);
        };
        let event: Event = event.read("event")?;
        let waits: i64 = of_it()
            .filter(deliveries::event_id.eq(&event.id))
            .filter(lease::waiting!(deliveries))
            .count()
            .get_result(self.0)?;
        if waits > 0 {
            return Ok(false);
        }
        let again = NewRow::of(again, webhook, &event, now)?;
        diesel::insert_into(deliveries::table)
            .values(again)
            .execute(self.0)?;
        Ok(true)
    }

    /// Sweeps deliveries written before `before` that do not wait any more; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_deliveries(&mut self, before: Moment) -> Stored<usize> {
        let over = deliveries::sent_at
            .is_not_null()
            .or(deliveries::given_up_at.is_not_null());
        let old = deliveries::table
            .filter(deliveries::written_at.lt(Stamp(before)))
            .filter(over);
        Ok(diesel::delete(old).execute(self.0)?)
    }
}

/// At most `limit` deliveries to a webhook before `before`, newest first.
///
/// # Errors
/// When the database does not answer.
pub fn list(
    conn: &mut Conn,
    webhook: WebhookId,
    before: Option<Uuid>,
    limit: i64,
) -> Stored<Vec<Delivery>> {
    let mut query = deliveries::table
        .filter(deliveries::webhook_id.eq(Id(webhook.0)))
        .order(deliveries::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(deliveries::id.lt(Id(before)));
    }
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows.into_iter().map(delivery).collect())
}

/// When a webhook's receiver last took anything, as far as that is kept.
///
/// # Errors
/// When the database does not answer.
pub fn last_taken(conn: &mut Conn, webhook: WebhookId) -> Stored<Option<Moment>> {
    let last: Option<Stamp> = deliveries::table
        .filter(deliveries::webhook_id.eq(Id(webhook.0)))
        .filter(deliveries::sent_at.is_not_null())
        .order(deliveries::sent_at.desc())
        .select(deliveries::sent_at.assume_not_null())
        .first(conn)
        .optional()?;
    Ok(last.map(|last| last.0))
}

/// When a fact was last written for a webhook.
///
/// # Errors
/// When the database does not answer.
pub fn last_written(conn: &mut Conn, webhook: WebhookId, act: &str) -> Stored<Option<Moment>> {
    let last: Option<Stamp> = deliveries::table
        .filter(
            deliveries::webhook_id
                .eq(Id(webhook.0))
                .and(deliveries::act.eq(act)),
        )
        .order(deliveries::id.desc())
        .select(deliveries::written_at)
        .first(conn)
        .optional()?;
    Ok(last.map(|last| last.0))
}

fn delivery(row: Row) -> Delivery {
    Delivery {
        id: row.id.0,
        event_id: row.event_id,
        act: row.act,
        written_at: row.written_at.0,
        due_at: row.due_at.0,
        attempts: row.attempts,
        status: row.status,
        error: row.last_error,
        sent_at: row.sent_at.map(|at| at.0),
        given_up_at: row.given_up_at.map(|at| at.0),
    }
}
