//! Questions that arrive together are answered by one reading.
//!
//! Each is still read after it arrived: a reader takes what waits, looks at the database, answers, and looks whether
//! something waits again. Under load that saves most changes of threads and most journeys to the database.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{Answer, Question, Why, answer_all, denied};
use crate::domain::key::KeyScope;
use crate::store::{Store, Stored, api_keys};

/// Most questions of one reading.
const TOGETHER_MAX: usize = super::QUESTIONS_MAX;
/// Most readings at one time; one more begins only when more than [`TOGETHER_MAX`] wait.
const READERS_MAX: usize = 4;
/// Most questions that wait; one more is denied.
const WAITING_MAX: usize = 4096;

/// The questions that wait for their answers.
#[derive(Clone, Default)]
pub struct Questions(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    asked: Vec<Asked>,
    readers: usize,
}

struct Asked {
    key_sha256: [u8; 32],
    /// Nothing where what was sent is no question: then only the key is looked at.
    question: Option<Question>,
    reply: oneshot::Sender<Result<Answer, Unproven>>,
}

/// Why a question was not even heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproven {
    /// No such key was issued.
    NoSuchKey,
    /// The key may not ask.
    Lacks(KeyScope),
}

impl Questions {
    /// Proves the key and answers the question. What cannot be decided is denied; where there is no question, only the
    /// key is proven and the answer is [`Why::NoActiveAccess`].
    ///
    /// # Errors
    /// [`Unproven`], before anything is said of the question.
    pub async fn ask(
        &self,
        store: &Store,
        key_sha256: [u8; 32],
        question: Option<Question>,
    ) -> Result<Answer, Unproven> {
        let (reply, answer) = oneshot::channel();
        let asked = Asked {
            key_sha256,
            question,
            reply,
        };
        if self.wait_in_line(asked) {
            let (line, store) = (self.clone(), store.clone());
            tokio::task::spawn_blocking(move || Reader::of(line).answer_until_nobody_waits(&store));
        }
        // Where nobody replies, the line was too long or the reading broke off.
        answer.await.unwrap_or(Ok(Answer::Deny(Why::Undecidable)))
    }

    /// Puts a question in line; says whether a reader must begin.
    fn wait_in_line(&self, asked: Asked) -> bool {
        let mut waiting = self.lock();
        if waiting.asked.len() >= WAITING_MAX {
            tracing::error!("more than {WAITING_MAX} access questions wait; one was denied");
            return false;
        }
        waiting.asked.push(asked);
        let needed = waiting.readers == 0
            || (waiting.asked.len() > TOGETHER_MAX && waiting.readers < READERS_MAX);
        waiting.readers += usize::from(needed);
        needed
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that reads for those in line. It is counted in [`Waiting::readers`] until it has left.
struct Reader {
    line: Questions,
    has_left: bool,
}

impl Reader {
    const fn of(line: Questions) -> Self {
        Self {
            line,
            has_left: false,
        }
    }

    fn answer_until_nobody_waits(mut self, store: &Store) {
        while let Some(together) = self.next() {
            reply_to(store, together);
        }
    }

    /// The next ones in line. Where there are none it leaves while it holds the line: whoever comes next finds no
    /// reader and begins one.
    fn next(&mut self) -> Option<Vec<Asked>> {
        let mut waiting = self.line.lock();
        if waiting.asked.is_empty() {
            waiting.readers -= 1;
            self.has_left = true;
            return None;
        }
        let count = waiting.asked.len().min(TOGETHER_MAX);
        Some(waiting.asked.drain(..count).collect())
    }
}

/// A reader that broke off leaves an empty line: those in it are denied, since nobody replies to them.
impl Drop for Reader {
    fn drop(&mut self) {
        if !self.has_left {
            let mut waiting = self.line.lock();
            waiting.readers -= 1;
            waiting.asked.clear();
        }
    }
}

fn reply_to(store: &Store, together: Vec<Asked>) {
    let replies = read(store, &together).unwrap_or_else(|error| {
        denied(&error);
        vec![Ok(Answer::Deny(Why::Undecidable)); together.len()]
    });
    for (asked, reply) in together.into_iter().zip(replies) {
        // Who has gone needs no answer.
        drop(asked.reply.send(reply));
    }
}

fn read(store: &Store, together: &[Asked]) -> Stored<Vec<Result<Answer, Unproven>>> {
    store.read(|conn| {
        // Keys are found by the hash of their text: how long that takes tells nothing about any key.
        let shown: HashSet<[u8; 32]> = together.iter().map(|asked| asked.key_sha256).collect();
        let keys = api_keys::by_secrets(conn, &Vec::from_iter(shown))?;
        let proven: Vec<Result<Option<&Question>, Unproven>> = together
            .iter()
            .map(|asked| match keys.get(&asked.key_sha256) {
                None => Err(Unproven::NoSuchKey),
                Some(key) if !key.scopes.contains(&KeyScope::AccessRead) => {
                    Err(Unproven::Lacks(KeyScope::AccessRead))
                }
                Some(_) => Ok(asked.question.as_ref()),
            })
            .collect();
        let questions: Vec<&Question> = proven
            .iter()
            .filter_map(|proven| proven.ok().flatten())
            .collect();
        let mut answers = answer_all(conn, &questions, store.sure_now().ok())?.into_iter();
        Ok(proven
            .into_iter()
            .map(|proven| {
                proven.map(|question| match question {
                    None => Answer::Deny(Why::NoActiveAccess),
                    Some(_) => answers.next().unwrap_or(Answer::Deny(Why::Undecidable)),
                })
            })
            .collect())
    })
}
