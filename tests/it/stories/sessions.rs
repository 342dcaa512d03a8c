//! Where somebody is signed in: they see it, end it, and are told before it ends.

use chrono::TimeDelta;
use lockbox::acts::people::{remove, reset_second_factor};
use lockbox::acts::sign_in::HalfIn;
use lockbox::acts::{ActError, authenticator};
use lockbox::domain::id::{PasskeyId, PersonId};
use lockbox::domain::rights::Denied;
use lockbox::domain::single_sign_on::IdentityLink;
use lockbox::domain::text::{Issuer, SubjectId};
use lockbox::store::Stored;
use lockbox::store::sessions::{Ground, Kept};
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

/// What a session keeps whose person is in.
fn kept(person: PersonId, visit: &str) -> Kept {
    Kept {
        person: Some(person),
        visit: visit.to_owned(),
        state: "{}".to_owned(),
        ..Kept::default()
    }
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

    /// A page that was under way when its session ended does not bring it back, and neither does a key to it.
    async fn what_ended_stays_ended(world: &World) {
        let (store, key, now) = (&world.lockbox.store, [7; 32], world.now());
        let (kim, until) = (world.person("kim").id, now + TimeDelta::minutes(30));
        let begun: Stored<bool> = store.keep(|books| books.begin_session(&key, kept(kim, "a"), &Ground::Arrival, now, until));
        assert!(begun.unwrap());
        assert_eq!(world.open_sessions(kim), 1);
        let saved: Stored<()> = store.keep(|books| {
            books.end_session(&key)?;
            books.save_session(&key, kept(kim, "a"), now, until)?;
            books.hand_out_session(kim, "a", &[8; 32])
        });
        saved.unwrap();
        assert_eq!(world.open_sessions(kim), 0);
    }

    /// Who shows the second factor goes on with the half session there is, once, and with none that has ended.
    async fn nobody_gets_in_from_a_half_session_that_ended(world: &World) {
        let (store, now, kim) = (&world.lockbox.store, world.now(), world.person("kim").id);
        let until = now + TimeDelta::minutes(30);
        let half = Kept { half_in: true, ..kept(kim, "half") };
        let begun: Stored<bool> = store.keep(|books| books.begin_session(&[1; 32], half, &Ground::Arrival, now, until));
        assert!(begun.unwrap());
        let enters = |person, key| {
            let entered: Stored<bool> = store.keep(|books| books.enter_session("half", &[key; 32], kept(person, "in"), now, until));
            entered.unwrap()
        };
        assert!(!enters(world.person("ada").id, 2), "it is somebody else's");
        assert!(enters(kim, 3));
        assert!(!enters(kim, 4), "they are in, and not half in any more");
        assert_eq!(world.open_sessions(kim), 1);
        let ended: Stored<usize> = store.keep(|books| books.end_sessions_of(kim, None));
        assert_eq!(ended.unwrap(), 1);
        assert!(!enters(kim, 5));
        assert_eq!(world.open_sessions(kim), 0);
    }

    /// What was right when it was shown and was taken away since carries no session.
    async fn no_session_begins_on_what_is_there_no_more(world: &World) {
        let (now, kim, ada) = (world.now(), world.person("kim").id, world.person("ada").id);
        let begins = |person, ground: Ground| {
            let until = now + TimeDelta::minutes(30);
            let begun: Stored<bool> = world.lockbox.store.keep(|books| books.begin_session(&[9; 32], kept(person, "x"), &ground, now, until));
            begun.unwrap()
        };
        let link = IdentityLink {
            person: kim,
            issuer: Issuer::parse("https://login.fabrikam.example/").unwrap(),
            subject: SubjectId::parse("kim-1").unwrap(),
            since: now,
        };
        for gone in [Ground::Password("0".repeat(64)), Ground::Passkey(PasskeyId(ada.0)), Ground::IdentityLink(link)] {
            assert!(!begins(kim, gone.clone()), "{gone:?}");
        }
        remove(&world.lockbox, &world.fresh("kim"), ada).unwrap();
        assert!(!begins(ada, Ground::Arrival), "she was removed");
        assert_eq!((world.open_sessions(kim), world.open_sessions(ada)), (0, 0));
        assert!(begins(kim, Ground::Arrival));
    }

    /// Whoever has the password and lost the session they showed it in enrols no app by it.
    async fn who_was_signed_out_meanwhile_enrols_nothing(world: &World) {
        let ada = world.person("ada").id;
        reset_second_factor(&world.lockbox, &world.fresh("kim"), ada).unwrap();
        let offer = authenticator::offer(&world.lockbox, ada).unwrap();
        let answer = authenticator::Answer {
            code: offer.secret.code_at(u64::try_from(world.now().timestamp()).unwrap()),
            sealed: offer.sealed,
        };
        let enrolled = authenticator::enrol_first(&world.lockbox, HalfIn(ada), "0123456789abcdef", None, &answer);
        assert!(matches!(enrolled, Err(ActError::Denied(Denied::NotThere))), "{enrolled:?}");
    }

    /// Whoever has the password begins half sessions as often as they like; they end each other, and nobody who is in.
    async fn half_sessions_end_none_of_who_is_in(world: &World) {
        let (desk, phone) = (world.signed_in("kim").await, world.signed_in("kim").await);
        let account = world.account("kim").clone();
        let mut strangers = Vec::new();
        for _ in 0..25 {
            world.pass(TimeDelta::seconds(10));
            let stranger = world.visitor();
            let door = stranger.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
            stranger.submit(door).await.expect("Verify it is you");
            strangers.push(stranger);
        }
        for (place, stranger) in strangers.iter().enumerate() {
            let page = stranger.get("/sign-in/second-factor").await;
            assert_eq!(page.says("Verify it is you"), place >= 20, "{place}: the last five are left");
        }
        for visitor in [&desk, &phone] {
            visitor.get("/").await.expect("Kim Akers");
        }
        let last = strangers.last().unwrap().get("/sign-in/second-factor").await.form("Verify");
        strangers.last().unwrap().submit(last.with("verification_code", &world.code("kim"))).await.expect("Kim Akers");
        assert_eq!(world.open_sessions(world.person("kim").id), 7);
    }

    /// Whoever has the password alone does not keep the owner from their code, where they have signed in before.
    async fn half_sessions_of_strangers_end_none_of_a_known_browser(world: &World) {
        let account = world.account("kim").clone();
        let kim = world.signed_in("kim").await;
        kim.submit(kim.get("/").await.form("Sign out")).await;
        let page = kim.get("/sign-in").await;
        let door = page.form("Sign in").with("email", &account.email).with("password", &account.password);
        let page = kim.submit(door).await;
        for _ in 0..6 {
            world.pass(TimeDelta::seconds(10));
            let stranger = world.visitor();
            let door = stranger.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
            stranger.submit(door).await.expect("Verify it is you");
        }
        kim.submit(page.form("Verify").with("verification_code", &world.code("kim"))).await.expect("Kim Akers");
    }

    /// Whoever shows the second factor after their half session ended is told that, and not that the form is another's.
    async fn a_code_after_the_half_session_ended_leads_to_the_door(world: &World) {
        let ada = world.account("ada").clone();
        for path in ["/sign-in/second-factor", "/sign-in/recovery"] {
            let visitor = world.visitor();
            let door = visitor.get("/sign-in").await.form("Sign in").with("email", &ada.email).with("password", &ada.password);
            visitor.submit(door).await.expect("Verify it is you");
            let page = visitor.get(path).await;
            let ended: Stored<usize> = world.lockbox.store.keep(|books| books.end_sessions_of(world.person("ada").id, None));
            assert_eq!(ended.unwrap(), 1);
            let form = match path {
                "/sign-in/recovery" => page.form("Continue").with("recovery_code", "0000-0000-0000-0000"),
                _ => page.form("Verify").with("verification_code", &world.code("ada")),
            };
            visitor.submit(form).await.expect("You were signed out meanwhile. Sign in again.");
        }
    }

    /// Whoever was signed out while they signed in is told so at the door.
    async fn who_was_signed_out_meanwhile_signs_in_again(world: &World) {
        let page = world.visitor().get("/sign-in?signed-out-meanwhile").await;
        page.expect("You were signed out meanwhile. Sign in again.");
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
