//! The reference of the side door, for everybody: a page made from the document that machines read, and the addresses
//! that the types of problems are.

mod document;
mod members;
mod operations;

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use document::Document;

use super::error::WebError;
use super::guard::{Member, visitor_shell};
use super::page::{Answer, page, see_other};
use super::site::Site;
use super::view::{Place, Reference, ReferencePage};

/// `GET /help/api`.
///
/// # Errors
/// [`WebError::Template`] when it cannot be rendered.
pub async fn show(member: Option<Member>, request: HttpRequest, site: Data<Site>) -> Answer {
    let shell = match member {
        Some(member) => member.shell(Place::Help),
        None => visitor_shell(&request),
    };
    let all = Arc::clone(&site.api);
    page(&ReferencePage { shell, all })
}

/// `GET /problems/{kind}`: where the `type` of a problem leads.
///
/// # Errors
/// 404 for a kind that is none.
pub async fn problem(kind: Path<String>, site: Data<Site>) -> Result<HttpResponse, WebError> {
    let uri = format!("/problems/{kind}");
    let known = site.api.problems.iter().find(|known| known.uri == uri);
    let known = known.ok_or(WebError::NotFound)?;
    Ok(see_other(&format!("/help/api#{}", known.id)))
}

/// What people read of this document, which this product made.
#[must_use]
pub fn made(document: &Value) -> Arc<Reference> {
    let document = Document(document);
    Arc::new(Reference {
        subjects: document.by_subject(),
        problems: document.problems(),
    })
}
