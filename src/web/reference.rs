//! The reference of the side door, for everybody: a page made from the same document that machines read, and the
//! addresses that the types of problems are.

mod members;
mod operations;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::error::WebError;
use super::guard::{Member, visitor_shell};
use super::page::{Answer, page, see_other};
use super::site::Site;
use super::view::{Place, ReferencePage, ReferenceProblem, Shell};
use crate::api::PortalUrl;
use crate::api::openapi::problems::explained;
use crate::api::problem::Kind;

/// `GET /help/api`.
///
/// # Errors
/// [`WebError::Template`] when it cannot be rendered.
pub async fn show(member: Option<Member>, request: HttpRequest, site: Data<Site>) -> Answer {
    let shell = member.map_or_else(
        || visitor_shell(&request),
        |member| member.shell(Place::Help),
    );
    page(&reference(shell, &PortalUrl(site.base_url.clone())))
}

/// `GET /problems/{kind}`: where the `type` of a problem leads.
///
/// # Errors
/// 404 for a kind that is none.
pub async fn problem(kind: Path<String>) -> Result<HttpResponse, WebError> {
    let known = Kind::ALL.into_iter().find(|known| known.name() == *kind);
    let known = known.ok_or(WebError::NotFound)?;
    Ok(see_other(&format!("/help/api#{}", anchor(known))))
}

/// The page, with this address of the deployment in its examples.
#[must_use]
pub(crate) fn reference(shell: Shell, portal: &PortalUrl) -> ReferencePage {
    ReferencePage {
        shell,
        subjects: operations::by_subject(portal),
        problems: Kind::ALL.map(shown).into(),
    }
}

fn shown(kind: Kind) -> ReferenceProblem {
    let words = explained(kind);
    ReferenceProblem {
        id: anchor(kind),
        uri: kind.uri(),
        title: kind.title(),
        status: kind.status().as_u16(),
        happened: words.happened,
        safe: words.safe,
        advice: words.advice,
    }
}

fn anchor(kind: Kind) -> String {
    format!("problem-{}", kind.name())
}

#[cfg(test)]
mod tests {
    use askama::Template as _;

    use super::*;
    use crate::api::openapi::document;

    #[test]
    fn the_page_has_every_operation_and_every_problem() {
        let portal = PortalUrl("https://lockbox.example/".parse().unwrap());
        let html = reference(crate::web::view::samples::visitor(), &portal)
            .render()
            .unwrap();
        for methods in document()["paths"].as_object().unwrap().values() {
            for operation in methods.as_object().unwrap().values() {
                let id = operation["operationId"].as_str().unwrap();
                assert_eq!(html.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
            }
        }
        for kind in Kind::ALL {
            assert!(
                html.contains(kind.uri()) && html.contains(&format!("id=\"{}\"", anchor(kind)))
            );
        }
    }
}
