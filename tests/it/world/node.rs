//! Another node of a world's deployment, with connections and a port of its own.

use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::rt::{spawn, task::JoinHandle};
use lockbox::app::{Opened, Parts};
use lockbox::clock::Entropy;
use lockbox::post::Mailer;

use super::{World, settings};

pub struct Node {
    pub base_url: String,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
}

impl Node {
    /// It does not look whether its clock is the database's: a world's clock stands still.
    pub fn beside(world: &World) -> Self {
        let settings = settings(&world.database, &world.folder);
        let clock = world.lockbox.store.clock().clone();
        let parts = Parts {
            mailer: Some(Mailer::Memory(Arc::default())),
            demo: None,
        };
        let opened = Opened::open(&settings, clock, Entropy::seeded(103)).unwrap();
        let app = opened.listen(&settings, parts).unwrap();
        Self {
            base_url: app.base_url().as_str().trim_end_matches('/').to_owned(),
            handle: app.handle(),
            server: spawn(app.run_without_night_shift()),
        }
    }

    pub async fn end(self) {
        self.handle.stop(false).await;
        self.server.await.unwrap().unwrap();
    }
}
