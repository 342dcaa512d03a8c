//! `POST /api/v1/activity`: what a system of the provider says was done under requests.

pub(super) mod described;

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::{Body, object};
use super::key::{ActivityWrite, Caller, Key};
use super::openapi::words;
use super::problem::{Kind, Problem};
use crate::acts::activity::{NotRecorded, REPORTED_MAX, Reported, of_report};
use crate::acts::{ActError, Flaw};
use crate::domain::id::Reference;
use crate::domain::key::ApiKey;
use crate::domain::time::whole_microseconds;

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

/// Records a report of 1 to 500 items: all of them, or none.
///
/// # Errors
/// 401, 403, 413, 415, 400, and 422 naming what does not fit.
pub async fn report(key: Key<ActivityWrite>, body: Body) -> Result<HttpResponse, Problem> {
    let body = body.receive().await;
    let lockbox = key.lockbox().clone();
    let deeds = key
        .acting(move |lockbox, caller: &Caller| {
            let report: Report = object(&body?)?;
            let reported = report.activity.into_iter().enumerate().map(reported);
            let reported = reported.collect::<Result<Vec<_>, ActError>>()?;
            let ApiKey { name, bounds, .. } = &caller.key;
            let deeds = lockbox
                .store
                .read(|conn| of_report(lockbox, conn, bounds, &reported, name))?;
            Ok::<_, Problem>(deeds)
        })
        .await?;
    let recorded = deeds.len();
    lockbox.recorder.record(&lockbox.store, deeds).await?;
    Ok(HttpResponse::Created().json(Recorded { recorded }))
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
