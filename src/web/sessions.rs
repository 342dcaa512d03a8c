//! A person's sessions: where they are signed in, signing out there, and staying signed in here.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::error::WebError;
use super::form::{Nothing, Posted};
use super::guard::Member;
use super::page::{Answer, page, see_other};
use super::session::Visit;
use super::view::{Device, Message, Place, SessionRow, SessionsPage, Tone};
use crate::acts::sessions;
use crate::domain::time::{Moment, rfc3339};
use crate::store;

const ENDED: &str = "/security/sessions?ended";

/// Which session to end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    session: String,
}

/// When the session ends, for the page that is open in it.
#[derive(Serialize)]
struct Ends {
    ends: String,
}

/// `GET /security/sessions`, and what was done just before it: `?ended`.
///
/// # Errors
/// When the store does not answer.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    let (person, now) = (member.person().id, member.now());
    let open = member
        .lockbox()
        .reading(move |conn| store::sessions::of_person(conn, person, now))
        .await?;
    let row = |open: store::sessions::Open| {
        let visit = Visit::parse(&open.state)?;
        (now < visit.longest()).then(|| SessionRow {
            device: Device(&visit.agent).to_string(),
            address: visit.address.map(|address| address.to_string()),
            since: member.times().at(visit.since),
            used: member.times().at(open.seen_at),
            this: visit.id == member.visit().id,
            half: visit.showed().is_none(),
            id: visit.id,
        })
    };
    let mut rows: Vec<SessionRow> = open.into_iter().filter_map(row).collect();
    rows.sort_by_key(|row| !row.this);
    let mut shell = member.shell(Place::Elsewhere);
    if request.query_string() == "ended" {
        shell
            .messages
            .push(Message::new(Tone::Good, "Signed out there."));
    }
    page(&SessionsPage {
        shell,
        sessions: rows,
        zone: member.times().zone_words(),
    })
}

/// `POST /security/sessions/end`: ends one of the person's own. One that has ended by now is no error.
///
/// # Errors
/// When the store does not answer.
pub async fn end(member: Member, posted: Posted<Which>) -> Answer {
    let (who, session) = (member.who.clone(), posted.fields.session);
    if !session.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(WebError::NotFound);
    }
    member
        .lockbox()
        .acting(move |lockbox| sessions::end(lockbox, &who, &session))
        .await?;
    Ok(see_other(ENDED))
}

/// `POST /security/sessions/end-others`.
///
/// # Errors
/// When the store does not answer.
pub async fn end_others(member: Member, _posted: Posted<Nothing>) -> Answer {
    let who = member.who.clone();
    member
        .lockbox()
        .acting(move |lockbox| sessions::end_others(lockbox, &who))
        .await?;
    Ok(see_other(ENDED))
}

/// `POST /session/stay`: being asked is what keeps it alive. The script that asks stays where it is.
///
/// # Errors
/// None of its own.
pub async fn stay(_member: Member, _posted: Posted<Nothing>) -> Answer {
    Ok(see_other("/"))
}

/// `GET /session/ends`: asked by open pages, which keeps nothing alive.
///
/// # Errors
/// When the session has ended, or the store does not answer.
pub async fn ends(member: Member) -> Answer {
    let (person, now) = (member.person().id, member.now());
    let visit = member.visit().clone();
    let (id, longest) = (visit.id.clone(), visit.longest());
    let idle: Option<Moment> = member
        .lockbox()
        .reading(move |conn| store::sessions::ends_at(conn, person, &id, now))
        .await?;
    let ends = idle.unwrap_or(now).min(longest);
    Ok(HttpResponse::Ok().json(Ends {
        ends: rfc3339(ends),
    }))
}
