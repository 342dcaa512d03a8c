//! A browser with which somebody has signed in is known, until what they sign in with is taken from them.

use chrono::TimeDelta;
use lockbox::acts::{people, recover};
use lockbox::domain::text::{EmailAddress, Line, Slug};

use crate::world::{World, stories};

/// How many browsers are known to be somebody's.
fn known(world: &World, name: &str) -> i64 {
    let email = &world.account(name).email;
    world.count(&format!(
        "SELECT count(*) AS n FROM devices JOIN people ON people.id = devices.person_id WHERE people.email = '{email}'"
    ))
}

stories! {
    /// Whoever forces a new password or a new second factor distrusts what there was before.
    async fn no_browser_is_known_after_a_reset(world: &World) {
        world.signed_in("ada").await;
        world.signed_in("kim").await;
        people::reset_second_factor(&world.lockbox, &world.fresh("kim"), world.person("ada").id).unwrap();
        assert_eq!((known(world, "ada"), known(world, "kim")), (0, 1), "hers and nobody else's");

        let kim = world.signed_in("kim").await;
        assert_eq!(known(world, "kim"), 2);
        let form = kim.get("/password/forgotten").await.form("Send the link").with("email", "kim@fabrikam.example");
        kim.submit(form).await.expect_status(200);
        world.night().await;
        let page = kim.get(&world.link_to("kim@fabrikam.example").await).await;
        kim.submit(page.form("Save password").with("password", "lantern gravel osmosis pianist")).await.expect("Your password was changed.");
        assert_eq!(known(world, "kim"), 0);
    }

    async fn no_browser_of_who_was_removed_is_known(world: &World) {
        world.signed_in("ada").await;
        people::remove(&world.lockbox, &world.fresh("kim"), world.person("ada").id).unwrap();
        assert_eq!(known(world, "ada"), 0);
    }

    async fn no_browser_is_known_after_a_recovery(world: &World) {
        world.signed_in("kim").await;
        let (key, kim) = (Slug::parse("fabrikam").unwrap(), EmailAddress::parse("kim@fabrikam.example").unwrap());
        recover::start(&world.lockbox, &world.fresh("pat"), &key, &kim, &Line::parse("Kim Akers").unwrap()).unwrap();
        world.pass(TimeDelta::hours(72));
        assert_eq!(known(world, "kim"), 1);
        world.night().await;
        assert_eq!(known(world, "kim"), 0);
    }
}
