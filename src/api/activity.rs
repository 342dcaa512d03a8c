//! `POST /api/v1/activity`: what a system of the provider says was done under requests.

pub(super) mod described;

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{Body, object};
use super::data_access_requests::once::{IdempotencyKey, once};
use super::key::{ActivityWrite, Caller, Key};
use super::openapi::words;
use super::problem::{Kind, Problem};
use crate::acts::activity::{NotRecorded, REPORTED_MAX, Reported, of_report, record_once};
use crate::acts::{ActError, Flaw};
use crate::domain::activity::Deed;
use crate::domain::id::Reference;
use crate::domain::key::ApiKey;
use crate::domain::time::whole_microseconds;
use crate::store::StoreError;

/// A report.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ActivityReport")]
struct Report {
    /// What was done, in the order it is shown.
    #[schemars(length(min = 1, max = REPORTED_MAX))]
    activity: Vec<Item>,
}

/// One thing that was done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ActivityItem")]
struct Item {
    /// Under which request: one whose access was started.
    #[schemars(with = "Reference")]
    request: String,
    /// When; the present where it is not said. No earlier than the request was filed, and at most 5 minutes ahead.
    #[schemars(with = "Option<words::Instant>")]
    at: Option<DateTime<Utc>>,
    /// What.
    #[schemars(with = "words::DoneAction")]
    action: String,
    /// To what.
    #[schemars(with = "Option<words::DoneObject>")]
    object: Option<String>,
}

/// What came of a report.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ActivityRecorded")]
struct Recorded {
    /// How many things were recorded: all of them.
    recorded: usize,
}

/// What became of a report that fits.
enum Taken {
    /// It is still to be recorded, together with what others report at the same moment.
    ToRecord(Vec<Deed>),
    /// It is recorded under its idempotency key; the answer, and whether it was given before.
    Once(String, bool),
}

/// Records a report of 1 to 500 items: all of them, or none; once for each `Idempotency-Key`, where one is sent.
///
/// # Errors
/// 401, 403, 409, 413, 415, 400, and 422 naming what does not fit.
pub async fn report(
    key: Key<ActivityWrite>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let idempotency_key = IdempotencyKey::of(request.headers());
    let body = body.receive().await;
    let lockbox = key.lockbox().clone();
    let taken = key
        .acting::<_, Problem>(move |lockbox, caller: &Caller| {
            let (idempotency_key, body) = (idempotency_key?, body?);
            let report: Report = object(&body)?;
            let reported = report.activity.into_iter().enumerate().map(reported);
            let reported = reported.collect::<Result<Vec<_>, ActError>>()?;
            let ApiKey {
                id, name, bounds, ..
            } = &caller.key;
            let deeds = || {
                lockbox
                    .store
                    .read(|conn| of_report(lockbox, conn, bounds, &reported, name))
            };
            let Some(one) = idempotency_key else {
                return Ok(Taken::ToRecord(deeds()?));
            };
            let record = || -> Result<Taken, ActError> {
                let deeds = deeds()?;
                let answer = answer(deeds.len())?;
                record_once(&lockbox.store, &deeds, *id, one.as_str(), &answer)?;
                Ok(Taken::Once(answer, false))
            };
            let again = |answer| Ok(Taken::Once(answer, true));
            once(lockbox, *id, &one, &body, record, again)
        })
        .await?;
    let mut created = HttpResponse::Created();
    created.content_type(ContentType::json());
    let answer = match taken {
        Taken::ToRecord(deeds) => {
            let answer = answer(deeds.len())?;
            lockbox.recorder.record(&lockbox.store, deeds).await?;
            answer
        }
        Taken::Once(answer, replayed) => {
            if replayed {
                created.insert_header(("Idempotency-Replayed", "true"));
            }
            answer
        }
    };
    Ok(created.body(answer))
}

fn answer(recorded: usize) -> Result<String, StoreError> {
    Ok(serde_json::to_string(&Recorded { recorded })?)
}

fn reported((place, item): (usize, Item)) -> Result<Reported, ActError> {
    let Ok(request) = Reference::parse(&item.request) else {
        let words = format!("Item {place}: there is no such request.");
        return Err(ActError::Unfit(vec![Flaw::of("activity", words)]));
    };
    Ok(Reported {
        request,
        at: item.at.map(whole_microseconds),
        action: item.action,
        object: item.object,
    })
}

impl From<NotRecorded> for Problem {
    fn from(error: NotRecorded) -> Self {
        tracing::error!(%error, "reported activity could not be recorded");
        Self::new(
            Kind::Unavailable,
            "Whether this was recorded is not known. Send it again later.",
        )
    }
}
