//! The provider's Active access: who has access now, to what, and until when.

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::web::Query;
use serde::Deserialize;

use super::guard::{Member, ProviderMember};
use super::page::{Answer, page};
use super::requests::asked::{read, written};
use super::requests::listing::sees_only_their_own;
use super::standing::{badge_at, deadline};
use super::view::{AccessRow, ActiveAccessPage, Badge, Paging, Place};
use crate::domain::id::RequestId;
use crate::domain::request::{Request, StateKind};
use crate::domain::rights::{Act, Asker, Subject, may};
use crate::store::requests::{self, Filter, Listed, Sight, View, list};
use crate::store::{StoreError, Stored};

/// Rows of one page.
const ROWS: usize = 50;

const PAGE: &str = "/active-access";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: String,
}

/// `GET /active-access?after=`. An engineer sees their own, everybody else of the provider all of them.
///
/// # Errors
/// 404 for tenants' people, and when the store does not answer.
pub async fn show(member: ProviderMember, request: HttpRequest) -> Answer {
    let who = member.person();
    may(who, Act::SeeQueue, Subject::Provider)?;
    let asked = Query::<Asked>::from_query(request.query_string());
    let after = asked
        .map(|asked| asked.into_inner().after)
        .unwrap_or_default();
    let (after, now, view) = (read(&after), member.now(), View::ActiveAccess);
    let own = sees_only_their_own(who);
    let filter = Filter {
        standing: Some(StateKind::Active),
        engineers: own.then(|| vec![who.id]),
        ..Filter::default()
    };
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let found: Stored<_> = member
        .lockbox()
        .reading(move |conn| {
            let listed = list(conn, Sight::Provider, view, &filter, after, now, limit)?;
            let ids: Vec<RequestId> = listed.iter().map(|listed| listed.id).collect();
            let whole = requests::by_ids(conn, Sight::Provider, &ids)?;
            let whole: HashMap<RequestId, Request> = whole
                .into_iter()
                .map(|request| (request.id, request))
                .collect();
            Ok((listed, whole))
        })
        .await;
    let (mut listed, whole) = found?;
    let more = listed.len() > ROWS;
    listed.truncate(ROWS);
    let rows = listed
        .iter()
        .map(|listed| row(&member, listed, whole.get(&listed.id)));
    page(&ActiveAccessPage {
        shell: member.shell(Place::ActiveAccess),
        whole: !own,
        rows: rows.collect::<Stored<_>>()?,
        zone: member.times().zone_words(),
        paging: Paging {
            first: after.map(|_| PAGE.to_owned()),
            next: listed
                .last()
                .filter(|_| more)
                .map(|last| format!("{PAGE}?after={}", written(last.cursor(view)))),
        },
    })
}

fn row(member: &Member, listed: &Listed, request: Option<&Request>) -> Stored<AccessRow> {
    let senseless =
        |what: &str| StoreError::Senseless(format!("{} without {what}", listed.reference));
    let request = request.ok_or_else(|| senseless("its row"))?;
    let stage = listed.stage.at(member.now());
    let asker = Asker::from(&member.who);
    let can = |act| may(asker, act, Subject::Request(request)).is_ok();
    let status = badge_at(stage, false, member.now());
    Ok(AccessRow {
        reference: listed.reference.to_string(),
        version: request.version.to_string(),
        status,
        customer: listed
            .tenant
            .as_ref()
            .ok_or_else(|| senseless("its customer"))?
            .to_string(),
        service: listed.service.to_string(),
        engineer: listed.engineer.to_string(),
        scope: request.scope.description.to_string(),
        whole_service: request.scope.is_whole_service(),
        deadline: deadline(stage, member.times()).ok_or_else(|| senseless("its end"))?,
        soon: status == Badge::EndsSoon,
        own: can(Act::Finish),
        more_time: can(Act::Finish)
            && may(member.person(), Act::FileRequest, Subject::Provider).is_ok(),
        may_revoke: can(Act::Revoke),
    })
}
