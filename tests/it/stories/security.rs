//! Security: another authenticator app, another password. Each ends every other session and is told by mail.

use chrono::TimeDelta;
use lockbox::acts::sign_in::authenticator_of;
use lockbox::identity::totp::TotpSecret;

use crate::world::page::{Form, Page};
use crate::world::{Visitor, World, stories};

const APP: &str = "/security/authenticator-app";
const PASSWORD: &str = "/security/password";
const NEW: &str = "orbit velvet cactus lantern";

/// The code that an app shows which took the secret from this page.
fn code_of(world: &World, page: &Page) -> String {
    let (_, rest) = page.html.split_once("Secret <code>").expect("a secret");
    let (groups, _) = rest.split_once("</code>").unwrap();
    let secret = from_base32(&groups.replace(' ', ""));
    secret.code_at(u64::try_from(world.now().timestamp()).unwrap())
}

/// RFC 4648 base 32.
fn from_base32(text: &str) -> TotpSecret {
    let mut bits = Vec::new();
    for letter in text.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
            .iter()
            .position(|known| *known == letter);
        let value = value.unwrap();
        bits.extend((0..5).rev().map(|bit| value >> bit & 1));
    }
    let bytes = bits.chunks(8).map(|bits| {
        bits.iter()
            .fold(0, |byte, bit| byte << 1 | u8::try_from(*bit).unwrap())
    });
    TotpSecret::from_bytes(bytes.collect::<Vec<_>>().try_into().unwrap())
}

fn change(page: &Page, current: &str, new: &str) -> Form {
    let form = page.form("Change");
    form.with("current", current).with("password", new)
}

async fn is_out(visitor: &Visitor<'_>) -> bool {
    visitor.get("/").await.path.starts_with("/sign-in")
}

stories! {
    async fn another_app_takes_the_place_of_the_one_there_was(world: &World) {
        let elsewhere = world.signed_in("kim").await;
        let kim = world.signed_in("kim").await;
        let old = authenticator_of(&world.lockbox, world.person("kim").id).unwrap().unwrap();
        let page = kim.get(APP).await;
        for wrong in ["000000", ""] {
            let page = kim.send(&page.form("Set up").with("verification_code", wrong)).await;
            page.expect_status(422).expect("This code is not the one your app shows now.");
        }
        // A secret that was not offered, or to somebody else.
        let adas = world.signed_in("ada").await.get(APP).await;
        for (sealed, code) in [("-".to_owned(), "000000".to_owned()), (adas.form("Set up").fields.iter().find(|(name, _)| name == "app").unwrap().1.clone(), code_of(world, &adas))] {
            let form = page.form("Set up").with("app", &sealed).with("verification_code", &code);
            kim.send(&form).await.expect_status(422);
        }
        let since = world.now();
        let code = code_of(world, &page);
        let form = page.form("Set up").with("verification_code", &code);
        kim.submit(form.clone()).await.expect("The authenticator app was set up. You were signed out everywhere else");
        assert!(is_out(&elsewhere).await);
        assert_eq!(world.person("kim").second_factor_since, Some(since));
        assert!(world.new_mails().await.contains(&("kim@fabrikam.example".to_owned(), "An authenticator app was set up, Fabrikam".to_owned())));
        // The code that proved it is used up, and the old app's counts no more.
        world.pass(TimeDelta::minutes(6));
        let page = kim.get(PASSWORD).await;
        for code in [code, old.code_at(u64::try_from(world.now().timestamp()).unwrap())] {
            kim.send(&change(&page, "-", NEW).with("verification_code", &code)).await.expect_status(422).expect("This code is wrong");
        }
        world.pass(TimeDelta::seconds(60));
        kim.submit(change(&page, &world.account("kim").password.clone(), NEW)).await.expect("Your password was changed.");
    }

    async fn a_stale_second_factor_is_asked_for_before_a_secret_is_shown(world: &World) {
        let kim = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(6));
        let page = kim.get(APP).await.expect("First show that it is you.");
        assert!(!page.says("Secret"));
        kim.submit(page.form("Continue")).await.expect("Secret");
    }

    async fn another_password_needs_the_present_one_and_ends_all_other_sessions(world: &World) {
        let elsewhere = world.signed_in("kim").await;
        let kim = world.signed_in("kim").await;
        let old = world.account("kim").password.clone();
        let page = kim.get(PASSWORD).await;
        let before = world.entries();
        for (current, new, words) in [
            ("not the present one", NEW, "This is not your present password."),
            ("", NEW, "This is not your present password."),
            (old.as_str(), "short", "at least 12 characters"),
            (old.as_str(), "passwordpassword", "There is a problem"),
        ] {
            kim.send(&change(&page, current, new)).await.expect_status(422).expect(words);
        }
        assert_eq!(world.entries(), before);
        kim.submit(change(&page, &old, NEW)).await.expect("Your password was changed.");
        assert!(is_out(&elsewhere).await);
        assert!(!is_out(&kim).await);
        assert!(world.new_mails().await.contains(&("kim@fabrikam.example".to_owned(), "Your password was changed, Fabrikam".to_owned())));
        for (password, status) in [(old.as_str(), 422), (NEW, 303)] {
            let visitor = world.visitor();
            let form = visitor.get("/sign-in").await.form("Sign in").with("email", "kim@fabrikam.example");
            visitor.send(&form.with("password", password)).await.expect_status(status);
        }
    }

    /// A link that was sent before, to whoever reads that mail, chooses no password over the one that was chosen since.
    async fn another_password_is_the_end_of_an_open_link(world: &World) {
        let kim = world.signed_in("kim").await;
        let form = kim.get("/password/forgotten").await.form("Send the link").with("email", "kim@fabrikam.example");
        kim.submit(form).await.expect_status(200);
        world.night().await;
        let link = world.link_to("kim@fabrikam.example").await;
        let stranger = world.visitor();
        let open = stranger.get(&link).await.expect_status(200);
        let page = kim.get(PASSWORD).await;
        kim.submit(change(&page, &world.account("kim").password.clone(), NEW)).await.expect("Your password was changed.");
        stranger.get(&link).await.expect_status(410);
        stranger.submit(open.form("Save password").with("password", "lantern gravel osmosis pianist")).await.expect_status(410);
    }

    /// Whoever found an open session guesses no password in it.
    async fn the_present_password_cannot_be_guessed(world: &World) {
        let kim = world.signed_in("kim").await;
        let page = kim.get(PASSWORD).await;
        for _ in 0..10 {
            kim.send(&change(&page, "wrong", NEW)).await.expect_status(422);
        }
        let old = world.account("kim").password.clone();
        kim.send(&change(&page, &old, NEW)).await.expect_status(422).expect("Too many were tried.");
    }
}
