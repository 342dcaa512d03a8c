//! Evidence of one request: what the log says about it, with what proves it to somebody who has no database.
//!
//! The head and the entries are read as they were at one moment. The leaves that the proofs need are read afterwards, in
//! pages: a log only grows, and the tree they make must be the one that the head has. What is not stored as it was
//! sealed is no evidence and fails here; `lockbox audit verify` says where.

mod activity;

use std::collections::BTreeMap;
use std::ops::Range;

use super::{ActError, Flaw};
use crate::domain::audit::checkpoint::Checkpoint;
use crate::domain::audit::entry::Log;
use crate::domain::audit::evidence::{ENTRIES_MAX, Evidence, FORMAT, Leaf, Seal, VERSION};
use crate::domain::audit::inclusion::Prover;
use crate::domain::audit::merkle::{Hash, leaf_hash};
use crate::domain::id::DeedId;
use crate::domain::request::Request;
use crate::store::audit::{self, Head, StoredEntry, Stretch};
use crate::store::{Store, StoreError, Stored};
use activity::Gathered;

/// Leaves read at a time: 32 bytes each.
const LEAVES: u64 = 10_000;

/// The evidence of a request. Its activity begins after `after`, where a file before this one ended.
///
/// Whoever asks must be allowed to read the tenant's log whole: the texts name the addresses and sessions of its people.
/// It takes a reading of the leaves of those perfect subtrees of the log that hold the entries, at most all of them.
///
/// # Errors
/// [`ActError::Unfit`] where the log says more about the request than one file holds; [`StoreError::Senseless`] where
/// something is not stored as it was sealed.
pub fn of_request(
    store: &Store,
    request: &Request,
    after: Option<DeedId>,
) -> Result<Evidence, ActError> {
    let log = Log::Tenant(request.tenant);
    let (head, mut rows) = store.read_at_one_moment(|conn| {
        let about = Stretch {
            about: Some(request.id),
            ..Stretch::default()
        };
        let most = i64::try_from(ENTRIES_MAX + 1).unwrap_or(i64::MAX);
        let head = audit::head(conn, log)?;
        Ok::<_, StoreError>((head, audit::newest(conn, log, about, most)?))
    })?;
    if rows.len() > ENTRIES_MAX {
        let words = "The log has more than 2,000 entries about this request, and one file of evidence holds no more. Take the log along as JSON instead.";
        return Err(ActError::Unfit(vec![Flaw::of("reference", words)]));
    }
    rows.reverse();
    let key = signed_by(store, &head)?;
    let Gathered {
        seals,
        goes_on_after,
    } = activity::gather(store, request, head.frontier.size(), after)?;
    let sealing = seals.iter().map(|(row, _)| row);
    let proofs = proofs(store, &head, rows.iter().chain(sealing))?;
    let leaf = |row: StoredEntry| leaf(row, &proofs);
    Ok(Evidence {
        format: FORMAT.to_owned(),
        version: VERSION,
        reference: request.reference.clone(),
        request: request.id,
        log: request.tenant,
        key,
        entries: rows.into_iter().map(leaf).collect::<Stored<_>>()?,
        activity: seals
            .into_iter()
            .map(|(row, deeds)| {
                let entry = leaf(row)?;
                Stored::Ok(Seal { entry, deeds })
            })
            .collect::<Stored<_>>()?,
        checkpoint: head.checkpoint,
        goes_on_after,
    })
}

/// The key that signed a head, as text. The checkpoint must say what the head's other columns say.
fn signed_by(store: &Store, head: &Head) -> Stored<String> {
    let verifier = store.verifier().ok_or(StoreError::ReadingOnly)?;
    let same = |signed: &Checkpoint| {
        signed.size == head.frontier.size() && signed.root == head.frontier.root()
    };
    if verifier
        .open(&head.checkpoint)
        .is_ok_and(|signed| same(&signed))
    {
        Ok(verifier.vkey())
    } else {
        Err(not_as_sealed(format!("the head of the log {}", head.log)))
    }
}

/// By place, what proves these entries to a head.
fn proofs<'a>(
    store: &Store,
    head: &Head,
    rows: impl Iterator<Item = &'a StoredEntry>,
) -> Stored<BTreeMap<u64, Vec<Hash>>> {
    let places = rows.map(place).collect::<Stored<Vec<u64>>>()?;
    let mut prover = Prover::of(places);
    for (leaves, root) in head.frontier.subtrees() {
        if prover.wants(&leaves) {
            read_leaves(store, head.log, leaves, &mut prover)?;
        } else {
            prover.append_subtree(leaves.end - leaves.start, root);
        }
    }
    match prover.finish() {
        Some(made) if made.root == head.frontier.root() => Ok(made.by_place),
        _ => Err(not_as_sealed(format!("the log {}", head.log))),
    }
}

fn read_leaves(store: &Store, log: Log, leaves: Range<u64>, prover: &mut Prover) -> Stored<()> {
    let mut from = leaves.start;
    while from < leaves.end {
        let most = LEAVES.min(leaves.end - from);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let page = store.read(|conn| audit::leaves(conn, log, from, most))?;
        if page.is_empty() {
            return Err(not_as_sealed(format!("entry {from} of the log {log}")));
        }
        for leaf in page {
            prover.append(leaf);
            from += 1;
        }
    }
    Ok(())
}

fn leaf(row: StoredEntry, proofs: &BTreeMap<u64, Vec<Hash>>) -> Stored<Leaf> {
    let place = place(&row)?;
    // The proof is made of the stored leaf, and whoever checks it hashes the text.
    let is_its_own = row.leaf() == Some(leaf_hash(row.body.as_bytes()));
    match proofs.get(&place).filter(|_| is_its_own) {
        Some(proof) => Ok(Leaf {
            place,
            text: row.body,
            proof: proof.clone(),
        }),
        None => Err(not_as_sealed(format!("entry {place}"))),
    }
}

fn place(row: &StoredEntry) -> Stored<u64> {
    u64::try_from(row.seq).map_err(|_| not_as_sealed(format!("entry {}", row.seq)))
}

fn not_as_sealed(what: String) -> StoreError {
    StoreError::Senseless(what + " is not stored as it was sealed")
}
