//! One entry of the log, with everything that was sealed.

use actix_web::HttpRequest;
use actix_web::web::Path;
use serde_json::Value;

use super::asked::Asked;
use super::reading::{Found, Reading};
use crate::acts::ActError;
use crate::domain::audit::entry::{Actor, Entry};
use crate::domain::id::Reference;
use crate::domain::person::Side;
use crate::domain::rights::Denied;
use crate::store::audit;
use crate::web::error::WebError;
use crate::web::guard::Member;
use crate::web::page::{Answer, page};
use crate::web::view::{AuditEntryPage, Origin, Place};
use crate::web::words;

/// `GET /audit/{seq}`; for the provider's people, who read about one request, with `?reference=`.
///
/// # Errors
/// 404 for an entry that there is not, or not for this person.
pub async fn show(member: Member, seq: Path<String>, request: HttpRequest) -> Answer {
    let seq: u64 = seq.parse().map_err(|_| WebError::NotFound)?;
    let (who, asked) = (member.person().clone(), Asked::of(&request)?);
    let named = asked.reference();
    let (reading, found, reference) = member
        .lockbox()
        .reading(move |conn| {
            let reading = Reading::of(conn, &who, named.as_ref())?.ok_or(Denied::NotThere)?;
            let row = audit::entry_at(conn, reading.log, seq)?.ok_or(Denied::NotThere)?;
            let entry = row.parse()?;
            if reading.about.is_some() && reading.about != entry.request {
                return Err(Denied::NotThere.into());
            }
            let found = [(row, entry)];
            let mut references = reading.references(conn, &found)?;
            let [found] = found;
            let reference = found.1.request.and_then(|id| references.remove(&id));
            Ok::<_, ActError>((reading, found, reference))
        })
        .await?;
    page(&view(&member, &asked, &reading, &found, reference)?)
}

fn view(
    member: &Member,
    asked: &Asked,
    reading: &Reading,
    (row, entry): &Found,
    reference: Option<Reference>,
) -> Result<AuditEntryPage, WebError> {
    let times = member.times();
    let told = words::of_entry(entry, times);
    let origin = reading.shows_origin(entry);
    let author = &entry.author;
    Ok(AuditEntryPage {
        shell: member.shell(Place::Audit),
        back: asked.address("/audit"),
        seq: entry.seq,
        when: times.at(entry.at),
        who: words::actor(&author.actor),
        act: entry.fact.act().to_owned(),
        what: told.what,
        outcome: entry.fact.outcome().to_owned(),
        request: entry.request.map(|id| id.to_string()),
        reference: reference.map(|reference| reference.to_string()),
        details: details(entry, member.person().side)?,
        origin: origin.then(|| Origin {
            source: author.source.map(|source| source.to_string()),
            session: author.proof.as_ref().map(|proof| proof.session.clone()),
            second_factor: author
                .proof
                .as_ref()
                .map(|proof| times.at(proof.second_factor_at)),
            factor: author
                .proof
                .as_ref()
                .and_then(|proof| proof.second_factor)
                .map(|factor| {
                    (
                        words::factor(factor.kind).to_owned(),
                        times.at(factor.since),
                    )
                }),
            canonical: row.body.clone(),
        }),
        leaf: row.leaf().map(|leaf| leaf.to_string()).unwrap_or_default(),
        is_as_sealed: row.is_as_sealed(entry),
    })
}

/// What the fact says besides its name, a line for each member.
fn details(entry: &Entry, side: Side) -> Result<Vec<(String, String)>, WebError> {
    let mut fact = serde_json::to_value(&entry.fact).map_err(|e| ActError::Store(e.into()))?;
    Actor::hide_ids(&mut fact, side);
    let Some(Value::Object(details)) = fact.get("details") else {
        return Ok(Vec::new());
    };
    let line = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Null => "none".to_owned(),
            other => other.to_string(),
        };
        (name.replace('_', " "), value)
    };
    Ok(details.iter().map(line).collect())
}
