//! Single sign-on of each side, and the answers of identity providers that were used.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error::DatabaseError;

use super::column::{Id, Json, Stamp, read};
use super::conn::Conn;
use super::projection::{self, Difference};
use super::schema::{single_sign_on, used_sign_ons};
use super::{Keep, StoreError, Stored, Tx};
use crate::domain::audit::entry::Log;
use crate::domain::hex::sha256_hex;
use crate::domain::id::{PersonId, SignOnId};
use crate::domain::person::Side;
use crate::domain::single_sign_on::{SignOn, SignOnSetting};
use crate::domain::text::{Issuer, Line};
use crate::domain::time::Moment;

#[derive(Queryable, Insertable)]
#[diesel(table_name = single_sign_on, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    log: Id,
    issuer: String,
    client_id: String,
    client_secret_sealed: Vec<u8>,
    group_roles: Json,
    strong: Json,
    stage: Json,
    set_by: Option<Id>,
}

impl Row {
    fn parse(self) -> Stored<(SignOn, Vec<u8>)> {
        let side = Log::of_id(self.log.0).side();
        let strong: BTreeSet<Line> = self.strong.read("what counts as a second factor")?;
        let setting = SignOnSetting {
            id: SignOnId(self.id.0),
            issuer: read("issuer", Issuer::parse(&self.issuer))?,
            client_id: read("client id", Line::parse(&self.client_id))?,
            groups: self.group_roles.read("roles of groups")?,
            strong,
        };
        if !setting.fits(side) {
            return Err(StoreError::Senseless(format!(
                "single sign-on {} gives roles of the other side",
                setting.id
            )));
        }
        let set_by = self.set_by.map(|person| PersonId(person.0));
        let nobody = || StoreError::Senseless(format!("nobody set single sign-on {}", setting.id));
        let set_by = set_by.ok_or_else(nobody)?;
        let sign_on = SignOn {
            side,
            setting,
            secret_sha256: sha256_hex(&self.client_secret_sealed),
            stage: self.stage.read("stage of single sign-on")?,
            set_by,
        };
        Ok((sign_on, self.client_secret_sealed))
    }
}

/// A row as facts know it.
struct Known {
    id: Id,
    log: Id,
    issuer: String,
    client_id: String,
    client_secret_sealed: String,
    group_roles: Json,
    strong: Json,
    stage: Json,
    set_by: Option<Id>,
}

projection::beside!(Known {
    log,
    issuer,
    client_id,
    client_secret_sealed,
    group_roles,
    strong,
    stage,
    set_by,
});

impl Known {
    fn of(known: &SignOn) -> Stored<Self> {
        let setting = &known.setting;
        Ok(Self {
            id: Id(setting.id.0),
            log: Id(Log::of(known.side).id()),
            issuer: setting.issuer.to_string(),
            client_id: setting.client_id.to_string(),
            client_secret_sealed: known.secret_sha256.clone(),
            group_roles: Json::of(&setting.groups)?,
            strong: Json::of(&setting.strong)?,
            stage: Json::of(&known.stage)?,
            set_by: Some(Id(known.set_by.0)),
        })
    }

    fn from_row(row: Row) -> Self {
        Self {
            id: row.id,
            log: row.log,
            issuer: row.issuer,
            client_id: row.client_id,
            client_secret_sealed: sha256_hex(&row.client_secret_sealed),
            group_roles: row.group_roles,
            strong: row.strong,
            stage: row.stage,
            set_by: row.set_by,
        }
    }
}

/// How the row of a side's single sign-on differs from it.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, known: &SignOn) -> Stored<Vec<(usize, Difference)>> {
    projection::compare(conn, &[Known::of(known)?], |conn, ids| {
        let rows: Vec<Row> = single_sign_on::table
            .filter(single_sign_on::id.eq_any(ids))
            .load(conn)?;
        Ok(rows.into_iter().map(Known::from_row).collect())
    })
}

/// A side's single sign-on and its sealed client secret.
///
/// # Errors
/// When the row makes no sense.
pub fn of(conn: &mut Conn, of: Side) -> Stored<Option<(SignOn, Vec<u8>)>> {
    let row: Option<Row> = single_sign_on::table
        .filter(single_sign_on::log.eq(Id(Log::of(of).id())))
        .first(conn)
        .optional()?;
    row.map(Row::parse).transpose()
}

/// At most `limit` settings after `after`, in the order of their ids, each with its sealed client secret.
///
/// # Errors
/// When a row makes no sense.
pub fn page(
    conn: &mut Conn,
    after: Option<SignOnId>,
    limit: i64,
) -> Stored<Vec<(SignOn, Vec<u8>)>> {
    let mut query = single_sign_on::table
        .order(single_sign_on::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(single_sign_on::id.gt(Id(after.0)));
    }
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(Row::parse).collect()
}

/// Sets a side's single sign-on in the place of what was set before.
///
/// # Errors
/// When the database does not answer.
pub fn set(tx: &mut Tx<'_>, sign_on: &SignOn, client_secret_sealed: Vec<u8>) -> Stored<()> {
    let setting = &sign_on.setting;
    let row = Row {
        id: Id(setting.id.0),
        log: Id(Log::of(sign_on.side).id()),
        issuer: setting.issuer.to_string(),
        client_id: setting.client_id.to_string(),
        client_secret_sealed,
        group_roles: Json::of(&setting.groups)?,
        strong: Json::of(&setting.strong)?,
        stage: Json::of(&sign_on.stage)?,
        set_by: Some(Id(sign_on.set_by.0)),
    };
    let before = single_sign_on::table.filter(single_sign_on::log.eq(row.log));
    diesel::delete(before).execute(tx.conn())?;
    diesel::insert_into(single_sign_on::table)
        .values(row)
        .execute(tx.conn())?;
    Ok(())
}

/// Saves how far it is.
///
/// # Errors
/// When the database does not answer.
pub fn save_stage(tx: &mut Tx<'_>, sign_on: &SignOn) -> Stored<()> {
    diesel::update(single_sign_on::table.find(Id(sign_on.setting.id.0)))
        .set(single_sign_on::stage.eq(Json::of(&sign_on.stage)?))
        .execute(tx.conn())?;
    Ok(())
}

impl Keep<'_> {
    /// Notes that an identity provider's answer is used. False when it was used before, here or on another node.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn use_sign_on(&mut self, state_sha256: [u8; 32], now: Moment) -> Stored<bool> {
        let used = diesel::insert_into(used_sign_ons::table)
            .values((
                used_sign_ons::state_sha256.eq(state_sha256.to_vec()),
                used_sign_ons::used_at.eq(Stamp(now)),
            ))
            .execute(self.0);
        match used {
            Ok(_) => Ok(true),
            Err(DatabaseError(UniqueViolation, _)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Sweeps answers used before `before`; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_sign_ons(&mut self, before: Moment) -> Stored<usize> {
        let old = used_sign_ons::table.filter(used_sign_ons::used_at.lt(Stamp(before)));
        Ok(diesel::delete(old).execute(self.0)?)
    }
}
