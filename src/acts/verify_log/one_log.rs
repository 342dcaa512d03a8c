//! One log: its entries, its tree, its head, and what it leaves in rows.

use diesel::result::Error::DeserializationError;

use super::activity::{self, Sealed};
use super::report::Findings;
use super::rows::Batch;
use super::{LogReport, PAGE, Place, Progress, Verification, VerifyError};
use crate::domain::audit::checkpoint::{self, Checkpoint};
use crate::domain::audit::entry::{Entry, Log};
use crate::domain::audit::merkle::{Frontier, leaf_hash};
use crate::domain::fact::Fact;
use crate::domain::time::Moment;
use crate::store::StoreError;
use crate::store::audit::{self, StoredEntry, StoredHead};

/// A log while it is read.
struct Reading {
    log: Log,
    name: String,
    tree: Frontier,
    /// The place after the last entry read.
    next: u64,
    /// The first place without a readable entry: no tree that reaches beyond it can be compared.
    gap: Option<u64>,
    last_at: Option<Moment>,
    /// The place up to which deeds were accounted for.
    sealing: Option<i64>,
    sealed: Mark,
    kept: Mark,
}

/// The tree over as many entries as a checkpoint is about.
struct Mark {
    checkpoint: Option<Checkpoint>,
    tree: Option<Frontier>,
}

impl Mark {
    fn new(checkpoint: Option<Checkpoint>) -> Self {
        let mut mark = Self {
            checkpoint,
            tree: None,
        };
        mark.see(&Frontier::empty());
        mark
    }

    fn see(&mut self, tree: &Frontier) {
        if self.size() == Some(tree.size()) {
            self.tree = Some(tree.clone());
        }
    }

    fn size(&self) -> Option<u64> {
        self.checkpoint.as_ref().map(|c| c.size)
    }
}

impl Reading {
    fn entries(&self, first: u64, last: u64) -> Place {
        Place::Entries {
            log: self.name.clone(),
            first,
            last,
        }
    }

    fn entry(&self, place: u64) -> Place {
        self.entries(place, place)
    }

    /// Whether every one of the first `size` entries was read.
    fn is_whole_to(&self, size: u64) -> bool {
        size <= self.next && self.gap.is_none_or(|gap| size <= gap)
    }

    /// Whether an entry at this place is under the head's signature. Without a head nothing is known, and every
    /// entry counts.
    fn is_sealed(&self, place: u64) -> bool {
        self.sealed.size().is_none_or(|size| place < size)
    }
}

impl Verification<'_> {
    /// Reads a log whole and compares what it leaves with its rows.
    pub(super) fn log(&mut self, log: Log) -> Result<(), VerifyError> {
        let name = self.name(log);
        if let Log::Tenant(tenant) = log
            && self.fold.tenant(tenant).is_none()
        {
            let words = "no entry of the provider's log enrolled this tenant";
            self.findings.add(Place::Log(name.clone()), words);
        }
        let head = self.head_of(log, &name)?;
        let sealed = head.as_ref().and_then(|head| self.signed(head, log, &name));
        let origin = checkpoint::origin(self.verifier.name(), log);
        let kept = self.kept.take_if(|kept| kept.origin == origin);
        let mut reading = Reading {
            log,
            name,
            tree: Frontier::empty(),
            next: 0,
            gap: None,
            last_at: None,
            sealing: None,
            sealed: Mark::new(sealed),
            kept: Mark::new(kept),
        };
        let mut batch = Batch::default();
        self.entries(&mut reading, &mut batch)?;
        self.compare_settled(&mut batch)?;
        let (remaining, untold) = self.fold.leave();
        for misfit in untold {
            let place = Place::Log(reading.name.clone());
            self.findings.add(place, misfit.to_string());
        }
        self.compare_remaining(&remaining)?;
        check_sealed(&reading, &mut self.findings);
        if let Some(head) = &head {
            check_head(&reading, head, &mut self.findings);
        }
        check_kept(&reading, &mut self.findings);
        self.logs.push(LogReport {
            name: reading.name,
            size: reading.tree.size(),
            root: reading.tree.root(),
        });
        Ok(())
    }

    fn head_of(&mut self, log: Log, name: &str) -> Result<Option<StoredHead>, VerifyError> {
        match audit::stored_head(self.conn, log) {
            Ok(Some(head)) => Ok(Some(head)),
            Ok(None) => {
                let words = "it is gone, so nothing says how long the log should be";
                self.findings.add(Place::Head(name.to_owned()), words);
                Ok(None)
            }
            Err(error) => {
                let why = unreadable(error)?;
                let words = format!("it cannot be read: {why}");
                self.findings.add(Place::Head(name.to_owned()), words);
                Ok(None)
            }
        }
    }

    /// The head's checkpoint, if it is signed and this log's.
    fn signed(&mut self, head: &StoredHead, log: Log, name: &str) -> Option<Checkpoint> {
        let wrong = match self.verifier.open(&head.checkpoint) {
            Ok(signed) if signed.origin == checkpoint::origin(self.verifier.name(), log) => {
                return Some(signed);
            }
            Ok(_) => "the checkpoint is another log's".to_owned(),
            Err(error) => error.to_string(),
        };
        self.findings.add(Place::Head(name.to_owned()), wrong);
        None
    }

    fn entries(&mut self, reading: &mut Reading, batch: &mut Batch) -> Result<(), VerifyError> {
        let mut from = i64::MIN;
        loop {
            let page = match audit::stored_entries(self.conn, reading.log, from, PAGE) {
                Ok(page) => page,
                Err(error) => {
                    unreadable(error)?;
                    self.one_by_one(reading, from)?
                }
            };
            for row in &page {
                if row.seq < from {
                    let words = "a place makes no sense; the log was not read further";
                    let place = Place::Log(reading.name.clone());
                    self.findings.add(place, words);
                    reading.gap.get_or_insert(0);
                    return Ok(());
                }
                self.row(reading, batch, row);
                from = row.seq.saturating_add(1);
                for (place, sealed) in std::mem::take(&mut self.sealed) {
                    self.strays(reading, row.seq)?;
                    activity::compare(self.conn, &sealed, place, self.now, &mut self.findings)?;
                }
                if batch.is_full() {
                    self.compare_settled(batch)?;
                }
            }
            (self.progress)(Progress::Entries {
                log: &reading.name,
                done: reading.next,
                of: reading.sealed.size().unwrap_or(reading.next),
            });
            if page.is_empty() {
                return self.strays(reading, i64::MAX);
            }
        }
    }

    /// Deeds that say an entry seals them which seals none: those after the last that does, before the place `until`.
    fn strays(&mut self, reading: &mut Reading, until: i64) -> Result<(), VerifyError> {
        let Log::Tenant(tenant) = reading.log else {
            return Ok(());
        };
        let after = reading.sealing.replace(until);
        for place in activity::places_that_seal_none(self.conn, tenant, after, until)? {
            let words = format!("records of activity name entry {place}, which seals none");
            let place = Place::Log(reading.name.clone());
            self.findings.add(place, words);
        }
        Ok(())
    }

    /// The next readable entry at or after `from`, alone; the unreadable ones before it are found.
    fn one_by_one(
        &mut self,
        reading: &mut Reading,
        mut from: i64,
    ) -> Result<Vec<StoredEntry>, VerifyError> {
        while let Some(place) = audit::next_place(self.conn, reading.log, from)? {
            if place < from {
                break;
            }
            match audit::stored_entries(self.conn, reading.log, place, 1) {
                Ok(entry) => return Ok(entry),
                Err(error) => {
                    let why = unreadable(error)?;
                    let seq = u64::try_from(place).unwrap_or_default();
                    self.skip_to(reading, seq);
                    reading.next = seq.saturating_add(1);
                    reading.gap.get_or_insert(seq);
                    let words = format!("it cannot be read: {why}");
                    self.findings.add(reading.entry(seq), words);
                    from = place.max(from).saturating_add(1);
                }
            }
        }
        Ok(Vec::new())
    }

    /// Whatever the head knows between the last entry and this place is missing.
    fn skip_to(&mut self, reading: &mut Reading, seq: u64) {
        let end = seq.min(reading.sealed.size().unwrap_or(seq));
        if reading.next < end {
            let place = reading.entries(reading.next, end - 1);
            self.findings.add(place, "missing");
        }
        if reading.next < seq {
            reading.gap.get_or_insert(reading.next);
        }
    }

    fn row(&mut self, reading: &mut Reading, batch: &mut Batch, row: &StoredEntry) {
        let Ok(seq) = u64::try_from(row.seq) else {
            let words = format!("an entry stands at the place {}", row.seq);
            let place = Place::Log(reading.name.clone());
            self.findings.add(place, words);
            return;
        };
        self.skip_to(reading, seq);
        reading.next = seq.saturating_add(1);
        let leaf = leaf_hash(row.body.as_bytes());
        reading.tree.append(leaf);
        reading.sealed.see(&reading.tree);
        reading.kept.see(&reading.tree);
        let place = reading.entry(seq);
        if row.leaf() != Some(leaf) {
            let words = "the text and the stored hash do not belong together";
            self.findings.add(place.clone(), words);
        }
        if !reading.is_sealed(seq) {
            let words = "beyond what the signed head knows: added without being sealed, or the head was put back";
            self.findings.add(place, words);
            return;
        }
        let entry = match Entry::parse_canonical(&row.body) {
            Ok(entry) => entry,
            Err(error) => {
                let words = error.to_string().escape_debug().to_string();
                return self.findings.add(place, words);
            }
        };
        reading.last_at = Some(entry.at);
        let columns = differing_columns(row, &entry);
        if !columns.is_empty() {
            let words = format!("not what the text says: {}", columns.join(", "));
            self.findings.add(place.clone(), words);
        }
        if let Err(misfit) = self.fold.stands(seq, &entry) {
            self.findings.add(place.clone(), misfit.to_string());
        }
        if let (Log::Tenant(tenant), Fact::ActivitySealed { deeds, root }) =
            (reading.log, &entry.fact)
        {
            self.sealed.push((
                place.clone(),
                Sealed {
                    tenant,
                    seq,
                    at: entry.at,
                    deeds: *deeds,
                    root: root.clone(),
                },
            ));
        }
        match self.fold.fold(&entry) {
            Ok(settled) => batch.extend(settled),
            Err(misfit) => self.findings.add(place, misfit.to_string()),
        }
    }
}

fn differing_columns(row: &StoredEntry, entry: &Entry) -> Vec<&'static str> {
    let request = entry.request.map(|request| request.0);
    [
        ("at", row.at.0 == entry.at),
        ("act", row.act == entry.fact.act()),
        ("request_id", row.request_id.map(|id| id.0) == request),
    ]
    .into_iter()
    .filter_map(|(column, same)| (!same).then_some(column))
    .collect()
}

/// Whether the entries are those, all of those and only those under the head's signature.
fn check_sealed(reading: &Reading, findings: &mut Findings) {
    let Some(signed) = &reading.sealed.checkpoint else {
        return;
    };
    if reading.next < signed.size {
        let words = format!("missing: the signed head knows {} entries", signed.size);
        findings.add(reading.entries(reading.next, signed.size - 1), words);
    }
    if let Some(tree) = &reading.sealed.tree
        && reading.is_whole_to(signed.size)
        && tree.root() != signed.root
    {
        let words = "one or more was changed: their tree is not the one that was signed";
        findings.add(reading.entries(0, signed.size.saturating_sub(1)), words);
    }
}

/// Whether the head's columns say what its signed checkpoint says. Where its subtrees are those that were signed,
/// they narrow down where an entry was changed.
fn check_head(reading: &Reading, head: &StoredHead, findings: &mut Findings) {
    let mut odd = |words: String| findings.add(Place::Head(reading.name.clone()), words);
    if reading.last_at.is_some_and(|at| at != head.last_at.0) {
        odd("last_at is not the time of the last entry".to_owned());
    }
    let size = u64::try_from(head.size).unwrap_or(u64::MAX);
    let Some(signed) = &reading.sealed.checkpoint else {
        if size != reading.tree.size() {
            odd(format!(
                "it says {} entries, and there are {}",
                head.size,
                reading.tree.size()
            ));
        }
        return;
    };
    if size != signed.size {
        odd(format!(
            "it says {} entries, and its signed checkpoint {}",
            head.size, signed.size
        ));
    }
    match Frontier::from_bytes(signed.size, &head.peaks) {
        Ok(stored) if stored.root() == signed.root => {
            for range in changed_subtrees(reading, &stored) {
                let words = "the change is among them";
                findings.add(reading.entries(range.start, range.end - 1), words);
            }
        }
        _ => odd("its peaks are not those of the tree that was signed".to_owned()),
    }
}

fn changed_subtrees(reading: &Reading, stored: &Frontier) -> Vec<std::ops::Range<u64>> {
    let Some(tree) = reading.sealed.tree.as_ref() else {
        return Vec::new();
    };
    if !reading.is_whole_to(tree.size()) {
        return Vec::new();
    }
    tree.subtrees()
        .zip(stored.subtrees())
        .filter(|(read, signed)| read != signed)
        .map(|((range, _), _)| range)
        // The whole log has been named already.
        .filter(|range| range.end - range.start < tree.size())
        .collect()
}

/// Whether the log still begins with what the checkpoint kept elsewhere was signed over.
fn check_kept(reading: &Reading, findings: &mut Findings) {
    let Some(kept) = &reading.kept.checkpoint else {
        return;
    };
    if reading.next < kept.size {
        let words = format!(
            "what was kept elsewhere knows {} entries: they are missing, or an older copy was put back",
            kept.size
        );
        findings.add(reading.entries(reading.next, kept.size - 1), words);
    } else if reading.is_whole_to(kept.size)
        && reading.kept.tree.as_ref().map(Frontier::root) != Some(kept.root)
    {
        let words = format!(
            "the first {} entries of {} are not those it was made of",
            kept.size, reading.name
        );
        findings.add(Place::Kept, words);
    }
}

/// What keeps a row from being read; any other error is one of the store.
pub(super) fn unreadable(error: StoreError) -> Result<String, StoreError> {
    match error {
        StoreError::Database(DeserializationError(why)) => {
            Ok(why.to_string().escape_debug().to_string())
        }
        other => Err(other),
    }
}
