//! Where somebody is signed in: they see it, end it, and are told before it ends.

use chrono::TimeDelta;
use lockbox::store::Stored;
use lockbox::store::sessions::{self, Kept};
use serde_json::Value;

use crate::world::places::with_token;
use crate::world::{Visitor, stories};

const HERE: &str = "/security/sessions";

fn out(page: &crate::world::page::Page) -> bool {
    page.status == 303
        && page.headers["location"]
            .to_str()
            .unwrap()
            .starts_with("/sign-in")
}

/// The ids that the page offers to end.
async fn others(visitor: &Visitor<'_>) -> Vec<String> {
    let page = visitor.get(HERE).await.expect("This device");
    let fields = page.html.split("name=\"session\" value=\"").skip(1);
    fields.map(|rest| rest[..16].to_owned()).collect()
}

async fn end(
    visitor: &Visitor<'_>,
    path: &str,
    fields: &[(String, String)],
) -> crate::world::page::Page {
    let fields = with_token(&visitor.token().await, fields);
    visitor
        .request("POST", &format!("{HERE}/{path}"), &fields, &[])
        .await
}

/// When the session ends, as an open page asks.
async fn ends(visitor: &Visitor<'_>) -> lockbox::domain::time::Moment {
    let answer = visitor.get_one("/session/ends").await.expect_status(200);
    let body: Value = serde_json::from_str(&answer.html).unwrap();
    body["ends"].as_str().unwrap().parse().unwrap()
}

stories! {
    async fn a_person_sees_their_sessions_and_ends_one(world: &World) {
        let desk = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(3));
        let phone = world.signed_in("kim").await;
        world.signed_in("max").await;
        let listed = others(&desk).await;
        assert_eq!(listed.len(), 1, "hers and nobody else's");
        end(&desk, "end", &[("session".to_owned(), listed[0].clone())]).await.expect_status(303);
        assert!(out(&phone.get_one("/").await));
        desk.get(&format!("{HERE}?ended")).await.expect("Signed out there.").expect("This device");
        assert!(others(&desk).await.is_empty());
        // What is over can be ended again.
        end(&desk, "end", &[("session".to_owned(), listed[0].clone())]).await.expect_status(303);
    }

    async fn all_others_end_at_once_and_this_one_goes_on(world: &World) {
        let mut elsewhere = Vec::new();
        for _ in 0..3 {
            elsewhere.push(world.signed_in("kim").await);
            world.pass(TimeDelta::minutes(1));
        }
        let here = world.signed_in("kim").await;
        let max = world.signed_in("max").await;
        end(&here, "end-others", &[]).await.expect_status(303);
        for visitor in &elsewhere {
            assert!(out(&visitor.get_one("/").await));
        }
        here.get("/").await.expect("Kim Akers");
        max.get("/").await.expect("Max");
    }

    /// The id by which a session is named opens nothing and ends nobody else's.
    async fn nobody_ends_the_session_of_another(world: &World) {
        let kim = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(1));
        let again = world.signed_in("kim").await;
        let hers = others(&kim).await;
        let max = world.signed_in("max").await;
        end(&max, "end", &[("session".to_owned(), hers[0].clone())]).await.expect_status(303);
        again.get("/").await.expect("Kim Akers");
        assert!(!max.get(HERE).await.says("Kim Akers"));
    }

    async fn a_half_session_is_listed_as_one(world: &World) {
        let kim = world.signed_in("kim").await;
        let account = world.account("kim").clone();
        let stranger = world.visitor();
        let door = stranger.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
        stranger.submit(door).await.expect("Verify it is you");
        kim.get(HERE).await.expect("Only the password was shown");
        end(&kim, "end-others", &[]).await;
        assert!(out(&stranger.get_one("/sign-in/second-factor").await), "who has the password has to show it again");
    }

    async fn being_asked_when_it_ends_keeps_no_session_alive_and_staying_does(world: &World) {
        let kim = world.signed_in("kim").await;
        let first = ends(&kim).await;
        assert_eq!(first - world.now(), TimeDelta::minutes(30));
        world.pass(TimeDelta::minutes(20));
        assert_eq!(ends(&kim).await, first);
        let token = kim.token().await;
        world.pass(TimeDelta::minutes(8));
        kim.request("POST", "/session/stay", &with_token(&token, &[]), &[]).await.expect_status(303);
        assert_eq!(ends(&kim).await - world.now(), TimeDelta::minutes(30));
        world.pass(TimeDelta::minutes(30));
        assert!(out(&kim.get_one("/session/ends").await));
    }

    async fn no_session_outlives_twelve_hours(world: &World) {
        let kim = world.signed_in("kim").await;
        let latest = world.now() + TimeDelta::hours(12);
        for _ in 0..47 {
            world.pass(TimeDelta::minutes(15));
            kim.get("/").await.expect("Kim Akers");
        }
        assert_eq!(ends(&kim).await, latest);
        let longest = format!("data-longest=\"{}\"", latest.format("%Y-%m-%dT%H:%M:%SZ"));
        assert!(kim.get("/").await.html.contains(&longest));
        world.pass(TimeDelta::minutes(15));
        assert!(out(&kim.get_one("/").await));
    }

    /// A page that was under way when its session ended does not bring it back.
    async fn what_ended_stays_ended(world: &World) {
        let (store, key, now) = (&world.lockbox.store, vec![7; 32], world.now());
        let until = now + TimeDelta::minutes(30);
        let kept = || Kept { state: "{}".to_owned(), ..Kept::default() };
        let is_open = || store.read(|conn| sessions::load(conn, &key, now)).unwrap().is_some();
        let begun: Stored<()> = store.keep(|books| books.begin_session(key.clone(), kept(), now, until));
        begun.unwrap();
        assert!(is_open());
        let saved: Stored<()> = store.keep(|books| {
            books.end_session(&key)?;
            books.save_session(&key, kept(), now, until)
        });
        saved.unwrap();
        assert!(!is_open());
    }

    async fn of_more_than_twenty_the_one_not_used_for_longest_ends(world: &World) {
        let first = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(1));
        let second = world.signed_in("kim").await;
        for _ in 0..19 {
            world.pass(TimeDelta::minutes(1));
            world.signed_in("kim").await;
        }
        assert!(out(&first.get_one("/").await));
        second.get("/").await.expect("Kim Akers");
    }
}
