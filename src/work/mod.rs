//! The night shift: sends the outbox, delivers to webhooks, writes down what time has done, reminds, sweeps, watches the clock and the database.
//!
//! Any number of processes may run it on one PostgreSQL at once. Nothing depends on it for what is true: time
//! decides, and the night shift only records and tells.

pub mod accounts;
pub mod activity;
pub mod expiry;
pub mod outbox;
pub mod reminders;
pub mod sweep;
pub mod watching;
pub mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use crate::acts::{ActError, Lockbox};
use crate::store::witness::Witness;
use outbox::{Deliveries, PostOffice};
use watching::look_and_remember;

/// How often due letters, passed deadlines and due reminders are looked for.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often ended sessions and old books are swept.
pub const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// The running night shift.
pub struct NightShift {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl NightShift {
    /// Begins the shift.
    #[must_use]
    pub fn begin(lockbox: &Lockbox, post: Arc<PostOffice>, witness: Option<Witness>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let base_url = post.sender.base_url.clone();
        tasks.spawn(send(lockbox.clone(), post, stopped.clone()));
        tasks.spawn(deliver(lockbox.clone(), base_url, stopped.clone()));
        tasks.spawn(record(lockbox.clone(), stopped.clone()));
        tasks.spawn(seal_activity(lockbox.clone(), stopped.clone()));
        tasks.spawn(tidy_up(lockbox.clone(), stopped.clone()));
        tasks.spawn(watch_over(lockbox.clone(), witness, stopped));
        Self { tasks, stop }
    }

    /// Ends the shift: what is under way is finished, nothing new is begun.
    pub async fn end(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn send(lockbox: Lockbox, post: Arc<PostOffice>, mut stopped: watch::Receiver<bool>) {
    let mut deliveries = Deliveries::new(lockbox.clone(), post);
    while !*stopped.borrow() {
        if let Err(error) = deliveries.begin().await {
            tracing::error!(%error, "the outbox could not be worked on");
        }
        tokio::select! {
            () = lockbox.store.mail_due().notified() => {}
            Some(noted) = deliveries.next() => tell(noted.err()),
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
    while let Some(noted) = deliveries.next().await {
        tell(noted.err());
    }
}

async fn deliver(lockbox: Lockbox, base_url: Url, mut stopped: watch::Receiver<bool>) {
    let mut deliveries = webhooks::Deliveries::new(lockbox.clone(), base_url);
    while !*stopped.borrow() {
        if let Err(error) = deliveries.begin().await {
            tracing::error!(%error, "webhooks could not be worked on");
        }
        tokio::select! {
            () = lockbox.store.webhooks_due().notified() => {}
            Some(came) = deliveries.next() => tell(came.err()),
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stopped.changed() => {}
        }
    }
    while let Some(came) = deliveries.next().await {
        tell(came.err());
    }
}

fn tell(failed: Option<ActError>) {
    if let Some(error) = failed {
        tracing::error!(%error, "what came of something sent could not be noted");
    }
}

async fn record(lockbox: Lockbox, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        if let Err(error) = expiry::record_all(&lockbox).await {
            tracing::error!(%error, "passed deadlines could not be recorded");
        }
        if let Err(error) = accounts::see_to(&lockbox).await {
            tracing::error!(%error, "forgotten passwords, recoveries and changes that waited could not be seen to");
        }
        if let Err(error) = reminders::send_all(&lockbox).await {
            tracing::error!(%error, "reminders could not be sent");
        }
        pause(LOOK_EVERY, &mut stopped).await;
    }
}

async fn seal_activity(lockbox: Lockbox, mut stopped: watch::Receiver<bool>) {
    loop {
        // Once more when told to stop, so that little stays unsealed.
        let last = *stopped.borrow();
        if let Err(error) = activity::seal(&lockbox).await {
            tracing::error!(%error, "activity could not be sealed");
        }
        if last {
            return;
        }
        pause(activity::SEAL_EVERY, &mut stopped).await;
    }
}

async fn tidy_up(lockbox: Lockbox, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        if let Err(error) = activity::sweep(&lockbox).await {
            tracing::error!(%error, "old activity could not be swept");
        }
        if let Err(error) = sweep::sweep(&lockbox).await {
            tracing::error!(%error, "old books could not be swept");
        }
        pause(SWEEP_EVERY, &mut stopped).await;
    }
}

async fn watch_over(
    lockbox: Lockbox,
    witness: Option<Witness>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut seen = None;
    loop {
        // Once more when told to stop, so that the last thing that happened is remembered.
        let last = *stopped.borrow();
        let (witness, before) = (witness.clone(), seen.clone());
        let look = lockbox
            .acting(move |lockbox| look_and_remember(lockbox, witness.as_ref(), before.as_ref()));
        match look.await {
            Ok(latest) => seen = latest,
            Err(error) => tracing::error!(%error, "the clock and the database were not looked at"),
        }
        if last {
            return;
        }
        pause(watching::LOOK_EVERY, &mut stopped).await;
    }
}

async fn pause(length: Duration, stopped: &mut watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(length) => {}
        _ = stopped.changed() => {}
    }
}
