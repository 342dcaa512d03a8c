//! Passkeys: of whom, what each is called, and how often it was used.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};

use super::column::{Id, Stamp, read};
use super::conn::Conn;
use super::schema::{answered_challenges, passkeys};
use super::{Keep, StoreError, Stored, Tx};
use crate::domain::hex::{hex, sha256_hex};
use crate::domain::id::{PasskeyId, PersonId};
use crate::domain::text::Line;
use crate::domain::time::Moment;

/// Most passkeys of one person.
pub const PASSKEYS_MAX: usize = 10;

/// A passkey as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// Whose it is.
    pub person: PersonId,
    /// What its owner calls it.
    pub name: Line,
    /// By what a browser names it.
    pub credential_id: Vec<u8>,
    /// Its public key and what it said of itself, in JSON.
    pub credential: String,
    /// Since when its owner has it.
    pub since: Moment,
    /// How often its device had used it when it was last shown.
    pub counter: u32,
    /// When it was last shown.
    pub last_used_at: Option<Moment>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = passkeys, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    person_id: Id,
    name: String,
    credential_id: Vec<u8>,
    credential: String,
    since: Stamp,
    counter: i64,
    last_used_at: Option<Stamp>,
}

impl Row {
    fn parse(self) -> Stored<Passkey> {
        Ok(Passkey {
            id: PasskeyId(self.id.0),
            person: PersonId(self.person_id.0),
            name: read("passkey's name", Line::parse(&self.name))?,
            credential_id: self.credential_id,
            credential: self.credential,
            since: self.since.0,
            counter: read("passkey's counter", u32::try_from(self.counter))?,
            last_used_at: self.last_used_at.map(|at| at.0),
        })
    }
}

impl Passkey {
    /// The digest that stands for its secrets' counterpart in the log: of what it is found by and verified with.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.credential_id, &self.credential)
    }
}

/// The digest of a credential and its id.
pub(super) fn digest(credential_id: &[u8], credential: &str) -> String {
    sha256_hex(format!("{} {credential}", hex(credential_id)).as_bytes())
}

/// A person's passkeys, the oldest first: at most [`PASSKEYS_MAX`].
///
/// # Errors
/// When a row makes no sense.
pub fn of_person(conn: &mut Conn, person: PersonId) -> Stored<Vec<Passkey>> {
    let rows: Vec<Row> = passkeys::table
        .filter(passkeys::person_id.eq(Id(person.0)))
        .order((passkeys::since, passkeys::id))
        .limit(i64::try_from(PASSKEYS_MAX).unwrap_or(i64::MAX))
        .load(conn)?;
    rows.into_iter().map(Row::parse).collect()
}

/// Whether a person has a passkey.
///
/// # Errors
/// When the database does not answer.
pub fn has_one(conn: &mut Conn, person: PersonId) -> Stored<bool> {
    let one: Option<Id> = passkeys::table
        .filter(passkeys::person_id.eq(Id(person.0)))
        .select(passkeys::id)
        .first(conn)
        .optional()?;
    Ok(one.is_some())
}

/// The passkey that a browser names so, whoever's it is.
///
/// # Errors
/// When the row makes no sense.
pub fn by_credential(conn: &mut Conn, credential_id: &[u8]) -> Stored<Option<Passkey>> {
    let row: Option<Row> = passkeys::table
        .filter(passkeys::credential_id.eq(credential_id))
        .first(conn)
        .optional()?;
    row.map(Row::parse).transpose()
}

/// Whether a challenge was answered already.
///
/// # Errors
/// When the database does not answer.
pub fn is_answered(conn: &mut Conn, challenge_sha256: &[u8]) -> Stored<bool> {
    let answered = answered_challenges::table
        .filter(answered_challenges::challenge_sha256.eq(challenge_sha256));
    Ok(diesel::select(diesel::dsl::exists(answered)).get_result(conn)?)
}

/// Adds a passkey.
///
/// # Errors
/// A unique violation when somebody has this credential already.
pub fn add(tx: &mut Tx<'_>, passkey: &Passkey) -> Stored<()> {
    let row = Row {
        id: Id(passkey.id.0),
        person_id: Id(passkey.person.0),
        name: passkey.name.to_string(),
        credential_id: passkey.credential_id.clone(),
        credential: passkey.credential.clone(),
        since: Stamp(passkey.since),
        counter: passkey.counter.into(),
        last_used_at: passkey.last_used_at.map(Stamp),
    };
    diesel::insert_into(passkeys::table)
        .values(row)
        .execute(tx.conn())?;
    Ok(())
}

/// Gives a passkey of this person another name.
///
/// # Errors
/// When the database does not answer, or there is no such passkey.
pub fn rename(tx: &mut Tx<'_>, person: PersonId, id: PasskeyId, name: &Line) -> Stored<()> {
    let changed = diesel::update(theirs(person, id))
        .set(passkeys::name.eq(name.as_str()))
        .execute(tx.conn())?;
    one(changed)
}

/// Removes a passkey of this person.
///
/// # Errors
/// When the database does not answer, or there is no such passkey.
pub fn remove(tx: &mut Tx<'_>, person: PersonId, id: PasskeyId) -> Stored<()> {
    let changed = diesel::delete(theirs(person, id)).execute(tx.conn())?;
    one(changed)
}

/// Removes every passkey of a person.
///
/// # Errors
/// When the database does not answer.
pub fn remove_all(tx: &mut Tx<'_>, person: PersonId) -> Stored<()> {
    diesel::delete(passkeys::table.filter(passkeys::person_id.eq(Id(person.0))))
        .execute(tx.conn())?;
    Ok(())
}

#[diesel::dsl::auto_type(no_type_alias)]
fn theirs(person: PersonId, id: PasskeyId) -> _ {
    let owner: Id = Id(person.0);
    let row: Id = Id(id.0);
    passkeys::table
        .filter(passkeys::id.eq(row))
        .filter(passkeys::person_id.eq(owner))
}

fn one(changed: usize) -> Stored<()> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Senseless("a passkey that is gone".to_owned()))
    }
}

impl Keep<'_> {
    /// Notes that a challenge was answered. False when it was before: an answer counts once, also when it is shown twice
    /// at the same moment.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn answer_challenge(&mut self, challenge_sha256: &[u8], now: Moment) -> Stored<bool> {
        let noted = diesel::insert_into(answered_challenges::table)
            .values((
                answered_challenges::challenge_sha256.eq(challenge_sha256),
                answered_challenges::answered_at.eq(Stamp(now)),
            ))
            .execute(self.0);
        match noted {
            Ok(_) => Ok(true),
            Err(DatabaseError(UniqueViolation, _)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes that a passkey was shown. Its counter only ever goes forwards; devices that do not count say zero for ever.
    /// False when a higher one was shown meanwhile, or the passkey is gone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn use_passkey(&mut self, id: PasskeyId, counter: u32, now: Moment) -> Stored<bool> {
        let counter = i64::from(counter);
        let forwards = passkeys::counter
            .lt(counter)
            .or(passkeys::counter.eq(0).and(passkeys::counter.eq(counter)));
        let row = passkeys::table.filter(passkeys::id.eq(Id(id.0)).and(forwards));
        let changed = diesel::update(row)
            .set((
                passkeys::counter.eq(counter),
                passkeys::last_used_at.eq(Some(Stamp(now))),
            ))
            .execute(self.0)?;
        Ok(changed == 1)
    }

    /// Sweeps challenges answered before this moment, which have ended by themselves; says how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn sweep_answered_challenges(&mut self, before: Moment) -> Stored<usize> {
        let over =
            answered_challenges::table.filter(answered_challenges::answered_at.lt(Stamp(before)));
        Ok(diesel::delete(over).execute(self.0)?)
    }
}
