//! Whether the deeds an entry seals are the ones it sealed.

use chrono::TimeDelta;

use super::report::Findings;
use super::{PAGE, Place, VerifyError};
use crate::domain::activity::Deed;
use crate::domain::audit::merkle::{Frontier, leaf_hash};
use crate::domain::id::TenantId;
use crate::domain::time::Moment;
use crate::store::activity::{KEPT, sealed_in};
use crate::store::conn::Conn;

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
    if tree.size() == sealed.deeds && tree.root().hex() == sealed.root || may_be_swept {
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
