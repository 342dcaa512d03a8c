//! `lockbox audit verify`: whether the logs are what was sealed, and the rows what the logs say. Needs no secret.
//!
//! Everything is read as it was at one moment. Each log is read once, in pages; its texts are hashed, its facts are
//! folded, and what they settle is compared with its rows at once. Then every row is asked for the fact that made it.
//!
//! **What the facts do not explain**, and this does not check:
//!
//! * bookkeeping: the tables `sessions`, `idempotency_keys`, `outbox`, `deliveries`, `devices`, `tries`, `sign_ins`,
//!   `one_time_links`, `forgotten_passwords`, `used_sign_ons`, `answered_challenges` and `api_key_uses`; when a second
//!   factor was last used (`authenticators.last_step`, `passkeys.counter` and `last_used_at`);
//! * activity that is not sealed yet, for at most a minute;
//! * `sealed_seed` of `signing_keys` and `pass_keys`, and `made_at`: a seed opens only with the server key, and only if it
//!   is unchanged;
//! * `audit_heads.last_at` of a log without entries.
//!
//! **What it cannot know alone.** Who can write the database can put back an older copy whole, which a checkpoint
//! kept elsewhere finds; and can write a new history under another key, which a verifier key kept elsewhere finds.

mod activity;
mod one_log;
mod report;
mod rows;
#[cfg(test)]
mod tests;

pub use report::{Finding, KeyUsed, LogReport, Place, Progress, Report};

use std::collections::BTreeSet;

use crate::domain::audit::checkpoint::{Checkpoint, CheckpointError, Verifier, origin};
use crate::domain::audit::entry::Log;
use crate::domain::audit::fold::Fold;
use crate::domain::audit::merkle::Hash;
use crate::domain::time::Moment;
use crate::store::conn::Conn;
use crate::store::{Store, StoreError, audit, signing_key};
use report::Findings;

/// Entries and rows read at once.
const PAGE: i64 = 1_000;

/// What to verify against, besides what the database itself says.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// The verifier key kept elsewhere, as text (`name+hash+key`); without one the stored key is used.
    pub verifier_key: Option<String>,
    /// A checkpoint of one of the logs that was kept elsewhere.
    pub checkpoint: Option<String>,
    /// What a mail said of one of the logs.
    pub mailed: Option<Mailed>,
}

/// A log as a mail described it, unsigned: whoever trusts the mail may verify against it.
#[derive(Debug, Clone)]
pub struct Mailed {
    /// Which log.
    pub log: Log,
    /// How many entries it had.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

/// Why nothing could be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no signing key, and none was given.
    #[error("this database has no signing key: `lockbox serve` makes one when it first starts")]
    NotFounded,
    /// The key given is no verifier key.
    #[error("the verifier key given: {0}")]
    GivenKey(CheckpointError),
    /// The key stored is no verifier key, and none was given.
    #[error("the stored public key was changed ({0}): give the real one with --verifier-key")]
    StoredKey(CheckpointError),
}

impl From<diesel::result::Error> for VerifyError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Verifies every log and every state row, as they are at one moment.
///
/// # Errors
/// [`VerifyError`] when nothing could be verified. Whatever is wrong with the log is no error but a finding.
pub fn verify(
    store: &Store,
    options: &VerifyOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Report, VerifyError> {
    let now = store.clock().now();
    store.read_at_one_moment(|conn| Verification::begin(conn, options, progress, now)?.run())
}

/// The signed checkpoint of a log as it stands now: keep it where nobody who writes the database can reach it.
///
/// # Errors
/// [`StoreError::NoLog`] when there is none.
pub fn checkpoint(store: &Store, log: Log) -> Result<String, StoreError> {
    store.read(|conn| Ok(audit::head(conn, log)?.checkpoint))
}

/// One run.
struct Verification<'a> {
    conn: &'a mut Conn,
    progress: &'a mut dyn FnMut(Progress<'_>),
    verifier: Verifier,
    key: KeyUsed,
    /// The checkpoint that was kept elsewhere, until its log was met.
    kept: Option<Checkpoint>,
    fold: Fold,
    findings: Findings,
    logs: Vec<LogReport>,
    /// Entries whose sealed activity is to be compared.
    sealed: Vec<(Place, activity::Sealed)>,
    now: Moment,
}

impl<'a> Verification<'a> {
    fn begin(
        conn: &'a mut Conn,
        options: &VerifyOptions,
        progress: &'a mut dyn FnMut(Progress<'_>),
        now: Moment,
    ) -> Result<Self, VerifyError> {
        let mut findings = Findings::default();
        let (verifier, key) = choose_key(conn, options, &mut findings)?;
        let kept = options
            .checkpoint
            .as_deref()
            .and_then(|note| match verifier.open(note) {
                Ok(kept) => Some(kept),
                Err(error) => {
                    findings.add(Place::Kept, error.to_string());
                    None
                }
            });
        let mailed = options.mailed.as_ref().map(|mailed| Checkpoint {
            origin: origin(verifier.name(), mailed.log),
            size: mailed.size,
            root: mailed.root,
        });
        Ok(Self {
            conn,
            progress,
            verifier,
            key,
            kept: kept.or(mailed),
            fold: Fold::new(),
            findings,
            logs: Vec::new(),
            sealed: Vec::new(),
            now,
        })
    }

    fn run(mut self) -> Result<Report, VerifyError> {
        let mut met = BTreeSet::new();
        self.log(Log::Provider)?;
        let mut after = None;
        while let Some(log) = self.next_log(after)? {
            if let Log::Tenant(tenant) = log {
                met.insert(tenant);
                self.fold.enter(tenant);
                self.log(log)?;
            }
            after = Some(log);
        }
        let gone = self.fold.tenants().filter(|tenant| !met.contains(tenant));
        for tenant in gone.collect::<Vec<_>>() {
            let place = Place::Log(self.name(Log::Tenant(tenant)));
            let words = "the provider's log says that it was enrolled, and its log is gone";
            self.findings.add(place, words);
        }
        if self.kept.take().is_some() {
            let words = "its log is not in this database";
            self.findings.add(Place::Kept, words);
        }
        self.rows_without_facts()?;
        let (findings, found) = self.findings.into_parts();
        Ok(Report {
            verifier: self.verifier.vkey(),
            key: self.key,
            logs: self.logs,
            findings,
            found,
        })
    }

    fn next_log(&mut self, after: Option<Log>) -> Result<Option<Log>, VerifyError> {
        audit::next_log(self.conn, after).or_else(|error| {
            let why = one_log::unreadable(error)?;
            let words = format!("the id of one cannot be read, nor any log after it: {why}");
            self.findings.add(Place::Log("Logs".to_owned()), words);
            Ok(None)
        })
    }

    /// What people call a log: the tenant's name and key, as its enrolment says.
    fn name(&self, log: Log) -> String {
        match log {
            Log::Provider => "Provider".to_owned(),
            Log::Tenant(id) => match self.fold.tenant(id) {
                Some((key, name)) => format!("{name} ({key})"),
                None => format!("tenant {id}"),
            },
        }
    }
}

fn choose_key(
    conn: &mut Conn,
    options: &VerifyOptions,
    findings: &mut Findings,
) -> Result<(Verifier, KeyUsed), VerifyError> {
    let given = options.verifier_key.as_deref().map(str::trim);
    let given = given.map(Verifier::parse).transpose();
    let given = given.map_err(VerifyError::GivenKey)?;
    let stored = signing_key::load(conn)?;
    if signing_key::count(conn)? > 1 {
        let words = "there is more than one, and nothing but founding makes one";
        findings.add(Place::SigningKey, words);
    }
    if let (Some(given), Some(stored)) = (&given, &stored)
        && given.vkey() != stored.public_key
    {
        let words = "the stored public key is not the verifier key given";
        findings.add(Place::SigningKey, words);
    }
    let (verifier, used) = match (given, &stored) {
        (Some(given), _) => (given, KeyUsed::Given),
        (None, None) => return Err(VerifyError::NotFounded),
        (None, Some(stored)) => {
            let parsed = Verifier::parse(&stored.public_key);
            (parsed.map_err(VerifyError::StoredKey)?, KeyUsed::Stored)
        }
    };
    if stored.is_none_or(|stored| stored.name != verifier.name()) {
        let words = format!("the stored name is not {}, the key's own", verifier.name());
        findings.add(Place::SigningKey, words);
    }
    Ok((verifier, used))
}
