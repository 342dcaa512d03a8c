//! One-time links: kept as the hash of their token. A person has at most one of each kind, so a newer one is the end of
//! the one before.

use diesel::prelude::*;

use super::column::{Id, Stamp};
use super::conn::Conn;
use super::schema::one_time_links;
use super::{Keep, Stored, Tx};
use crate::domain::id::PersonId;
use crate::domain::one_time_link::{Enclosed, LinkKind};
use crate::domain::time::Moment;

/// A link's token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptToken {
    /// SHA-256 of its text.
    pub sha256: Vec<u8>,
    /// Its text, sealed until its letter is sent.
    pub sealed: Vec<u8>,
}

/// Makes a person's link of this kind, in place of the one before: by SHA-256 of its token's text, and that text, sealed,
/// where it is still to be sent.
///
/// # Errors
/// When the database does not answer.
pub fn make(
    tx: &mut Tx<'_>,
    person: PersonId,
    kind: LinkKind,
    sha256: Vec<u8>,
    sealed: Option<Vec<u8>>,
) -> Stored<()> {
    let now = tx.now();
    diesel::delete(one_time_links::table.find((Id(person.0), kind.as_str()))).execute(tx.conn())?;
    diesel::insert_into(one_time_links::table)
        .values((
            one_time_links::person_id.eq(Id(person.0)),
            one_time_links::kind.eq(kind.as_str()),
            one_time_links::token_sha256.eq(sha256),
            one_time_links::sealed.eq(sealed),
            one_time_links::made_at.eq(Stamp(now)),
            one_time_links::expires_at.eq(Stamp(now + kind.lasts())),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Whose link has a token of this hash, if it can still be used. Uses nothing up.
///
/// # Errors
/// When the database does not answer.
pub fn whose(
    conn: &mut Conn,
    kind: LinkKind,
    token_sha256: &[u8],
    now: Moment,
) -> Stored<Option<PersonId>> {
    let id: Option<Id> = one_time_links::table
        .filter(one_time_links::token_sha256.eq(token_sha256))
        .filter(
            one_time_links::kind
                .eq(kind.as_str())
                .and(one_time_links::expires_at.gt(Stamp(now))),
        )
        .select(one_time_links::person_id)
        .first(conn)
        .optional()?;
    Ok(id.map(|id| PersonId(id.0)))
}

/// Uses a link up. True for one caller only, however many try at once.
///
/// # Errors
/// When the database does not answer.
pub fn use_up(
    tx: &mut Tx<'_>,
    person: PersonId,
    kind: LinkKind,
    token_sha256: &[u8],
) -> Stored<bool> {
    let now = tx.now();
    let link = one_time_links::table
        .find((Id(person.0), kind.as_str()))
        .filter(
            one_time_links::token_sha256
                .eq(token_sha256)
                .and(one_time_links::expires_at.gt(Stamp(now))),
        );
    Ok(diesel::delete(link).execute(tx.conn())? == 1)
}

/// Ends every link of a person.
///
/// # Errors
/// When the database does not answer.
pub fn end_all(tx: &mut Tx<'_>, person: PersonId) -> Stored<()> {
    let of_person = one_time_links::table.filter(one_time_links::person_id.eq(Id(person.0)));
    diesel::delete(of_person).execute(tx.conn())?;
    Ok(())
}

/// Since when and until when a person's link of this kind can be used.
///
/// # Errors
/// When the database does not answer.
pub fn times(
    conn: &mut Conn,
    person: PersonId,
    kind: LinkKind,
) -> Stored<Option<(Moment, Moment)>> {
    let times: Option<(Stamp, Stamp)> = one_time_links::table
        .find((Id(person.0), kind.as_str()))
        .select((one_time_links::made_at, one_time_links::expires_at))
        .first(conn)
        .optional()?;
    Ok(times.map(|(made, expires)| (made.0, expires.0)))
}

/// The token of the link that a letter encloses; nothing once it was sent, used, followed by a newer one, or expired.
///
/// # Errors
/// When the database does not answer.
pub fn enclosed(conn: &mut Conn, enclosed: &Enclosed, now: Moment) -> Stored<Option<KeptToken>> {
    let kept: Option<(Vec<u8>, Option<Vec<u8>>)> = one_time_links::table
        .find((Id(enclosed.person.0), enclosed.kind.as_str()))
        .filter(
            one_time_links::made_at
                .eq(Stamp(enclosed.made_at))
                .and(one_time_links::expires_at.gt(Stamp(now))),
        )
        .select((one_time_links::token_sha256, one_time_links::sealed))
        .first(conn)
        .optional()?;
    Ok(kept.and_then(|(sha256, sealed)| {
        Some(KeptToken {
            sha256,
            sealed: sealed?,
        })
    }))
}

/// The tokens of links whose letters are not sent yet, those after `after` only, `limit` at a time.
///
/// # Errors
/// When the database does not answer.
pub fn unsent(conn: &mut Conn, after: &[u8], limit: i64) -> Stored<Vec<KeptToken>> {
    let rows: Vec<(Vec<u8>, Option<Vec<u8>>)> = one_time_links::table
        .filter(one_time_links::sealed.is_not_null())
        .filter(one_time_links::token_sha256.gt(after))
        .order(one_time_links::token_sha256)
        .limit(limit)
        .select((one_time_links::token_sha256, one_time_links::sealed))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(sha256, sealed)| {
            Some(KeptToken {
                sha256,
                sealed: sealed?,
            })
        })
        .collect())
}

impl Keep<'_> {
    /// Puts the same token in its place, sealed anew, unless its letter was sent meanwhile.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn seal_link_anew(&mut self, sha256: &[u8], sealed: Vec<u8>) -> Stored<()> {
        let link = one_time_links::table
            .filter(one_time_links::token_sha256.eq(sha256))
            .filter(one_time_links::sealed.is_not_null());
        diesel::update(link)
            .set(one_time_links::sealed.eq(Some(sealed)))
            .execute(self.0)?;
        Ok(())
    }

    /// Forgets the token of a link whose letter was sent: from now on it is known to its reader alone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn forget_link_token(&mut self, enclosed: &Enclosed) -> Stored<()> {
        let link = one_time_links::table
            .find((Id(enclosed.person.0), enclosed.kind.as_str()))
            .filter(one_time_links::made_at.eq(Stamp(enclosed.made_at)));
        diesel::update(link)
            .set(one_time_links::sealed.eq(None::<Vec<u8>>))
            .execute(self.0)?;
        Ok(())
    }

    /// Ends every link of everybody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn end_every_link(&mut self) -> Stored<()> {
        diesel::delete(one_time_links::table).execute(self.0)?;
        Ok(())
    }

    /// Sweeps links that have expired; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_links(&mut self, now: Moment) -> Stored<usize> {
        let old = one_time_links::table.filter(one_time_links::expires_at.le(Stamp(now)));
        Ok(diesel::delete(old).execute(self.0)?)
    }
}
