//! How often something may be tried: counted before anything is compared, so that what is tried at the same moment is
//! counted one by one.

use chrono::TimeDelta;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::column::Stamp;
use super::conn::{Conn, either};
use super::schema::tries;
use super::{Keep, Stored};
use crate::domain::time::Moment;

/// What tries are counted for: an account at an address, for example. Kept only as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(Vec<u8>);

/// How many tries there are, and the time in which they are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Most tries.
    pub tries: i32,
    /// From the first of them on.
    pub within: TimeDelta,
}

impl Subject {
    /// What these parts name together. The first says what kind it is; no two kinds share a subject.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().to_vec())
    }
}

/// When there are tries again, if one of these has none left now. A look beforehand, so that a flood does not write.
///
/// # Errors
/// When the database does not answer.
pub fn spent(
    conn: &mut Conn,
    counted: &[(Subject, Budget)],
    now: Moment,
) -> Stored<Option<Moment>> {
    for (subject, budget) in counted {
        let found: Option<(i32, Stamp)> = tries::table
            .find(&subject.0)
            .select((tries::tried, tries::since))
            .first(conn)
            .optional()?;
        if let Some((tried, since)) = found
            && tried >= budget.tries
            && now - since.0 < budget.within
        {
            return Ok(Some(since.0 + budget.within));
        }
    }
    Ok(None)
}

impl Keep<'_> {
    /// Takes one try of each, and says when there are more if one of them has none left. Those before it in the list are
    /// taken all the same.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn take_tries(
        &mut self,
        counted: &[(Subject, Budget)],
        now: Moment,
    ) -> Stored<Option<Moment>> {
        self.0.transaction(|conn| {
            for (subject, budget) in counted {
                if !take(conn, subject, *budget, now)? {
                    return spent(conn, counted, now)
                        .map(|until| Some(until.unwrap_or(now + budget.within)));
                }
            }
            Ok(None)
        })
    }

    /// Gives one try of each back: it was a right one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn give_back_tries(&mut self, counted: &[(Subject, Budget)]) -> Stored<()> {
        let subjects = counted.iter().map(|(subject, _)| &subject.0);
        let taken = tries::table
            .filter(tries::subject.eq_any(subjects))
            .filter(tries::tried.gt(0));
        diesel::update(taken)
            .set(tries::tried.eq(tries::tried - 1))
            .execute(self.0)?;
        Ok(())
    }

    /// Forgets what was tried. The row stays: who takes a try at the same moment must not find it gone, as if none were
    /// left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn forget_tries(&mut self, subject: &Subject) -> Stored<()> {
        diesel::update(tries::table.find(&subject.0))
            .set(tries::tried.eq(0))
            .execute(self.0)?;
        Ok(())
    }

    /// Sweeps what was counted from before a moment on; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_tries(&mut self, before: Moment) -> Stored<usize> {
        Ok(diesel::delete(tries::table.filter(tries::since.lt(Stamp(before)))).execute(self.0)?)
    }
}

/// Whether there was one left. The row is made first and changed then, so that of two first tries both are counted.
fn take(conn: &mut Conn, subject: &Subject, budget: Budget, now: Moment) -> Stored<bool> {
    let nothing_yet = (
        tries::subject.eq(&subject.0),
        tries::tried.eq(0),
        tries::since.eq(Stamp(now)),
    );
    either!(conn, |conn| diesel::insert_into(tries::table)
        .values(nothing_yet)
        .on_conflict_do_nothing()
        .execute(conn)?);
    let over = tries::table
        .find(&subject.0)
        .filter(tries::since.le(Stamp(now - budget.within)));
    diesel::update(over)
        .set((tries::tried.eq(0), tries::since.eq(Stamp(now))))
        .execute(conn)?;
    let left = tries::table
        .find(&subject.0)
        .filter(tries::tried.lt(budget.tries));
    let counted = diesel::update(left)
        .set(tries::tried.eq(tries::tried + 1))
        .execute(conn)?;
    Ok(counted == 1)
}
