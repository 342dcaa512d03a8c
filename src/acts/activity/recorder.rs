//! Deeds that come at the same moment are recorded by one commit: each waits for one write to disk, and all for the same.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::domain::activity::Deed;
use crate::domain::id::KeyId;
use crate::store::{Store, Stored};

/// Most deeds of one commit, but for those of one report.
const TOGETHER_MAX: usize = 512;
/// Most recordings that wait; one more is refused.
const WAITING_MAX: usize = 4096;

/// The deeds were not recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotRecorded(String);

/// Records a report under an idempotency key that its sender has claimed, together with the answer. It waits for nobody
/// else: either both are kept or neither.
///
/// # Errors
/// When the database does not answer, or somebody else took the claim over.
pub fn record_once(
    store: &Store,
    deeds: &[Deed],
    key: KeyId,
    idempotency_key: &str,
    answer: &str,
) -> Stored<()> {
    let deeds: Vec<&Deed> = deeds.iter().collect();
    store.keep(|keep| keep.record_once(&deeds, key, idempotency_key, answer))
}

/// The deeds that wait to be recorded.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Line>>);

#[derive(Default)]
struct Line {
    waiting: Vec<Waiting>,
    /// Whether somebody is recording, who will look for more afterwards.
    at_work: bool,
}

struct Waiting {
    deeds: Vec<Deed>,
    reply: oneshot::Sender<Result<(), NotRecorded>>,
}

impl Recorder {
    /// Records these, together with what others record at the same moment. Comes back when they are durable.
    ///
    /// # Errors
    /// When they are not; whether they will be is then unknown.
    pub async fn record(&self, store: &Store, deeds: Vec<Deed>) -> Result<(), NotRecorded> {
        let (reply, answer) = oneshot::channel();
        if self.wait_in_line(Waiting { deeds, reply })? {
            let (line, store) = (self.clone(), store.clone());
            tokio::task::spawn_blocking(move || Clerk { line }.record_until_nobody_waits(&store));
        }
        answer
            .await
            .unwrap_or_else(|_| Err(NotRecorded("the recording broke off".to_owned())))
    }

    /// Says whether somebody must begin to record.
    fn wait_in_line(&self, waiting: Waiting) -> Result<bool, NotRecorded> {
        let mut line = self.lock();
        if line.waiting.len() >= WAITING_MAX {
            tracing::error!("more than {WAITING_MAX} recordings wait: one is refused");
            return Err(NotRecorded(format!(
                "more than {WAITING_MAX} recordings wait"
            )));
        }
        line.waiting.push(waiting);
        Ok(!std::mem::replace(&mut line.at_work, true))
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who records. One that breaks off leaves an empty line: those in it hear that it broke off.
struct Clerk {
    line: Recorder,
}

impl Drop for Clerk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut line = self.line.lock();
            line.waiting.clear();
            line.at_work = false;
        }
    }
}

impl Clerk {
    fn record_until_nobody_waits(self, store: &Store) {
        while let Some(together) = self.next() {
            let deeds: Vec<&Deed> = together.iter().flat_map(|waiting| &waiting.deeds).collect();
            let recorded = store
                .keep(|keep| keep.record(&deeds))
                .map_err(|error| {
                    tracing::error!(%error, deeds = deeds.len(), "activity could not be recorded: nobody is let in by it");
                    NotRecorded(error.to_string())
                });
            for waiting in together {
                // Who has gone needs no answer.
                drop(waiting.reply.send(recorded.clone()));
            }
        }
    }

    /// The next ones in line. Where there are none, whoever comes next begins anew.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut line = self.line.lock();
        if line.waiting.is_empty() {
            line.at_work = false;
            return None;
        }
        let mut count = 0;
        let mut deeds = 0;
        while count < line.waiting.len() && deeds < TOGETHER_MAX {
            deeds += line.waiting[count].deeds.len();
            count += 1;
        }
        Some(line.waiting.drain(..count).collect())
    }
}
