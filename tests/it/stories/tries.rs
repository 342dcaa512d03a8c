//! Whoever guesses is slowed; whose account it is is not.

use chrono::TimeDelta;
use lockbox::acts::sign_in::show_second_factor;

use crate::world::page::Page;
use crate::world::{Authenticator, Visitor, World, stories};

const KIM: &str = "kim@fabrikam.example";
const RIGHT: &str = "kim-demo-password";
const WRONG: &str = "not-the-password";

/// Tries a password.
async fn tries(visitor: &Visitor<'_>, email: &str, password: &str) -> Page {
    let door = visitor.get("/sign-in").await.form("Sign in");
    let form = door.with("email", email).with("password", password);
    visitor.submit_one(form).await
}

/// Guesses so often from there, each time with a browser that nobody has seen before; the last answer.
async fn guesses(world: &World, count: usize, email: &str, from: u8) -> Page {
    for _ in 1..count {
        tries(&world.visitor_from(from), email, WRONG).await;
    }
    tries(&world.visitor_from(from), email, WRONG).await
}

stories! {
    async fn ten_wrong_passwords_from_one_address_are_looked_at_and_no_eleventh(world: &World) {
        guesses(world, 10, KIM, 2).await.expect_status(422);
        let page = guesses(world, 1, KIM, 2).await.expect_status(429);
        page.expect("Too many wrong passwords were tried. This one was not looked at. Try again in 10 minutes");
        tries(&world.visitor_from(2), KIM, RIGHT).await.expect_status(429);
        // Who knows the password and comes from elsewhere is not slowed.
        tries(&world.visitor_from(3), KIM, RIGHT).await.expect_status(303);
        world.pass(TimeDelta::minutes(10));
        tries(&world.visitor_from(2), KIM, RIGHT).await.expect_status(303);
    }

    async fn one_address_guesses_at_thirty_accounts_and_at_no_more(world: &World) {
        for account in 0..30 {
            guesses(world, 1, &format!("somebody{account}@fabrikam.example"), 2).await.expect_status(422);
        }
        guesses(world, 1, "max@contoso.example", 2).await.expect_status(429);
        guesses(world, 1, "max@contoso.example", 3).await.expect_status(422);
    }

    async fn guesses_from_everywhere_do_not_keep_the_owner_from_a_browser_that_is_known(world: &World) {
        let kim = world.signed_in("kim").await;
        kim.submit(kim.get("/").await.form("Sign out")).await;
        for address in 2..12 {
            guesses(world, 10, KIM, address).await.expect_status(422);
        }
        // Nobody guesses at her account any more, wherever they come from.
        guesses(world, 1, KIM, 99).await.expect_status(429);
        tries(&kim, KIM, RIGHT).await.expect_status(303);
        // Her own browser has tries of its own, and not without end.
        for _ in 0..10 {
            tries(&kim, KIM, "a slip of the hand").await.expect_status(422);
        }
        tries(&kim, KIM, RIGHT).await.expect_status(429);
        // Known to her is not known to somebody else.
        for _ in 0..10 {
            tries(&kim, "ada@fabrikam.example", WRONG).await.expect_status(422);
        }
        tries(&kim, "ada@fabrikam.example", WRONG).await.expect_status(429);
    }

    /// Known to somebody else is not known: no account of one's own gives tries at another's.
    async fn a_browser_that_is_known_for_somebody_else_guesses_like_a_stranger(world: &World) {
        let max = world.signed_in("max").await;
        max.submit(max.get("/").await.form("Sign out")).await;
        guesses(world, 10, KIM, 1).await.expect_status(422);
        tries(&max, KIM, WRONG).await.expect_status(429);
    }

    /// Whoever has the password and begins again and again has ten codes in ten minutes.
    async fn verification_codes_cannot_be_guessed(world: &World) {
        let kim = world.person("kim").id;
        let counts = |code: &str| show_second_factor(&world.lockbox, kim, code).unwrap().is_some();
        let right = world.code("kim");
        let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 1) % 1_000_000);
        for _ in 0..10 {
            assert!(!counts(&wrong));
        }
        assert!(!counts(&right), "the eleventh is not looked at");
        world.pass(TimeDelta::minutes(10));
        assert!(counts(&world.code("kim")));
    }

    /// There is nothing to guess at a passkey: whoever used up all tries keeps its owner from nothing.
    async fn a_passkey_is_never_slowed(world: &World) {
        let mut device = Authenticator::new(1, &world.base_url);
        world.signed_in("kim").await.add_passkey(&mut device).await.expect("The passkey was added.");
        guesses(world, 11, KIM, 1).await.expect_status(429);
        let kim = world.person("kim").id;
        for _ in 0..11 {
            assert!(show_second_factor(&world.lockbox, kim, "-").unwrap().is_none());
        }
        let page = world.visitor().sign_in_with(&mut device).await;
        assert!(!page.path.starts_with("/sign-in"), "{}", page.words());
    }

    /// Nobody learns from being slowed whether an account exists.
    async fn a_stranger_is_slowed_like_somebody_known(world: &World) {
        let mut answers = Vec::new();
        for email in [KIM, "nobody@fabrikam.example", "no address"] {
            let mut all = Vec::new();
            for _ in 0..11 {
                let page = tries(&world.visitor(), email, WRONG).await;
                all.push((page.status, page.words()));
            }
            answers.push(all);
            world.pass(TimeDelta::minutes(10));
        }
        assert_eq!(answers[0].last().unwrap().0, 429);
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:#?}");
    }

    /// Capitals do not make another account of it, and right passwords are not counted.
    async fn what_is_counted_is_the_account_and_only_what_was_wrong(world: &World) {
        for _ in 0..12 {
            tries(&world.visitor(), KIM, RIGHT).await.expect_status(303);
        }
        let written = [KIM, "KIM@fabrikam.example", " kim@Fabrikam.example "];
        for email in written.iter().cycle().take(10) {
            tries(&world.visitor(), email, WRONG).await.expect_status(422);
        }
        tries(&world.visitor(), KIM, RIGHT).await.expect_status(429);
    }
}
