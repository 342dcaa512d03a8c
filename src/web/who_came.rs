//! Whose session a call came with. The session and its person are read by one question, before any page is asked for;
//! what came of it waits here for the page.

use std::cell::RefCell;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::domain::person::Person;
use crate::domain::tenant::Tenant;
use crate::store::{StoreError, Stored};

/// Somebody, and their tenant if they have one.
pub type Who = (Person, Option<Tenant>);

tokio::task_local! {
    static CAME: RefCell<Result<Option<Who>, String>>;
}

/// Keeps a place for whoever comes, until the call is answered.
///
/// # Errors
/// Whatever comes of the call.
pub async fn attend<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    CAME.scope(RefCell::new(Ok(None)), next.call(request)).await
}

/// Notes whose session the call came with, or why nobody knows.
pub fn note(who: Stored<Option<Who>>) {
    let who = who.map_err(|why| why.to_string());
    // A session that is loaded outside of any call is nobody's.
    drop(CAME.try_with(|came| came.replace(who)));
}

/// Who came.
///
/// # Errors
/// When a row of the person or of their tenant makes no sense, and where no place was kept.
pub fn came() -> Stored<Option<Who>> {
    let came = CAME.try_with(|came| came.borrow().clone());
    let came = came.unwrap_or_else(|_| Err("the application was put together wrongly".to_owned()));
    came.map_err(StoreError::Senseless)
}
