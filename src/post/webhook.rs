//! An event becomes a `CloudEvent`, and is handed to the receiver of a webhook.
//!
//! The headers are those of Standard Webhooks 1.0.0, the body is a `CloudEvent` 1.0 in the structured mode of JSON. One
//! event and one portal always make the same body.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, RETRY_AFTER};
use hyper::{Method, Request, StatusCode};
use serde_json::json;
use tokio::time::timeout;
use url::Url;

use crate::domain::time::{Moment, rfc3339};
use crate::domain::webhook::event::Event;
use crate::outside::{Answer, NoAnswer, WayOut};

/// How long a receiver may take, from the name's resolution to the answer's head.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// What the type of every event begins with; the fact's name follows.
pub const TYPE_PREFIX: &str = "dev.lockbox.";

/// What a delivery carries besides the body.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The event's id: the same each time, so that a receiver can drop copies.
    pub id: String,
    /// When it is sent, in Unix seconds.
    pub seconds: i64,
    /// One signature, or two while the secret is changed, apart by a space.
    pub signatures: String,
}

/// What a receiver answered. Nothing of the body is read: the status says all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: StatusCode,
    /// When it wants to be asked again at the earliest, if it says so.
    pub not_before: Option<Moment>,
}

/// Why a receiver did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// It was not reached.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// It took longer than [`PATIENCE`].
    #[error("no answer within 15 seconds")]
    TooSlow,
    /// The request could not be made.
    #[error("the delivery could not be put together: {0}")]
    NoRequest(#[from] hyper::http::Error),
}

/// The body of an event.
#[must_use]
pub fn body(event: &Event, base_url: &Url) -> String {
    let path = match &event.tenant {
        Some(key) => format!("tenants/{key}"),
        None => "provider".to_owned(),
    };
    let base = base_url.as_str().trim_end_matches('/');
    let mut body = json!({
        "specversion": "1.0",
        "id": event.id,
        "source": format!("{base}/{path}"),
        "type": format!("{TYPE_PREFIX}{}", event.act),
        "time": rfc3339(event.time),
        "datacontenttype": "application/json",
        "data": event.data,
    });
    if let Some(subject) = &event.subject {
        body["subject"] = json!(subject);
    }
    body.to_string()
}

/// Hands a delivery to its receiver.
///
/// # Errors
/// [`Undelivered`].
pub async fn deliver(
    way: &WayOut,
    url: &Url,
    signed: &Signed,
    body: String,
    now: Moment,
) -> Result<Answered, Undelivered> {
    let request = Request::builder()
        .method(Method::POST)
        .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
        .header("webhook-id", &signed.id)
        .header("webhook-timestamp", signed.seconds)
        .header("webhook-signature", &signed.signatures)
        .body(Full::new(Bytes::from(body)))?;
    let answer = timeout(PATIENCE, way.ask(url, request)).await;
    let answer = answer.map_err(|_| Undelivered::TooSlow)??;
    Ok(Answered {
        status: answer.status(),
        not_before: not_before(&answer, now),
    })
}

fn not_before(answer: &Answer, now: Moment) -> Option<Moment> {
    let value = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
    retry_after(value.trim(), now)
}

/// Seconds from now, or a date (RFC 9110, section 10.2.3).
fn retry_after(value: &str, now: Moment) -> Option<Moment> {
    if let Ok(seconds) = value.parse::<u32>() {
        return now.checked_add_signed(chrono::TimeDelta::seconds(seconds.into()));
    }
    let date = chrono::DateTime::parse_from_rfc2822(value).ok()?;
    Some(date.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Reference;
    use crate::domain::text::Slug;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn an_event_is_a_cloud_event_in_structured_mode() {
        let mut event = Event {
            id: "fabrikam-42".to_owned(),
            tenant: Some(Slug::parse("fabrikam").unwrap()),
            act: "request.approved".to_owned(),
            subject: Some(Reference::parse("LBX-7Q2M-9XKD").unwrap()),
            time: at("2026-11-21T17:30:00Z"),
            data: json!({"outcome": "granted"}),
        };
        let portal = Url::parse("https://lockbox.example/").unwrap();
        let read = |event: &Event| -> serde_json::Value {
            serde_json::from_str(&body(event, &portal)).unwrap()
        };
        assert_eq!(
            read(&event),
            json!({
                "specversion": "1.0",
                "id": "fabrikam-42",
                "source": "https://lockbox.example/tenants/fabrikam",
                "type": "dev.lockbox.request.approved",
                "subject": "LBX-7Q2M-9XKD",
                "time": "2026-11-21T17:30:00.000000Z",
                "datacontenttype": "application/json",
                "data": {"outcome": "granted"},
            })
        );
        event.tenant = None;
        event.subject = None;
        let providers = read(&event);
        assert_eq!(providers["source"], "https://lockbox.example/provider");
        assert_eq!(providers.get("subject"), None);
    }

    #[test]
    fn a_receiver_may_say_when_it_wants_to_be_asked_again() {
        let now = at("2026-11-21T17:30:00Z");
        for (value, then) in [
            ("0", Some("2026-11-21T17:30:00Z")),
            ("120", Some("2026-11-21T17:32:00Z")),
            (
                "Sat, 21 Nov 2026 18:00:00 GMT",
                Some("2026-11-21T18:00:00Z"),
            ),
            ("-1", None),
            ("soon", None),
            ("99999999999999999999", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), then.map(at), "{value}");
        }
    }
}
