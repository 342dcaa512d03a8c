//! What no webhook is told: another tenant's facts, and what the provider never sees of a customer.

use lockbox::acts::file_request::file;
use lockbox::acts::people::{NewPerson, invite};
use lockbox::domain::person::Role;
use lockbox::domain::scope::Scope;
use lockbox::domain::text::{EmailAddress, Line, Prose};
use lockbox::domain::webhook::event::DATA_MAX;
use serde_json::{Value, json};

use crate::world::receiver::{Got, Receiver};
use crate::world::{new_request, stories};

/// Every text in a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

stories! {
    /// Of a customer's log the provider hears of requests; of its people the names and roles of who decided.
    async fn the_provider_hears_nothing_of_a_customers_people_and_settings(world: &World) {
        let (providers, own) = (Receiver::start().await, Receiver::start().await);
        world.webhook("pat", &providers, &["all"]);
        world.webhook("kim", &own, &["all"]);
        let new = NewPerson { email: EmailAddress::parse("eva@fabrikam.example").unwrap(), name: Line::parse("Eva Lang").unwrap(), roles: vec![Role::Auditor] };
        invite(&world.lockbox, &world.fresh("kim"), &new).unwrap();
        world.turn_off("fabrikam", "kim");
        world.turn_on("fabrikam", "kim");
        // Decided on the pages, so that there is an address and a session to hide.
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        let page = kim.get(&format!("{}/approval?duration=PT4H", world.page_of(&request))).await;
        kim.submit(page.form("Approve for 4 hours")).await;
        world.deliver().await;
        let theirs = providers.take();
        let acts: Vec<String> = theirs.iter().filter(|got| got.id().starts_with("fabrikam-")).map(Got::act).collect();
        assert!(acts.contains(&"request.approved".to_owned()) && acts.contains(&"support_case.recorded".to_owned()), "{acts:?}");
        assert!(acts.iter().all(|act| ["request", "access", "support_case"].contains(&act.split('.').next().unwrap())), "{acts:?}");
        let id = world.person("kim").id.to_string();
        let approved = |got: &[Got]| got.iter().find(|got| got.act() == "request.approved").unwrap().json();
        for got in theirs.iter().filter(|got| got.id().starts_with("fabrikam-")) {
            for hidden in ["@fabrikam.example", "Eva Lang", &id, "second_factor"] {
                let of_provider = hidden == "second_factor" && got.json()["data"]["actor"]["name"] != "Kim Akers";
                assert!(of_provider || !got.body.contains(hidden), "{hidden}: {}", got.body);
            }
        }
        let told = approved(&theirs);
        assert_eq!(told["data"]["actor"], json!({"kind": "person", "name": "Kim Akers", "roles": ["global_administrator"]}));
        assert_eq!(told["data"].get("source"), None);
        // The customer's own hears both.
        let mine = own.take();
        assert!(mine.iter().any(|got| got.act() == "person.invited" && got.body.contains("eva@fabrikam.example")));
        assert!(mine.iter().any(|got| got.act() == "lockbox.turned_off"));
        let told = approved(&mine);
        assert_eq!((told["data"]["source"].as_str(), told["data"]["actor"]["id"].as_str()), (Some("127.0.0.1"), Some(id.as_str())));
        assert!(mine.iter().all(|got| !got.body.contains("_sha256") && !got.body.contains("session")));
    }

    async fn a_tenant_hears_of_no_other_and_of_nothing_that_is_the_providers_alone(world: &World) {
        let (fabrikams, contosos) = (Receiver::start().await, Receiver::start().await);
        world.webhook("kim", &fabrikams, &["all"]);
        world.webhook("sam", &contosos, &["all"]);
        world.webhook("pat", &fabrikams, &["keys"]);
        let request = world.active();
        world.deliver().await;
        let heard = contosos.take();
        assert!(heard.iter().all(|got| got.id().starts_with("contoso-")));
        assert!(heard.iter().all(|got| !got.body.contains(request.reference.as_str()) && !got.body.contains("abrikam")));
        let heard = fabrikams.take();
        assert!(heard.len() > 4 && heard.iter().all(|got| got.id().starts_with("fabrikam-")));
    }

    /// What people type arrives as they typed it, and as nothing else.
    async fn hostile_text_arrives_as_text(world: &World) {
        let receiver = Receiver::start().await;
        let (_, secret) = world.webhook("kim", &receiver, &["request.filed"]);
        let reason = "\"},\"outcome\":\"granted\"\n\r\n\r\nHTTP/1.1 200 OK\n<script>alert(1)</script>\u{1F512}\u{e9}\\u0000";
        let mut new = new_request("fabrikam", "exchange-online");
        new.reason = Prose::parse(reason).unwrap();
        file(&world.lockbox, &world.fresh("ivo"), &new).unwrap();
        world.deliver().await;
        let got = receiver.take().pop().unwrap();
        let told = got.json();
        assert_eq!(told["data"]["request"]["reason"], new.reason.as_str());
        assert_eq!(told["data"]["outcome"], "done");
        assert_eq!(got.signed_by(&secret), (1, 1));
        assert!(texts(&told).contains(&new.reason.as_str()));
        assert!(got.headers.keys().all(|name| ["host", "user-agent", "content-type", "content-length", "webhook-id", "webhook-timestamp", "webhook-signature"].contains(&name.as_str())), "{:?}", got.headers);
    }

    async fn a_body_has_at_most_64_kib_and_says_what_it_leaves_out(world: &World) {
        let receiver = Receiver::start().await;
        world.webhook("kim", &receiver, &["request.filed"]);
        let objects: Vec<String> = (0..100).map(|at| format!("{at}/{}", "x".repeat(400))).collect();
        let mut new = new_request("fabrikam", "exchange-online");
        new.scope = Scope::parse(Prose::parse("Much").unwrap(), objects.iter().map(String::as_str), []).unwrap();
        file(&world.lockbox, &world.fresh("ivo"), &new).unwrap();
        world.deliver().await;
        let got = receiver.take().pop().unwrap();
        assert!(got.body.len() <= 64 * 1024 && got.json()["data"].to_string().len() <= DATA_MAX);
        assert_eq!(got.json()["data"]["left_out"], json!(["/details"]));
        assert_eq!(got.json()["data"]["request"]["scope"]["objects"].as_array().unwrap().len(), 100);
    }
}
