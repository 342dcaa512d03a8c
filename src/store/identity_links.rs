//! What identity providers call people.

use diesel::prelude::*;

use super::column::{Id, Stamp, read};
use super::conn::Conn;
use super::projection::{self, Difference};
use super::schema::identity_links;
use super::{Stored, Tx};
use crate::domain::id::PersonId;
use crate::domain::single_sign_on::IdentityLink;
use crate::domain::text::{Issuer, SubjectId};

#[derive(Queryable, Insertable)]
#[diesel(table_name = identity_links, treat_none_as_default_value = false)]
struct Row {
    #[diesel(column_name = person_id)]
    id: Id,
    issuer: String,
    subject: String,
    since: Stamp,
}

projection::beside!(Row {
    issuer,
    subject,
    since,
});

impl Row {
    fn of(link: &IdentityLink) -> Self {
        Self {
            id: Id(link.person.0),
            issuer: link.issuer.to_string(),
            subject: link.subject.to_string(),
            since: Stamp(link.since),
        }
    }

    fn parse(self) -> Stored<IdentityLink> {
        Ok(IdentityLink {
            person: PersonId(self.id.0),
            issuer: read("issuer", Issuer::parse(&self.issuer))?,
            subject: read("subject", SubjectId::parse(&self.subject))?,
            since: self.since.0,
        })
    }
}

/// How the rows of these links differ from them, each by its index. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, links: &[IdentityLink]) -> Stored<Vec<(usize, Difference)>> {
    let expected: Vec<Row> = links.iter().map(Row::of).collect();
    projection::compare(conn, &expected, |conn, ids| {
        identity_links::table
            .filter(identity_links::person_id.eq_any(ids))
            .load(conn)
    })
}

/// Which of these people are called anything. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn linked(conn: &mut Conn, of: &[PersonId]) -> Stored<Vec<PersonId>> {
    let ids: Vec<Id> = of.iter().map(|person| Id(person.0)).collect();
    let found: Vec<Id> = identity_links::table
        .filter(identity_links::person_id.eq_any(ids))
        .select(identity_links::person_id)
        .load(conn)?;
    Ok(found.into_iter().map(|id| PersonId(id.0)).collect())
}

/// Whose subject this is.
///
/// # Errors
/// When the row makes no sense.
pub fn by_subject(
    conn: &mut Conn,
    issuer: &Issuer,
    subject: &SubjectId,
) -> Stored<Option<IdentityLink>> {
    let row: Option<Row> = identity_links::table
        .filter(identity_links::issuer.eq(issuer.as_str()))
        .filter(identity_links::subject.eq(subject.as_str()))
        .first(conn)
        .optional()?;
    row.map(Row::parse).transpose()
}

/// What a person is called, if an identity provider calls them anything.
///
/// # Errors
/// When the row makes no sense.
pub fn of_person(conn: &mut Conn, person: PersonId) -> Stored<Option<IdentityLink>> {
    let row: Option<Row> = identity_links::table
        .find(Id(person.0))
        .first(conn)
        .optional()?;
    row.map(Row::parse).transpose()
}

/// Takes away what a person is called.
///
/// # Errors
/// When the database does not answer.
pub fn unlink(tx: &mut Tx<'_>, person: PersonId) -> Stored<()> {
    diesel::delete(identity_links::table.find(Id(person.0))).execute(tx.conn())?;
    Ok(())
}

/// Links a person, in the place of what they were called before.
///
/// # Errors
/// A unique violation when the subject is another person's.
pub fn link(tx: &mut Tx<'_>, link: &IdentityLink) -> Stored<()> {
    diesel::delete(identity_links::table.find(Id(link.person.0))).execute(tx.conn())?;
    diesel::insert_into(identity_links::table)
        .values(Row::of(link))
        .execute(tx.conn())?;
    Ok(())
}
