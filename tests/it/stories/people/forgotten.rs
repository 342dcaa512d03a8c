//! Forgotten passwords (PROOF 6 and 19).

use chrono::TimeDelta;

use super::{PASSWORD, with_password};
use crate::world::{World, stories};

const ADA: &str = "ada@fabrikam.example";

async fn forgotten(world: &World, email: &str) -> String {
    let visitor = world.visitor();
    let form = visitor
        .get("/password/forgotten")
        .await
        .form("Send the link")
        .with("email", email);
    let page = visitor
        .submit(form)
        .await
        .expect_status(200)
        .expect("Look into your mail");
    world.night().await;
    page.html
}

stories! {
    /// The whole way: a mail, another password, every session ended, the second factor still needed.
    async fn a_forgotten_password_is_chosen_anew_by_mail(world: &World) {
        let ada = world.signed_in("ada").await;
        forgotten(world, "  Ada@Fabrikam.example ").await;
        let link = world.link_to(ADA).await;
        let visitor = world.visitor();
        visitor.get(&link).await.expect_status(200);
        let page = visitor.get(&link).await;
        assert!(page.html.contains(ADA), "one sees whose password it is");
        visitor.submit(page.form("Save password").with("password", "fabrikam2026!")).await.expect_status(422).expect("easy to guess");
        visitor.submit(page.form("Save password").with("password", PASSWORD)).await.expect("Your password was changed. Sign in with it.");
        ada.get("/requests").await.expect("Sign in");
        visitor.get(&link).await.expect_status(410);
        visitor.submit(page.form("Save password").with("password", PASSWORD)).await.expect_status(410);
        let old = world.account("ada").password.clone();
        with_password(&visitor, ADA, &old).await.expect_status(422);
        with_password(&visitor, ADA, PASSWORD).await.expect("Verify it is you");
        let mails = world.new_mails().await;
        assert!(mails.contains(&(ADA.to_owned(), "Your password was changed, Fabrikam".to_owned())), "{mails:?}");
    }

    /// Strangers and people get the same page; only a person gets a mail, and not one for every time somebody asks.
    async fn the_answer_says_nothing_of_who_is_there(world: &World) {
        world.new_mails().await;
        let known = forgotten(world, ADA).await;
        let stranger = forgotten(world, "nobody@fabrikam.example").await;
        let broken = forgotten(world, "no address").await;
        let without = |html: &str| html.split("csrf").next().unwrap().to_owned();
        assert_eq!(without(&known), without(&stranger));
        assert_eq!(without(&known), without(&broken));
        forgotten(world, ADA).await;
        let mails = world.new_mails().await;
        assert_eq!(mails, [(ADA.to_owned(), "Choose a new password, Fabrikam".to_owned())]);
        world.pass(TimeDelta::minutes(6));
        let first = world.link_to(ADA).await;
        forgotten(world, ADA).await;
        let second = world.link_to(ADA).await;
        let visitor = world.visitor();
        visitor.get(&first).await.expect_status(410);
        visitor.get(&second).await.expect_status(200);
        world.pass(TimeDelta::hours(1));
        visitor.get(&second).await.expect_status(410);
        assert_eq!(world.count("SELECT count(*) AS n FROM forgotten_passwords"), 0);
    }

    /// Strangers send somebody five mails an hour at most, and their own browser is heard all the same.
    async fn strangers_can_neither_flood_a_mailbox_nor_keep_its_owner_out(world: &World) {
        let ada = world.signed_in("ada").await;
        world.new_mails().await;
        let says_so = async |visitor: &crate::world::Visitor<'_>, email: &str| {
            let form = visitor.get("/password/forgotten").await.form("Send the link").with("email", email);
            let page = visitor.submit(form).await.expect_status(200).expect("Look into your mail");
            world.pass(TimeDelta::minutes(6));
            world.night().await;
            page.words()
        };
        let first = says_so(&world.visitor_from(2), ADA).await;
        for from in 3..9 {
            assert_eq!(says_so(&world.visitor_from(from), ADA).await, first, "nobody is told");
        }
        assert_eq!(world.new_mails().await.len(), 5);
        says_so(&ada, ADA).await;
        assert_eq!(world.new_mails().await.len(), 1, "Ada's own browser");
        // It is known for Ada alone.
        says_so(&ada, "kim@fabrikam.example").await;
        assert_eq!(world.new_mails().await.len(), 1);
        // An hour after the first, strangers are heard again.
        world.pass(TimeDelta::minutes(30));
        says_so(&world.visitor_from(2), ADA).await;
        assert_eq!(world.new_mails().await.len(), 1);
    }

    async fn one_address_writes_to_ten_people_an_hour_and_to_no_more(world: &World) {
        world.new_mails().await;
        for stranger in 0..10 {
            let visitor = world.visitor_from(2);
            let form = visitor.get("/password/forgotten").await.form("Send the link");
            visitor.submit(form.with("email", &format!("nobody{stranger}@fabrikam.example"))).await;
        }
        for (from, mails) in [(2, 0), (3, 1)] {
            let visitor = world.visitor_from(from);
            let form = visitor.get("/password/forgotten").await.form("Send the link");
            visitor.submit(form.with("email", ADA)).await.expect("Look into your mail");
            world.night().await;
            assert_eq!(world.new_mails().await.len(), mails, "from {from}");
        }
    }
}
