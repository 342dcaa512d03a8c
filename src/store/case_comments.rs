//! What was said in support cases.

use diesel::prelude::*;

use super::column::{Id, Json, Stamp, read};
use super::conn::Conn;
use super::cursor::Cursor;
use super::projection::{self, Difference};
use super::schema::case_comments;
use super::{Stored, Tx};
use crate::domain::id::{CaseId, CommentId, TenantId};
use crate::domain::support_case::{Comment, Done};
use crate::domain::text::Prose;

#[derive(Queryable, Insertable)]
#[diesel(table_name = case_comments, treat_none_as_default_value = false)]
struct Row {
    id: Id,
    tenant_id: Id,
    case_id: Id,
    said_by: Json,
    said_at: Stamp,
    text: String,
}

impl Row {
    fn of(comment: &Comment) -> Stored<Self> {
        Ok(Self {
            id: Id(comment.id.0),
            tenant_id: Id(comment.tenant.0),
            case_id: Id(comment.case.0),
            said_by: Json::of(&comment.said.by)?,
            said_at: Stamp(comment.said.at),
            text: comment.text.to_string(),
        })
    }

    fn parse(self) -> Stored<Comment> {
        Ok(Comment {
            id: CommentId(self.id.0),
            tenant: TenantId(self.tenant_id.0),
            case: CaseId(self.case_id.0),
            said: Done {
                by: self.said_by.read("who said it")?,
                at: self.said_at.0,
            },
            text: read("comment", Prose::parse(&self.text))?,
        })
    }
}

projection::beside!(Row {
    tenant_id,
    case_id,
    said_by,
    said_at,
    text
});

/// How the rows of these comments differ from them, each by its index. The caller bounds their number.
///
/// # Errors
/// When the database does not answer.
pub fn differing(conn: &mut Conn, comments: &[Comment]) -> Stored<Vec<(usize, Difference)>> {
    let expected = comments.iter().map(Row::of).collect::<Stored<Vec<_>>>()?;
    projection::compare(conn, &expected, |conn, ids| {
        case_comments::table
            .filter(case_comments::id.eq_any(ids))
            .load(conn)
    })
}

/// Adds a comment.
///
/// # Errors
/// When the database does not answer.
pub fn add(tx: &mut Tx<'_>, comment: &Comment) -> Stored<()> {
    diesel::insert_into(case_comments::table)
        .values(Row::of(comment)?)
        .execute(tx.conn())?;
    Ok(())
}

/// A tenant's comment by its id.
///
/// # Errors
/// When the row makes no sense.
pub fn by_id(conn: &mut Conn, tenant: TenantId, id: CommentId) -> Stored<Option<Comment>> {
    let row: Option<Row> = case_comments::table
        .find(Id(id.0))
        .filter(case_comments::tenant_id.eq(Id(tenant.0)))
        .first(conn)
        .optional()?;
    row.map(Row::parse).transpose()
}

/// How many comments a tenant's case has.
///
/// # Errors
/// When the database does not answer.
pub fn count(conn: &mut Conn, tenant: TenantId, case: CaseId) -> Stored<i64> {
    Ok(case_comments::table
        .filter(
            case_comments::tenant_id
                .eq(Id(tenant.0))
                .and(case_comments::case_id.eq(Id(case.0))),
        )
        .count()
        .get_result(conn)?)
}

/// The cursor of the page that ends with this comment.
#[must_use]
pub const fn cursor(comment: &Comment) -> Cursor {
    Cursor {
        at: comment.said.at,
        id: comment.id.0,
    }
}

/// At most `limit` comments of a tenant's case that came before this one, the newest first.
///
/// # Errors
/// When a row makes no sense.
pub fn page(
    conn: &mut Conn,
    tenant: TenantId,
    case: CaseId,
    before: Option<Cursor>,
    limit: i64,
) -> Stored<Vec<Comment>> {
    let mut query = case_comments::table
        .filter(
            case_comments::tenant_id
                .eq(Id(tenant.0))
                .and(case_comments::case_id.eq(Id(case.0))),
        )
        .order((case_comments::said_at.desc(), case_comments::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(Cursor { at, id }) = before {
        query = query.filter(
            case_comments::said_at.le(Stamp(at)).and(
                case_comments::said_at
                    .lt(Stamp(at))
                    .or(case_comments::id.lt(Id(id))),
            ),
        );
    }
    query
        .load::<Row>(conn)?
        .into_iter()
        .map(Row::parse)
        .collect()
}
