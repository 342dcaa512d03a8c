//! Settings > Webhooks, of either side: what is told to whom, and what became of it.

pub mod confirmation;
pub mod form;
pub mod one;
mod typed;

use actix_web::HttpRequest;
use uuid::Uuid;

use super::error::WebError;
use super::guard::Member;
use super::page::{Answer, page};
use super::view::{Badge, Message, Place, Tone, WebhookRow, WebhooksPage};
use crate::domain::id::WebhookId;
use crate::domain::person::Side;
use crate::domain::rights::{Act, Subject, may};
use crate::domain::webhook::{WEBHOOKS_MAX, Webhook};
use crate::store::webhooks::{self, Kept};

const LIST: &str = "/settings/webhooks";

/// `GET /settings/webhooks`, and what was done just before it: `?removed`.
///
/// # Errors
/// 403 for whoever may not see them.
pub async fn show(member: Member, request: HttpRequest) -> Answer {
    let side = seeing(&member)?;
    let found = member
        .lockbox()
        .reading(move |conn| webhooks::of(conn, side))
        .await?;
    let may_change = changing(&member).is_ok();
    let mut shell = member.shell(Place::Webhooks);
    if may_change && request.query_string() == "removed" {
        let words = "Removed. Nothing is sent to it any more.";
        shell.messages.push(Message::new(Tone::Good, words));
    }
    page(&WebhooksPage {
        shell,
        full: found.len() >= WEBHOOKS_MAX,
        most: WEBHOOKS_MAX,
        webhooks: found.iter().map(|kept| row(&kept.webhook)).collect(),
        may_change,
    })
}

fn row(webhook: &Webhook) -> WebhookRow {
    let setting = &webhook.setting;
    WebhookRow {
        href: href(setting.id),
        description: setting.description.to_string(),
        url: setting.url.to_string(),
        wants: setting.wants.to_string(),
        state: if webhook.is_on() {
            Badge::On
        } else {
            Badge::Off
        },
    }
}

fn href(id: WebhookId) -> String {
    format!("{LIST}/{id}")
}

/// The side of somebody who may see its webhooks.
fn seeing(member: &Member) -> Result<Side, WebError> {
    let side = member.person().side;
    may(&member.who, Act::SeeWebhooks, Subject::of(side))?;
    Ok(side)
}

/// The side of somebody who may change its webhooks.
fn changing(member: &Member) -> Result<Side, WebError> {
    let side = member.person().side;
    may(&member.who, Act::SetWebhooks, Subject::of(side))?;
    Ok(side)
}

/// The webhook of an address, if it is one of the side. Any other never was.
async fn find(member: &Member, side: Side, id: &str) -> Result<Kept, WebError> {
    let id = Uuid::try_parse(id).map(WebhookId);
    let id = id.map_err(|_| WebError::NotFound)?;
    let found = member
        .lockbox()
        .reading(move |conn| webhooks::of_side(conn, side, id))
        .await?;
    found.ok_or(WebError::NotFound)
}
