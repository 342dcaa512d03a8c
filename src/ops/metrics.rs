//! Figures for Prometheus, on an address of their own that is off unless asked for. No tenant, no person and nothing
//! that anybody typed is a label, and every label has few values.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{App, HttpResponse, HttpServer, web};
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use super::ready::Readiness;
use crate::acts::Lockbox;
use crate::domain::time::Moment;

/// How often recorded times are gathered, so that they do not pile up where nobody asks.
const GATHER_EVERY: Duration = Duration::from_secs(5);
/// The upper bounds of times, in seconds.
const TIMES: [f64; 12] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0,
];

/// Counts from now on.
///
/// # Errors
/// When this process counts already.
pub fn begin() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&TIMES)?
        .install_recorder()?;
    describe();
    Ok(handle)
}

fn describe() {
    describe_counter!(
        "lockbox_calls_total",
        "HTTP requests by method, route and status"
    );
    describe_histogram!(
        "lockbox_call_seconds",
        Unit::Seconds,
        "Time until an HTTP request was answered"
    );
    describe_counter!(
        "lockbox_evaluations_total",
        "Access questions by answer and reason"
    );
    describe_counter!(
        "lockbox_acts_total",
        "Acts done, by the name they have in the audit log"
    );
    describe_counter!(
        "lockbox_acts_refused_total",
        "Decisions on requests that did not happen, and why"
    );
    describe_counter!("lockbox_sign_ins_failed_total", "Wrong passwords and codes");
    describe_counter!(
        "lockbox_letters_total",
        "Tries to send a letter, by outcome"
    );
    describe_counter!(
        "lockbox_webhook_deliveries_total",
        "Tries to deliver to a webhook, by outcome"
    );
    describe_gauge!(
        "lockbox_webhook_deliveries_waiting",
        "Deliveries to webhooks that are neither taken nor given up"
    );
    describe_gauge!(
        "lockbox_outbox_letters",
        "Letters that are neither sent nor given up"
    );
    describe_gauge!(
        "lockbox_outbox_oldest_seconds",
        Unit::Seconds,
        "Age of the oldest of these letters"
    );
    describe_gauge!(
        "lockbox_expiry_lag_seconds",
        Unit::Seconds,
        "How long a passed deadline has not been recorded"
    );
    describe_gauge!(
        "lockbox_pool_connections",
        "Database connections, by whether they are in use"
    );
    describe_histogram!(
        "lockbox_pool_wait_seconds",
        Unit::Seconds,
        "Time until a database connection was had"
    );
    describe_counter!(
        "lockbox_pool_timeouts_total",
        "Database connections that were not had in time"
    );
    describe_gauge!(
        "lockbox_sure",
        "1 while this node may trust its clock and its database"
    );
    describe_gauge!("lockbox_build_info", "1, with the version");
}

/// Serves the figures.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(
    listener: TcpListener,
    handle: PrometheusHandle,
    lockbox: &Lockbox,
    readiness: web::Data<Readiness>,
) -> std::io::Result<Server> {
    let figures = web::Data::new(Figures {
        handle,
        readiness,
        lockbox: lockbox.clone(),
    });
    let application = move || {
        App::new()
            .app_data(figures.clone())
            .route("/metrics", web::get().to(show))
    };
    let server = HttpServer::new(application).workers(1).disable_signals();
    Ok(server.listen(listener)?.run())
}

/// Gathers what was recorded, for ever.
pub async fn gather(handle: PrometheusHandle) {
    loop {
        tokio::time::sleep(GATHER_EVERY).await;
        handle.run_upkeep();
    }
}

struct Figures {
    handle: PrometheusHandle,
    readiness: web::Data<Readiness>,
    lockbox: Lockbox,
}

async fn show(figures: web::Data<Figures>) -> HttpResponse {
    figures.look().await;
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(figures.handle.render())
}

impl Figures {
    /// What is not counted as it happens, but looked up.
    async fn look(&self) {
        let store = &self.lockbox.store;
        if let Some(backlog) = self.readiness.look().await.backlog {
            let now = store.clock().now();
            let seconds = |since: Option<Moment>| {
                since.map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0))
            };
            let letters = u32::try_from(backlog.letters).unwrap_or(u32::MAX);
            gauge!("lockbox_outbox_letters").set(letters);
            let deliveries = u32::try_from(backlog.deliveries).unwrap_or(u32::MAX);
            gauge!("lockbox_webhook_deliveries_waiting").set(deliveries);
            gauge!("lockbox_outbox_oldest_seconds").set(seconds(backlog.oldest_letter));
            gauge!("lockbox_expiry_lag_seconds").set(seconds(backlog.next_deadline));
        }
        let (in_use, idle) = store.connections();
        gauge!("lockbox_pool_connections", "state" => "in_use").set(in_use);
        gauge!("lockbox_pool_connections", "state" => "idle").set(idle);
        gauge!("lockbox_sure").set(u32::from(store.sure_now().is_ok()));
        gauge!("lockbox_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    }
}
