//! Deeds that come at the same moment are recorded by one commit: each waits for one write to disk, and all for the same.
//! Where the database writes several at once, so many clerks are at work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::task::{spawn_blocking, yield_now};

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
    /// Whether a clerk is about to take who waits.
    is_heard: bool,
    /// How many clerks are recording, who will look for more afterwards.
    recording: usize,
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
        if self.wait_in_line(Waiting { deeds, reply }, store.recordings_at_once())? {
            // A task of its own: who began may go away while others wait.
            tokio::spawn(Clerk::of(self).record_until_nobody_waits(store.clone()));
        }
        answer
            .await
            .unwrap_or_else(|_| Err(NotRecorded("the recording broke off".to_owned())))
    }

    /// Says whether one more clerk must begin, of at most so many.
    fn wait_in_line(&self, waiting: Waiting, clerks: usize) -> Result<bool, NotRecorded> {
        let mut line = self.lock();
        if line.waiting.len() >= WAITING_MAX {
            tracing::error!("more than {WAITING_MAX} recordings wait: one is refused");
            return Err(NotRecorded(format!(
                "more than {WAITING_MAX} recordings wait"
            )));
        }
        line.waiting.push(waiting);
        let begins = !line.is_heard && line.recording < clerks;
        line.is_heard |= begins;
        Ok(begins)
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who records. Where the last one breaks off, the line is empty: those in it hear that it broke off.
struct Clerk {
    line: Recorder,
    is: Doing,
}

/// What a clerk is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// Hears who waits.
    Hearing,
    /// Records those it has taken.
    Recording,
    /// Nothing: nobody waits, or another one hears them.
    Nothing,
}

impl Drop for Clerk {
    fn drop(&mut self) {
        let mut line = self.line.lock();
        match self.is {
            Doing::Hearing => line.is_heard = false,
            Doing::Recording => line.recording -= 1,
            Doing::Nothing => return,
        }
        if !line.is_heard && line.recording == 0 {
            line.waiting.clear();
        }
    }
}

impl Clerk {
    fn of(line: &Recorder) -> Self {
        Self {
            line: line.clone(),
            is: Doing::Hearing,
        }
    }

    /// A commit costs as much as many questions. So before each, whoever has asked already is heard: the worker looks once
    /// at what has come, and waits for nobody. The next commit begins before the answers of the last are written.
    async fn record_until_nobody_waits(mut self, store: Store) {
        yield_now().await;
        while let Some(together) = self.next_in_line() {
            let store = store.clone();
            let recording = spawn_blocking(move || (record_all(&store, &together), together));
            let recorded = recording.await;
            self.hear();
            yield_now().await;
            // Where the recording broke off, those in it have heard so.
            if let Ok((recorded, together)) = recorded {
                for waiting in together {
                    // Who has gone needs no answer.
                    drop(waiting.reply.send(recorded.clone()));
                }
            }
        }
    }

    /// The next ones in line, if this one hears them. Where there are none, whoever comes next begins anew.
    fn next_in_line(&mut self) -> Option<Vec<Waiting>> {
        if self.is != Doing::Hearing {
            return None;
        }
        let mut line = self.line.lock();
        line.is_heard = false;
        if line.waiting.is_empty() {
            self.is = Doing::Nothing;
            return None;
        }
        line.recording += 1;
        self.is = Doing::Recording;
        let mut count = 0;
        let mut deeds = 0;
        while count < line.waiting.len() && deeds < TOGETHER_MAX {
            deeds += line.waiting[count].deeds.len();
            count += 1;
        }
        Some(line.waiting.drain(..count).collect())
    }

    /// Has recorded, and hears who waits, unless another one does.
    fn hear(&mut self) {
        let mut line = self.line.lock();
        line.recording -= 1;
        self.is = if line.is_heard {
            Doing::Nothing
        } else {
            Doing::Hearing
        };
        line.is_heard = true;
    }
}

fn record_all(store: &Store, together: &[Waiting]) -> Result<(), NotRecorded> {
    let deeds: Vec<&Deed> = together.iter().flat_map(|waiting| &waiting.deeds).collect();
    store.keep(|keep| keep.record(&deeds)).map_err(|error| {
        tracing::error!(%error, deeds = deeds.len(), "activity could not be recorded");
        NotRecorded(error.to_string())
    })
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::Receiver;
    use tokio::sync::oneshot::error::TryRecvError;

    use super::*;

    /// Whether one more of at most so many clerks must begin, and where they hear of it.
    fn comes(line: &Recorder, clerks: usize) -> (bool, Receiver<Result<(), NotRecorded>>) {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting {
            deeds: Vec::new(),
            reply,
        };
        (line.wait_in_line(waiting, clerks).unwrap(), answer)
    }

    fn took(clerk: &mut Clerk) -> Option<usize> {
        clerk.next_in_line().map(|together| together.len())
    }

    #[test]
    fn who_waits_for_a_clerk_that_breaks_off_hears_so_and_the_next_one_begins_anew() {
        let line = Recorder::default();
        let (begins, mut first) = comes(&line, 1);
        let (begins_too, mut second) = comes(&line, 1);
        assert_eq!((begins, begins_too), (true, false));
        drop(Clerk::of(&line));
        assert_eq!(first.try_recv(), Err(TryRecvError::Closed));
        assert_eq!(second.try_recv(), Err(TryRecvError::Closed));
        assert!(comes(&line, 1).0);
    }

    #[test]
    fn a_clerk_that_is_done_leaves_the_line_to_the_next_one() {
        let line = Recorder::default();
        let (_, _answer) = comes(&line, 1);
        let mut clerk = Clerk::of(&line);
        assert_eq!(took(&mut clerk), Some(1));
        clerk.hear();
        assert_eq!(took(&mut clerk), None);
        let (begins, mut later) = comes(&line, 1);
        drop(clerk);
        assert!(begins);
        assert_eq!(later.try_recv(), Err(TryRecvError::Empty));
        assert!(!comes(&line, 1).0);
    }

    #[test]
    fn while_one_records_another_one_hears_who_comes_and_no_third() {
        let line = Recorder::default();
        let (_, _first) = comes(&line, 2);
        let mut one = Clerk::of(&line);
        assert_eq!(took(&mut one), Some(1));
        let (begins, _second) = comes(&line, 2);
        let (begins_too, _third) = comes(&line, 2);
        assert_eq!((begins, begins_too), (true, false));
        let mut other = Clerk::of(&line);
        assert_eq!(took(&mut other), Some(2));
        let (begins, _fourth) = comes(&line, 2);
        assert!(!begins, "both record");
        // The first one through hears the fourth; the other one has nothing more to do.
        one.hear();
        other.hear();
        assert_eq!((took(&mut other), took(&mut one)), (None, Some(1)));
    }

    #[test]
    fn while_another_one_records_who_waits_is_not_forgotten() {
        let line = Recorder::default();
        let (_, _first) = comes(&line, 2);
        let mut one = Clerk::of(&line);
        assert_eq!(took(&mut one), Some(1));
        let (_, mut second) = comes(&line, 2);
        drop(Clerk::of(&line));
        assert_eq!(second.try_recv(), Err(TryRecvError::Empty));
        one.hear();
        assert_eq!(took(&mut one), Some(1));
        drop(one);
        assert!(comes(&line, 2).0, "nobody is at work any more");
    }

    #[test]
    fn so_many_may_wait_and_no_more() {
        let line = Recorder::default();
        let waiting: Vec<_> = (0..WAITING_MAX).map(|_| comes(&line, 1)).collect();
        let (reply, _answer) = oneshot::channel();
        let deeds = Vec::new();
        assert!(line.wait_in_line(Waiting { deeds, reply }, 1).is_err());
        drop(waiting);
    }
}
