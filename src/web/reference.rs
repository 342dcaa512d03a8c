//! The reference of the side door, for everybody: a page made from the document that machines read, and the addresses
//! that the types of problems are.

mod document;
mod members;
mod operations;

pub(crate) use document::Document;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::error::WebError;
use super::guard::{Member, visitor_shell};
use super::page::{Answer, page, see_other};
use super::site::Site;
use super::view::{Place, ReferencePage, Shell};

/// `GET /help/api`.
///
/// # Errors
/// [`WebError::Template`] when it cannot be rendered.
pub async fn show(member: Option<Member>, request: HttpRequest, site: Data<Site>) -> Answer {
    let shell = match member {
        Some(member) => member.shell(Place::Help),
        None => visitor_shell(&request),
    };
    page(&reference(shell, Document(&site.api)))
}

/// `GET /problems/{kind}`: where the `type` of a problem leads.
///
/// # Errors
/// 404 for a kind that is none.
pub async fn problem(kind: Path<String>, site: Data<Site>) -> Result<HttpResponse, WebError> {
    let uri = format!("/problems/{kind}");
    let problems = Document(&site.api).problems();
    let known = problems.into_iter().find(|known| known.uri == uri);
    let known = known.ok_or(WebError::NotFound)?;
    Ok(see_other(&format!("/help/api#{}", known.id)))
}

/// The page that shows this document.
pub(crate) fn reference(shell: Shell, document: Document) -> ReferencePage {
    ReferencePage {
        shell,
        subjects: document.by_subject(),
        problems: document.problems(),
    }
}
