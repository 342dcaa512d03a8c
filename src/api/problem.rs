//! What went wrong, for machines: RFC 9457 problem details, and the only place where errors become answers.
//!
//! The `type` of a problem is a relative URI reference and never changes; titles and details are for people and may.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use schemars::JsonSchema;
use serde::Serialize;

use crate::acts::{ActError, Flaw};
use crate::domain::key::KeyScope;
use crate::domain::rights::Denied;
use crate::domain::text::sentence;
use crate::store::StoreError;

/// Why a proxy must let nobody through, in a word: proxies hand headers on more easily than bodies.
const REASON: &str = "X-Lockbox-Reason";

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request is not what HTTP, JSON or the format of this address wants.
    Malformed,
    /// No API key, or none that was ever issued.
    Unauthenticated,
    /// No access pass that is believed; why, in a word.
    NoPass(&'static str),
    /// What is asked for at a gate is not allowed; why, in a word.
    NoAccess(&'static str),
    /// The key may not do this.
    Forbidden,
    /// There is nothing here.
    NotFound,
    /// The address takes only these methods.
    MethodNotAllowed(&'static str),
    /// The thing is in a state that does not go with this.
    Conflict,
    /// The engineer has as many open requests for the tenant as are allowed.
    TooManyOpen,
    /// A request with the same idempotency key is being answered.
    InProgress,
    /// The body is too large.
    TooLarge,
    /// The body is not said to be JSON.
    NotJson,
    /// The body is JSON, and what it says does not fit.
    Unfit,
    /// The idempotency key was used with another body.
    KeyReused,
    /// Too many requests; in so many seconds there may be another.
    TooMany(u64),
    /// Something is broken on our side.
    Internal,
    /// Not now; the same request may be answered later.
    Unavailable,
}

impl Kind {
    /// Every kind, by status. What some of them carry is left empty.
    pub const ALL: [Self; 17] = [
        Self::Malformed,
        Self::Unauthenticated,
        Self::NoPass(""),
        Self::Forbidden,
        Self::NoAccess(""),
        Self::NotFound,
        Self::MethodNotAllowed(""),
        Self::Conflict,
        Self::TooManyOpen,
        Self::InProgress,
        Self::TooLarge,
        Self::NotJson,
        Self::Unfit,
        Self::KeyReused,
        Self::TooMany(1),
        Self::Internal,
        Self::Unavailable,
    ];

    /// Its name: the end of its [`uri`](Self::uri).
    #[must_use]
    pub fn name(self) -> &'static str {
        let uri = self.uri();
        uri.rsplit_once('/').map_or(uri, |(_, name)| name)
    }

    /// The `type`: stable, a URI reference relative to the base URL.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Malformed => "/problems/malformed",
            Self::Unauthenticated => "/problems/unauthenticated",
            Self::NoPass(_) => "/problems/no-access-pass",
            Self::NoAccess(_) => "/problems/no-access",
            Self::Forbidden => "/problems/forbidden",
            Self::NotFound => "/problems/not-found",
            Self::MethodNotAllowed(_) => "/problems/method-not-allowed",
            Self::Conflict => "/problems/conflict",
            Self::TooManyOpen => "/problems/too-many-open",
            Self::InProgress => "/problems/in-progress",
            Self::TooLarge => "/problems/too-large",
            Self::NotJson => "/problems/not-json",
            Self::Unfit => "/problems/unfit",
            Self::KeyReused => "/problems/idempotency-key-reused",
            Self::TooMany(_) => "/problems/too-many-requests",
            Self::Internal => "/problems/internal",
            Self::Unavailable => "/problems/unavailable",
        }
    }

    /// The title: the same for every problem of the kind.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request is malformed",
            Self::Unauthenticated => "A valid API key is needed",
            Self::NoPass(_) => "A valid access pass is needed",
            Self::NoAccess(_) => "No access",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "There is nothing here",
            Self::MethodNotAllowed(_) => "This address does not take that method",
            Self::Conflict => "This does not go with the present state",
            Self::TooManyOpen => "Too many open requests",
            Self::InProgress => "A request with this idempotency key is being answered",
            Self::TooLarge => "The body is too large",
            Self::NotJson => "The body must be JSON",
            Self::Unfit => "The body does not fit",
            Self::KeyReused => "The idempotency key was used with another body",
            Self::TooMany(_) => "Too many requests",
            Self::Internal => "Something is broken on our side",
            Self::Unavailable => "Not available right now",
        }
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unauthenticated | Self::NoPass(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::NoAccess(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict | Self::TooManyOpen | Self::InProgress => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unfit | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// A problem: what kind, what about it, and which members of the body are at fault.
#[derive(Debug, thiserror::Error)]
#[error("{}: {detail}", .kind.title())]
pub struct Problem {
    kind: Kind,
    detail: String,
    flaws: Vec<Flaw>,
}

impl Problem {
    /// A problem of a kind, in a sentence for people.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            flaws: Vec::new(),
        }
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What of the body does not fit, all of it at once.
    #[must_use]
    pub fn unfit(flaws: Vec<Flaw>) -> Self {
        let detail = match flaws.as_slice() {
            [only] => only.words.clone(),
            several => format!("{} things in the body do not fit.", several.len()),
        };
        Self {
            flaws,
            ..Self::new(Kind::Unfit, detail)
        }
    }

    /// The one answer to a key that is missing, malformed or unknown.
    #[must_use]
    pub fn unauthenticated() -> Self {
        let detail =
            "Send an API key that was issued here, as \"Authorization: Bearer lbx_\u{2026}\".";
        Self::new(Kind::Unauthenticated, detail)
    }

    /// The same to a proxy that shows none.
    #[must_use]
    pub fn no_key_of_proxy() -> Self {
        let detail = "The proxy must show an API key with the scope access:read, as \"X-Lockbox-Key\", once.";
        Self::new(Kind::Unauthenticated, detail)
    }

    /// The key was not issued for this.
    #[must_use]
    pub fn lacks_scope(needed: KeyScope) -> Self {
        let detail = format!("This needs an API key with the scope {}.", needed.as_str());
        Self::new(Kind::Forbidden, detail)
    }

    /// Too many requests; there may be another in so many seconds.
    #[must_use]
    pub fn too_many(seconds: u64, detail: &str) -> Self {
        Self::new(Kind::TooMany(seconds.max(1)), detail)
    }

    /// There is nothing here.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            Kind::NotFound,
            "There is nothing here, or nothing for this API key.",
        )
    }

    /// The address takes only `methods`, written as in the header `Allow`.
    #[must_use]
    pub fn method_not_allowed(methods: &'static str) -> Self {
        let detail = format!("This address takes {methods} only.");
        Self::new(Kind::MethodNotAllowed(methods), detail)
    }

    /// Something is broken. What it is goes into the log and nowhere else.
    #[must_use]
    pub fn internal(error: &dyn fmt::Display) -> Self {
        tracing::error!(%error, "a request could not be answered");
        let detail =
            "The request could not be answered. What happened is in the log of this deployment.";
        Self::new(Kind::Internal, detail)
    }

    fn unavailable(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request could not be answered now");
        let detail = "Nothing was changed. Try again in a moment.";
        Self::new(Kind::Unavailable, detail)
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Store(error) => error.into(),
            ActError::Denied(denied) => denied.into(),
            ActError::Unfit(flaws) => Self::unfit(flaws),
            ActError::TooManyOpen(_) => Self::new(Kind::TooManyOpen, sentence(&error.to_string())),
            ActError::Refused(..)
            | ActError::Stale(_)
            | ActError::Taken(_)
            | ActError::LinkGone
            | ActError::JoinedElsewhere
            | ActError::CaseRefused(..)
            | ActError::DoneBefore
            | ActError::FactorOfBefore
            | ActError::TooManyPasses(_)
            | ActError::FiledAlready(_) => Self::new(Kind::Conflict, sentence(&error.to_string())),
            ActError::Busy => Self::unavailable(&error),
            ActError::Secret(_) => Self::internal(&error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoConnection(_)
            | StoreError::ClockBehind
            | StoreError::ClocksApart
            | StoreError::WentBack
            | StoreError::KnowledgeTooOld
            | StoreError::Standby
            | StoreError::InUse(_) => Self::unavailable(&error),
            StoreError::ClaimLost => Self::new(
                Kind::InProgress,
                "This request was answered elsewhere. Send it again to get that answer.",
            ),
            StoreError::Database(_)
            | StoreError::Together(_)
            | StoreError::Senseless(_)
            | StoreError::Json(_)
            | StoreError::NoLog(_)
            | StoreError::ReadingOnly
            | StoreError::Sealing(_) => Self::internal(&error),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotThere => Self::not_found(),
            Denied::NoRole => Self::new(Kind::Forbidden, "This API key may not do this."),
            Denied::Own | Denied::TooNew => {
                Self::new(Kind::Forbidden, sentence(&denied.to_string()))
            }
        }
    }
}

/// What went wrong: problem details as of RFC 9457.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct Members<'a> {
    /// What kind of problem: stable, and a URI reference relative to the base URL.
    r#type: &'static str,
    /// The same for every problem of the kind.
    title: &'static str,
    /// The status of the answer.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What it is this time, in sentences for people.
    detail: &'a str,
    /// Which members of the body do not fit, all of them at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError<'a>>,
}

/// A member that does not fit.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ProblemField")]
struct FieldError<'a> {
    /// Which, such as scope.description.
    field: &'static str,
    /// What is wrong with it.
    detail: &'a str,
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.kind.status());
        answer.content_type("application/problem+json");
        match self.kind {
            Kind::Unauthenticated => {
                answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
            }
            Kind::NoPass(reason) => {
                answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
                answer.insert_header((REASON, reason));
            }
            Kind::NoAccess(reason) => {
                answer.insert_header((REASON, reason));
            }
            Kind::MethodNotAllowed(methods) => {
                answer.insert_header((ALLOW, methods));
            }
            Kind::TooMany(seconds) => {
                answer.insert_header((RETRY_AFTER, seconds));
            }
            _ => {}
        }
        answer.json(Members {
            r#type: self.kind.uri(),
            title: self.kind.title(),
            status: self.kind.status().as_u16(),
            detail: &self.detail,
            errors: self
                .flaws
                .iter()
                .map(|flaw| FieldError {
                    field: flaw.field,
                    detail: &flaw.words,
                })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;
    use actix_web::http::header::{CONTENT_TYPE, HeaderName};

    use super::*;

    fn text(problem: &Problem) -> String {
        let body = problem.error_response().into_body().try_into_bytes();
        String::from_utf8(body.unwrap().to_vec()).unwrap()
    }

    fn header(answer: &HttpResponse, name: HeaderName) -> &str {
        answer.headers().get(name).unwrap().to_str().unwrap()
    }

    #[test]
    fn a_problem_has_the_members_of_rfc_9457() {
        let problem = Problem::not_found();
        let answer = problem.error_response();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(header(&answer, CONTENT_TYPE), "application/problem+json");
        assert_eq!(
            text(&problem),
            r#"{"type":"/problems/not-found","title":"There is nothing here","status":404,"detail":"There is nothing here, or nothing for this API key."}"#
        );
    }

    #[test]
    fn flaws_name_their_fields() {
        let flaw = Flaw::of("scope.description", "The scope's description is empty.");
        let problem = Problem::unfit(vec![flaw]);
        assert_eq!(
            text(&problem),
            r#"{"type":"/problems/unfit","title":"The body does not fit","status":422,"detail":"The scope's description is empty.","errors":[{"field":"scope.description","detail":"The scope's description is empty."}]}"#
        );
    }

    #[test]
    fn what_is_broken_inside_stays_inside() {
        for (error, status) in [
            (StoreError::Senseless("row 7".to_owned()), 500),
            (StoreError::Sealing("key 7".to_owned()), 500),
            (StoreError::NoConnection("host 7".to_owned()), 503),
            (StoreError::ClockBehind, 503),
            (StoreError::ClocksApart, 503),
            (StoreError::WentBack, 503),
            (StoreError::KnowledgeTooOld, 503),
            (StoreError::Standby, 503),
            (StoreError::InUse("key 7"), 503),
        ] {
            let problem = Problem::from(error);
            assert_eq!(problem.status_code().as_u16(), status);
            let text = text(&problem);
            assert!(!text.contains('7') && !text.contains("clock"), "{text}");
        }
    }

    #[test]
    fn headers_say_how_to_do_it_right() {
        let missing = Problem::unauthenticated().error_response();
        assert_eq!(header(&missing, WWW_AUTHENTICATE), "Bearer");
        let method = Problem::method_not_allowed("GET, HEAD").error_response();
        assert_eq!(header(&method, ALLOW), "GET, HEAD");
    }

    #[test]
    fn acts_that_did_not_happen_are_told_in_sentences() {
        let problem = Problem::from(ActError::TooManyOpen(5));
        assert_eq!(problem.kind(), Kind::TooManyOpen);
        assert_eq!(
            problem.detail,
            "An engineer may have at most 5 open requests for one tenant."
        );
    }
}
