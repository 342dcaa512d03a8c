//! Private addresses: refused where they are typed as far as that can be seen, and at each delivery whatever the name
//! means by then.

use lockbox::acts::webhooks::add;
use lockbox::outside::WayOutConfig;

use super::kept;
use crate::world::receiver::{Receiver, wanted};
use crate::world::{Database, World, certificate};

async fn public_alone(database: Database) -> World {
    World::set(database, |settings| {
        settings.webhooks = WayOutConfig {
            ca_file: Some(certificate::of_this_run().authority.clone()),
            private_addresses: false,
            plain_http: true,
        };
    })
    .await
}

async fn typed(database: Database) {
    let world = public_alone(database).await;
    let kim = world.signed_in("kim").await;
    let form = kim.get("/settings/webhooks/new").await.form("Add webhook");
    let form = form.with("description", "The SIEM");
    let before = world.entries();
    for (url, words) in [
        ("https://127.0.0.1/in", "private network"),
        ("https://10.0.0.5:8443/in", "private network"),
        (
            "https://169.254.169.254/latest/meta-data",
            "private network",
        ),
        ("https://[::1]/in", "private network"),
        ("https://[::ffff:192.168.0.1]/in", "private network"),
        ("https://2130706433/in", "private network"),
        // A name that means a private address.
        ("https://localhost/in", "private network"),
        ("http://1.1.1.1/in", "begins with https://"),
        ("http://127.0.0.1/in", "begins with https://"),
        ("ftp://hooks.example/in", "Enter the https address"),
        (
            "https://kim:pass@hooks.example/in",
            "Enter the https address",
        ),
        ("javascript:alert(1)", "Enter the https address"),
    ] {
        let page = kim.submit_one(form.clone().with("url", url)).await;
        let page = page.expect_status(422).expect(words);
        assert!(page.has_filled_in("url", url), "{url} is not kept");
    }
    assert_eq!(world.entries(), before);
    world.end().await;
}

/// A name may have meant another address when it was typed.
async fn changed(database: Database) {
    let world = public_alone(database).await;
    let receiver = Receiver::with_tls().await;
    let to = wanted(&receiver.url, &["requests"]);
    let (id, _) = add(&world.lockbox, &world.fresh("kim"), &to).unwrap();
    world.filed();
    let round = world.deliver().await;
    assert_eq!((round.taken, round.delivered), (1, 0));
    assert_eq!(receiver.count(), 0, "a private address was reached");
    let error = kept(&world, id)[0].error.clone().unwrap();
    assert_eq!(
        error,
        "the address is a private one, which this deployment does not allow"
    );
    world.end().await;
}

#[actix_web::test]
async fn what_leads_into_a_private_network_is_refused_where_it_is_typed_sqlite() {
    typed(Database::Sqlite).await;
}

#[actix_web::test]
async fn what_leads_into_a_private_network_is_refused_where_it_is_typed_postgres() {
    typed(Database::Postgres).await;
}

#[actix_web::test]
async fn a_name_that_means_a_private_address_now_is_not_delivered_to_sqlite() {
    changed(Database::Sqlite).await;
}

#[actix_web::test]
async fn a_name_that_means_a_private_address_now_is_not_delivered_to_postgres() {
    changed(Database::Postgres).await;
}
