//! `/forward-auth/{tenant}/{service}`, any method: whether a request that a proxy holds may go on.
//!
//! | from whom | what | where |
//! |---|---|---|
//! | the proxy's configuration | whose content of which service is behind it | the address |
//! | the proxy's configuration | an API key with the scope `access:read` | `X-Lockbox-Key`, once |
//! | the proxy, of the request it holds | the method | `X-Original-Method` or `X-Forwarded-Method` |
//! | the proxy, of the request it holds | the target as it arrived | `X-Original-URI` or `X-Forwarded-Uri` |
//! | the client | the access pass | `Authorization: Bearer …` or `X-Lockbox-Pass`, once |
//!
//! A proxy that puts the target behind this address, as Envoy does, says both by the call itself:
//! `POST /forward-auth/fabrikam/files/mailbox/kim`.
//!
//! The key keeps a pass from being enough: an engineer who calls this address from elsewhere gets 401 and nothing else,
//! so what is recorded here was asked by a proxy. A cookie is no place for a pass, since other people's pages send it.
//!
//! GET, HEAD and OPTIONS ask for the action `read` and every other method for `write`; the object is the path. Whatever
//! can be read in two ways is refused: two passes, two targets, two methods, a path that is not as [`gate`] wants it.
//!
//! An allow is recorded as activity under its request before it is said.
//!
//! The answer is 200 with `X-Lockbox-Request`, `X-Lockbox-Engineer` and `X-Lockbox-Until`, or 401 without a pass that is
//! believed, or 403; then `X-Lockbox-Reason` says why in a word. What cannot be decided is refused.

pub(super) mod described;

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::PortalUrl;
use super::evaluation::count;
use super::key::{ProxyKey, bearer_of, the_one};
use super::problem::{Kind, Problem};
use crate::acts::evaluate::{Answer, Question, Why};
use crate::acts::{Lockbox, access_pass};
use crate::domain::gate;
use crate::domain::text::{Slug, sentence};
use crate::domain::time::rfc3339;
use crate::identity::pass::{Expected, Unbelieved};

/// Headers by which some systems take another method or path than the request has. A request with one is refused.
const OVERRIDES: [&str; 5] = [
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// What is behind the proxy that asks.
#[derive(Debug, Deserialize)]
pub struct Behind {
    tenant: String,
    service: String,
    /// The target, where the proxy puts it here.
    rest: Option<String>,
}

/// Answers a proxy.
///
/// # Errors
/// 401 for a key or a pass that is not believed, 403 for what is not allowed.
pub async fn answer(
    proxy: ProxyKey,
    request: HttpRequest,
    behind: Path<Behind>,
    lockbox: Data<Lockbox>,
    portal: Data<PortalUrl>,
) -> Result<HttpResponse, Problem> {
    let asked = question(&request, &behind, &lockbox, &portal).await;
    let (question, problem) = match asked {
        Ok(question) => (Some(question), None),
        Err(problem) => (None, Some(problem)),
    };
    let engineer = question.as_ref().map(|question| question.engineer.clone());
    // Which proxy is asking is settled before what it sent.
    let answer = proxy.asking(question).await?;
    if let Some(problem) = problem {
        return Err(problem);
    }
    count(&answer);
    match answer {
        Answer::Allow { request, until, .. } => {
            let engineer = engineer
                .as_ref()
                .map(|engineer| HeaderValue::from_bytes(engineer.as_bytes()));
            let Some(Ok(engineer)) = engineer else {
                return Err(refused(Why::Undecidable));
            };
            Ok(HttpResponse::Ok()
                .insert_header(("X-Lockbox-Request", request.to_string()))
                .insert_header(("X-Lockbox-Engineer", engineer))
                .insert_header(("X-Lockbox-Until", rfc3339(until)))
                .finish())
        }
        Answer::Deny(why) => Err(refused(why)),
    }
}

/// What is asked: may who comes with this pass do this, under the pass's own request?
async fn question(
    request: &HttpRequest,
    behind: &Behind,
    lockbox: &Lockbox,
    portal: &PortalUrl,
) -> Result<Question, Problem> {
    let text = pass(request.headers())?;
    let slugs = (Slug::parse(&behind.tenant), Slug::parse(&behind.service));
    let (Ok(tenant), Ok(service)) = slugs else {
        return Err(refused(Why::NoActiveAccess));
    };
    let ring = access_pass::keys(lockbox).await.map_err(|error| {
        tracing::error!(%error, "the keys of access passes could not be read, and a request was refused");
        refused(Why::Undecidable)
    })?;
    let expected = Expected {
        issuer: portal.base(),
        tenant: &tenant,
        service: &service,
        now: lockbox.store.clock().now(),
    };
    let pass = ring.read(text, &expected).map_err(no_pass)?;
    let (method, target) = original(request, behind)?;
    let asked = gate::asked(method, target).map_err(|why| unclear(&sentence(&why.to_string())))?;
    Ok(Question {
        engineer: pass.engineer.to_string(),
        tenant: tenant.to_string(),
        service: service.to_string(),
        action: asked.action.to_owned(),
        object: asked.object,
        under: Some(pass.request),
    })
}

/// The one pass among the headers.
fn pass(headers: &HeaderMap) -> Result<&str, Problem> {
    let shown = headers.get_all("x-lockbox-pass").map(HeaderValue::to_str);
    let bearers = headers.get_all(AUTHORIZATION).filter_map(|value| {
        // Another scheme is for the system behind the proxy.
        value.to_str().map(bearer_of).transpose()
    });
    let mut all = shown.chain(bearers);
    match (all.next(), all.next()) {
        (None, _) => Err(Problem::new(
            Kind::NoPass("pass_missing"),
            "Send an access pass, as \"Authorization: Bearer \u{2026}\" or \"X-Lockbox-Pass\".",
        )),
        (Some(Ok(only)), None) => Ok(only),
        (Some(Err(_)), None) => Err(no_pass(Unbelieved::Malformed)),
        (Some(_), Some(_)) => Err(Problem::new(
            Kind::NoPass("pass_twice"),
            "Send one access pass and no other.",
        )),
    }
}

/// Method and target of the request that the proxy holds.
fn original<'r>(request: &'r HttpRequest, behind: &Behind) -> Result<(&'r str, &'r str), Problem> {
    let headers = request.headers();
    if OVERRIDES.iter().any(|name| headers.contains_key(*name)) {
        return Err(unclear(
            "The request has a header by which some systems take another method or path.",
        ));
    }
    if behind.rest.is_some() {
        let target = request
            .uri()
            .path_and_query()
            .map(actix_web::http::uri::PathAndQuery::as_str);
        return target
            .and_then(behind_this_address)
            .map(|target| (request.method().as_str(), target))
            .ok_or_else(|| unclear("The proxy does not say which path is asked for."));
    }
    let said = |names: [&str; 2], what: &str| {
        let mut values = names.into_iter().filter(|name| headers.contains_key(*name));
        let (first, second) = (values.next(), values.next());
        let first = first.and_then(|name| the_one(headers, name));
        match second {
            None => first,
            Some(name) => first.filter(|first| the_one(headers, name) == Some(*first)),
        }
        .ok_or_else(|| {
            unclear(&format!(
                "The proxy does not say, in one way, which {what} is asked for."
            ))
        })
    };
    Ok((
        said(["x-original-method", "x-forwarded-method"], "method")?,
        said(["x-original-uri", "x-forwarded-uri"], "path")?,
    ))
}

/// What stands behind `/forward-auth/{tenant}/{service}`, as it arrived.
fn behind_this_address(target: &str) -> Option<&str> {
    let mut slashes = target.match_indices('/').map(|(at, _)| at);
    target.get(slashes.nth(3)?..)
}

fn no_pass(why: Unbelieved) -> Problem {
    Problem::new(Kind::NoPass(why.as_str()), sentence(&why.to_string()))
}

fn unclear(detail: &str) -> Problem {
    Problem::new(Kind::NoAccess("request_unclear"), detail)
}

fn refused(why: Why) -> Problem {
    let detail = match why {
        Why::NoActiveAccess => "The access of this pass is not live: it has ended, or was revoked.",
        Why::OutOfScope => "What was approved does not contain this.",
        Why::Undecidable => "Whether there is access cannot be known now.",
    };
    Problem::new(Kind::NoAccess(why.as_str()), detail)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn reason(problem: &Problem) -> &'static str {
        match problem.kind() {
            Kind::NoPass(reason) | Kind::NoAccess(reason) => reason,
            _ => "another",
        }
    }

    fn with(headers: &[(&str, &str)]) -> HttpRequest {
        let mut request = TestRequest::get().uri("/forward-auth/fabrikam/files");
        for header in headers {
            request = request.append_header(*header);
        }
        request.to_http_request()
    }

    #[test]
    fn one_pass_is_taken_from_either_header() {
        for headers in [
            &[("Authorization", "Bearer a.b.c")][..],
            &[("authorization", "bearer  a.b.c ")],
            &[("X-Lockbox-Pass", "a.b.c")],
            &[("X-Lockbox-Pass", "a.b.c"), ("Authorization", "Basic eA==")],
        ] {
            let request = with(headers);
            assert_eq!(pass(request.headers()).unwrap(), "a.b.c", "{headers:?}");
        }
        for (headers, why) in [
            (&[][..], "pass_missing"),
            (&[("Authorization", "Basic eA==")], "pass_missing"),
            (&[("Cookie", "X-Lockbox-Pass=a.b.c")], "pass_missing"),
            (
                &[("X-Lockbox-Pass", "a"), ("X-Lockbox-Pass", "a")],
                "pass_twice",
            ),
            (
                &[("X-Lockbox-Pass", "a"), ("Authorization", "Bearer a")],
                "pass_twice",
            ),
            (
                &[("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
                "pass_twice",
            ),
        ] {
            let request = with(headers);
            let problem = pass(request.headers()).unwrap_err();
            assert_eq!(reason(&problem), why, "{headers:?}");
        }
    }

    fn of_headers() -> Behind {
        Behind {
            tenant: "fabrikam".to_owned(),
            service: "files".to_owned(),
            rest: None,
        }
    }

    #[test]
    fn the_proxy_says_method_and_target_in_one_way() {
        for headers in [
            &[("X-Original-Method", "PUT"), ("X-Original-URI", "/a?b")][..],
            &[("X-Forwarded-Method", "PUT"), ("X-Forwarded-Uri", "/a?b")],
            &[
                ("X-Forwarded-Method", "PUT"),
                ("X-Original-Method", "PUT"),
                ("X-Original-URI", "/a?b"),
            ],
        ] {
            let request = with(headers);
            assert_eq!(
                original(&request, &of_headers()).unwrap(),
                ("PUT", "/a?b"),
                "{headers:?}"
            );
        }
        for headers in [
            &[][..],
            &[("X-Original-Method", "GET")],
            &[("X-Original-URI", "/a")],
            &[
                ("X-Original-Method", "GET"),
                ("X-Original-URI", "/a"),
                ("X-Original-URI", "/a"),
            ],
            &[
                ("X-Original-Method", "GET"),
                ("X-Original-URI", "/a"),
                ("X-Forwarded-Uri", "/b"),
            ],
            &[
                ("X-Original-Method", "GET"),
                ("X-Forwarded-Method", "PUT"),
                ("X-Original-URI", "/a"),
            ],
            &[
                ("X-Original-Method", "GET"),
                ("X-Original-URI", "/a"),
                ("X-HTTP-Method-Override", "PUT"),
            ],
            &[
                ("X-Original-Method", "GET"),
                ("X-Original-URI", "/a"),
                ("X-Original-URL", "/b"),
            ],
            &[("X-Original-Method", "GET"), ("X-Original-URI", "/é")],
        ] {
            let request = with(headers);
            let problem = original(&request, &of_headers()).unwrap_err();
            assert_eq!(reason(&problem), "request_unclear", "{headers:?}");
        }
    }

    /// What the client sends beside it counts for nothing then.
    #[test]
    fn a_target_behind_the_address_is_taken_as_it_arrived() {
        let behind = Behind {
            rest: Some(String::new()),
            ..of_headers()
        };
        for (uri, target) in [
            ("/forward-auth/fabrikam/files/", "/"),
            ("/forward-auth/fabrikam/files/a%2fb?c", "/a%2fb?c"),
            ("/forward-auth/fabrikam/files//a", "//a"),
            ("/forward-auth/fabrikam/files/../mail/a", "/../mail/a"),
        ] {
            let request = TestRequest::delete()
                .uri(uri)
                .append_header(("X-Original-URI", "/b"));
            let request = request.to_http_request();
            assert_eq!(original(&request, &behind).unwrap(), ("DELETE", target));
        }
    }
}
