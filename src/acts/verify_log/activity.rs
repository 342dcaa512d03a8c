//! Whether the deeds an entry seals are the ones it sealed.

use chrono::TimeDelta;

use super::report::Findings;
use super::{PAGE, Place, VerifyError};
use crate::domain::activity::Deed;
use crate::domain::audit::merkle::{Frontier, leaf_hash};
use crate::domain::id::TenantId;
use crate::domain::time::Moment;
use crate::store::activity::{KEPT, next_sealing_place, sealed_in};
use crate::store::conn::Conn;

/// Most places told of between two entries that seal deeds.
const STRAYS_MAX: usize = 100;

/// What an entry says of the deeds it seals.
#[derive(Debug, Clone)]
pub(super) struct Sealed {
    pub tenant: TenantId,
    pub seq: u64,
    pub at: Moment,
    pub deeds: u64,
    pub root: String,
}

/// Compares the deeds of an entry with its root. Deeds older than a year may be gone, all of them or the oldest.
pub(super) fn compare(
    conn: &mut Conn,
    sealed: &Sealed,
    place: Place,
    now: Moment,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let (mut tree, mut after) = (Frontier::empty(), None);
    loop {
        let deeds: Vec<Deed> = sealed_in(conn, sealed.tenant, sealed.seq, after, PAGE)?;
        for deed in &deeds {
            match deed.canonical() {
                Ok(text) => tree.append(leaf_hash(text.as_bytes())),
                Err(error) => {
                    findings.add(place, format!("a deed it seals cannot be written: {error}"));
                    return Ok(());
                }
            }
        }
        after = deeds.last().map(|deed| deed.id);
        if i64::try_from(deeds.len()).unwrap_or(0) < PAGE {
            break;
        }
    }
    // The first deeds an entry seals are some minutes older than the entry.
    let may_be_swept = sealed.at < now - KEPT + TimeDelta::days(1);
    let are_swept = may_be_swept && tree.size() < sealed.deeds;
    if tree.size() == sealed.deeds && tree.root().hex() == sealed.root || are_swept {
        return Ok(());
    }
    let words = if tree.size() == sealed.deeds {
        "the activity it seals was changed".to_owned()
    } else {
        format!(
            "it seals {} records of activity, and {} are there",
            sealed.deeds,
            tree.size()
        )
    };
    findings.add(place, words);
    Ok(())
}

/// The places after `after` and before `until` that deeds of a tenant name. No entry there seals any.
pub(super) fn places_that_seal_none(
    conn: &mut Conn,
    tenant: TenantId,
    mut after: Option<i64>,
    until: i64,
) -> Result<Vec<i64>, VerifyError> {
    let mut strays = Vec::new();
    while let Some(place) = next_sealing_place(conn, tenant, after)?.filter(|place| *place < until)
    {
        strays.push(place);
        if strays.len() == STRAYS_MAX {
            break;
        }
        after = Some(place);
    }
    Ok(strays)
}
