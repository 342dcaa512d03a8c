//! Long answers, written a page at a time: no list is ever held whole.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;

use super::error::WebError;

/// One page of an answer, and how to make the next one.
pub struct Piece {
    /// The page.
    pub text: String,
    /// What makes the rest, where there is more.
    pub rest: Option<Making>,
}

/// A page that is being made.
pub type Making = Pin<Box<dyn Future<Output = Result<Piece, WebError>>>>;

/// A file to keep, made page by page. Where a page cannot be made the answer breaks off, so that nobody takes what
/// they have for the whole.
#[must_use]
pub fn file(name: &str, content_type: &'static str, first: Making) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .body(Pages(Some(first)))
}

struct Pages(Option<Making>);

impl MessageBody for Pages {
    type Error = WebError;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, WebError>>> {
        while let Some(making) = &mut self.0 {
            match ready!(making.as_mut().poll(context)) {
                Ok(piece) => {
                    self.0 = piece.rest;
                    // An empty chunk would end the answer.
                    if !piece.text.is_empty() {
                        return Poll::Ready(Some(Ok(piece.text.into())));
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "a download was broken off");
                    self.0 = None;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }
}
