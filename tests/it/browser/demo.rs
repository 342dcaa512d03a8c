//! The demo, as somebody meets it who never saw the product.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use lockbox::clock::{Clock, Entropy};
use lockbox::demo;
use lockbox::work::outbox::deliver_due;

use super::album::Album;
use super::chromium::Scripts;
use super::person::Person;
use crate::world::beginning;

#[actix_web::test]
async fn a_visitor_of_the_demo_decides_from_its_mail_without_typing_anything() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, _held) = Clock::held_at(beginning());
    let loopback = ([127, 0, 0, 1], 0).into();
    let built = demo::build(folder.path(), loopback, clock, Entropy::seeded(7))
        .await
        .unwrap();
    let app = built.app;
    let base_url = app.base_url().as_str().trim_end_matches('/').to_owned();
    let (lockbox, post) = (app.lockbox().clone(), Arc::clone(app.post()));
    let handle = app.handle();
    let server = actix_web::rt::spawn(app.run_without_night_shift());
    while deliver_due(&lockbox, &post).await.unwrap().taken > 0 {}

    let secrets = folder.path().join("demo.json").metadata().unwrap();
    assert_eq!(secrets.permissions().mode() & 0o777, 0o600);
    let album = Album::of("demo", &["light", "dark"]);
    let mut person = Person::in_front_of(&base_url, Scripts::On)
        .await
        .with(album);
    person.open("/sign-in").await;
    person.see("People of this demo").await;
    person.click("Demo mails").await;
    person.click("Action needed by").await;
    person.click("Review request").await;
    person.click_in("Ada Ortiz", "Use this account").await;
    person.see("Kim Akers' calendar and delivery rules").await;
    person.click("Approve…").await;
    person.click("Approve for 4 hours").await;
    person.see("Approved for 4 hours").await;

    drop(person);
    handle.stop(false).await;
    server.await.unwrap().unwrap();
}
