//! Evidence of one request, to take along.

use std::future::ready;

use actix_web::web::{Path, Query};
use serde::Deserialize;
use uuid::Uuid;

use crate::acts::{ActError, evidence};
use crate::domain::id::{DeedId, Reference};
use crate::domain::person::Person;
use crate::domain::request::Request;
use crate::domain::rights::{Act, Denied, Subject, may};
use crate::store::conn::Conn;
use crate::store::requests::Sight;
use crate::store::{StoreError, requests};
use crate::web::error::WebError;
use crate::web::guard::Member;
use crate::web::page::Answer;
use crate::web::paged::{Piece, file};

/// Where its activity begins.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    after: Option<Uuid>,
}

/// `GET /requests/{reference}/evidence?after=`: a file that `lockbox audit check` checks.
///
/// # Errors
/// 404 for whoever does not read the tenant's log whole, and so for everybody of the provider: the texts that were
/// hashed name the addresses of the tenant's people. 422 where it is more than one file holds.
pub async fn show(member: Member, reference: Path<String>, asked: Query<Asked>) -> Answer {
    let reference = Reference::parse(&reference).map_err(|_| WebError::NotFound)?;
    let (who, after) = (member.person().clone(), asked.after.map(DeedId));
    let name = format!("{reference}-evidence.json");
    let text = member
        .lockbox()
        .acting(move |lockbox| {
            let store = &lockbox.store;
            let request = store.read(|conn| find(conn, &who, &reference))?;
            let evidence = evidence::of_request(store, &request, after)?;
            let text = serde_json::to_string(&evidence).map_err(StoreError::from)?;
            Ok::<_, ActError>(text)
        })
        .await?;
    let whole = Piece { text, rest: None };
    Ok(file(&name, "application/json", Box::pin(ready(Ok(whole)))))
}

/// The request, for somebody who reads its tenant's log whole.
fn find(conn: &mut Conn, who: &Person, reference: &Reference) -> Result<Request, ActError> {
    let found = requests::by_reference(conn, Sight::of(who), reference)?;
    let request = found.ok_or(Denied::NotThere)?;
    may(who, Act::ReadAuditLog, Subject::Tenant(request.tenant))?;
    Ok(request)
}
