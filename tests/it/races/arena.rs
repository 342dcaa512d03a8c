//! Where races are run: one world, and the processes that share its database.

use std::collections::BTreeMap;
use std::hint::spin_loop;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use lockbox::acts::Lockbox;
use lockbox::clock::Entropy;
use lockbox::founding::{self, Opening};

use crate::world::{Database, World, settings};

/// Writes a race once and runs it four times: on each database, by threads of one process and by two processes.
/// Two processes share nothing but the database, the server key and the clock.
macro_rules! races {
    ($($(#[$doc:meta])* async fn $name:ident($arena:ident: &Arena) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;
            use $crate::races::arena::{Arena, Processes, run};
            use $crate::world::Database;

            async fn race($arena: &Arena) $body

            $crate::races::arena::races!(@on $name sqlite_one_process Sqlite One);
            $crate::races::arena::races!(@on $name sqlite_two_processes Sqlite Two);
            $crate::races::arena::races!(@on $name postgres_one_process Postgres One);
            $crate::races::arena::races!(@on $name postgres_two_processes Postgres Two);
        }
    )+};
    (@on $name:ident $test:ident $database:ident $processes:ident) => {
        #[actix_web::test]
        async fn $test() {
            let label = concat!(stringify!($name), ", ", stringify!($test));
            run(label, Database::$database, Processes::$processes, async |arena| race(arena).await).await;
        }
    };
}
pub(crate) use races;

/// How many processes the racers are spread over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processes {
    One,
    Two,
}

/// A world, and one lockbox for each process in it.
pub struct Arena {
    pub world: World,
    pub processes: Vec<Lockbox>,
    label: &'static str,
    began: Instant,
}

/// Runs a race in a world of its own. At its end the audit log is verified whole.
pub async fn run(
    label: &'static str,
    database: Database,
    processes: Processes,
    race: impl AsyncFnOnce(&Arena),
) {
    let world = World::on(database).await;
    let processes = match processes {
        Processes::One => vec![world.lockbox.clone(), world.lockbox.clone()],
        Processes::Two => vec![process(&world, 101), process(&world, 102)],
    };
    let arena = Arena {
        world,
        processes,
        label,
        began: Instant::now(),
    };
    race(&arena).await;
    arena.world.assert_whole();
    arena.world.end().await;
}

/// Another process on the world's database: connections, keys and dice of its own.
pub fn process(world: &World, seed: u64) -> Lockbox {
    let settings = settings(&world.database, &world.folder);
    let clock = world.lockbox.store.clock().clone();
    let opening = Opening::of(
        &settings.database,
        &settings.secret_key,
        clock,
        Entropy::seeded(seed),
    );
    founding::open(Opening {
        connections: 4,
        password_cost: settings.password_cost.clone(),
        ..opening
    })
    .unwrap()
}

impl Arena {
    /// The process of the racer at this place.
    pub fn process(&self, place: usize) -> &Lockbox {
        &self.processes[place % self.processes.len()]
    }

    /// Says how often each outcome came.
    pub fn report(&self, outcomes: &BTreeMap<String, usize>) {
        let tries: usize = outcomes.values().sum();
        let time = self.began.elapsed().as_secs_f64();
        println!("RACE {}: {tries} tries, {time:.1} s", self.label);
        for (outcome, count) in outcomes {
            println!("RACE   {count:5} × {outcome}");
        }
    }
}

/// How often each race is run: `LOCKBOX_RACE_TRIES`, 1 to 10,000; 50 unless told.
pub fn tries() -> usize {
    let told = std::env::var("LOCKBOX_RACE_TRIES").ok();
    let tries = told.map_or(50, |told| told.parse().unwrap());
    assert!(
        (1..=10_000).contains(&tries),
        "LOCKBOX_RACE_TRIES is 1 to 10,000"
    );
    tries
}

/// Lets each of these begin at the same instant, on a thread of its own; what they came to, in the same order.
pub fn at_once<T: Send, R: FnOnce() -> T + Send>(runners: Vec<R>) -> Vec<T> {
    let start = Barrier::new(runners.len());
    let wait_and_run = &|run: R| {
        start.wait();
        run()
    };
    thread::scope(|scope| {
        let begin = |run| scope.spawn(move || wait_and_run(run));
        let threads: Vec<_> = runners.into_iter().map(begin).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    })
}

/// Racers never begin at quite the same instant, and a fault may hide in one order. From try to try each of them
/// is held back by another short time.
pub fn hold_back(place: usize, count: usize) {
    let rounds = u32::try_from(if place == count % 2 { 0 } else { count / 2 % 5 }).unwrap();
    let (began, held) = (Instant::now(), Duration::from_micros(150) * rounds);
    while began.elapsed() < held {
        spin_loop();
    }
}
