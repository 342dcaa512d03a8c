//! Whoever guesses is slowed; whose account it is is not.

use chrono::TimeDelta;
use lockbox::acts::sign_in::{CodeShown, show_second_factor};
use lockbox::acts::tries::Trying;

use crate::world::page::Page;
use crate::world::{Authenticator, Visitor, World, at_the_door, stories};

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

/// What comes of a code of Kim's.
fn shown(world: &World, by: &Trying, code: &str) -> CodeShown {
    show_second_factor(&world.lockbox, world.person("kim").id, by, code).unwrap()
}

/// Ten codes of Kim's that are wrong.
fn use_up(world: &World, by: &Trying, wrong: &str) {
    for _ in 0..10 {
        assert_eq!(shown(world, by, wrong), CodeShown::Wrong);
    }
}

/// Shows Kim's password and stands before the code.
async fn half_in(visitor: &Visitor<'_>) -> Page {
    tries(visitor, KIM, RIGHT).await.expect_status(303);
    visitor.get("/sign-in/second-factor").await
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
        let right = world.code("kim");
        let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 1) % 1_000_000);
        use_up(world, &at_the_door(), &wrong);
        let until = world.now() + TimeDelta::minutes(10);
        assert_eq!(shown(world, &at_the_door(), &right), CodeShown::TooMany(until), "the eleventh is not looked at");
        world.pass(TimeDelta::minutes(10));
        assert!(matches!(shown(world, &at_the_door(), &world.code("kim")), CodeShown::Right(_)));
    }

    /// The owner's right code gives nobody who guesses another ten.
    async fn a_right_code_makes_no_room_for_wrong_ones(world: &World) {
        for _ in 0..9 {
            assert_eq!(shown(world, &at_the_door(), "-"), CodeShown::Wrong);
        }
        assert!(matches!(shown(world, &at_the_door(), &world.code("kim")), CodeShown::Right(_)));
        assert_eq!(shown(world, &at_the_door(), "-"), CodeShown::Wrong);
        assert!(matches!(shown(world, &at_the_door(), "-"), CodeShown::TooMany(_)));
    }

    /// A known browser and an open session have codes of their own, and neither has them without end.
    async fn each_budget_of_codes_has_its_end(world: &World) {
        let kim = world.signed_in("kim").await;
        kim.submit(kim.get("/").await.form("Sign out")).await;
        use_up(world, &Trying::Inside, "-");
        let until = world.now() + TimeDelta::hours(1);
        assert_eq!(shown(world, &Trying::Inside, &world.code("kim")), CodeShown::TooMany(until));
        for _ in 0..2 {
            let form = half_in(&kim).await.form("Verify").with("verification_code", "-");
            for status in [422, 422, 422, 422, 303] {
                kim.send(&form).await.expect_status(status);
            }
        }
        let form = half_in(&kim).await.form("Verify").with("verification_code", &world.code("kim"));
        kim.send(&form).await.expect_status(429).expect("Too many codes were tried. This one was not looked at. Wait");
        // Those at the door with another browser are not touched by it.
        assert!(matches!(shown(world, &at_the_door(), &world.code("kim")), CodeShown::Right(_)));
    }

    /// Who knows the password and nothing else uses up what strangers have, and no more.
    async fn who_knows_the_password_keeps_the_owner_from_no_code(world: &World) {
        let (desk, phone) = (world.signed_in("kim").await, world.signed_in("kim").await);
        phone.submit(phone.get("/").await.form("Sign out")).await;
        world.pass(TimeDelta::minutes(6));
        use_up(world, &at_the_door(), "-");
        let stranger = world.visitor_from(2);
        let form = half_in(&stranger).await.form("Verify");
        // They are told so, and it is no wrong code: five of those would end the session.
        for _ in 0..6 {
            let refused = stranger.send(&form.clone().with("verification_code", &world.code("kim"))).await.expect_status(429);
            refused.expect("Too many codes were tried. This one was not looked at.");
        }
        let form = half_in(&phone).await.form("Verify").with("verification_code", &world.code("kim"));
        phone.submit(form).await.expect("Kim Akers");
        let page = desk.get("/security/authenticator-app").await.expect("First show that it is you.");
        desk.submit(page.form("Continue").with("verification_code", &world.code("kim"))).await.expect("Secret");
        world.pass(TimeDelta::minutes(10));
        let form = stranger.get("/sign-in/second-factor").await.form("Verify");
        stranger.submit(form.with("verification_code", &world.code("kim"))).await.expect("Kim Akers");
    }

    /// The same inside: a refusal for want of tries ends no session.
    async fn a_code_that_was_not_looked_at_ends_no_session(world: &World) {
        let kim = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(6));
        use_up(world, &Trying::Inside, "-");
        let page = kim.get("/security/authenticator-app").await;
        for _ in 0..6 {
            let form = page.form("Continue").with("verification_code", "000000");
            kim.send(&form).await.expect_status(422).expect("Too many codes were tried. This one was not looked at. Wait 60 minutes and try again.");
        }
        kim.get("/").await.expect("Kim Akers");
    }

    /// There is nothing to guess at a passkey: whoever used up all tries keeps its owner from nothing.
    async fn a_passkey_is_never_slowed(world: &World) {
        let mut device = Authenticator::new(1, &world.base_url);
        world.signed_in("kim").await.add_passkey(&mut device).await.expect("The passkey was added.");
        guesses(world, 11, KIM, 1).await.expect_status(429);
        use_up(world, &at_the_door(), "-");
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
