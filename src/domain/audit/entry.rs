//! An audit entry: one fact, who brought it about, when, and how they proved who they are.
//!
//! Version 1 of the stored form is the RFC 8785 text of a JSON object with the members `act`,
//! `actor`, `at`, `details`, `log`, `outcome`, `proof`, `request`, `seq`, `source` and `v`; and `asked`, where somebody
//! asked for it before and it waited.
//! The leaf of the Merkle tree is the RFC 6962 hash of exactly these bytes.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::canonical::{CanonicalError, canonical};
use crate::domain::fact::Fact;
use crate::domain::id::{KeyId, PersonId, RequestId, TenantId};
use crate::domain::person::{Person, Role, Side};
use crate::domain::second_factor::SecondFactor;
use crate::domain::text::Line;
use crate::domain::time::{self, Moment};

/// Which log: one per tenant, and the provider's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Log {
    /// The provider's acts that concern no tenant alone.
    Provider,
    /// One tenant's.
    Tenant(TenantId),
}

impl Log {
    /// The log of this side.
    #[must_use]
    pub const fn of(side: Side) -> Self {
        match side {
            Side::Provider => Self::Provider,
            Side::Tenant(tenant) => Self::Tenant(tenant),
        }
    }

    /// The side whose log it is.
    #[must_use]
    pub const fn side(self) -> Side {
        match self {
            Self::Provider => Side::Provider,
            Self::Tenant(tenant) => Side::Tenant(tenant),
        }
    }

    /// The id in rows: the tenant's, or the nil UUID for the provider's log.
    #[must_use]
    pub const fn id(self) -> Uuid {
        match self {
            Self::Provider => Uuid::nil(),
            Self::Tenant(tenant) => tenant.0,
        }
    }

    /// The log of an id in rows.
    #[must_use]
    pub const fn of_id(id: Uuid) -> Self {
        if id.is_nil() {
            Self::Provider
        } else {
            Self::Tenant(TenantId(id))
        }
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider => f.write_str("provider"),
            Self::Tenant(tenant) => tenant.fmt(f),
        }
    }
}

/// Who brought a fact about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A named person. Never their address: the other side reads this.
    Person {
        /// Their id.
        id: PersonId,
        /// Their name then.
        name: Line,
        /// Their roles then.
        roles: Vec<Role>,
    },
    /// An API key, by name.
    Key {
        /// Its id.
        id: KeyId,
        /// Its name then.
        name: Line,
    },
    /// Somebody on the command line, by the system user's name.
    Operator {
        /// The system user.
        name: Line,
    },
    /// Time itself, written down by the night shift.
    System,
}

impl Actor {
    /// A person as an actor.
    #[must_use]
    pub fn of(person: &Person) -> Self {
        Self::Person {
            id: person.id,
            name: person.name.clone(),
            roles: person.roles.iter().map(|held| held.role).collect(),
        }
    }

    /// The person, if it is one.
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        match self {
            Self::Person { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// The name people read.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Person { name, .. } => name.to_string(),
            Self::Key { name, .. } => format!("API key \u{201c}{name}\u{201d}"),
            Self::Operator { name } => format!("operator {name}"),
            Self::System => "Lockbox".to_owned(),
        }
    }

    /// Whether this side sees where they are: of a customer's people the provider sees the name and the roles alone.
    pub(in crate::domain) fn shows_origin_to(&self, side: Side) -> bool {
        match self {
            Self::Person { roles, .. } => {
                side != Side::Provider || roles.iter().all(|role| role.is_providers())
            }
            _ => true,
        }
    }

    /// Takes the ids of people out of a fact's details that are not for this side to know.
    pub fn hide_ids(details: &mut Value, side: Side) {
        let is_hidden = |actor: &Self| !actor.shows_origin_to(side);
        if Self::deserialize(&*details).as_ref().is_ok_and(is_hidden)
            && let Some(actor) = details.as_object_mut()
        {
            actor.remove("id");
            return;
        }
        match details {
            Value::Object(members) => {
                for member in members.values_mut() {
                    Self::hide_ids(member, side);
                }
            }
            Value::Array(items) => {
                for item in items {
                    Self::hide_ids(item, side);
                }
            }
            _ => {}
        }
    }

    /// The roles in words: "support manager, engineer"; empty for others than people.
    #[must_use]
    pub fn roles(&self) -> String {
        match self {
            Self::Person { roles, .. } => roles
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
            _ => String::new(),
        }
    }
}

/// How a person proved who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The session's random id; no key.
    pub session: String,
    /// When the second factor was last shown.
    pub second_factor_at: Moment,
    /// Which one. Entries of before there were several kinds do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<SecondFactor>,
}

/// Who, from where and with what proof: everything of an entry that is not the fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who.
    pub actor: Actor,
    /// From which address.
    pub source: Option<IpAddr>,
    /// With what proof.
    pub proof: Option<Proof>,
}

impl Author {
    /// Somebody without an address or a session.
    #[must_use]
    pub const fn local(actor: Actor) -> Self {
        Self {
            actor,
            source: None,
            proof: None,
        }
    }
}

/// Who asked for what waited until its time, where the system does it then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Moment,
}

/// One entry of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The log it stands in.
    pub log: Log,
    /// Its place, counted from 0: the index of its leaf.
    pub seq: u64,
    /// When it was recorded.
    pub at: Moment,
    /// Who, from where, with what proof.
    pub author: Author,
    /// Who had asked for it, where it waited. Entries of before this was said do not say.
    pub asked: Option<Asked>,
    /// The request it is about.
    pub request: Option<RequestId>,
    /// What happened.
    pub fact: Fact,
}

/// The stored text is no entry.
#[derive(Debug, thiserror::Error)]
#[error("no audit entry of version 1: {0}")]
pub struct NoEntry(String);

/// The text is not the canonical text of an entry.
#[derive(Debug, thiserror::Error)]
pub enum NotCanonical {
    /// It is no entry.
    #[error(transparent)]
    NoEntry(#[from] NoEntry),
    /// It is an entry in another form.
    #[error("the text is not in canonical form")]
    AnotherForm,
    /// The entry has no canonical text.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

impl Entry {
    /// When it happened: for what time did, the deadline, whenever it was written down.
    #[must_use]
    pub const fn happened_at(&self) -> Moment {
        match &self.fact {
            Fact::RequestExpired { deadline } => *deadline,
            Fact::AccessEnded { at, .. } => *at,
            _ => self.at,
        }
    }

    /// Whether this side sees from where the author came and how they proved who they are. The provider sees of a
    /// customer's people the name and the roles, and no more.
    #[must_use]
    pub fn shows_origin_to(&self, side: Side) -> bool {
        self.author.actor.shows_origin_to(side)
    }

    /// The canonical text: what is stored and hashed.
    ///
    /// # Errors
    /// When a part cannot be written as JSON, which no fact of ours brings about.
    pub fn canonical(&self) -> Result<String, CanonicalError> {
        self.value()
            .map_err(CanonicalError::from)
            .and_then(|value| canonical(&value))
    }

    fn value(&self) -> Result<Value, serde_json::Error> {
        let mut object = serde_json::to_value(&self.fact)?;
        if object.get("details").is_none() {
            object["details"] = json!({});
        }
        object["v"] = json!(1);
        object["log"] = json!(self.log.to_string());
        object["seq"] = json!(self.seq);
        object["at"] = json!(time::rfc3339(self.at));
        object["actor"] = serde_json::to_value(&self.author.actor)?;
        object["source"] = serde_json::to_value(self.author.source)?;
        object["proof"] = serde_json::to_value(&self.author.proof)?;
        object["request"] = serde_json::to_value(self.request)?;
        if let Some(asked) = &self.asked {
            object["asked"] = serde_json::to_value(asked)?;
        }
        object["outcome"] = json!(self.fact.outcome());
        Ok(object)
    }

    /// Reads a canonical text back.
    ///
    /// # Errors
    /// [`NoEntry`] when it is anything else.
    pub fn parse(text: &str) -> Result<Self, NoEntry> {
        let value: Value = serde_json::from_str(text).map_err(|e| NoEntry(e.to_string()))?;
        let Value::Object(mut object) = value else {
            return Err(NoEntry("no object".to_owned()));
        };
        let asked = object.remove("asked").map(read).transpose()?;
        let mut take = |member: &str| {
            object
                .remove(member)
                .ok_or_else(|| NoEntry(format!("no member {member}")))
        };
        if take("v")? != json!(1) {
            return Err(NoEntry("another version".to_owned()));
        }
        let log = match take("log")?.as_str() {
            Some("provider") => Log::Provider,
            Some(id) => Log::Tenant(TenantId(id.parse().map_err(|_| NoEntry("log".to_owned()))?)),
            None => return Err(NoEntry("log".to_owned())),
        };
        let (act, details) = (take("act")?, take("details")?);
        take("outcome")?;
        let entry = Self {
            log,
            seq: read(take("seq")?)?,
            at: read(take("at")?)?,
            author: Author {
                actor: read(take("actor")?)?,
                source: read(take("source")?)?,
                proof: read(take("proof")?)?,
            },
            asked,
            request: read(take("request")?)?,
            fact: fact(&act, &details)?,
        };
        if object.is_empty() {
            Ok(entry)
        } else {
            Err(NoEntry("an unknown member".to_owned()))
        }
    }

    /// Reads a text that must be the one canonical text of its entry: nothing stands in it that the entry does not say.
    ///
    /// # Errors
    /// [`NotCanonical`] when it is anything else.
    pub fn parse_canonical(text: &str) -> Result<Self, NotCanonical> {
        let entry = Self::parse(text)?;
        if entry.canonical()? == text {
            Ok(entry)
        } else {
            Err(NotCanonical::AnotherForm)
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, NoEntry> {
    serde_json::from_value(value).map_err(|e| NoEntry(e.to_string()))
}

/// Facts that carry nothing have empty details in the log and none in their Rust form.
fn fact(act: &Value, details: &Value) -> Result<Fact, NoEntry> {
    let empty = details.as_object().is_some_and(serde_json::Map::is_empty);
    if empty {
        read(json!({ "act": act }))
    } else {
        read(json!({ "act": act, "details": details }))
    }
}
