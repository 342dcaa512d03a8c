//! Whose session a call came with. The session and its person are read by one question, before any page is asked for;
//! what came of it waits here for the page.

use std::cell::RefCell;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

use crate::domain::person::Person;
use crate::domain::tenant::Tenant;
use crate::store::{StoreError, Stored};

/// Somebody, and their tenant if they have one.
pub type Who = (Person, Option<Tenant>);

struct Came {
    who: Result<Option<Who>, String>,
    /// Why the session could not be read or kept.
    failure: Option<StoreError>,
}

tokio::task_local! {
    static CAME: RefCell<Came>;
}

/// Keeps a place for whoever comes, until the call is answered.
///
/// # Errors
/// Whatever comes of the call.
pub async fn attend<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let nobody = Came {
        who: Ok(None),
        failure: None,
    };
    CAME.scope(RefCell::new(nobody), next.call(request)).await
}

/// Lets nobody by whose session could not be read: to a page they would be somebody who is not signed in.
///
/// # Errors
/// Whatever comes of the call.
pub async fn only_known<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if CAME
        .try_with(|came| came.borrow().failure.is_some())
        .unwrap_or_default()
    {
        // `error::problem_pages` has the words.
        let unknown = HttpResponse::InternalServerError().finish();
        return Ok(request.into_response(unknown).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Notes whose session the call came with, or why nobody knows.
pub fn note(who: Stored<Option<Who>>) {
    let who = who.map_err(|why| why.to_string());
    // A session that is loaded outside of any call is nobody's.
    CAME.try_with(|came| came.borrow_mut().who = who)
        .unwrap_or_default();
}

/// Notes that the session could not be read or kept, for [`failure`].
///
/// # Errors
/// The same failure outside of any call, where nobody asks for it.
pub fn note_failure(why: StoreError) -> Stored<()> {
    let mut why = Some(why);
    CAME.try_with(|came| came.borrow_mut().failure = why.take())
        .unwrap_or_default();
    why.map_or(Ok(()), Err)
}

/// Why the session of this call could not be read or kept; its answer is void then.
#[must_use]
pub fn failure() -> Option<StoreError> {
    let failure = CAME.try_with(|came| came.borrow_mut().failure.take());
    failure.ok().flatten()
}

/// Who came.
///
/// # Errors
/// When a row of the person or of their tenant makes no sense, and where no place was kept.
pub fn came() -> Stored<Option<Who>> {
    let came = CAME.try_with(|came| came.borrow().who.clone());
    let came = came.unwrap_or_else(|_| Err("the application was put together wrongly".to_owned()));
    came.map_err(StoreError::Senseless)
}
