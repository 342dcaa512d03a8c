//! Another node of a world's deployment, with connections and a port of its own.

use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::rt::{spawn, task::JoinHandle};
use lockbox::acts::Lockbox;
use lockbox::app::{App, Opened, Parts};
use lockbox::clock::{Clock, Entropy};
use lockbox::config::Settings;
use lockbox::post::Mailer;

use super::{World, settings};

pub struct Node {
    pub base_url: String,
    pub lockbox: Lockbox,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
}

impl Node {
    /// It does not look whether its clock is the database's: a world's clock stands still.
    pub fn beside(world: &World) -> Self {
        Self::set(world, |_| ())
    }

    /// The same, with settings that depart from the world's.
    pub fn set(world: &World, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(&world.database, &world.folder);
        change(&mut settings);
        let clock = world.lockbox.store.clock().clone();
        let opened = Opened::open(&settings, clock, Entropy::seeded(103)).unwrap();
        Self::of(opened.listen(&settings, parts()).unwrap())
    }

    /// One with a clock of its own, which it compares before it answers anybody, as every node does that is started.
    pub fn with_clock(world: &World, clock: Clock) -> Self {
        let settings = Settings {
            base_url: Some(world.base_url.parse().unwrap()),
            ..settings(&world.database, &world.folder)
        };
        Self::of(App::build(&settings, clock, Entropy::seeded(104), parts()).unwrap())
    }

    fn of(app: App) -> Self {
        Self {
            base_url: format!("http://localhost:{}", app.address().port()),
            lockbox: app.lockbox().clone(),
            handle: app.handle(),
            server: spawn(app.run_without_night_shift()),
        }
    }

    pub async fn end(self) {
        self.handle.stop(false).await;
        self.server.await.unwrap().unwrap();
    }
}

fn parts() -> Parts {
    Parts {
        mailer: Some(Mailer::Memory(Arc::default())),
        demo: None,
    }
}
