//! How many acts a second, beside a bare `UPDATE` of one hot row by the same threads and with the same durability.
//!
//! Three times in turn the threads update one row, and act: each files a request for a tenant and takes it back, over
//! and over.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{RunQueryDsl, sql_query};
use lockbox::acts::file_request::{NewRequest, file};
use lockbox::acts::{Lockbox, decide, enrol};
use lockbox::clock::Clock;
use lockbox::domain::scope::Scope;
use lockbox::domain::text::{Line, Prose, Slug};
use lockbox::domain::time::Minutes;
use lockbox::store::conn::{DatabaseUrl, Manager};

use super::{Done, by, crowd, open_at};

const THREADS: usize = 8;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);

/// Founds a deployment in an empty database, enrols the tenants and an engineer for each thread, and measures.
pub async fn measure(url: &str, tenants: usize) -> Done<()> {
    let lockbox = open_at(url, Clock::system())?;
    let tenants = crowd::tenants(&lockbox, tenants)?;
    let (teams, name) = (Slug::parse("teams")?, Line::parse("Teams")?);
    enrol::service(&lockbox, &crowd::operator()?, &teams, &name, true)?;
    let engineers = crowd::engineers(&lockbox, THREADS).await?;
    let url = DatabaseUrl::parse(url)?;
    Manager(url.clone()).open()?.batch_execute(
        "CREATE TABLE hot (id INTEGER PRIMARY KEY, n INTEGER NOT NULL); INSERT INTO hot VALUES (1, 0)",
    )?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let updates = updates_a_second(&url)?;
        let acts = acts_a_second(&lockbox, &engineers, &tenants)?;
        rounds.push((acts / updates, updates, acts));
    }
    rounds.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
    let (ratio, updates, acts) = rounds[ROUNDS / 2];
    println!("{updates:.0} {acts:.0} {ratio:.3}");
    Ok(())
}

/// Each thread on a connection of its own; those of SQLite take turns as the product's do.
fn updates_a_second(url: &DatabaseUrl) -> Done<f64> {
    let turn = matches!(url, DatabaseUrl::Sqlite(_)).then(|| Mutex::new(()));
    let connections = (0..THREADS)
        .map(|_| Ok(Manager(url.clone()).open()?))
        .collect::<Done<Vec<_>>>()?;
    a_second(connections, |conn| {
        let _turn = turn
            .as_ref()
            .map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner));
        sql_query("UPDATE hot SET n = n + 1 WHERE id = 1").execute(conn)?;
        Ok(1)
    })
}

fn acts_a_second(lockbox: &Lockbox, engineers: &[String], tenants: &[Slug]) -> Done<f64> {
    let threads = engineers
        .iter()
        .zip(tenants.iter().cycle())
        .map(|(engineer, tenant)| Ok((by(lockbox, engineer)?, new_request(tenant)?)))
        .collect::<Done<Vec<_>>>()?;
    a_second(threads, |(engineer, new)| {
        let request = file(lockbox, engineer, new)?;
        decide::withdraw(lockbox, engineer, &request.reference)?;
        Ok(2)
    })
}

/// How often a second threads, each with something of its own, do something that says how often it was done.
fn a_second<T: Send>(threads: Vec<T>, something: impl Fn(&mut T) -> Done<u64> + Sync) -> Done<f64> {
    let (done, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let since = Instant::now();
    thread::scope(|scope| {
        let running: Vec<_> = threads
            .into_iter()
            .map(|mut own| {
                let (done, over, something) = (&done, &over, &something);
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        done.fetch_add(something(&mut own)?, Ordering::Relaxed);
                    }
                    Done::Ok(())
                })
            })
            .collect();
        thread::sleep(ROUND);
        over.store(true, Ordering::Relaxed);
        running
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    let count = u32::try_from(done.into_inner())?;
    Ok(f64::from(count) / since.elapsed().as_secs_f64())
}

/// A request for all of Teams, without a case.
pub fn new_request(tenant: &Slug) -> Done<NewRequest> {
    Ok(NewRequest {
        tenant: tenant.clone(),
        service: Slug::parse("teams")?,
        case: None,
        reason: Prose::parse("Invitations vanish after a minute; I must see the calendar.")?,
        scope: Scope::parse(Prose::parse("Kim's calendar and delivery rules")?, [], [])?,
        asked: Minutes::hours(4),
        follows: None,
    })
}
