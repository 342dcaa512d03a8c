//! `GET /readyz`: whether this node can be relied on. However often it is asked, the database is looked at once a
//! second at most, and by one look at a time.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::TimeDelta;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::said;
use crate::acts::Lockbox;
use crate::domain::time::Moment;
use crate::store::pulse::{self, Backlog};
use crate::store::{StoreError, Stored};

/// How long a look at the database counts.
const LOOK_COUNTS_FOR: TimeDelta = TimeDelta::seconds(1);
/// How soon the database must answer.
pub const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// How long a letter that is due may wait for being tried. A mail server that takes none is another matter: those
/// letters are tried, and this node can still be relied on.
pub const OUTBOX_LATE_AFTER: TimeDelta = TimeDelta::minutes(5);

/// Looks whether this node can be relied on.
pub struct Readiness {
    lockbox: Lockbox,
    looking: Mutex<Looking>,
}

#[derive(Default)]
struct Looking {
    last: Option<Look>,
    /// A look that the database did not answer in time, and may yet.
    under_way: Option<JoinHandle<Stored<Backlog>>>,
}

/// What one look at the database found.
#[derive(Debug, Clone)]
pub struct Look {
    at: Moment,
    /// What waits for the night shift; nothing if the database did not answer in time.
    pub backlog: Option<Backlog>,
}

/// What is said to whoever asks.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Report {
    status: &'static str,
    checks: [Check; 4],
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    state: &'static str,
}

/// `GET /readyz`.
pub async fn answer(readiness: web::Data<Readiness>) -> HttpResponse {
    let look = readiness.look().await;
    let store = &readiness.lockbox.store;
    let report = Report::of(
        look.backlog.as_ref(),
        store.sure_now().err().as_ref(),
        store.clock().now(),
        store.board().is_young(),
    );
    let status = if report.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    said(status, &report)
}

impl Readiness {
    /// Readiness of this node.
    #[must_use]
    pub fn new(lockbox: Lockbox) -> Self {
        Self {
            lockbox,
            looking: Mutex::default(),
        }
    }

    /// Looks at the database, or says what the last look found if that was a moment ago.
    pub async fn look(&self) -> Look {
        let mut looking = self.looking.lock().await;
        let now = || self.lockbox.store.clock().now();
        if let Some(last) = &looking.last
            && (now() - last.at).abs() < LOOK_COUNTS_FOR
        {
            return last.clone();
        }
        let lockbox = self.lockbox.clone();
        let mut under_way = looking
            .under_way
            .take()
            .unwrap_or_else(|| tokio::spawn(async move { lockbox.reading(pulse::backlog).await }));
        let backlog = match timeout(ANSWERS_WITHIN, &mut under_way).await {
            Ok(Ok(Ok(backlog))) => Some(backlog),
            Ok(Ok(Err(error))) => {
                tracing::warn!(%error, "the database did not answer whether it is there");
                None
            }
            Ok(Err(_)) => None,
            Err(_) => {
                tracing::warn!("the database did not answer in time whether it is there");
                looking.under_way = Some(under_way);
                None
            }
        };
        let look = Look { at: now(), backlog };
        looking.last = Some(look.clone());
        look
    }
}

impl Report {
    fn of(
        backlog: Option<&Backlog>,
        doubt: Option<&StoreError>,
        now: Moment,
        board_is_young: bool,
    ) -> Self {
        let went_back = matches!(doubt, Some(StoreError::WentBack));
        let database = match backlog {
            None => "no_answer",
            Some(_) if went_back => "older_than_it_was",
            Some(_) => "ok",
        };
        let clock = match doubt {
            Some(StoreError::ClockBehind) => "behind_the_log",
            Some(StoreError::ClocksApart) => "apart_from_the_database",
            _ => "ok",
        };
        let outbox = match backlog {
            None => "unknown",
            Some(Backlog {
                letter_due: Some(due),
                ..
            }) if now - *due > OUTBOX_LATE_AFTER => "late",
            Some(_) => "ok",
        };
        // A node that denies every access for want of knowledge takes traffic from one that knows.
        let board = if board_is_young { "ok" } else { "too_old" };
        let checks = [
            ("database", database),
            ("clock", clock),
            ("outbox", outbox),
            ("board", board),
        ]
        .map(|(name, state)| Check { name, state });
        let ready = checks.iter().all(|check| check.state == "ok");
        Self {
            status: if ready { "ready" } else { "not_ready" },
            checks,
        }
    }

    fn is_ready(&self) -> bool {
        self.status == "ready"
    }
}
