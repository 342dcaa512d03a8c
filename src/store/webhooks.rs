//! Webhooks of each side.

use diesel::prelude::*;

use super::column::{Id, Json, Stamp, read};
use super::conn::{Conn, either};
use super::projection::{self, Difference};
use super::schema::webhooks;
use super::{StoreError, Stored, Tx};
use crate::domain::audit::entry::Log;
use crate::domain::hex::sha256_hex;
use crate::domain::id::WebhookId;
use crate::domain::person::Side;
use crate::domain::text::{Line, WebhookUrl};
use crate::domain::webhook::wants::Wants;
use crate::domain::webhook::{FormerSecret, Stage, Webhook, WebhookSetting};

/// A webhook and its secrets, sealed.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The webhook.
    pub webhook: Webhook,
    /// Its secret.
    pub secret: Vec<u8>,
    /// The one before it.
    pub former: Option<Vec<u8>>,
}

/// A webhook that facts are sent to.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    /// Its id.
    pub id: WebhookId,
    /// Whose it is.
    pub side: Side,
    /// What it wants.
    pub wants: Wants,
}

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = webhooks, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    log: Id,
    url: String,
    description: String,
    wants: Json,
    stage: Json,
    secret_sealed: Vec<u8>,
    former_sealed: Option<Vec<u8>>,
    former_until: Option<Stamp>,
}

impl Row {
    fn of(kept: &Kept) -> Stored<Self> {
        let Webhook { side, setting, .. } = &kept.webhook;
        Ok(Self {
            id: Id(setting.id.0),
            log: Id(Log::of(*side).id()),
            url: setting.url.to_string(),
            description: setting.description.to_string(),
            wants: Json::of(&setting.wants)?,
            stage: Json::of(&kept.webhook.stage)?,
            secret_sealed: kept.secret.clone(),
            former_sealed: kept.former.clone(),
            former_until: kept.webhook.former.as_ref().map(|f| Stamp(f.until)),
        })
    }

    fn parse(self) -> Stored<Kept> {
        let former = match (&self.former_sealed, self.former_until) {
            (Some(sealed), Some(until)) => Some(FormerSecret {
                sha256: sha256_hex(sealed),
                until: until.0,
            }),
            (None, None) => None,
            _ => {
                let words = format!("webhook {}: half of a secret before", self.id.0);
                return Err(StoreError::Senseless(words));
            }
        };
        let webhook = Webhook {
            side: Log::of_id(self.log.0).side(),
            setting: WebhookSetting {
                id: WebhookId(self.id.0),
                url: read("address of a webhook", WebhookUrl::parse(&self.url))?,
                description: read("name of a webhook", Line::parse(&self.description))?,
                wants: self.wants.read("what a webhook wants")?,
            },
            stage: self.stage.read("stage of a webhook")?,
            secret_sha256: sha256_hex(&self.secret_sealed),
            former,
        };
        Ok(Kept {
            webhook,
            secret: self.secret_sealed,
            former: self.former_sealed,
        })
    }
}

/// A row as facts know it.
struct Known {
    id: Id,
    log: Id,
    url: String,
    description: String,
    wants: Json,
    stage: Json,
    secret_sealed: String,
    former_sealed: Option<String>,
    former_until: Option<Stamp>,
}

projection::beside!(Known {
    log,
    url,
    description,
    wants,
    stage,
    secret_sealed,
    former_sealed,
    former_until,
});

impl Known {
    fn of(webhook: &Webhook) -> Stored<Self> {
        let (setting, former) = (&webhook.setting, webhook.former.as_ref());
        Ok(Self {
            id: Id(setting.id.0),
            log: Id(Log::of(webhook.side).id()),
            url: setting.url.to_string(),
            description: setting.description.to_string(),
            wants: Json::of(&setting.wants)?,
            stage: Json::of(&webhook.stage)?,
            secret_sealed: webhook.secret_sha256.clone(),
            former_sealed: former.map(|former| former.sha256.clone()),
            former_until: former.map(|former| Stamp(former.until)),
        })
    }

    fn from_row(row: Row) -> Self {
        Self {
            id: row.id,
            log: row.log,
            url: row.url,
            description: row.description,
            wants: row.wants,
            stage: row.stage,
            secret_sealed: sha256_hex(&row.secret_sealed),
            former_sealed: row.former_sealed.as_deref().map(sha256_hex),
            former_until: row.former_until,
        }
    }
}

/// How the rows of these webhooks differ from them, each by its index. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, known: &[Webhook]) -> Stored<Vec<(usize, Difference)>> {
    let expected = known.iter().map(Known::of).collect::<Stored<Vec<_>>>()?;
    projection::compare(conn, &expected, |conn, ids| {
        let rows: Vec<Row> = webhooks::table
            .filter(webhooks::id.eq_any(ids))
            .load(conn)?;
        Ok(rows.into_iter().map(Known::from_row).collect())
    })
}

/// The webhooks of a side, the oldest first. Their number is bounded where they are added.
///
/// # Errors
/// When a row makes no sense.
pub fn of(conn: &mut Conn, side: Side) -> Stored<Vec<Kept>> {
    let rows: Vec<Row> = webhooks::table
        .filter(webhooks::log.eq(Id(Log::of(side).id())))
        .order(webhooks::id)
        .load(conn)?;
    rows.into_iter().map(Row::parse).collect()
}

/// A webhook of a side.
///
/// # Errors
/// When the row makes no sense.
pub fn of_side(conn: &mut Conn, side: Side, id: WebhookId) -> Stored<Option<Kept>> {
    let kept = by_id(conn, id)?;
    Ok(kept.filter(|kept| kept.webhook.side == side))
}

/// A webhook of whichever side, for the night shift.
///
/// # Errors
/// When the row makes no sense.
pub fn by_id(conn: &mut Conn, id: WebhookId) -> Stored<Option<Kept>> {
    let row: Option<Row> = webhooks::table.find(Id(id.0)).first(conn).optional()?;
    row.map(Row::parse).transpose()
}

/// At most `limit` webhooks after `after`, in the order of their ids.
///
/// # Errors
/// When a row makes no sense.
pub fn page(conn: &mut Conn, after: Option<WebhookId>, limit: i64) -> Stored<Vec<Kept>> {
    let mut query = webhooks::table
        .order(webhooks::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(webhooks::id.gt(Id(after.0)));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(Row::parse).collect()
}

/// The webhooks that are on and may hear of a fact in this log: its own side's, and the provider's.
pub(super) fn listening(conn: &mut Conn, log: Log) -> Stored<Vec<Listener>> {
    let listening = webhooks::table
        .filter(
            webhooks::log
                .eq(Id(log.id()))
                .or(webhooks::log.eq(Id(Log::Provider.id()))),
        )
        .order(webhooks::id)
        .select((
            webhooks::id,
            webhooks::log,
            webhooks::wants,
            webhooks::stage,
        ));
    let rows: Vec<(Id, Id, Json, Json)> = either!(conn, |conn| listening.load(conn)?);
    let mut listeners = Vec::new();
    for (id, log, wants, stage) in rows {
        if stage.read::<Stage>("stage of a webhook")? == Stage::On {
            listeners.push(Listener {
                id: WebhookId(id.0),
                side: Log::of_id(log.0).side(),
                wants: wants.read("what a webhook wants")?,
            });
        }
    }
    Ok(listeners)
}

/// Adds a webhook.
///
/// # Errors
/// When the database does not answer.
pub fn add(tx: &mut Tx<'_>, kept: &Kept) -> Stored<()> {
    diesel::insert_into(webhooks::table)
        .values(Row::of(kept)?)
        .execute(tx.conn())?;
    Ok(())
}

/// Saves what a webhook has become.
///
/// # Errors
/// When the database does not answer.
pub fn save(tx: &mut Tx<'_>, kept: &Kept) -> Stored<()> {
    diesel::update(webhooks::table.find(Id(kept.webhook.setting.id.0)))
        .set(Row::of(kept)?)
        .execute(tx.conn())?;
    Ok(())
}

/// Removes a webhook.
///
/// # Errors
/// When the database does not answer.
pub fn remove(tx: &mut Tx<'_>, id: WebhookId) -> Stored<()> {
    diesel::delete(webhooks::table.find(Id(id.0))).execute(tx.conn())?;
    Ok(())
}
