//! Answers: a page, or the way to another one.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::error::WebError;

/// What every handler of the front door returns.
pub type Answer = Result<HttpResponse, WebError>;

/// Most pages have room in it, a list of fifty rows too: a text that grows is copied time and again.
const ROOM: usize = 48 * 1024;

/// The page, with status 200.
///
/// # Errors
/// [`WebError::Template`] when it cannot be rendered.
pub fn page(view: &impl Template) -> Answer {
    page_with(StatusCode::OK, view)
}

/// The page, with another status.
///
/// # Errors
/// [`WebError::Template`] when it cannot be rendered.
pub fn page_with(status: StatusCode, view: &impl Template) -> Answer {
    let mut html = String::with_capacity(ROOM);
    view.render_into(&mut html)?;
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(html))
}

/// A form: with status 200 as it is first shown, with 422 when something kept it from being taken.
///
/// # Errors
/// [`WebError::Template`] when it cannot be rendered.
pub fn form_page(refused: bool, view: &impl Template) -> Answer {
    if refused {
        page_with(StatusCode::UNPROCESSABLE_ENTITY, view)
    } else {
        page(view)
    }
}

/// To another page, by GET.
#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path))
        .finish()
}

/// To the address a page has now, with the query it was asked for.
#[must_use]
pub fn moved(path: &str, request: &HttpRequest) -> HttpResponse {
    let location = match request.query_string() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, location))
        .finish()
}
