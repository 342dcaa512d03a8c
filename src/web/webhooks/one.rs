//! One webhook: how it is set, and what became of what was sent to it.

use actix_web::HttpRequest;
use actix_web::web::{Path, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::{changing, find, href, seeing};
use crate::acts::webhooks::{send_again, test};
use crate::acts::{ActError, Flaw};
use crate::domain::webhook::Stage;
use crate::store::deliveries::{self, Delivery};
use crate::store::webhooks::Kept;
use crate::web::error::WebError;
use crate::web::form::{Nothing, Posted};
use crate::web::guard::Member;
use crate::web::page::{Answer, form_page, page, see_other};
use crate::web::view::{Badge, DeliveryRow, Message, Paging, Place, Times, Tone, WebhookPage};
use crate::web::words;

/// Deliveries on one page.
const ROWS: usize = 25;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    after: String,
}

/// `GET /settings/webhooks/{webhook}?after=`, and what was done just before it: `?changed`, `?on`, `?off`, `?tested`,
/// `?again`.
///
/// # Errors
/// 403 for whoever may not see them, 404 for one that is not there.
pub async fn show(member: Member, id: Path<String>, request: HttpRequest) -> Answer {
    let side = seeing(&member)?;
    let kept = find(&member, side, &id).await?;
    let asked = Query::<Asked>::from_query(request.query_string());
    let after = asked
        .map(|asked| asked.into_inner().after)
        .unwrap_or_default();
    let mut view = view(&member, &kept, Uuid::try_parse(&after).ok()).await?;
    let done = match request.query_string() {
        "changed" => "Changed. What is sent from now on goes by it.",
        "on" => "On. Facts are sent to it from now on.",
        "off" => "Off. Nothing is sent to it.",
        "tested" => "A test is on its way. Load this page again to see what came of it.",
        "again" => "It is sent again, under the same id.",
        _ => return page(&view),
    };
    if view.may_change {
        view.shell.messages.push(Message::new(Tone::Good, done));
    }
    page(&view)
}

/// `POST /settings/webhooks/{webhook}/test`. It changes nothing, so it asks for no code.
///
/// # Errors
/// 403 for whoever may not change them, 404 for one that is not there.
pub async fn send_test(member: Member, id: Path<String>, _: Posted<Nothing>) -> Answer {
    let side = changing(&member)?;
    let kept = find(&member, side, &id).await?;
    let (by, id) = (member.who.clone(), kept.webhook.setting.id);
    let done = member
        .lockbox()
        .acting(move |lockbox| test(lockbox, &by, id))
        .await;
    answer(&member, &kept, done, "tested").await
}

/// `POST /settings/webhooks/{webhook}/deliveries/{delivery}`: sends the same again.
///
/// # Errors
/// 403 for whoever may not change them, 404 for a webhook that is not there.
pub async fn again(member: Member, ids: Path<(String, String)>, _: Posted<Nothing>) -> Answer {
    let side = changing(&member)?;
    let (id, delivery) = ids.into_inner();
    let kept = find(&member, side, &id).await?;
    let delivery = Uuid::try_parse(&delivery).map_err(|_| WebError::NotFound)?;
    let (by, id) = (member.who.clone(), kept.webhook.setting.id);
    let done = member
        .lockbox()
        .acting(move |lockbox| send_again(lockbox, &by, id, delivery))
        .await;
    answer(&member, &kept, done, "again").await
}

async fn answer(member: &Member, kept: &Kept, done: Result<(), ActError>, what: &str) -> Answer {
    match done {
        Ok(()) => {
            let href = href(kept.webhook.setting.id);
            Ok(see_other(&format!("{href}?{what}")))
        }
        Err(ActError::Unfit(flaws)) => {
            let mut view = view(member, kept, None).await?;
            view.problem = Some(Flaw::sentences(&flaws));
            form_page(true, &view)
        }
        Err(error) => Err(error.into()),
    }
}

async fn view(member: &Member, kept: &Kept, after: Option<Uuid>) -> Result<WebhookPage, WebError> {
    let webhook = &kept.webhook;
    let id = webhook.setting.id;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut found = member
        .lockbox()
        .reading(move |conn| deliveries::list(conn, id, after, limit))
        .await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let (times, now) = (member.times(), member.now());
    let may_change = changing(member).is_ok();
    let rows = found.iter().map(|delivery| row(delivery, times));
    Ok(WebhookPage {
        shell: member.shell(Place::Webhooks),
        href: href(id),
        description: webhook.setting.description.to_string(),
        url: webhook.setting.url.to_string(),
        wants: webhook.setting.wants.to_string(),
        on: webhook.is_on(),
        off_because: match webhook.stage {
            Stage::Disabled { why, at } => Some((words::webhook_off(why), times.at(at))),
            Stage::On | Stage::Off => None,
        },
        former_until: webhook
            .former
            .as_ref()
            .filter(|former| now < former.until)
            .map(|former| times.at(former.until)),
        deliveries: rows.collect(),
        zone: times.zone_words(),
        may_change,
        problem: None,
        paging: Paging {
            first: after.map(|_| href(id)),
            next: found
                .last()
                .filter(|_| more)
                .map(|last| format!("{}?after={}", href(id), last.id)),
        },
    })
}

fn row(delivery: &Delivery, times: Times) -> DeliveryRow {
    let waits = delivery.waits();
    DeliveryRow {
        id: delivery.id.to_string(),
        event: delivery.event_id.clone(),
        act: delivery.act.clone(),
        written: times.at(delivery.written_at),
        state: match (delivery.sent_at, delivery.given_up_at) {
            (Some(_), _) => Badge::Delivered,
            (None, Some(_)) => Badge::GivenUp,
            (None, None) => Badge::Waiting,
        },
        status: delivery.status,
        attempts: delivery.attempts,
        next: waits.then(|| times.at(delivery.due_at)),
        error: delivery.error.clone(),
        over: !waits,
    }
}
