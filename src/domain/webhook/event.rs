//! What a webhook is told: a fact as one side may see it. It becomes a `CloudEvent` once it is known where the portal is.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::audit::entry::{Actor, Entry};
use crate::domain::id::Reference;
use crate::domain::notice::AboutRequest;
use crate::domain::person::Side;
use crate::domain::tenant::PROVIDER_KEY;
use crate::domain::text::Slug;
use crate::domain::time::{Minutes, Moment, rfc3339};

/// The most that is told of a fact, in bytes of JSON. Beyond it the longest parts are left out, and it says which.
pub const DATA_MAX: usize = 60 * 1024;

/// What one webhook is told of one fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The log's key and the entry's place in it: `fabrikam-42`. The same for whoever is told, and each time.
    pub id: String,
    /// Whose log it stands in: the tenant's key, or nothing for the provider's.
    pub tenant: Option<Slug>,
    /// The fact's name.
    pub act: String,
    /// The request it is about.
    pub subject: Option<Reference>,
    /// When it happened.
    pub time: Moment,
    /// What is told of it.
    pub data: Value,
}

/// What a side is told of an entry. `tenant` is the key of the log's tenant, and `about` the request after the fact.
///
/// # Errors
/// When a part cannot be written as JSON, which no fact of ours brings about.
pub fn of(
    entry: &Entry,
    tenant: Option<&Slug>,
    to: Side,
    about: Option<&AboutRequest>,
) -> Result<Event, serde_json::Error> {
    let log = tenant.map_or(PROVIDER_KEY, Slug::as_str);
    Ok(Event {
        id: format!("{log}-{}", entry.seq),
        tenant: tenant.cloned(),
        act: entry.fact.act().to_owned(),
        subject: about.map(|about| about.reference.clone()),
        time: entry.happened_at(),
        data: data(entry, log, to, about)?,
    })
}

fn data(
    entry: &Entry,
    log: &str,
    to: Side,
    about: Option<&AboutRequest>,
) -> Result<Value, serde_json::Error> {
    let mut data = Map::new();
    let mut say = |name: &str, value: Value| data.insert(name.to_owned(), value);
    say("log", json!(log));
    say("entry", json!(entry.seq));
    say("recorded_at", json!(rfc3339(entry.at)));
    say("outcome", json!(entry.fact.outcome()));
    say("actor", actor(&entry.author.actor, to)?);
    if let Some(asked) = &entry.asked {
        let (by, at) = (actor(&asked.by, to)?, rfc3339(asked.at));
        say("asked", json!({ "by": by, "at": at }));
    }
    if entry.shows_origin_to(to) {
        let author = &entry.author;
        let factor = author.proof.as_ref().and_then(|proof| proof.second_factor);
        say("source", serde_json::to_value(author.source)?);
        let kind = factor.map(|factor| factor.kind);
        say("second_factor", serde_json::to_value(kind)?);
    }
    if let Some(about) = about {
        say("request", request(about)?);
    }
    let mut fact = serde_json::to_value(&entry.fact)?;
    if let Some(details) = fact.get_mut("details") {
        without_digests(details);
        Actor::hide_ids(details, to);
        say("details", details.take());
    }
    let mut data = Value::Object(data);
    bound(&mut data);
    Ok(data)
}

/// Who brought it about. The id of a person is their own side's to know.
fn actor(who: &Actor, to: Side) -> Result<Value, serde_json::Error> {
    let mut actor = serde_json::to_value(who)?;
    Actor::hide_ids(&mut actor, to);
    Ok(actor)
}

fn request(about: &AboutRequest) -> Result<Value, serde_json::Error> {
    let granted = about.granted.map(Minutes::iso8601);
    Ok(json!({
        "reference": about.reference,
        "service": about.service_key,
        "service_name": about.service,
        "engineer": about.engineer,
        "endorsed_by": about.manager,
        "support_case": about.case,
        "reason": about.reason,
        "scope": {
            "description": about.scope,
            "objects": about.objects,
            "actions": about.actions,
        },
        "duration": about.asked.iso8601(),
        "granted": granted,
        "basis": serde_json::to_value(about.basis)?,
        "filed_at": rfc3339(about.filed_at),
        "deadline": about.deadline.map(rfc3339),
    }))
}

/// Digests stand for secrets in the log, so that rows can be compared with it. Nobody else has a use for them.
fn without_digests(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| {
                !name.ends_with("_sha256") && !["code", "codes"].contains(&name.as_str())
            });
            members.values_mut().for_each(without_digests);
        }
        Value::Array(values) => values.iter_mut().for_each(without_digests),
        _ => {}
    }
}

/// Leaves out what a fact may have much of, the first of them first, until the rest is small enough.
fn bound(data: &mut Value) {
    let mut left_out = Vec::new();
    for path in ["/details", "/request/scope/objects"] {
        if data.to_string().len() <= DATA_MAX {
            break;
        }
        if let Some(part) = data.pointer_mut(path) {
            *part = Value::Null;
            left_out.push(path);
        }
    }
    if !left_out.is_empty() {
        data["left_out"] = json!(left_out);
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::audit::entry::{Asked, Author, Log, Proof};
    use crate::domain::fact::Fact;
    use crate::domain::id::{PersonId, RequestId, TenantId};
    use crate::domain::person::Role;
    use crate::domain::request::HowEnded;
    use crate::domain::second_factor::SecondFactor;
    use crate::domain::text::{Line, Prose};

    fn fabrikam() -> (Side, Slug) {
        let tenant = TenantId(Uuid::from_u128(7));
        (Side::Tenant(tenant), Slug::parse("fabrikam").unwrap())
    }

    fn entry(role: Role, fact: Fact) -> Entry {
        let at = DateTime::UNIX_EPOCH;
        Entry {
            log: Log::of(fabrikam().0),
            seq: 42,
            at,
            author: Author {
                actor: Actor::Person {
                    id: PersonId(Uuid::from_u128(9)),
                    name: Line::parse("Kim Berg").unwrap(),
                    roles: vec![role],
                },
                source: Some([203, 0, 113, 7].into()),
                proof: Some(Proof {
                    session: "5e55i0n".to_owned(),
                    second_factor_at: at,
                    second_factor: Some(SecondFactor::app(at)),
                }),
            },
            asked: None,
            request: Some(RequestId(Uuid::from_u128(1))),
            fact,
        }
    }

    fn about(objects: usize) -> AboutRequest {
        AboutRequest {
            case_opened: None,
            case_closed: false,
            hours_changed: false,
            reference: Reference::parse("LBX-7Q2M-9XKD").unwrap(),
            service: Line::parse("Teams").unwrap(),
            service_key: Some(Slug::parse("teams").unwrap()),
            engineer: Line::parse("Ivo Brandt").unwrap(),
            manager: None,
            case: None,
            scope: "Kim's \"chats\"\n\u{1F512}".to_owned(),
            objects: vec!["x".repeat(500); objects],
            actions: Vec::new(),
            reason: "\u{1F512}".repeat(2_000),
            asked: Minutes::hours(4),
            granted: None,
            basis: None,
            note: None,
            follows: None,
            filed_at: DateTime::UNIX_EPOCH,
            deadline: None,
            waiting_for: None,
        }
    }

    fn rejected() -> Fact {
        Fact::RequestRejected {
            why: Prose::parse("Not today").unwrap(),
        }
    }

    #[test]
    fn the_customers_own_sees_from_where_it_came_and_the_provider_does_not() {
        let (side, key) = fabrikam();
        let entry = entry(Role::AccessApprover, rejected());
        let told = |to| of(&entry, Some(&key), to, Some(&about(1))).unwrap();
        let (own, theirs) = (told(side), told(Side::Provider));
        assert_eq!(own.id, "fabrikam-42");
        assert_eq!((&own.id, own.time), (&theirs.id, theirs.time));
        assert_eq!(own.data["source"], "203.0.113.7");
        assert_eq!(own.data["actor"]["id"], Uuid::from_u128(9).to_string());
        assert_eq!(theirs.data["actor"]["name"], "Kim Berg");
        assert_eq!(theirs.data["details"]["why"], "Not today");
        let text = theirs.data.to_string();
        for hidden in ["203.0.113.7", "second_factor", "5e55i0n", "\"id\""] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
        assert!(!own.data.to_string().contains("5e55i0n"));
    }

    #[test]
    fn the_provider_sees_from_where_its_own_people_came() {
        let (_, key) = fabrikam();
        let entry = entry(Role::Engineer, Fact::RequestWithdrawn);
        let told = of(&entry, Some(&key), Side::Provider, None).unwrap();
        assert_eq!(told.data["source"], "203.0.113.7");
        assert_eq!(told.data["actor"]["id"], Uuid::from_u128(9).to_string());
    }

    #[test]
    fn who_asked_for_what_waited_is_told_and_their_id_to_their_own_side_alone() {
        let (side, key) = fabrikam();
        let asker = entry(Role::GlobalAdministrator, Fact::LockboxTurnedOff);
        let at = DateTime::UNIX_EPOCH;
        let done = Entry {
            author: Author::local(Actor::System),
            asked: Some(Asked {
                by: asker.author.actor.clone(),
                at,
            }),
            request: None,
            ..asker
        };
        let told = |to| of(&done, Some(&key), to, None).unwrap().data;
        assert_eq!(told(side)["actor"]["kind"], "system");
        assert_eq!(told(side)["asked"]["at"], rfc3339(at));
        assert_eq!(
            told(side)["asked"]["by"]["id"],
            Uuid::from_u128(9).to_string()
        );
        let theirs = told(Side::Provider);
        assert_eq!(theirs["asked"]["by"]["name"], "Kim Berg");
        assert!(theirs["asked"]["by"].get("id").is_none());
        // What was sealed is read back as it was.
        let text = done.canonical().unwrap();
        assert_eq!(Entry::parse(&text).unwrap(), done);
    }

    #[test]
    fn nor_does_a_detail_tell_the_provider_an_id() {
        let (side, key) = fabrikam();
        let closed = entry(Role::GlobalAdministrator, Fact::RequestWithdrawn);
        let fact = Fact::AccessEnded {
            at: DateTime::UNIX_EPOCH,
            how: HowEnded::CaseClosed {
                by: closed.author.actor.clone(),
            },
        };
        let ended = Entry { fact, ..closed };
        let by = |to| of(&ended, Some(&key), to, None).unwrap().data["details"]["how"].to_string();
        let id = Uuid::from_u128(9).to_string();
        assert!(by(side).contains(&id));
        assert!(by(Side::Provider).contains("Kim Berg"));
        assert!(!by(Side::Provider).contains(&id));
    }

    #[test]
    fn digests_are_left_out() {
        let (side, key) = fabrikam();
        let fact = Fact::RecoveryCodesMade {
            person: PersonId(Uuid::from_u128(9)),
            name: Line::parse("Kim Berg").unwrap(),
            codes: vec!["d19e57".to_owned()],
        };
        let told = of(&entry(Role::Auditor, fact), Some(&key), side, None).unwrap();
        assert_eq!(told.data["details"]["name"], "Kim Berg");
        assert!(!told.data.to_string().contains("d19e57"));
        let fact = Fact::PasswordChanged {
            person: PersonId(Uuid::from_u128(9)),
            name: Line::parse("Kim Berg").unwrap(),
            password_sha256: "d19e57".to_owned(),
        };
        let told = of(&entry(Role::Auditor, fact), Some(&key), side, None).unwrap();
        assert!(!told.data.to_string().contains("d19e57"));
    }

    #[test]
    fn what_is_too_large_leaves_out_its_longest_parts_and_says_so() {
        let (side, key) = fabrikam();
        let entry = entry(Role::AccessApprover, rejected());
        let told = |objects| of(&entry, Some(&key), side, Some(&about(objects))).unwrap();
        let whole = told(90).data;
        assert_eq!(whole.get("left_out"), None);
        assert_eq!(whole["details"]["why"], "Not today");
        let cut = told(110).data;
        assert_eq!(
            cut["left_out"],
            json!(["/details", "/request/scope/objects"])
        );
        assert_eq!(cut["request"]["reference"], "LBX-7Q2M-9XKD");
        assert!(cut["request"]["scope"]["objects"].is_null());
        for data in [whole, cut] {
            assert!(data.to_string().len() <= DATA_MAX);
        }
    }
}
