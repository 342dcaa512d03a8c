//! What was done under a request, with what proves it to the entries that seal it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::not_as_sealed;
use crate::domain::activity::Deed;
use crate::domain::audit::entry::Log;
use crate::domain::audit::evidence::{DEEDS_MAX, Leaf};
use crate::domain::audit::inclusion::Prover;
use crate::domain::audit::merkle::leaf_hash;
use crate::domain::fact::Fact;
use crate::domain::id::{DeedId, TenantId};
use crate::domain::request::Request;
use crate::domain::time::Moment;
use crate::store::activity::{KEPT, sealed_in, sealed_under};
use crate::store::audit::{self, StoredEntry};
use crate::store::{Store, StoreError, Stored};

/// Most records that are hashed for one file: those of every request that the same entries seal. One entry is always
/// taken, whatever it seals.
const HASHED_MAX: u64 = 100_000;
/// Records read at a time.
const PAGE: i64 = 1_000;

/// The records of one file, by the entries that seal them.
pub(super) struct Gathered {
    /// The entries in order, and the records of the request.
    pub seals: Vec<(StoredEntry, Vec<Leaf>)>,
    /// The last record, where there are more.
    pub goes_on_after: Option<DeedId>,
}

/// An entry that seals activity.
struct Sealing {
    row: StoredEntry,
    at: Moment,
    /// How many records it seals, and the root over them in hex.
    deeds: u64,
    root: String,
    /// Those that belong to the request and to this file.
    own: BTreeSet<DeedId>,
}

/// The records after `after` that are sealed before the place `before` of the log, as many as one file holds.
///
/// Records older than a year may be gone, and with them what proved the others of the same minute: these are left out.
///
/// # Errors
/// [`StoreError::Senseless`] where they are not stored as they were sealed.
pub(super) fn gather(
    store: &Store,
    request: &Request,
    before: u64,
    after: Option<DeedId>,
) -> Stored<Gathered> {
    let tenant = request.tenant;
    let most = i64::try_from(DEEDS_MAX + 1).unwrap_or(i64::MAX);
    let kept = store.read(|conn| sealed_under(conn, tenant, request.id, before, after, most))?;
    let mut sealing: BTreeMap<u64, Sealing> = BTreeMap::new();
    let (mut last, mut goes_on_after, mut hashed) = (None, None, 0_u64);
    for (count, kept) in kept.into_iter().enumerate() {
        let Some(place) = kept.sealed_in else {
            continue;
        };
        let mut new = None;
        if !sealing.contains_key(&place) {
            let entry = Sealing::read(store, tenant, place)?;
            hashed = hashed.saturating_add(entry.deeds);
            new = Some(entry);
        }
        let too_much = new.is_some() && hashed > HASHED_MAX && !sealing.is_empty();
        if count == DEEDS_MAX || too_much {
            goes_on_after = last;
            break;
        }
        if let Some(entry) = new {
            sealing.insert(place, entry);
        }
        if let Some(entry) = sealing.get_mut(&place) {
            entry.own.insert(kept.deed.id);
        }
        last = Some(kept.deed.id);
    }
    let mut seals = Vec::with_capacity(sealing.len());
    for (place, entry) in sealing {
        if let Some(leaves) = entry.leaves(store, tenant, place)? {
            seals.push((entry.row, leaves));
        }
    }
    Ok(Gathered {
        seals,
        goes_on_after,
    })
}

impl Sealing {
    fn read(store: &Store, tenant: TenantId, place: u64) -> Stored<Self> {
        let row = store.read(|conn| audit::entry_at(conn, Log::Tenant(tenant), place))?;
        let row = row.ok_or_else(|| not_as_sealed(format!("entry {place}")))?;
        let entry = row.parse()?;
        match entry.fact {
            Fact::ActivitySealed { deeds, root } => Ok(Self {
                row,
                at: entry.at,
                deeds,
                root,
                own: BTreeSet::new(),
            }),
            _ => Err(not_as_sealed(format!(
                "the activity that names entry {place}"
            ))),
        }
    }

    /// The request's records, with what proves each to the root; nothing where some that the entry seals are swept.
    fn leaves(&self, store: &Store, tenant: TenantId, place: u64) -> Stored<Option<Vec<Leaf>>> {
        let (mut prover, mut own, mut after) = (Prover::of([]), BTreeMap::new(), None);
        loop {
            let page: Vec<Deed> = store.read(|conn| sealed_in(conn, tenant, place, after, PAGE))?;
            for deed in &page {
                let text = deed.canonical();
                let text = text.map_err(|e| StoreError::Senseless(e.to_string()))?;
                let leaf = leaf_hash(text.as_bytes());
                if self.own.contains(&deed.id) {
                    own.insert(prover.ask_for_next(), text);
                }
                prover.append(leaf);
            }
            after = page.last().map(|deed| deed.id);
            let is_last = i64::try_from(page.len()).is_ok_and(|count| count < PAGE);
            if is_last {
                break;
            }
        }
        let size = prover.size();
        match prover.finish() {
            Some(mut made) if size == self.deeds && made.root.hex() == self.root => {
                let leaf = |(place, text)| Leaf {
                    place,
                    text,
                    proof: made.by_place.remove(&place).unwrap_or_default(),
                };
                Ok(Some(own.into_iter().map(leaf).collect()))
            }
            // The first records that an entry seals are some minutes older than the entry.
            _ if self.at < store.clock().now() - KEPT + TimeDelta::days(1) => Ok(None),
            _ => Err(not_as_sealed(format!(
                "the activity that entry {place} seals"
            ))),
        }
    }
}
