//! Tenants.

use chrono_tz::Tz;
use diesel::prelude::*;
use uuid::Uuid;

use super::column::{Id, Json, Stamp, read};
use super::conn::{Conn, either};
use super::projection::{self, Difference};
use super::schema::tenants;
use super::{StoreError, Stored, Tx};
use crate::domain::id::TenantId;
use crate::domain::lockbox::Limits;
use crate::domain::notification_setting::NotificationSetting;
use crate::domain::tenant::Tenant;
use crate::domain::text::{Line, Slug};
use crate::domain::weakening::Delay;

/// Tenants read at a time to be searched.
const CALLED_PAGE: i64 = 200;
/// The same, where their names are enough.
const NAMES_PAGE: i64 = 1_000;

#[derive(Queryable, Insertable)]
#[diesel(table_name = tenants, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: Id,
    key: String,
    name: String,
    zone: String,
    lockbox: Json,
    limits: Json,
    entitlement: Json,
    trial: Json,
    suspended_at: Option<Stamp>,
    mail_links: bool,
    mail_reminders: bool,
    recovery: Option<Json>,
    weakening_hours: i32,
    pending: Option<Json>,
}

impl Row {
    fn of(tenant: &Tenant) -> Stored<Self> {
        Ok(Self {
            id: Id(tenant.id.0),
            key: tenant.key.to_string(),
            name: tenant.name.to_string(),
            zone: tenant.zone.name().to_owned(),
            lockbox: Json::of(&tenant.lockbox)?,
            limits: Json::of(&tenant.limits)?,
            entitlement: Json::of(&tenant.entitlement)?,
            trial: Json::of(&tenant.trial)?,
            suspended_at: tenant.suspended.map(Stamp),
            mail_links: tenant.notifications.links,
            mail_reminders: tenant.notifications.reminders,
            recovery: tenant.recovery.as_ref().map(Json::of).transpose()?,
            weakening_hours: tenant.delay.hours(),
            pending: tenant.pending.as_ref().map(Json::of).transpose()?,
        })
    }

    pub(super) fn parse(self) -> Stored<Tenant> {
        let limits: Limits = self.limits.read("limits")?;
        if !limits.within_bounds() {
            return Err(StoreError::Senseless(format!(
                "limits of tenant {} outside their bounds",
                self.key
            )));
        }
        let hours = self.weakening_hours;
        let delay = Delay::of_hours(hours)
            .ok_or_else(|| StoreError::Senseless(format!("a delay of {hours} hours")))?;
        Ok(Tenant {
            delay,
            pending: self
                .pending
                .map(|pending| pending.read("pending change"))
                .transpose()?,
            id: TenantId(self.id.0),
            key: read("tenant key", Slug::parse(&self.key))?,
            name: read("tenant name", Line::parse(&self.name))?,
            zone: read("tenant zone", self.zone.parse::<Tz>())?,
            lockbox: self.lockbox.read("lockbox setting")?,
            limits,
            entitlement: self.entitlement.read("entitlement")?,
            trial: self.trial.read("trial")?,
            suspended: self.suspended_at.map(|at| at.0),
            recovery: self
                .recovery
                .map(|recovery| recovery.read("recovery"))
                .transpose()?,
            notifications: NotificationSetting {
                links: self.mail_links,
                reminders: self.mail_reminders,
            },
        })
    }
}

projection::beside!(Row {
    key,
    name,
    zone,
    lockbox,
    limits,
    entitlement,
    trial,
    suspended_at,
    mail_links,
    mail_reminders,
    recovery,
    weakening_hours,
    pending,
});

/// How the rows of these tenants differ from them, each by its index. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, tenants: &[Tenant]) -> Stored<Vec<(usize, Difference)>> {
    let expected = tenants.iter().map(Row::of).collect::<Stored<Vec<_>>>()?;
    projection::compare(conn, &expected, |conn, ids| {
        tenants::table.filter(tenants::id.eq_any(ids)).load(conn)
    })
}

/// Adds a tenant.
///
/// # Errors
/// A unique violation when the key was ever used.
pub fn add(tx: &mut Tx<'_>, tenant: &Tenant) -> Stored<()> {
    diesel::insert_into(tenants::table)
        .values(Row::of(tenant)?)
        .execute(tx.conn())?;
    Ok(())
}

/// Saves a tenant's setting: its lockbox, limits, entitlement, suspension, mails, recovery, and what waits.
///
/// # Errors
/// When the database does not answer.
pub fn save_setting(tx: &mut Tx<'_>, tenant: &Tenant) -> Stored<()> {
    let row = Row::of(tenant)?;
    diesel::update(tenants::table.find(row.id))
        .set((
            tenants::lockbox.eq(row.lockbox),
            tenants::limits.eq(row.limits),
            tenants::entitlement.eq(row.entitlement),
            tenants::trial.eq(row.trial),
            tenants::suspended_at.eq(row.suspended_at),
            tenants::mail_links.eq(row.mail_links),
            tenants::mail_reminders.eq(row.mail_reminders),
            tenants::recovery.eq(row.recovery),
            tenants::weakening_hours.eq(row.weakening_hours),
            tenants::pending.eq(row.pending),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// The tenants for which the provider is making a new administrator, by id from after one on; at most `limit`.
///
/// # Errors
/// When a row makes no sense.
pub fn recovering(conn: &mut Conn, after: Option<TenantId>, limit: i64) -> Stored<Vec<Tenant>> {
    let after = after.map_or(Uuid::nil(), |after| after.0);
    let rows: Vec<Row> = tenants::table
        .filter(tenants::recovery.is_not_null())
        .filter(tenants::id.gt(Id(after)))
        .order(tenants::id)
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(Row::parse).collect()
}

/// The tenants of which a change waits that weakens their protection, by id from after one on; at most `limit`.
///
/// # Errors
/// When a row makes no sense.
pub fn pending(conn: &mut Conn, after: Option<TenantId>, limit: i64) -> Stored<Vec<Tenant>> {
    let after = after.map_or(Uuid::nil(), |after| after.0);
    let rows: Vec<Row> = tenants::table
        .filter(tenants::pending.is_not_null())
        .filter(tenants::id.gt(Id(after)))
        .order(tenants::id)
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(Row::parse).collect()
}

/// A tenant by its id.
///
/// # Errors
/// When the row makes no sense.
pub fn by_id(conn: &mut Conn, id: TenantId) -> Stored<Option<Tenant>> {
    let row: Option<Row> = either!(conn, |conn| tenants::table
        .find(Id(id.0))
        .first(conn)
        .optional()?);
    row.map(Row::parse).transpose()
}

/// A tenant by its key.
///
/// # Errors
/// When the row makes no sense.
pub fn by_key(conn: &mut Conn, key: &Slug) -> Stored<Option<Tenant>> {
    let row: Option<Row> = either!(conn, |conn| tenants::table
        .filter(tenants::key.eq(key.as_str()))
        .first(conn)
        .optional()?);
    row.map(Row::parse).transpose()
}

/// At most `limit` tenants after the key `after`, by key, whose name has this in it or whose key it is; of whatever
/// letter case. Without any text it is every tenant.
///
/// # Errors
/// When a row makes no sense.
pub fn called(
    conn: &mut Conn,
    wanted: &str,
    after: Option<&Slug>,
    limit: usize,
) -> Stored<Vec<Tenant>> {
    let wanted = wanted.trim().to_lowercase();
    let (mut found, mut last) = (Vec::new(), after.cloned());
    loop {
        let page = page(conn, last.as_ref(), CALLED_PAGE)?;
        let Some(end) = page.last() else {
            return Ok(found);
        };
        last = Some(end.key.clone());
        // The letters are folded here, since the two databases fold them differently.
        found.extend(page.into_iter().filter(|tenant| {
            tenant.key.as_str() == wanted || tenant.name.as_str().to_lowercase().contains(&wanted)
        }));
        if found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

/// The tenants whose name has this in it or whose key it is, of whatever letter case; none of them where they are more
/// than `limit`, or where there are more than about `most` tenants to look through. A key is found among however many.
///
/// # Errors
/// When the database does not answer.
pub fn ids_called(
    conn: &mut Conn,
    wanted: &str,
    limit: usize,
    most: usize,
) -> Stored<Option<Vec<TenantId>>> {
    let wanted = wanted.trim().to_lowercase();
    let by_key: Option<Id> = match Slug::parse(&wanted) {
        Ok(key) => tenants::table
            .filter(tenants::key.eq(key.as_str()))
            .select(tenants::id)
            .first(conn)
            .optional()?,
        Err(_) => None,
    };
    let by_key = by_key.map(|id| TenantId(id.0));
    let (mut found, mut last, mut looked_through) = (Vec::from_iter(by_key), String::new(), 0);
    while looked_through < most {
        let rows: Vec<(Id, String, String)> = tenants::table
            .filter(tenants::key.gt(last.as_str()))
            .order(tenants::key)
            .limit(NAMES_PAGE)
            .select((tenants::id, tenants::key, tenants::name))
            .load(conn)?;
        let Some((_, end, _)) = rows.last() else {
            return Ok(Some(found));
        };
        last.clone_from(end);
        looked_through += rows.len();
        // The letters are folded here, since the two databases fold them differently.
        let fits = |name: &str| name.to_lowercase().contains(&wanted);
        let named = rows.iter().filter(|(_, _, name)| fits(name));
        let named = named.map(|(id, _, _)| TenantId(id.0));
        found.extend(named.filter(|id| Some(*id) != by_key));
        if found.len() > limit {
            break;
        }
    }
    Ok(by_key.map(|id| vec![id]))
}

/// At most `limit` tenants after the key `after`, by key.
///
/// # Errors
/// When a row makes no sense.
pub fn page(conn: &mut Conn, after: Option<&Slug>, limit: i64) -> Stored<Vec<Tenant>> {
    let after = after.map_or("", Slug::as_str);
    let rows: Vec<Row> = tenants::table
        .filter(tenants::key.gt(after))
        .order(tenants::key)
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(Row::parse).collect()
}
