//! Whether evidence proves what it says. It needs the file and nothing else; a key and a head that were kept elsewhere
//! make sure that it is not somebody else's log.

use std::fmt;

use super::{Evidence, Leaf, Seal};
use crate::domain::activity::Deed;
use crate::domain::audit::checkpoint::{Checkpoint, Verifier, origin};
use crate::domain::audit::entry::{Entry, Log};
use crate::domain::audit::inclusion::root_by;
use crate::domain::audit::merkle::{Hash, leaf_hash};
use crate::domain::fact::Fact;
use crate::domain::request::Request;

/// What was kept elsewhere, to check evidence against.
#[derive(Debug, Clone, Default)]
pub struct Against {
    /// The verifier key; without one the file's own is believed.
    pub key: Option<Verifier>,
    /// A head of the log.
    pub kept: Option<Kept>,
}

/// A head of a log that was kept elsewhere.
#[derive(Debug, Clone)]
pub enum Kept {
    /// A signed checkpoint.
    Checkpoint(String),
    /// What a mail said, unsigned.
    Mailed {
        /// How many entries the log had.
        size: u64,
        /// The root of their tree.
        root: Hash,
    },
}

/// What evidence proves.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The key that signed the head.
    pub verifier: Verifier,
    /// The signed head.
    pub checkpoint: Checkpoint,
    /// How the head that was kept elsewhere compares with it.
    pub kept: Option<Agreement>,
    /// The entries about the request, oldest first.
    pub entries: Vec<Entry>,
    /// What was done under it, in the order in which it was sealed.
    pub deeds: Vec<SealedDeed>,
    /// The request after the last of the entries.
    pub request: Request,
}

/// A record of activity that an entry seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedDeed {
    /// The record.
    pub deed: Deed,
    /// The place of the entry.
    pub sealed_in: u64,
}

/// How a head that was kept elsewhere compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// It is the same.
    Same,
    /// It is of another size, this one: only whoever has the log can compare them.
    OtherSize(u64),
}

/// One thing that is wrong with evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What.
    pub words: String,
}

/// Where something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The request that the file is about.
    Request,
    /// The verifier key.
    Key,
    /// The signed head.
    Checkpoint,
    /// What was kept elsewhere.
    Kept,
    /// The entry at this place of the log.
    Entry(u64),
    /// A record of activity.
    Deed {
        /// The place of the entry that seals it.
        sealed_in: u64,
        /// Its place among those that the entry seals.
        place: u64,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request => f.write_str("request"),
            Self::Key => f.write_str("key"),
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::Kept => f.write_str("kept elsewhere"),
            Self::Entry(place) => write!(f, "entry {place}"),
            Self::Deed { sealed_in, place } => {
                write!(f, "record {place} of those that entry {sealed_in} seals")
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.words)
    }
}

/// What evidence proves, or everything that is wrong with it.
///
/// # Errors
/// Every fault that was found. Where the head is not signed there is one, since nothing can be proven by it.
pub fn check(evidence: &Evidence, against: &Against) -> Result<Proven, Vec<Fault>> {
    let verifier = key(evidence, against).map_err(|fault| vec![fault])?;
    let checkpoint = head(evidence, &verifier).map_err(|fault| vec![fault])?;
    let mut checking = Checking {
        evidence,
        checkpoint: &checkpoint,
        faults: Vec::new(),
    };
    let kept = against.kept.as_ref();
    let kept = kept.and_then(|kept| checking.kept(kept, &verifier));
    let entries = checking.entries();
    let request = checking.request(&entries);
    let deeds = checking.deeds();
    let faults = checking.faults;
    match request {
        Some(request) if faults.is_empty() => Ok(Proven {
            verifier,
            checkpoint,
            kept,
            entries,
            deeds,
            request,
        }),
        _ => Err(faults),
    }
}

fn key(evidence: &Evidence, against: &Against) -> Result<Verifier, Fault> {
    match &against.key {
        Some(given) if given.vkey() == evidence.key => Ok(given.clone()),
        Some(_) => Err(fault(
            Place::Key,
            "the file names another key than the one given",
        )),
        None => Verifier::parse(&evidence.key).map_err(|e| fault(Place::Key, e.to_string())),
    }
}

fn head(evidence: &Evidence, verifier: &Verifier) -> Result<Checkpoint, Fault> {
    let signed = verifier.open(&evidence.checkpoint);
    let signed = signed.map_err(|e| fault(Place::Checkpoint, e.to_string()))?;
    if signed.origin == origin(verifier.name(), Log::Tenant(evidence.log)) {
        Ok(signed)
    } else {
        Err(fault(Place::Checkpoint, "it is another log's"))
    }
}

fn fault(place: Place, words: impl Into<String>) -> Fault {
    Fault {
        place,
        words: words.into(),
    }
}

struct Checking<'a> {
    evidence: &'a Evidence,
    checkpoint: &'a Checkpoint,
    faults: Vec<Fault>,
}

impl Checking<'_> {
    fn add(&mut self, place: Place, words: impl Into<String>) {
        self.faults.push(fault(place, words));
    }

    fn kept(&mut self, kept: &Kept, verifier: &Verifier) -> Option<Agreement> {
        let (size, root) = match kept {
            Kept::Mailed { size, root } => (*size, *root),
            Kept::Checkpoint(note) => match verifier.open(note) {
                Ok(other) if other.origin == self.checkpoint.origin => (other.size, other.root),
                Ok(_) => {
                    self.add(Place::Kept, "it is another log's");
                    return None;
                }
                Err(error) => {
                    self.add(Place::Kept, error.to_string());
                    return None;
                }
            },
        };
        if size != self.checkpoint.size {
            return Some(Agreement::OtherSize(size));
        }
        if root != self.checkpoint.root {
            let words = format!("a log of {size} entries with another root: it is not this log");
            self.add(Place::Kept, words);
            return None;
        }
        Some(Agreement::Same)
    }

    /// The entries about the request that are what they say.
    fn entries(&mut self) -> Vec<Entry> {
        let (evidence, mut read) = (self.evidence, Vec::new());
        for leaf in &evidence.entries {
            let Some(entry) = self.entry(leaf, read.last()) else {
                continue;
            };
            if entry.request != Some(evidence.request) {
                self.add(Place::Entry(leaf.place), "it is not about this request");
            }
            read.push(entry);
        }
        read
    }

    /// An entry, whose place comes after that of the one before.
    fn entry(&mut self, leaf: &Leaf, before: Option<&Entry>) -> Option<Entry> {
        let place = Place::Entry(leaf.place);
        let (size, root) = (self.checkpoint.size, self.checkpoint.root);
        if root_of(leaf, size) != Some(root) {
            self.add(place, "its text and proof do not lead to the signed root");
        }
        let entry = match Entry::parse_canonical(&leaf.text) {
            Ok(entry) => entry,
            Err(error) => {
                self.add(place, error.to_string());
                return None;
            }
        };
        if entry.seq != leaf.place || entry.log != Log::Tenant(self.evidence.log) {
            self.add(place, "its text says that it stands elsewhere");
        }
        if let Some(before) = before
            && (entry.seq <= before.seq || entry.at < before.at)
        {
            let words = format!(
                "it is not after entry {}, which stands before it",
                before.seq
            );
            self.add(place, words);
        }
        Some(entry)
    }

    /// The request that the entries tell of: filed by the first, moved on by each of the others.
    fn request(&mut self, entries: &[Entry]) -> Option<Request> {
        let Some((first, rest)) = entries.split_first() else {
            let words = format!("nothing is said of {}", self.evidence.reference);
            self.add(Place::Request, words);
            return None;
        };
        let mut request = match &first.fact {
            Fact::RequestFiled(filed)
                if filed.id == self.evidence.request
                    && filed.tenant == self.evidence.log
                    && filed.reference == self.evidence.reference =>
            {
                Request::filed(filed, first.at)
            }
            _ => {
                let words = format!("it does not file {}", self.evidence.reference);
                self.add(Place::Entry(first.seq), words);
                return None;
            }
        };
        for entry in rest {
            match request.apply(&entry.fact, &entry.author.actor, entry.at) {
                Ok(next) => request = next,
                Err(error) => {
                    let words = format!("{error}: an entry between them is missing");
                    self.add(Place::Entry(entry.seq), words);
                    return None;
                }
            }
        }
        Some(request)
    }

    fn deeds(&mut self) -> Vec<SealedDeed> {
        let (evidence, mut deeds, mut before) = (self.evidence, Vec::new(), None);
        for seal in &evidence.activity {
            let Some(entry) = self.entry(&seal.entry, before.as_ref()) else {
                continue;
            };
            match &entry.fact {
                Fact::ActivitySealed { deeds: count, root } => {
                    self.sealed(seal, *count, root, &mut deeds);
                }
                _ => self.add(Place::Entry(entry.seq), "it seals no activity"),
            }
            before = Some(entry);
        }
        deeds
    }

    /// The records of one entry, which says how many it seals and the root over them in hex.
    fn sealed(&mut self, seal: &Seal, count: u64, root: &str, read: &mut Vec<SealedDeed>) {
        let sealed_in = seal.entry.place;
        if seal.deeds.is_empty() {
            self.add(Place::Entry(sealed_in), "nothing of what it seals is here");
        }
        let mut before: Option<u64> = None;
        for leaf in &seal.deeds {
            let place = Place::Deed {
                sealed_in,
                place: leaf.place,
            };
            if root_of(leaf, count).is_none_or(|proven| proven.hex() != root) {
                self.add(
                    place,
                    "its text and proof do not lead to the root that the entry names",
                );
            }
            if before.is_some_and(|before| leaf.place <= before) {
                self.add(place, "it is not after the one that stands before it");
            }
            before = Some(leaf.place);
            match Deed::parse_canonical(&leaf.text) {
                Ok(deed) => {
                    if deed.request != self.evidence.request || deed.tenant != self.evidence.log {
                        self.add(place, "it is not of this request");
                    }
                    read.push(SealedDeed { deed, sealed_in });
                }
                Err(error) => self.add(place, error.to_string()),
            }
        }
    }
}

fn root_of(leaf: &Leaf, size: u64) -> Option<Hash> {
    root_by(
        leaf_hash(leaf.text.as_bytes()),
        leaf.place,
        size,
        &leaf.proof,
    )
}

#[cfg(test)]
mod tests;
