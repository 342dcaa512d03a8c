//! Activity: what was done under a request, and how a minute of it is sealed.
//!
//! A deed's leaf is the hash of its canonical text (RFC 8785), and the root over a stretch of deeds, in the order of
//! their ids, is that of an RFC 6962 tree, as in the audit log.

use serde::{Deserialize, Serialize};

use super::audit::canonical::{CanonicalError, canonical};
use super::audit::merkle::{Frontier, Hash, leaf_hash};
use super::id::{DeedId, RequestId, TenantId};
use super::text::Line;
use super::time::{Moment, rfc3339};

/// Longest object that is recorded, in characters.
pub const OBJECT_MAX: usize = 500;
/// Longest action that is recorded, in characters.
pub const ACTION_MAX: usize = 64;

/// One thing that was done under a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// Its id, in the order of recording.
    pub id: DeedId,
    /// Whose content.
    pub tenant: TenantId,
    /// Under which request.
    pub request: RequestId,
    /// When it happened, as far as whoever recorded it knows.
    pub happened_at: Moment,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What was done: `read`.
    pub action: String,
    /// To what, if it was said.
    pub object: Option<String>,
    /// How it is known.
    pub known_by: KnownBy,
    /// Who recorded it: an API key's name, or what stands at the gate.
    pub recorded_by: Line,
}

/// How a deed is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownBy {
    /// Lockbox allowed it, and recorded it before it said so. Whether it was then done, it does not know.
    Allowed,
    /// A system said afterwards that it was done.
    Reported,
}

impl KnownBy {
    /// As it is stored and said to machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Reported => "reported",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Allowed, Self::Reported]
            .into_iter()
            .find(|known| known.as_str() == text)
    }
}

/// A deed as it is read back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    id: DeedId,
    tenant: TenantId,
    request: RequestId,
    happened_at: Moment,
    recorded_at: Moment,
    action: String,
    object: Option<String>,
    known_by: KnownBy,
    recorded_by: Line,
}

/// The text is not the canonical text of a deed.
#[derive(Debug, thiserror::Error)]
pub enum NotADeed {
    /// It is none.
    #[error("no record of activity: {0}")]
    Json(#[from] serde_json::Error),
    /// It is one in another form.
    #[error("the text is not in canonical form")]
    AnotherForm,
    /// The deed has no canonical text.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

/// A deed as it is hashed.
#[derive(Serialize)]
struct Canonical<'a> {
    id: DeedId,
    tenant: TenantId,
    request: RequestId,
    happened_at: String,
    recorded_at: String,
    action: &'a str,
    object: Option<&'a str>,
    known_by: KnownBy,
    recorded_by: &'a str,
}

impl Deed {
    /// Its one canonical text.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn canonical(&self) -> Result<String, CanonicalError> {
        let value = serde_json::to_value(Canonical {
            id: self.id,
            tenant: self.tenant,
            request: self.request,
            happened_at: rfc3339(self.happened_at),
            recorded_at: rfc3339(self.recorded_at),
            action: &self.action,
            object: self.object.as_deref(),
            known_by: self.known_by,
            recorded_by: self.recorded_by.as_str(),
        })?;
        canonical(&value)
    }

    /// Reads back exactly what [`Self::canonical`] wrote.
    ///
    /// # Errors
    /// [`NotADeed`] when the text is anything else.
    pub fn parse_canonical(text: &str) -> Result<Self, NotADeed> {
        let read: Read = serde_json::from_str(text)?;
        let deed = Self {
            id: read.id,
            tenant: read.tenant,
            request: read.request,
            happened_at: read.happened_at,
            recorded_at: read.recorded_at,
            action: read.action,
            object: read.object,
            known_by: read.known_by,
            recorded_by: read.recorded_by,
        };
        if deed.canonical()? == text {
            Ok(deed)
        } else {
            Err(NotADeed::AnotherForm)
        }
    }
}

/// The root over these deeds. They are put in the order of their ids first.
///
/// # Errors
/// When one cannot be written as JSON.
pub fn root(mut deeds: Vec<Deed>) -> Result<Hash, CanonicalError> {
    deeds.sort_by_key(|deed| deed.id);
    let mut tree = Frontier::empty();
    for deed in &deeds {
        tree.append(leaf_hash(deed.canonical()?.as_bytes()));
    }
    Ok(tree.root())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn deed(number: u128, action: &str) -> Deed {
        Deed {
            id: DeedId(Uuid::from_u128(number)),
            tenant: TenantId(Uuid::from_u128(1)),
            request: RequestId(Uuid::from_u128(2)),
            happened_at: DateTime::UNIX_EPOCH,
            recorded_at: DateTime::UNIX_EPOCH,
            action: action.to_owned(),
            object: None,
            known_by: KnownBy::Allowed,
            recorded_by: Line::parse("gate").unwrap(),
        }
    }

    #[test]
    fn the_root_knows_every_deed_and_no_order_but_that_of_ids() {
        let one = root(vec![deed(1, "read"), deed(2, "write"), deed(3, "read")]).unwrap();
        let again = root(vec![deed(3, "read"), deed(1, "read"), deed(2, "write")]).unwrap();
        assert_eq!(one, again);
        for other in [
            vec![deed(1, "read"), deed(2, "write")],
            vec![deed(1, "read"), deed(2, "read"), deed(3, "read")],
            vec![deed(1, "read"), deed(2, "write"), deed(4, "read")],
        ] {
            assert_ne!(one, root(other).unwrap());
        }
    }

    #[test]
    fn a_deed_is_read_back_from_its_own_text_only() {
        let text = deed(1, "read").canonical().unwrap();
        assert_eq!(Deed::parse_canonical(&text).unwrap(), deed(1, "read"));
        for other in [
            text.replace(',', ", "),
            text.replace("00Z", "0Z"),
            text.replace("null", "7"),
            text.replace("\"gate\"", "\"gate\",\"by\":1"),
            String::new(),
        ] {
            assert!(Deed::parse_canonical(&other).is_err(), "{other}");
        }
    }

    #[test]
    fn the_text_is_canonical() {
        assert_eq!(
            deed(1, "read").canonical().unwrap(),
            r#"{"action":"read","happened_at":"1970-01-01T00:00:00.000000Z","id":"00000000-0000-0000-0000-000000000001","known_by":"allowed","object":null,"recorded_at":"1970-01-01T00:00:00.000000Z","recorded_by":"gate","request":"00000000-0000-0000-0000-000000000002","tenant":"00000000-0000-0000-0000-000000000001"}"#
        );
    }
}
