//! Idempotency keys: the same request sent twice is done once.

use diesel::prelude::*;

use super::column::{Id, Stamp};
use super::conn::Conn;
use super::schema::idempotency_keys;
use super::{Keep, StoreError, Stored, Tx};
use crate::domain::id::KeyId;
use crate::domain::time::Moment;

/// What is known of an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: the caller holds it now and goes on.
    Fresh,
    /// It was answered: the same answer is due.
    Answered(String),
    /// It is being answered.
    InProgress,
    /// It was used with another body.
    OtherBody,
}

type Row = (Vec<u8>, Stamp, Option<String>);

impl Keep<'_> {
    /// Claims an idempotency key until `lease_until`. A claim whose process died is free again after its lease.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn claim_idempotency(
        &mut self,
        key: KeyId,
        idempotency_key: &str,
        body_sha256: &[u8],
        now: Moment,
        lease_until: Moment,
    ) -> Stored<Claim> {
        use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
        let inserted = diesel::insert_into(idempotency_keys::table)
            .values((
                idempotency_keys::api_key_id.eq(Id(key.0)),
                idempotency_keys::idempotency_key.eq(idempotency_key),
                idempotency_keys::body_sha256.eq(body_sha256),
                idempotency_keys::made_at.eq(Stamp(now)),
                idempotency_keys::lease_until.eq(Stamp(lease_until)),
            ))
            .execute(self.0);
        match inserted {
            Ok(_) => return Ok(Claim::Fresh),
            Err(DatabaseError(UniqueViolation, _)) => {}
            Err(error) => return Err(error.into()),
        }
        let one = || idempotency_keys::table.find((Id(key.0), idempotency_key));
        let row: Option<Row> = one()
            .select((
                idempotency_keys::body_sha256,
                idempotency_keys::lease_until,
                idempotency_keys::answer,
            ))
            .first(self.0)
            .optional()?;
        match row {
            None => Ok(Claim::InProgress),
            Some((body, _, _)) if body != body_sha256 => Ok(Claim::OtherBody),
            Some((_, _, Some(answer))) => Ok(Claim::Answered(answer)),
            Some((_, lease, None)) if lease.0 > now => Ok(Claim::InProgress),
            Some((_, lease, None)) => {
                let taken = diesel::update(
                    one().filter(
                        idempotency_keys::lease_until
                            .eq(lease)
                            .and(idempotency_keys::answer.is_null()),
                    ),
                )
                .set(idempotency_keys::lease_until.eq(Stamp(lease_until)))
                .execute(self.0)?;
                Ok(if taken == 1 {
                    Claim::Fresh
                } else {
                    Claim::InProgress
                })
            }
        }
    }

    /// Gives a key free again that was claimed until `lease_until`, when nothing came of it. A claim that somebody
    /// else took over since is theirs and stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn release_idempotency(
        &mut self,
        key: KeyId,
        idempotency_key: &str,
        lease_until: Moment,
    ) -> Stored<()> {
        diesel::delete(
            idempotency_keys::table
                .find((Id(key.0), idempotency_key))
                .filter(idempotency_keys::answer.is_null())
                .filter(idempotency_keys::lease_until.eq(Stamp(lease_until))),
        )
        .execute(self.0)?;
        Ok(())
    }

    /// Sweeps keys made before `before`; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_idempotency(&mut self, before: Moment) -> Stored<usize> {
        Ok(diesel::delete(
            idempotency_keys::table.filter(idempotency_keys::made_at.lt(Stamp(before))),
        )
        .execute(self.0)?)
    }
}

/// Writes the answer of a claimed key, in the transaction of the act: both or neither are kept.
///
/// # Errors
/// [`StoreError::ClaimLost`] when somebody else took the claim over and answered: the act is then undone, so that
/// the same request is done once.
pub fn answer(tx: &mut Tx<'_>, key: KeyId, idempotency_key: &str, answer: &str) -> Stored<()> {
    keep_answer(tx.conn(), key, idempotency_key, answer)
}

/// The same, in the transaction of a bookkeeping.
pub(super) fn keep_answer(
    conn: &mut Conn,
    key: KeyId,
    idempotency_key: &str,
    answer: &str,
) -> Stored<()> {
    let claimed = idempotency_keys::table
        .find((Id(key.0), idempotency_key))
        .filter(idempotency_keys::answer.is_null());
    let changed = diesel::update(claimed)
        .set(idempotency_keys::answer.eq(answer))
        .execute(conn)?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::ClaimLost)
    }
}
