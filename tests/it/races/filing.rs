//! Two filings at once: the limit of open requests holds, and one idempotency key files once.

use std::collections::BTreeMap;

use lockbox::acts::file_request::{OPEN_REQUESTS_MAX, file, file_form};
use lockbox::acts::{ActError, decide};
use lockbox::domain::id::{PersonId, Reference, TenantId};
use lockbox::store::conn::DatabaseUrl;
use lockbox::store::requests;
use reqwest::StatusCode;
use serde_json::json;

use super::arena::{at_once, hold_back, races, tries};
use crate::world::node::Node;
use crate::world::{World, new_request, stories};

races! {
    async fn two_filings_at_the_limit(arena: &Arena) {
        let world = &arena.world;
        let (ivo, new) = (world.fresh("ivo"), new_request("fabrikam", "exchange-online"));
        let open = || count_open(world, ivo.person.id, world.tenant("fabrikam").id);
        for _ in 1..OPEN_REQUESTS_MAX {
            world.filed();
        }
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let runner = |place| {
                let (lockbox, ivo, new) = (arena.process(place), &ivo, &new);
                move || {
                    hold_back(place, count);
                    file(lockbox, ivo, new)
                }
            };
            let mut filed = Vec::new();
            for (place, end) in at_once(vec![runner(0), runner(1)]).into_iter().enumerate() {
                match end {
                    Ok(request) => filed.push((place, request)),
                    Err(ActError::TooManyOpen(most)) => assert_eq!(most, OPEN_REQUESTS_MAX),
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!((filed.len(), open()), (1, OPEN_REQUESTS_MAX));
            let (place, request) = &filed[0];
            decide::withdraw(&world.lockbox, &ivo, &request.reference).unwrap();
            *outcomes.entry(format!("racer {place} filed")).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    /// A double click: the same form twice at once.
    async fn one_form_twice_at_once_files_once(arena: &Arena) {
        let world = &arena.world;
        let (ivo, new) = (world.fresh("ivo"), new_request("fabrikam", "exchange-online"));
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let (before, form) = (count_all(world), world.lockbox.entropy.uuid(world.now()));
            let runner = |place| {
                let (lockbox, ivo, new) = (arena.process(place), &ivo, &new);
                move || {
                    hold_back(place, count);
                    file_form(lockbox, ivo, new, form)
                }
            };
            let (mut filed, mut told) = (Vec::new(), Vec::new());
            for (place, end) in at_once(vec![runner(0), runner(1)]).into_iter().enumerate() {
                match end {
                    Ok(request) => filed.push((place, request)),
                    Err(ActError::FiledAlready(request)) => told.push(*request),
                    Err(error) => panic!("{error}"),
                }
            }
            let [(place, request)] = filed.as_slice() else {
                panic!("{} filed", filed.len());
            };
            assert_eq!((told.as_slice(), count_all(world)), (&[request.clone()][..], before + 1));
            decide::withdraw(&world.lockbox, &ivo, &request.reference).unwrap();
            *outcomes.entry(format!("racer {place} filed")).or_default() += 1;
        }
        arena.report(&outcomes);
    }
}

stories! {
    /// On PostgreSQL the twins come to two nodes; a SQLite file has one server.
    async fn one_idempotency_key_twice_at_once_files_once(world: &World) {
        let node = match world.database {
            DatabaseUrl::Postgres(_) => Some(Node::beside(world)),
            DatabaseUrl::Sqlite(_) => None,
        };
        let (here, there) = (world.api(), world.api());
        let there = match &node {
            Some(node) => there.through(&node.base_url),
            None => there,
        };
        let body = json!({
            "tenant": "fabrikam", "service": "exchange-online", "engineer": world.account("ivo").email,
            "support_case": null, "reason": "Invitations vanish.", "scope": {"description": "Kim's calendar"},
            "duration": "PT1H",
        });
        let ivo = world.fresh("ivo");
        for count in 0..tries() {
            let before = count_all(world);
            let key = format!("twins-{count}");
            let headers = [("Idempotency-Key", key.as_str())];
            let path = "/api/v1/data-access-requests";
            let (left, right) = tokio::join!(here.post_with(path, &body, &headers), there.post_with(path, &body, &headers));
            let twins = [left, right];
            let fresh = twins.iter().filter(|answer| answer.status == StatusCode::CREATED && !answer.headers.contains_key("Idempotency-Replayed"));
            let told: Vec<_> = twins.iter().map(|answer| (answer.status, &answer.body)).collect();
            assert_eq!(fresh.count(), 1, "one twin files: {told:?}");
            assert_eq!(count_all(world), before + 1, "once");
            let again = here.post_with(path, &body, &headers).await;
            assert_eq!(again.status, StatusCode::CREATED, "{}", again.body);
            for twin in &twins {
                match twin.status {
                    StatusCode::CREATED => assert_eq!(twin.body, again.body),
                    other => assert_eq!(other, StatusCode::CONFLICT, "{}", twin.body),
                }
            }
            let reference = Reference::parse(again.body["reference"].as_str().unwrap()).unwrap();
            decide::withdraw(&world.lockbox, &ivo, &reference).unwrap();
        }
        if let Some(node) = node {
            node.end().await;
        }
    }
}

fn count_open(world: &World, engineer: PersonId, tenant: TenantId) -> i64 {
    let now = world.now();
    let count = |conn: &mut _| requests::count_open(conn, engineer, tenant, now);
    world.lockbox.store.read(count).unwrap()
}

fn count_all(world: &World) -> usize {
    let page = |conn: &mut _| requests::page(conn, None, 100_000);
    world.lockbox.store.read(page).unwrap().len()
}
