//! The pages about cases, people and what systems use, on every screen, in light and dark.

use lockbox::domain::webhook::wants::ALL;
use serde_json::json;

use super::album::Album;
use super::chromium::Scripts;
use super::person::Person;
use crate::world::receiver::Receiver;
use crate::world::{Database, World, tell};

#[actix_web::test]
async fn cases_keys_webhooks_and_people_stand_on_every_screen_in_light_and_dark() {
    tell(Database::Sqlite, async |world| {
        let receiver = Receiver::start().await;
        let (webhook, _) = world.webhook("kim", &receiver, &[ALL]);
        let case = world.case_of("kim");
        let active = world.active();
        let report = json!({"activity": [
            {"request": active.reference, "action": "read", "object": "mailbox/kim@fabrikam.example/calendar/2026/11"},
            {"request": active.reference, "action": "export"},
        ]});
        let api = world.api();
        assert_eq!(api.post("/api/v1/activity", &report).await.status, 201);
        world.deliver().await;

        let album = Album::of("systems", &["light", "dark"]);
        let mut person = Person::of(world, Scripts::On)
            .await
            .with(album);
        person.sign_in(world, "ivo").await;
        person.open(&world.page_of(&active)).await;
        person.click("Take access pass").await;
        person.see("Take another pass").await;

        person.sign_in(world, "kim").await;
        let (page, leo) = (world.page_of(&active), world.person("leo").id);
        let webhook = format!("/settings/webhooks/{webhook}");
        let case = format!("/support/cases/{}", case.id);
        for (path, words) in [
            (page.clone(), "Revoke"),
            (format!("{page}/activity"), "What was done under"),
            ("/support/cases".to_owned(), "Calendar invitations vanish"),
            ("/support/cases/new".to_owned(), "New support case"),
            (case.clone(), "Since Tuesday."),
            (format!("{case}/closing"), "Close"),
            ("/api-keys".to_owned(), "API keys"),
            ("/settings/webhooks".to_owned(), "The SIEM"),
            (webhook.clone(), "The SIEM"),
            (format!("{webhook}/change"), "The SIEM"),
            (format!("{webhook}/off"), "Turn off"),
            (format!("{webhook}/secret"), "secret"),
            (format!("{webhook}/removal"), "Remove"),
            ("/people".to_owned(), "Leo"),
            ("/people/invitation".to_owned(), "Invite somebody"),
            (format!("/people/{leo}"), "Leo"),
            (format!("/people/{leo}/roles"), "Leo"),
            (format!("/people/{leo}/removal"), "Leo"),
            (format!("/people/{leo}/second-factor"), "Leo"),
            ("/security".to_owned(), "Security"),
            ("/security/password".to_owned(), "Change your password"),
            ("/security/sessions".to_owned(), "This device"),
            ("/settings/single-sign-on".to_owned(), "Single sign-on"),
            ("/settings/customer-lockbox/limits".to_owned(), "Longest access"),
            ("/settings/customer-lockbox/access-hours".to_owned(), "Save access hours"),
            ("/settings/customer-lockbox/services/teams".to_owned(), "Teams"),
        ] {
            person.open(&path).await;
            person.see(words).await;
        }
        makes_a_key(&mut person, world).await;
        adds_a_webhook(&mut person).await;
        person.sign_in(world, "pat").await;
        for path in ["/api-keys", "/api-keys/new", "/people", "/settings", "/settings/webhooks", "/tenants/fabrikam/administrator"] {
            person.open(path).await;
        }
    })
    .await;
}

async fn makes_a_key(person: &mut Person, world: &World) {
    person.open("/api-keys/new").await;
    person.fill("Name", "siem").await;
    person.turn("requests:read").await;
    person.click("Make key").await;
    person.see("lbx_").await;
    assert!(world.rows()["api_keys"] > 1);
    person.open("/api-keys").await;
    person.click("siem").await;
    person.click("Revoke").await;
    person.see("siem").await;
}

async fn adds_a_webhook(person: &mut Person) {
    person.open("/settings/webhooks/new").await;
    person
        .fill("Address", "https://siem.fabrikam.example/in")
        .await;
    person.see("Add webhook").await;
}
