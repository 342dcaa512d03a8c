//! Nodes that start at once on an empty database found one deployment.

use lockbox::acts::enrol;
use lockbox::acts::entitle::Given;
use lockbox::acts::verify_log::{VerifyOptions, verify};
use lockbox::app::Opened;
use lockbox::clock::{Clock, Entropy};
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::text::{Line, Slug};
use lockbox::founding;
use lockbox::store::conn::DatabaseUrl;
use lockbox::store::signing_key;

use super::arena::{at_once, tries};
use crate::world::{beginning, new_postgres_database, settings};

const NODES: u64 = 4;

#[test]
fn four_nodes_on_an_empty_postgresql_found_one_deployment() {
    for _ in 0..tries().div_ceil(10) {
        start_at_once(new_postgres_database, |settings, clock, entropy| {
            let opened = Opened::open(settings, clock, entropy).unwrap();
            opened.lockbox().clone()
        });
    }
}

/// `lockbox migrate` may be run beside the server, so two may be the first.
#[test]
fn four_commands_on_an_empty_sqlite_file_found_one_deployment() {
    for _ in 0..tries().div_ceil(10) {
        let folder = tempfile::tempdir().unwrap();
        let url = || DatabaseUrl::Sqlite(folder.path().join("lockbox.db"));
        start_at_once(url, |settings, clock, entropy| {
            let opening =
                founding::Opening::of(&settings.database, &settings.secret_key, clock, entropy);
            founding::open(founding::Opening {
                may_create: true,
                ..opening
            })
            .unwrap()
        });
    }
}

fn start_at_once(
    database: impl Fn() -> DatabaseUrl,
    open: fn(&lockbox::config::Settings, Clock, Entropy) -> lockbox::acts::Lockbox,
) {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&database(), &folder);
    let (clock, _) = Clock::held_at(beginning());
    let start = |seed| {
        let (settings, clock) = (&settings, clock.clone());
        move || open(settings, clock, Entropy::seeded(seed))
    };
    let nodes = at_once((0..NODES).map(start).collect());
    let operator = Author::local(Actor::Operator {
        name: Line::parse("race").unwrap(),
    });
    for (count, node) in nodes.iter().enumerate() {
        let (key, name) = (format!("tenant-{count}"), format!("Tenant {count}"));
        let (key, name) = (Slug::parse(&key).unwrap(), Line::parse(&name).unwrap());
        enrol::tenant(
            node,
            &operator,
            &key,
            &name,
            chrono_tz::Tz::UTC,
            Given::Plan(None),
        )
        .unwrap();
    }
    let store = &nodes[0].store;
    assert_eq!(store.read(signing_key::count).unwrap(), 1);
    let report = verify(store, &VerifyOptions::default(), &mut |_| {}).unwrap();
    assert!(
        report.is_whole(),
        "all of them sign with the one key: {report}"
    );
}
