//! The server killed at random while it is asked to record what is done: what it acknowledged is there and is sealed, what
//! it refused is not, and of a report either all is there or nothing.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use actix_web::rt::spawn;
use actix_web::rt::time::sleep;
use lockbox::acts::activity::seal_all;
use lockbox::domain::activity::{Deed, root};
use lockbox::domain::audit::entry::Log;
use lockbox::domain::fact::Fact;
use lockbox::domain::request::Request;
use lockbox::store::activity::{Kept, under};
use lockbox::store::audit;
use reqwest::Client;
use serde_json::{Value, json};

use super::house::{House, Server, free_port, up_to};
use super::killed::kills;
use crate::world::Database;

/// More than there ever are.
const ALL: i64 = 10_000_000;

#[actix_web::test]
async fn sqlite() {
    killed_while_recording(Database::Sqlite).await;
}

#[actix_web::test]
async fn postgres() {
    killed_while_recording(Database::Postgres).await;
}

async fn killed_while_recording(database: Database) {
    let house = House::on(database).await;
    let request = house.started();
    let port = free_port();
    let mut server = Server::start(&house, port).await;
    let told = Rc::new(Told::default());
    let system = |name: String| System {
        name,
        base_url: server.base_url.clone(),
        api_key: house.demo.api_key.clone(),
        request: request.reference.to_string(),
        client: Client::new(),
        told: Rc::clone(&told),
    };
    let mut systems = Vec::new();
    for place in 0..6 {
        systems.push(spawn(system(format!("gate-{place}")).asks()));
    }
    for (name, again) in [("reporter", false), ("stubborn", true)] {
        systems.push(spawn(system(name.to_owned()).reports(again)));
    }
    for kill in 0..kills() {
        sleep(up_to(Duration::from_millis(300))).await;
        // Another process seals while the first one records and dies.
        if kill % 5 == 0 {
            seal_all(&house.lockbox).unwrap();
        }
        server.kill();
        server = Server::start(&house, port).await;
    }
    told.enough.set(true);
    for system in systems {
        system.await.unwrap();
    }
    server.stop();
    told.compare(&recorded(&house, &request), &format!("{database:?}"));
    seal_all(&house.lockbox).unwrap();
    assert_sealed(&house, &request);
    house.assert_whole();
}

/// What systems told the server, and what it answered: the objects of each call.
#[derive(Default)]
struct Told {
    acknowledged: RefCell<Vec<Vec<String>>>,
    refused: RefCell<Vec<Vec<String>>>,
    /// No answer came, or one that says that it is not known.
    in_doubt: RefCell<Vec<Vec<String>>>,
    enough: Cell<bool>,
}

impl Told {
    /// Every object was named in one call alone, so that it is known by it.
    fn compare(&self, recorded: &[Kept], what: &str) {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for Kept { deed, .. } in recorded {
            *times.entry(deed.object.as_deref().unwrap()).or_default() += 1;
        }
        let times_of = |objects: &[String]| -> Vec<usize> {
            let times = |object: &String| times.get(object.as_str()).copied().unwrap_or(0);
            objects.iter().map(times).collect()
        };
        let (acknowledged, refused) = (self.acknowledged.borrow(), self.refused.borrow());
        let in_doubt = self.in_doubt.borrow();
        for objects in &*acknowledged {
            assert_eq!(times_of(objects), vec![1; objects.len()], "{objects:?}");
        }
        for objects in &*refused {
            assert_eq!(times_of(objects), vec![0; objects.len()], "{objects:?}");
        }
        let mut kept = 0;
        for objects in &*in_doubt {
            let times = times_of(objects);
            let all_or_none = times.iter().all(|count| *count == times[0] && *count <= 1);
            assert!(all_or_none, "{objects:?}: {times:?}");
            kept += times.iter().sum::<usize>();
        }
        let known: usize = acknowledged.iter().map(Vec::len).sum();
        println!(
            "FAULTS {what} killed {} times while recording: {known} records acknowledged, {} calls refused, {} in doubt, of which {kept} records were kept",
            kills(),
            refused.len(),
            in_doubt.len(),
        );
        assert_eq!(recorded.len(), known + kept, "and nothing else");
        assert!(known > 0, "nothing was recorded");
    }
}

/// One that has things recorded.
struct System {
    name: String,
    base_url: String,
    api_key: String,
    request: String,
    client: Client,
    told: Rc<Told>,
}

impl System {
    /// A gate: it asks, and has an allow recorded before it is said.
    async fn asks(self) {
        for count in 0_u32.. {
            if self.told.enough.get() {
                return;
            }
            let object = format!("mailbox/{}-{count}", self.name);
            let question = json!({
                "subject": {"type": "engineer", "id": "ivo@provider.example"},
                "action": {"name": "read"},
                "resource": {"type": "service", "id": "exchange-online", "properties": {"tenant": "fabrikam", "object": object}},
                "context": {"record": true},
            });
            let heard = self.send("/access/v1/evaluation", &question, None).await;
            let objects = vec![object];
            match heard {
                Some((200, answer)) if answer["decision"] == json!(true) => {
                    self.told.acknowledged.borrow_mut().push(objects);
                }
                Some((200, answer)) if answer["context"]["reason"] == json!("undecidable") => {
                    self.told.in_doubt.borrow_mut().push(objects);
                }
                Some(other) => panic!("{other:?}"),
                None => self.doubts(objects).await,
            }
        }
    }

    /// A system that tells afterwards what was done, three things at once. One that tells it again until it is heard does so
    /// under one idempotency key.
    async fn reports(self, again: bool) {
        for count in 0_u32.. {
            if self.told.enough.get() {
                return;
            }
            let object = |part: u32| format!("log/{}-{count}-{part}", self.name);
            let objects: Vec<String> = (0..3).map(object).collect();
            let item = |object: &String| json!({"request": self.request, "action": "export", "object": object});
            let items: Vec<Value> = objects.iter().map(item).collect();
            let report = json!({ "activity": items });
            let key = again.then(|| format!("{}-{count}", self.name));
            let mut heard = self.send("/api/v1/activity", &report, key.as_deref()).await;
            while again && matches!(heard, None | Some((429, _))) {
                sleep(Duration::from_millis(50)).await;
                heard = self.send("/api/v1/activity", &report, key.as_deref()).await;
            }
            match heard {
                Some((201, answer)) => {
                    assert_eq!(answer, json!({"recorded": 3}));
                    self.told.acknowledged.borrow_mut().push(objects);
                }
                // Too many in a second; or the claim of a process that died still holds, which recorded nothing.
                Some((429 | 409, _)) => {
                    self.told.refused.borrow_mut().push(objects);
                    sleep(Duration::from_millis(50)).await;
                }
                Some(other) => panic!("{other:?}"),
                None => self.doubts(objects).await,
            }
        }
    }

    async fn doubts(&self, objects: Vec<String>) {
        self.told.in_doubt.borrow_mut().push(objects);
        sleep(Duration::from_millis(20)).await;
    }

    /// An answer; nothing when there is none, or one of a fault.
    async fn send(&self, path: &str, body: &Value, key: Option<&str>) -> Option<(u16, Value)> {
        let call = self.client.post(format!("{}{path}", self.base_url));
        let mut call = call.bearer_auth(&self.api_key).json(body);
        if let Some(key) = key {
            call = call.header("idempotency-key", key);
        }
        let answer = call.send().await.ok()?;
        let status = answer.status();
        let said = answer.json().await.ok()?;
        (!status.is_server_error()).then_some((status.as_u16(), said))
    }
}

fn recorded(house: &House, request: &Request) -> Vec<Kept> {
    let store = &house.lockbox.store;
    let all = store.read(|conn| under(conn, request.tenant, request.id, None, ALL));
    all.unwrap()
}

/// Each record is sealed by one entry, and each of these entries names the right count and root.
fn assert_sealed(house: &House, request: &Request) {
    let mut sealed: BTreeMap<u64, Vec<Deed>> = BTreeMap::new();
    for Kept { deed, sealed_in } in recorded(house, request) {
        let place = sealed_in.expect("what was recorded is sealed");
        sealed.entry(place).or_default().push(deed);
    }
    let log = Log::Tenant(request.tenant);
    let store = &house.lockbox.store;
    let rows = store.read(|conn| audit::stored_entries(conn, log, 0, ALL));
    let mut said = BTreeMap::new();
    for row in rows.unwrap() {
        let entry = row.parse().unwrap();
        if let Fact::ActivitySealed { deeds, root } = entry.fact {
            said.insert(entry.seq, (deeds, root));
        }
    }
    let are = sealed.into_iter().map(|(place, deeds)| {
        let count = u64::try_from(deeds.len()).unwrap();
        (place, (count, root(deeds).unwrap().hex()))
    });
    assert_eq!(said, are.collect::<BTreeMap<_, _>>());
}
