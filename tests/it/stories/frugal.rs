//! How often an act asks the database: while it does, it holds the head of its log, and every other act there waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::Connection;
use diesel::connection::InstrumentationEvent;
use lockbox::acts::decide;
use lockbox::acts::file_request::file;
use lockbox::store::Stored;

use crate::world::{World, new_request, seen, stories};

/// The most that one act of these may ask, whoever is told of it.
const MOST: usize = 18;

/// Counts what is asked of tables on the connection that is used next. A story that does one thing after another uses
/// that one all along.
fn counted(world: &World) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&count);
    let install = |conn: &mut lockbox::store::conn::Conn| {
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                // Only what names a table is in quotes: not the beginning and the end of a transaction.
                if query.to_string().contains(['"', '`']) {
                    counting.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Stored::Ok(())
    };
    world.lockbox.store.read(install).unwrap();
    count
}

stories! {
    async fn an_act_asks_the_database_little(world: &World) {
        let (ivo, rosa, kim) = (world.fresh("ivo"), world.fresh("rosa"), world.fresh("kim"));
        let new = new_request("fabrikam", "exchange-online");
        let count = counted(world);
        let asked = |act: &str| {
            let asked = count.swap(0, Ordering::SeqCst);
            assert!((1..=MOST).contains(&asked), "to {act} asked {asked} times");
        };
        let request = file(&world.lockbox, &ivo, &new).unwrap();
        asked("file");
        let request = decide::endorse(&world.lockbox, &rosa, &seen(&request)).unwrap();
        asked("endorse");
        let request = decide::approve(&world.lockbox, &kim, &seen(&request), request.asked, None).unwrap();
        asked("approve");
        decide::start(&world.lockbox, &ivo, &seen(&request)).unwrap();
        asked("start");
        decide::finish(&world.lockbox, &ivo, &request.reference).unwrap();
        asked("finish");
    }
}
