//! Evidence of one request: a file that proves to anybody, without the database, what the log says about it.
//!
//! Version 1 is a JSON object. Its entries and deeds are the very texts that were hashed (RFC 8785), each with an
//! inclusion proof (RFC 6962, section 2.1.1) to the root of the signed checkpoint, a deed's to the root that its entry
//! of the log names. That nothing was left out it cannot prove: only the whole log shows that.

mod check;

pub use check::{Against, Agreement, Fault, Kept, Place, Proven, SealedDeed, check};

use serde::{Deserialize, Serialize};

use super::merkle::Hash;
use crate::domain::id::{DeedId, Reference, RequestId, TenantId};

/// What a file of evidence is called inside.
pub const FORMAT: &str = "lockbox-evidence";
/// The version of its form.
pub const VERSION: u32 = 1;
/// The largest file that is read, in bytes: 32 MiB. The largest that is written is about half of it.
pub const FILE_MAX: usize = 32 * 1024 * 1024;
/// Most entries about the request in one file. A day of access with as many passes as are given has 1,440.
pub const ENTRIES_MAX: usize = 2_000;
/// Most records of activity in one file; those that follow are in a further one.
pub const DEEDS_MAX: usize = 2_000;

/// Evidence of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// What people call the request.
    pub reference: Reference,
    /// Its id.
    pub request: RequestId,
    /// Whose log it is: the tenant's.
    pub log: TenantId,
    /// The verifier key of the checkpoint as text: `name+hash+key` (C2SP signed-note). It proves nothing by itself.
    pub key: String,
    /// The log's signed head (C2SP tlog-checkpoint).
    pub checkpoint: String,
    /// The entries about the request, oldest first.
    pub entries: Vec<Leaf>,
    /// The entries that seal what was done under the request, oldest first.
    pub activity: Vec<Seal>,
    /// The last record of activity here, where there are more: a further file goes on after it.
    pub goes_on_after: Option<DeedId>,
}

/// A leaf of a tree, and what proves that it is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// Its place in the tree, counted from 0.
    pub place: u64,
    /// The text that was hashed.
    pub text: String,
    /// The hashes beside the way to the root, the lowest first.
    pub proof: Vec<Hash>,
}

/// An entry of the log that seals activity, with those records of it that belong to the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// The entry.
    pub entry: Leaf,
    /// The records, as leaves of the tree whose root the entry names.
    pub deeds: Vec<Leaf>,
}

/// The text is no file of evidence.
#[derive(Debug, thiserror::Error)]
pub enum NoEvidence {
    /// It is larger than [`FILE_MAX`].
    #[error("the file has more than 32 MiB, and no evidence is that large")]
    TooLarge,
    /// It is no JSON, or not of this form.
    #[error("the file is no evidence of a request: {0}")]
    Json(#[from] serde_json::Error),
    /// It is something else.
    #[error("the file does not say that it is {} of version {}", FORMAT, VERSION)]
    OtherFormat,
    /// It holds more than one file may.
    #[error(
        "the file has more than {} entries or {} records of activity",
        ENTRIES_MAX,
        DEEDS_MAX
    )]
    TooMuch,
}

impl Evidence {
    /// Reads a file. What it says is still to be checked, by [`check`].
    ///
    /// # Errors
    /// [`NoEvidence`], where it is none of version 1, or beyond the bounds.
    pub fn parse(text: &str) -> Result<Self, NoEvidence> {
        /// What every version has, whatever else it has.
        #[derive(Deserialize)]
        struct Named {
            format: String,
            version: u32,
        }
        if text.len() > FILE_MAX {
            return Err(NoEvidence::TooLarge);
        }
        let named: Named = serde_json::from_str(text)?;
        if named.format != FORMAT || named.version != VERSION {
            return Err(NoEvidence::OtherFormat);
        }
        let evidence: Self = serde_json::from_str(text)?;
        let deeds: usize = evidence.activity.iter().map(|seal| seal.deeds.len()).sum();
        let seals = evidence.activity.len();
        if evidence.entries.len() > ENTRIES_MAX || deeds > DEEDS_MAX || seals > DEEDS_MAX {
            return Err(NoEvidence::TooMuch);
        }
        Ok(evidence)
    }
}
