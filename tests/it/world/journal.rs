//! What the process writes to its log while the tests run, in the form that `serve` writes it.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

/// Everything so far. The log is the process's, so other tests' lines are among it.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<u8>>>);

static JOURNAL: LazyLock<Journal> = LazyLock::new(|| {
    let journal = Journal::default();
    let written_here = journal.clone();
    tracing_subscriber::fmt()
        .with_env_filter(lockbox::cli::log::filter("info,lockbox=trace").unwrap())
        .with_ansi(false)
        .with_writer(move || written_here.clone())
        .init();
    journal
});

/// From now on the log is kept.
pub fn keep() {
    LazyLock::force(&JOURNAL);
}

/// How long the log is so far, in bytes.
pub fn length() -> usize {
    JOURNAL.0.lock().unwrap().len()
}

/// Which of these stand in the log from there on, as they are. Lines of tests that run beside are among it.
pub fn found_since<'s>(begin: usize, secrets: impl Iterator<Item = &'s String>) -> Vec<&'s String> {
    let log = JOURNAL.0.lock().unwrap();
    let log = str::from_utf8(&log[begin..]).unwrap();
    secrets
        .filter(|secret| log.contains(secret.as_str()))
        .collect()
}

/// The log so far.
pub fn so_far() -> String {
    String::from_utf8(JOURNAL.0.lock().unwrap().clone()).unwrap()
}

impl Write for Journal {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
