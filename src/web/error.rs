//! What went wrong, for people: the only place where errors become pages.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, ResponseError};

use super::guard::{Member, visitor_shell};
use super::page::page_with;
use super::request::history::who_was_faster;
use super::sign_in::{SIGNED_OUT, with_next};
use super::single_sign_on::way_in;
use super::view::{Link, Place, ProblemPage, Shell};
use super::{support_cases, who_came, words};
use crate::acts::single_sign_on::SignOnError;
use crate::acts::{ActError, Flaw};
use crate::domain::request::decide::Refusal;
use crate::domain::request::{Request, State};
use crate::domain::rights::Denied;
use crate::domain::text::sentence;
use crate::identity::call::Call;
use crate::store::StoreError;

/// Why the front door gives another answer than the page asked for.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// An act did not happen.
    #[error(transparent)]
    Act(#[from] ActError),
    /// There is nothing there, or nothing for this person.
    #[error("there is nothing here")]
    NotFound,
    /// The address takes other methods only.
    #[error("this address does not take that method")]
    MethodNotAllowed,
    /// Somebody must sign in first, and then go on to this path.
    #[error("sign in first")]
    SignInFirst(String),
    /// They were signed out while they signed in.
    #[error("signed out meanwhile")]
    SignedOut,
    /// The form is from another sign-in, or from another place altogether.
    #[error("the form is from another sign-in or another site")]
    Forged,
    /// What was sent is no form of ours.
    #[error("no form: {0}")]
    NoForm(String),
    /// An identity provider's answer signed nobody in, and why stands in the log alone; or somebody has to come by it.
    #[error("not signed in: {0}")]
    NotSignedOn(Box<SignOnError>),
    /// What was sent is too large.
    #[error("too large")]
    TooLarge,
    /// The session could not be kept.
    #[error("session: {0}")]
    Session(String),
    /// The page could not be rendered.
    #[error("template: {0}")]
    Template(#[from] askama::Error),
}

impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        Self::Act(error.into())
    }
}

impl From<Denied> for WebError {
    fn from(denied: Denied) -> Self {
        Self::Act(denied.into())
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::Act(ActError::Denied(Denied::NotThere)) => StatusCode::NOT_FOUND,
            Self::Forged | Self::Act(ActError::Denied(_) | ActError::FactorOfBefore) => {
                StatusCode::FORBIDDEN
            }
            Self::Act(ActError::TooManyPasses(_)) => StatusCode::TOO_MANY_REQUESTS,
            Self::Act(ActError::Refused(Refusal::NotNow(state), _)) if is_expired(state) => {
                StatusCode::GONE
            }
            Self::Act(ActError::LinkGone) => StatusCode::GONE,
            Self::NotSignedOn(_)
            | Self::Act(ActError::Refused(Refusal::TooLong(_), _) | ActError::Unfit(_)) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Act(
                ActError::Refused(_, _)
                | ActError::Stale(_)
                | ActError::FiledAlready(_)
                | ActError::CaseRefused(..)
                | ActError::DoneBefore
                | ActError::JoinedElsewhere
                | ActError::TooManyOpen(_)
                | ActError::Taken(_),
            ) => StatusCode::CONFLICT,
            Self::Act(
                ActError::Busy
                | ActError::Store(
                    StoreError::ClockBehind
                    | StoreError::ClocksApart
                    | StoreError::WentBack
                    | StoreError::KnowledgeTooOld
                    | StoreError::Standby
                    | StoreError::InUse(_)
                    | StoreError::NoConnection(_),
                ),
            ) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Act(ActError::Store(_) | ActError::Secret(_))
            | Self::Session(_)
            | Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoForm(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SignInFirst(_) | Self::SignedOut => StatusCode::SEE_OTHER,
        }
    }

    /// The bare answer; [`problem_pages`] puts the page into it.
    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            Self::SignInFirst(next) => {
                answer.insert_header((LOCATION, with_next("/sign-in", next)));
            }
            Self::SignedOut => {
                answer.insert_header((LOCATION, format!("/sign-in?{SIGNED_OUT}")));
            }
            _ => {}
        }
        answer.finish()
    }
}

/// Puts a page into every bare error, within the frame of whoever is signed in; an answer whose session could not be
/// kept is an error.
///
/// # Errors
/// Whatever the service says.
pub async fn problem_pages(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(why) = who_came::failure() {
        // Nor does any cookie of the answer count.
        let (request, _) = response.into_parts();
        response = ServiceResponse::from_err(WebError::from(why), request);
    }
    let Some(error) = response
        .response()
        .error()
        .and_then(|e| e.as_error::<WebError>())
    else {
        return Ok(response);
    };
    if matches!(error, WebError::SignInFirst(_) | WebError::SignedOut) {
        return Ok(response);
    }
    if error.status_code().is_server_error() {
        tracing::error!(%error, path = response.request().path(), "a page could not be answered");
    }
    let member = response.request().extensions().get::<Member>().cloned();
    let faster = match (&member, error) {
        (Some(member), WebError::Act(ActError::Refused(_, request) | ActError::Stale(request))) => {
            who_was_faster(member, request).await
        }
        _ => None,
    };
    let shell = member.map_or_else(
        || visitor_shell(response.request()),
        |member| member.shell(Place::Elsewhere),
    );
    let mut page = problem(error, shell, faster);
    if error.status_code().is_server_error()
        && let Some(call) = response.request().extensions().get::<Call>()
    {
        page = page.of_call(call.id.as_str());
    }
    let page = page_with(error.status_code(), &page);
    Ok(match page {
        Ok(page) => response.into_response(page.map_into_boxed_body()),
        Err(_) => response,
    })
}

/// `faster` says who brought the request to where it stands, if the state itself does not.
fn problem(error: &WebError, shell: Shell, faster: Option<String>) -> ProblemPage {
    let times = shell.times;
    let page = ProblemPage::new(shell, error.status_code().as_u16());
    let look = |request: &Request| {
        Link::new(
            format!("/requests/{}", request.reference),
            format!("Look at {}", request.reference),
        )
    };
    match error {
        WebError::Act(ActError::Refused(Refusal::NotNow(state), request)) => page
            .because(faster.unwrap_or_else(|| words::of_settled(state, times)))
            .with_link(look(request)),
        WebError::Act(ActError::Refused(Refusal::OutsideHours(closed), request)) => page
            .because(words::closed("The customer", closed, times))
            .with_link(look(request)),
        WebError::Act(ActError::Refused(refusal, request)) => page
            .because(sentence(&refusal.to_string()))
            .with_link(look(request)),
        WebError::Act(ActError::Stale(request)) => page
            .because(faster.unwrap_or_else(|| words::of_settled(&request.state, times)))
            .with_link(look(request)),
        WebError::Act(ActError::Denied(
            denied @ (Denied::NoRole | Denied::Own | Denied::TooNew),
        )) => page.because(sentence(&denied.to_string())),
        WebError::Act(ActError::LinkGone) => page.of_a_link(),
        WebError::Act(ActError::JoinedElsewhere) => page.joined_elsewhere(),
        WebError::NotSignedOn(why) => match why.as_ref() {
            SignOnError::OnlyWayIn(tenant) => {
                let way_in = way_in(tenant.as_deref());
                page.signs_on()
                    .with_link(Link::new(way_in, "Go on with single sign-on"))
            }
            _ => page.not_signed_on(),
        },
        WebError::Act(ActError::Unfit(flaws)) => page.because(Flaw::sentences(flaws)),
        WebError::Act(ActError::CaseRefused(refusal, case)) => page
            .because(words::of_refused_case(*refusal, case, times))
            .with_link(Link::new(
                support_cases::href(case.id),
                format!("Look at the support case {}", case.number),
            )),
        WebError::Act(
            error @ (ActError::TooManyOpen(_)
            | ActError::TooManyPasses(_)
            | ActError::FactorOfBefore
            | ActError::Taken(_)),
        ) => page.because(sentence(&error.to_string())),
        _ => page,
    }
}

const fn is_expired(state: &State) -> bool {
    matches!(state, State::Expired { .. })
}
