//! The first person of a deployment.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::TimeDelta;
use lockbox::acts::set_up;
use lockbox::domain::person::Role;

use super::PASSWORD;
use crate::world::{Database, World};

#[actix_web::test]
async fn the_first_administrator_is_made_once_on_sqlite() {
    made_once(Database::Sqlite).await;
}

#[actix_web::test]
async fn the_first_administrator_is_made_once_on_postgresql() {
    made_once(Database::Postgres).await;
}

async fn made_once(database: Database) {
    let world = World::of_nobody(database).await;
    let link = |token: &str| format!("/set-up?link={token}");
    let old = set_up::token(&world.lockbox).unwrap().unwrap();
    let visitor = world.visitor();
    visitor.get(&link(&old)).await.expect_status(200);
    world.pass(TimeDelta::minutes(15));
    visitor.get(&link(&old)).await.expect_status(410);
    let token = set_up::token(&world.lockbox).unwrap().unwrap();
    // One letter of it changed is no address of ours, and neither is one with a time and no signature.
    let other = if token.ends_with('A') { "B" } else { "A" };
    let until = (world.now() + TimeDelta::minutes(15)).timestamp();
    let unsigned = [until.to_be_bytes().as_slice(), &[0; 32]].concat();
    for odd in [
        "",
        "x",
        &BASE64_URL_SAFE_NO_PAD.encode(unsigned),
        &format!("{}{other}", &token[..token.len() - 1]),
        &old,
    ] {
        visitor.get(&link(odd)).await.expect_status(410);
    }
    let page = visitor
        .get(&link(&token))
        .await
        .expect("There is nobody yet.");
    let form = || {
        page.form("Set up")
            .with("name", "Pat Reyes")
            .with("email", "pat@provider.example")
            .with("password", PASSWORD)
            .with("verification_code", &world.code_of_page(&page))
    };
    let refused = visitor
        .submit(form().with("email", "pat").with("password", "short"))
        .await;
    assert!(
        refused
            .expect_status(422)
            .has_filled_in("name", "Pat Reyes")
    );
    visitor
        .submit(form())
        .await
        .expect_status(200)
        .expect("Queue");
    let pat = world.person_at("pat@provider.example");
    assert!(pat.is(Role::ProviderAdministrator) && pat.is_here());
    let late = world.visitor();
    late.get(&link(&token)).await.expect_status(410);
    visitor.submit(form()).await.expect_status(410);
    assert_eq!(set_up::token(&world.lockbox).unwrap(), None);
    visitor.get("/people").await.expect("Pat Reyes");
    world.assert_whole();
    world.end().await;
}
