//! Whoever guesses is slowed; whose account it is is not.

use chrono::TimeDelta;

use crate::world::page::Page;
use crate::world::{Visitor, World, stories};

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
