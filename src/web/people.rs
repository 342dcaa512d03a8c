//! People: who is there, and changing it.

pub mod invitation;
pub mod person;
pub mod recovery;
pub mod roles;

use actix_web::HttpRequest;
use actix_web::web::Query;
use serde::Deserialize;
use uuid::Uuid;

use super::guard::Member;
use super::page::{Answer, page};
use super::view::{Message, Paging, PeoplePage, PersonRow, Place, Times, Tone};
use crate::acts::Flaw;
use crate::domain::id::PersonId;
use crate::domain::person::{Person, Side, roles_in_words};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::text::{EmailAddress, Line, sentence};
use crate::domain::time::Moment;
use crate::store::{Stored, people, sign_ins};
use crate::web::typed::called;

/// Rows of one page.
const ROWS: usize = 50;
/// So many must decide that one who is away holds nothing up.
const DECIDE_AT_LEAST: usize = 2;

const LIST: &str = "/people";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: String,
}

/// `GET /people?after=`, and what was done just before it: `?invited`, `?removed`.
///
/// # Errors
/// 403 for whoever may not see people.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    let (who, side) = (member.person(), member.person().side);
    let subject = Subject::of(side);
    may(who, Act::SeePeople, subject)?;
    let may_manage = may(who, Act::InvitePerson, subject).is_ok();
    let asked = Query::<Asked>::from_query(request.query_string());
    let after = asked
        .map(|asked| asked.into_inner().after)
        .unwrap_or_default();
    let after = Uuid::try_parse(&after).ok().map(PersonId);
    let found: Stored<_> = member
        .lockbox()
        .reading(move |conn| {
            let last = after
                .map(|id| people::by_id(conn, id))
                .transpose()?
                .flatten();
            let last = last.filter(|last| last.side == side);
            let last = last.map(|last| (last.name.to_string(), last.id));
            let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
            let page = people::page_of(conn, side, last.as_ref(), limit)?;
            let ids: Vec<PersonId> = page.iter().map(|person| person.id).collect();
            let signed_in = sign_ins::last_of(conn, &ids)?;
            let own = people::with_own_factor(conn, &page)?;
            let few = match side {
                Side::Tenant(tenant) => {
                    let deciders = people::approvers(conn, tenant)?;
                    few(&deciders, &people::with_own_factor(conn, &deciders)?)
                }
                Side::Provider => None,
            };
            Ok((page, signed_in, own, few))
        })
        .await;
    let (mut found, signed_in, own, few) = found?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let times = member.times();
    let rows = found
        .iter()
        .map(|person| row(person, &own, signed_in.get(&person.id).copied(), times));
    let mut shell = member.shell(Place::People);
    let done = match request.query_string() {
        "invited" => Some("Invited. The mail is on its way."),
        "removed" => Some("Removed. They and every administrator are told by mail."),
        _ => None,
    };
    shell.messages.extend(
        done.filter(|_| may_manage)
            .map(|words| Message::new(Tone::Good, words)),
    );
    page(&PeoplePage {
        shell,
        people: rows.collect(),
        may_manage,
        few,
        zone: times.zone_words(),
        paging: Paging {
            first: after.map(|_| LIST.to_owned()),
            next: found
                .last()
                .filter(|_| more)
                .map(|last| format!("{LIST}?after={}", last.id)),
        },
    })
}

/// A warning where one person who is away keeps everything waiting. Of those who decide, some have a second factor of
/// their own; who has none is not relied on, since single sign-on may never show one.
fn few(deciders: &[Person], own: &[PersonId]) -> Option<String> {
    if own.len() >= DECIDE_AT_LEAST {
        return None;
    }
    let how_many = match (deciders.len(), own.len()) {
        (0, _) => "Nobody here can decide",
        (1, 1) => "One person alone can decide",
        (_, 0) => "Nobody here is sure to decide",
        _ => "One person alone is sure to decide",
    };
    let others = if deciders.len() > own.len() {
        " Who has no second factor of their own decides only if single sign-on shows one."
    } else {
        ""
    };
    Some(format!(
        "{how_many} data access requests.{others} Invite somebody else as access approver, so that none expires unanswered."
    ))
}

/// Somebody as a row; `own` are those of whom it is known that they have a second factor of their own.
fn row(person: &Person, own: &[PersonId], last: Option<Moment>, times: Times) -> PersonRow {
    PersonRow {
        href: href(person.id),
        name: person.name.to_string(),
        email: person.email.to_string(),
        roles: roles_in_words(&person.role_names()),
        invited: person.joined.is_none(),
        second_factor: person.second_factor_since.map(|at| times.at(at)),
        by_sign_on: person.second_factor_since.is_some() && !own.contains(&person.id),
        last: last.map(|at| times.at(at)),
    }
}

fn href(person: PersonId) -> String {
    format!("{LIST}/{person}")
}

/// A mail address and a name as they were typed, or what is wrong with them.
pub(super) fn typed(email: &str, name: &str) -> (Option<(EmailAddress, Line)>, Vec<Flaw>) {
    let email = EmailAddress::parse(email)
        .map_err(|e| Flaw::of("email", sentence(&format!("the address {e}"))));
    let name = called("name", name).map_err(|words| Flaw::of("name", words));
    match (email, name) {
        (Ok(email), Ok(name)) => (Some((email, name)), Vec::new()),
        (email, name) => {
            let flaws = [email.err(), name.err()];
            (None, flaws.into_iter().flatten().collect())
        }
    }
}
