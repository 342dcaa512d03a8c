//! What was done under a request: recorded before an allow is said, reported afterwards, sealed, shown, exported, kept a
//! year. PROOF rows 10, 16.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use lockbox::acts::activity::seal_all;
use lockbox::acts::decide;
use lockbox::acts::verify_log::{VerifyOptions, verify};
use lockbox::domain::key::KeyScope;
use lockbox::domain::text::Prose;
use lockbox::store::activity::{Kept, under};
use lockbox::store::conn::{DatabaseUrl, Manager};
use lockbox::work::activity::sweep;
use serde_json::{Value, json};

use crate::world::{Api, World, stories};

fn question(object: &str, record: bool) -> Value {
    json!({
        "subject": {"type": "engineer", "id": "ivo@provider.example"},
        "action": {"name": "read"},
        "resource": {"type": "service", "id": "exchange-online", "properties": {"tenant": "fabrikam", "object": object}},
        "context": {"record": record},
    })
}

async fn post(world: &World, path: &str, body: &Value) -> (u16, Value) {
    let client = reqwest::Client::new();
    let address = format!("{}{path}", world.base_url);
    let answer = client
        .post(address)
        .bearer_auth(&world.demo.api_key)
        .json(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn kept(world: &World, request: &lockbox::domain::request::Request) -> Vec<Kept> {
    world
        .lockbox
        .store
        .read(|conn| under(conn, request.tenant, request.id, None, 100))
        .unwrap()
}

fn findings(world: &World) -> String {
    verify(&world.lockbox.store, &VerifyOptions::default(), &mut |_| {})
        .unwrap()
        .to_string()
}

/// One more row of activity, as somebody who can write the database puts it there.
const PLANT: &str = "INSERT INTO activity (id, tenant_id, request_id, happened_at, recorded_at, action, object, known_by, recorded_by, sealed_in) SELECT {id}, tenant_id, request_id, happened_at, recorded_at, action, 'planted', known_by, recorded_by, {into} FROM activity WHERE object = 'mailbox/kim'";
const UPROOT: &str = "DELETE FROM activity WHERE object = 'planted'";
const PUT_BACK: &str = "UPDATE activity SET sealed_in = {place} WHERE object = 'mailbox/ada'";

stories! {
    async fn an_allow_that_is_to_be_recorded_is_recorded_when_it_is_said(world: &World) {
        let request = world.active();
        let (status, answer) = post(world, "/access/v1/evaluation", &question("mailbox/kim", true)).await;
        assert_eq!((status, &answer["decision"]), (200, &json!(true)));
        post(world, "/access/v1/evaluation", &question("mailbox/ada", false)).await;
        let deeds = kept(world, &request);
        let [Kept { deed, sealed_in: None }] = &deeds[..] else { panic!("{deeds:?}") };
        assert_eq!((deed.action.as_str(), deed.object.as_deref(), deed.recorded_by.as_str()), ("read", Some("mailbox/kim"), "demo"));

        decide::revoke(&world.lockbox, &world.fresh("kim"), &request.reference, Prose::parse("Enough.").unwrap()).unwrap();
        let (_, answer) = post(world, "/access/v1/evaluation", &question("mailbox/kim", true)).await;
        assert_eq!(answer["decision"], json!(false));
        assert_eq!(kept(world, &request).len(), 1, "a denial lets nothing be done");
        let (status, _) = post(world, "/access/v1/evaluation", &json!({"context": {"record": "yes"}})).await;
        assert_eq!(status, 400);
    }

    /// Nobody is let in unseen: where the record cannot be written, the answer is no.
    async fn what_cannot_be_recorded_is_not_allowed(world: &World) {
        let request = world.active();
        let mut conn = Manager(world.database.clone()).open().unwrap();
        conn.batch_execute("ALTER TABLE activity RENAME TO activity_elsewhere").unwrap();
        let (status, answer) = post(world, "/access/v1/evaluation", &question("mailbox/kim", true)).await;
        assert_eq!((status, &answer["context"]["reason"]), (200, &json!("undecidable")));
        let (_, unrecorded) = post(world, "/access/v1/evaluation", &question("mailbox/kim", false)).await;
        assert_eq!(unrecorded["decision"], json!(true));
        let report = json!({"activity": [{"request": request.reference, "action": "read"}]});
        assert_eq!(post(world, "/api/v1/activity", &report).await.0, 503);
        conn.batch_execute("ALTER TABLE activity_elsewhere RENAME TO activity").unwrap();
        let (_, answer) = post(world, "/access/v1/evaluation", &question("mailbox/kim", true)).await;
        assert_eq!(answer["decision"], json!(true));
        assert_eq!(kept(world, &request).len(), 1);
    }

    async fn many_at_once_are_each_recorded(world: &World) {
        let request = world.active();
        let mut asked = tokio::task::JoinSet::new();
        for place in 0..60 {
            let client = reqwest::Client::new();
            let asking = client
                .post(format!("{}/access/v1/evaluation", world.base_url))
                .bearer_auth(&world.demo.api_key)
                .json(&question(&format!("mailbox/{place}"), true));
            asked.spawn(async move { asking.send().await.unwrap().json::<Value>().await.unwrap() });
        }
        let answers = asked.join_all().await;
        let allowed = answers.iter().filter(|answer| answer["decision"] == json!(true)).count();
        assert_eq!((allowed, kept(world, &request).len()), (60, 60));
    }

    async fn systems_report_what_was_done_and_all_of_a_report_or_none_is_recorded(world: &World) {
        let (request, waiting) = (world.active(), world.filed());
        let item = |request: &str, action: &str| json!({"request": request, "action": action, "object": "mailbox/kim"});
        let reference = request.reference.to_string();
        let (status, answer) = post(world, "/api/v1/activity", &json!({"activity": [item(&reference, "read"), item(&reference, "export")]})).await;
        assert_eq!((status, answer), (201, json!({"recorded": 2})));
        let actions: Vec<_> = kept(world, &request).into_iter().map(|kept| kept.deed.action).collect();
        assert_eq!(actions, ["export", "read"], "the newest first");
        for (wrong, words) in [
            (item("LBX-0000-0000", "read"), "no such request"),
            (item("nonsense", "read"), "no such request"),
            (item(&waiting.reference.to_string(), "read"), "no access was ever started"),
            (item(&reference, ""), "1 to 64"),
            (item(&reference, "re\u{202E}ad"), "1 to 64"),
            (json!({"request": reference, "action": "read", "object": "x".repeat(501)}), "1 to 500"),
            (json!({"request": reference, "action": "read", "at": "2126-11-21T17:30:00Z"}), "future"),
            (json!({"request": reference, "action": "read", "at": "2006-11-21T17:30:00Z"}), "before the request was filed"),
        ] {
            let (status, answer) = post(world, "/api/v1/activity", &json!({"activity": [item(&reference, "read"), wrong]})).await;
            assert_eq!(status, 422, "{answer}");
            assert!(answer.to_string().contains(words), "{words}: {answer}");
        }
        let (status, _) = post(world, "/api/v1/activity", &json!({"activity": []})).await;
        assert_eq!((status, kept(world, &request).len()), (422, 2));
    }

    /// A reporter that did not hear the answer sends the same again.
    async fn a_report_that_is_sent_again_is_recorded_once(world: &World) {
        let request = world.active();
        let report = |action: &str| json!({"activity": [{"request": request.reference, "action": action}, {"request": request.reference, "action": "read"}]});
        let other_key = world.new_key("other", &[KeyScope::ActivityWrite], None);
        let (api, other) = (world.api(), Api::new(world, &other_key));
        let send = async |api: &Api<'_>, key: &str, body: &Value| {
            let answer = api.post_with("/api/v1/activity", body, &[("idempotency-key", key)]).await;
            let replayed = answer.headers.contains_key("idempotency-replayed");
            (answer.status.as_u16(), replayed, answer.body)
        };
        let two = json!({"recorded": 2});
        assert_eq!(send(&api, "one", &report("export")).await, (201, false, two.clone()));
        for _ in 0..3 {
            assert_eq!(send(&api, "one", &report("export")).await, (201, true, two.clone()));
        }
        assert_eq!(kept(world, &request).len(), 2);
        assert_eq!(send(&api, "one", &report("write")).await.0, 422, "the key came with another body");
        assert_eq!(send(&other, "one", &report("write")).await, (201, false, two.clone()), "another system's key is another");
        assert_eq!(send(&api, "two", &report("export")).await, (201, false, two.clone()));
        assert_eq!(kept(world, &request).len(), 6);

        // What does not fit leaves the key free.
        assert_eq!(send(&api, "three", &report("")).await.0, 422);
        assert_eq!(send(&api, "three", &report("export")).await, (201, false, two.clone()));
        assert_eq!(send(&api, "no key", &report("export")).await.0, 400);

        // What could not be recorded is recorded when it is sent again.
        let mut conn = Manager(world.database.clone()).open().unwrap();
        conn.batch_execute("ALTER TABLE activity RENAME TO activity_elsewhere").unwrap();
        assert!(send(&api, "four", &report("export")).await.0 >= 500);
        conn.batch_execute("ALTER TABLE activity_elsewhere RENAME TO activity").unwrap();
        assert_eq!(send(&api, "four", &report("export")).await, (201, false, two.clone()));
        assert_eq!(kept(world, &request).len(), 10);

        // Several at once: one records, the others hear its answer or that it is under way.
        let mut at_once = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let sending = reqwest::Client::new().post(format!("{}/api/v1/activity", world.base_url)).bearer_auth(&world.demo.api_key);
            let sending = sending.header("idempotency-key", "five").json(&report("export"));
            at_once.spawn(async move {
                let answer = sending.send().await.unwrap();
                (answer.status().as_u16(), answer.headers().contains_key("idempotency-replayed"))
            });
        }
        let answers = at_once.join_all().await;
        assert!(answers.iter().all(|(status, _)| [201, 409].contains(status)), "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| **answer == (201, false)).count(), 1, "{answers:?}");
        assert_eq!(kept(world, &request).len(), 12);
    }

    async fn what_was_done_is_sealed_and_every_change_of_it_is_found(world: &World) {
        let request = world.active();
        for object in ["mailbox/kim", "mailbox/ada", "mailbox/lee"] {
            post(world, "/access/v1/evaluation", &question(object, true)).await;
        }
        seal_all(&world.lockbox).unwrap();
        seal_all(&world.lockbox).unwrap();
        let places: Vec<_> = kept(world, &request).into_iter().map(|kept| kept.sealed_in).collect();
        assert!(places[0].is_some() && places.iter().all(|place| *place == places[0]), "{places:?}");
        world.assert_whole();

        let mut conn = Manager(world.database.clone()).open().unwrap();
        let place = places[0].unwrap().to_string();
        let id = match world.database {
            DatabaseUrl::Postgres(_) => "gen_random_uuid()",
            DatabaseUrl::Sqlite(_) => "randomblob(16)",
        };
        let into = |place: &str| PLANT.replace("{into}", place);
        for (change, back, words) in [
            ("UPDATE activity SET object = 'mailbox/other' WHERE object = 'mailbox/kim'", "UPDATE activity SET object = 'mailbox/kim' WHERE object = 'mailbox/other'", "was changed"),
            ("UPDATE activity SET sealed_in = NULL WHERE object = 'mailbox/ada'", PUT_BACK, "it seals 3 records of activity, and 2 are there"),
            ("UPDATE activity SET sealed_in = 0 WHERE object = 'mailbox/ada'", PUT_BACK, "records of activity name entry 0, which seals none"),
            (&into("{place}"), UPROOT, "it seals 3 records of activity, and 4 are there"),
            (&into("0"), UPROOT, "records of activity name entry 0, which seals none"),
            (&into("4000"), UPROOT, "records of activity name entry 4000, which seals none"),
        ] {
            let sql = |text: &str| text.replace("{place}", &place).replace("{id}", id);
            conn.batch_execute(&sql(change)).unwrap();
            let said = findings(world);
            assert!(said.contains(words), "{change}: {said}");
            conn.batch_execute(&sql(back)).unwrap();
            world.assert_whole();
        }
    }

    async fn it_is_shown_with_the_request_and_downloaded(world: &World) {
        let request = world.active();
        for place in 0..60 {
            post(world, "/access/v1/evaluation", &question(&format!("mailbox/{place}"), true)).await;
        }
        world.pass(TimeDelta::hours(5));
        let late = json!({"activity": [{"request": request.reference, "action": "export"}]});
        post(world, "/api/v1/activity", &late).await;
        for name in ["kim", "rosa", "ivo"] {
            let visitor = world.signed_in(name).await;
            let page = visitor.get(&world.page_of(&request)).await;
            let page = page.expect("What was done").expect("Outside the access");
            let list = visitor.get(&page.link("Show all of it")).await;
            let list = list.expect("Reported by demo").expect("mailbox/");
            visitor.get(&list.link("Next")).await.expect("mailbox/");
            let file = visitor.get(&list.link("Download CSV")).await;
            assert_eq!(file.html.lines().count(), 62);
        }
        let page = format!("/requests/{}/activity", request.reference);
        let contoso = world.signed_in("sam").await;
        contoso.get(&page).await.expect_status(404);
        contoso.get(&format!("{page}.csv")).await.expect_status(404);
    }

    async fn after_a_year_it_is_forgotten_and_its_root_stays(world: &World) {
        let request = world.active();
        post(world, "/access/v1/evaluation", &question("mailbox/kim", true)).await;
        seal_all(&world.lockbox).unwrap();
        world.pass(TimeDelta::days(364) + TimeDelta::hours(1));
        sweep(&world.lockbox).await.unwrap();
        assert_eq!(kept(world, &request).len(), 1);
        // It may be swept from now on, and what is there must still be what was sealed.
        let mut conn = Manager(world.database.clone()).open().unwrap();
        conn.batch_execute("UPDATE activity SET object = 'mailbox/other'").unwrap();
        assert!(findings(world).contains("was changed"));
        conn.batch_execute("UPDATE activity SET object = 'mailbox/kim'").unwrap();
        world.assert_whole();
        world.pass(TimeDelta::days(2));
        sweep(&world.lockbox).await.unwrap();
        assert_eq!(kept(world, &request).len(), 0);
        world.assert_whole();
    }
}
