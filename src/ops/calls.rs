//! What every call at every door goes through first: it gets its id, its client's address and its lines in the log,
//! and is counted.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use metrics::{counter, histogram};
use tracing::{Instrument, Span};

use crate::clock::{Entropy, Stopwatch};
use crate::identity::call::{Call, CallId, TrustedProxies};
use crate::url_table::GATE;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The longest part of a path that is logged.
const PATH_MAX: usize = 200;

/// What stands before the tenant, the service and the object in the address of forward-auth.
const FORWARD_AUTH: &str = "/forward-auth/";

/// What is needed to attend to calls.
pub struct Calls {
    /// Ids are drawn from it.
    pub entropy: Entropy,
    /// Whose word is believed about where a call comes from.
    pub proxies: TrustedProxies,
    /// Whether calls are counted.
    pub counted: bool,
}

/// Attends to a call. A path is logged without its query, in which people search for people.
///
/// # Errors
/// Whatever the service says.
pub async fn attend(
    calls: web::Data<Calls>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let since = Stopwatch::start();
    let call = calls.identify(&request);
    let method = named(request.method());
    // There nothing has a line to write.
    let quiet = request.path() == GATE && !tracing::enabled!(tracing::Level::DEBUG);
    let span = if quiet {
        Span::none()
    } else {
        written_out(&call, request.request())
    };
    let id = HeaderValue::from_str(call.id.as_str());
    request.extensions_mut().insert(call);
    let mut response = next.call(request).instrument(span.clone()).await?;
    if let Ok(id) = id {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    let (status, took) = (response.status(), since.elapsed());
    let milliseconds = took.as_millis();
    if status.is_server_error() {
        let span = match response.request().extensions().get::<Call>() {
            Some(call) if quiet => written_out(call, response.request()),
            _ => span,
        };
        tracing::error!(
            parent: &span,
            status = status.as_u16(),
            milliseconds,
            "a call could not be answered"
        );
    } else {
        tracing::debug!(
            parent: &span,
            status = status.as_u16(),
            milliseconds,
            "a call was answered"
        );
    }
    if calls.counted {
        // The pattern and never the path: there are as many of them as in the URL tables.
        let route = response.request().match_pattern();
        let route = route.unwrap_or_else(|| "other".to_owned());
        let status = status.as_u16().to_string();
        counter!("lockbox_calls_total", "method" => method, "route" => route.clone(), "status" => status)
            .increment(1);
        histogram!("lockbox_call_seconds", "method" => method, "route" => route).record(took);
    }
    Ok(response)
}

/// What every line about a call says of it.
fn written_out(call: &Call, request: &HttpRequest) -> Span {
    tracing::info_span!(
        "call",
        request_id = %call.id,
        source = call.source.map(tracing::field::display),
        method = named(request.method()),
        path = %shown(request.path()),
    )
}

impl Calls {
    fn identify(&self, request: &ServiceRequest) -> Call {
        let theirs = request.headers().get(X_REQUEST_ID);
        let theirs = theirs.and_then(|id| CallId::parse(id.as_bytes()));
        let forwarded: Vec<&str> = request
            .headers()
            .get_all(X_FORWARDED_FOR)
            .flat_map(|list| list.to_str().unwrap_or("?").split(','))
            .collect();
        let peer = request.peer_addr().map(|peer| peer.ip());
        Call {
            id: theirs.unwrap_or_else(|| CallId::from_random(self.entropy.id())),
            source: peer.map(|peer| self.proxies.client(peer, forwarded.into_iter())),
        }
    }
}

/// One of a few names: a client may invent methods.
fn named(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

/// A path as it may stand in a log: cut, and without the object where some proxies put one behind the address.
fn shown(path: &str) -> String {
    let cut = &path[..path.floor_char_boundary(PATH_MAX)];
    let Some(asked) = cut.strip_prefix(FORWARD_AUTH) else {
        return cut.to_owned();
    };
    let mut parts = asked.splitn(3, '/');
    let (tenant, service) = (parts.next().unwrap_or_default(), parts.next());
    let service = service.map_or_else(String::new, |service| format!("/{service}"));
    let object = parts.next().map_or("", |_| "/…");
    format!("{FORWARD_AUTH}{tenant}{service}{object}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_object_of_a_customer_stands_in_a_log() {
        for (path, logged) in [
            ("/queue", "/queue"),
            ("/forward-auth", "/forward-auth"),
            ("/forward-auth/fabrikam", "/forward-auth/fabrikam"),
            (
                "/forward-auth/fabrikam/teams",
                "/forward-auth/fabrikam/teams",
            ),
            (
                "/forward-auth/fabrikam/teams/",
                "/forward-auth/fabrikam/teams/…",
            ),
            (
                "/forward-auth/fabrikam/teams/mailbox/kim@fabrikam.example",
                "/forward-auth/fabrikam/teams/…",
            ),
        ] {
            assert_eq!(shown(path), logged);
        }
        let long = format!("/{}", "ä".repeat(PATH_MAX));
        assert!(shown(&long).len() <= PATH_MAX);
    }
}
