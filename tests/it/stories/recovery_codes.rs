//! Lost the device: a recovery code opens the door once, gains another second factor, and confirms nothing.

use chrono::TimeDelta;
use lockbox::acts::sign_in::{CodeShown, show_second_factor};
use lockbox::acts::{people, recover, recovery_codes};
use lockbox::domain::fact::Fact;
use lockbox::domain::second_factor::FactorKind;
use lockbox::domain::text::{EmailAddress, Line, Slug};

use crate::world::page::Page;
use crate::world::{Authenticator, Visitor, World, at_the_door, nowhere, stories};

/// Ten codes, made in the pages.
async fn codes_of(world: &World, name: &str) -> Vec<String> {
    let visitor = world.signed_in(name).await;
    let page = visitor.get("/security/recovery-codes").await;
    let made = visitor.submit(page.form("Make the codes")).await;
    written(&made)
}

fn written(page: &Page) -> Vec<String> {
    let codes = page.html.split("<li><code>").skip(1);
    let codes: Vec<_> = codes.map(|rest| rest[..19].to_owned()).collect();
    assert_eq!(codes.len(), 10, "{}", page.words());
    codes
}

/// At the door, after the password, this in the field for the recovery code.
async fn enter<'w>(world: &'w World, name: &str, code: &str) -> (Visitor<'w>, Page) {
    let (visitor, account) = (world.visitor(), world.account(name).clone());
    let page = visitor.get("/sign-in?next=%2Faudit").await;
    let form = page.form("Sign in").with("email", &account.email);
    let page = visitor
        .submit(form.with("password", &account.password))
        .await;
    let page = visitor.get(&page.link("Lost your device?")).await;
    let page = visitor
        .submit(page.form("Continue").with("recovery_code", code))
        .await;
    (visitor, page)
}

stories! {
    /// Nobody knows whether they can go on: the provider goes on making another administrator until they show more.
    async fn a_code_does_not_say_that_its_administrator_is_there(world: &World) {
        let codes = codes_of(world, "kim").await;
        let (key, email) = (Slug::parse("fabrikam").unwrap(), EmailAddress::parse("noa@fabrikam.example").unwrap());
        recover::start(&world.lockbox, &world.fresh("pat"), &key, &email, &Line::parse("Noa Weiss").unwrap()).unwrap();
        enter(world, "kim", &codes[0]).await.1.expect("You came in by a recovery code.");
        assert!(world.tenant("fabrikam").recovery.is_some());
        world.signed_in("kim").await;
        assert_eq!(world.tenant("fabrikam").recovery, None);
    }

    /// They are shown by one answer and by nothing else; making new ones ends the old ones and every other session.
    async fn ten_codes_are_shown_once_and_each_lets_in_once(world: &World) {
        let elsewhere = world.signed_in("kim").await;
        let kim = world.signed_in("kim").await;
        kim.get("/security").await.expect("You have none.");
        let page = kim.get("/security/recovery-codes").await;
        let made = kim.submit_one(page.form("Make the codes")).await.expect_status(201).expect("For kim@fabrikam.example");
        assert_eq!(made.headers["cache-control"], "no-store");
        let codes = written(&made);
        assert!(elsewhere.get("/").await.path.starts_with("/sign-in"), "all other sessions end");
        for path in ["/security", "/security/recovery-codes"] {
            let page = kim.get(path).await;
            assert!(!codes.iter().any(|code| page.html.contains(code)));
        }
        kim.get("/security").await.expect("10 of 10 left");

        assert_eq!(world.new_mails().await, [("kim@fabrikam.example".to_owned(), "Recovery codes were made, Fabrikam".to_owned())]);
        let (back, page) = enter(world, "kim", &codes[3]).await;
        page.expect("You came in by a recovery code. You can read, and confirm nothing.");
        back.get("/security").await.expect("9 of 10 left");
        back.get("/requests").await.expect_status(200);
        let last = world.log_of("fabrikam").pop().unwrap();
        assert!(matches!(last.fact, Fact::RecoveryCodeUsed { left: 9, .. }), "{last:?}");
        assert_eq!(world.new_mails().await, [
            ("ada@fabrikam.example".to_owned(), "Somebody used a recovery code, Fabrikam".to_owned()),
            ("kim@fabrikam.example".to_owned(), "A recovery code was used, Fabrikam".to_owned()),
        ]);
        for wrong in [codes[3].as_str(), "0000-0000-0000-0000", "123456", "", " "] {
            let (visitor, page) = enter(world, "kim", wrong).await;
            page.expect_status(422).expect("This recovery code is wrong or was used before.");
            assert!(visitor.get("/").await.path.starts_with("/sign-in"), "{wrong:?}");
        }
        // Typed as people type.
        let typed = codes[4].to_lowercase().replace('-', " ");
        enter(world, "kim", &typed).await.1.expect("You came in by a recovery code.");
        // Somebody else's is none of hers.
        let adas = codes_of(world, "ada").await;
        enter(world, "kim", &adas[0]).await.1.expect_status(422);
        // Those of before are worth nothing.
        let new = codes_of(world, "kim").await;
        enter(world, "kim", &codes[5]).await.1.expect_status(422);
        enter(world, "kim", &new[5]).await.1.expect("You came in by a recovery code.");
    }

    /// Wherever a second factor is asked for, the code field stands at once, and another recovery code in it is wrong.
    async fn a_recovery_code_confirms_nothing(world: &World) {
        let request = world.endorsed();
        let codes = codes_of(world, "kim").await;
        let kim = enter(world, "kim", &codes[0]).await.0;
        let before = world.entries();
        for (path, button) in [
            (format!("{}/approval", world.page_of(&request)), "Approve for 4 hours"),
            ("/settings/customer-lockbox/off".to_owned(), "Turn off"),
            ("/security/recovery-codes".to_owned(), "Make the codes"),
        ] {
            let form = kim.get(&path).await.form(button);
            assert!(form.has("verification_code"), "{path}");
            kim.send(&form.clone()).await.expect_status(422);
            kim.send(&form.with("verification_code", &codes[1])).await.expect_status(422);
        }
        assert_eq!((world.entries(), world.stored(&request.reference)), (before, request));
    }

    /// It is good for one thing, for five minutes: another second factor, which decides nothing older.
    async fn a_recovery_code_gains_another_second_factor(world: &World) {
        let request = world.endorsed();
        let codes = codes_of(world, "kim").await;
        world.pass(TimeDelta::seconds(1));
        let kim = enter(world, "kim", &codes[0]).await.0;
        let mut device = Authenticator::new(1, &world.base_url);
        kim.add_passkey(&mut device).await.expect("The passkey was added.");
        let kim = world.visitor();
        kim.sign_in_with(&mut device).await;
        kim.get(&world.page_of(&request)).await.expect("Your role or second factor is newer than this request");
        let next = world.endorsed();
        let page = kim.get(&format!("{}/approval", world.page_of(&next))).await;
        kim.submit(page.form("Approve for 4 hours")).await.expect("Approved for 4 hours");

        let kim = enter(world, "kim", &codes[1]).await.0;
        world.pass(TimeDelta::minutes(5));
        let page = kim.get("/security/passkeys/new").await;
        assert!(page.has("#verification_code") && !page.has_button("Create the passkey"));
    }

    async fn the_proof_in_the_log_says_that_it_was_a_recovery_code(world: &World) {
        let codes = codes_of(world, "kim").await;
        let kim = enter(world, "kim", &codes[0]).await.0;
        kim.add_passkey(&mut Authenticator::new(1, &world.base_url)).await;
        let proof = world.log_of("fabrikam").pop().unwrap().author.proof.unwrap();
        assert_eq!(proof.second_factor.unwrap().kind, FactorKind::RecoveryCode);
    }

    /// Five wrong ones end the half session, and ten are compared in ten minutes.
    async fn recovery_codes_cannot_be_guessed(world: &World) {
        let codes = codes_of(world, "kim").await;
        let (kim, account) = (world.visitor(), world.account("kim").clone());
        let page = kim.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
        kim.submit(page).await;
        let form = kim.get("/sign-in/recovery").await.form("Continue").with("recovery_code", "0000-0000-0000-0000");
        for _ in 0..4 {
            kim.send(&form).await.expect_status(422);
        }
        kim.send(&form).await.expect_status(303);
        assert!(kim.get("/sign-in/recovery").await.path == "/sign-in");
        for _ in 0..5 {
            enter(world, "kim", "0000-0000-0000-0000").await.1.expect_status(422);
        }
        enter(world, "kim", &codes[0]).await.1.expect_status(429).expect("Too many codes were tried. This one was not looked at.");
        // The app's codes are counted apart from these.
        let kim = world.person("kim").id;
        let shown = show_second_factor(&world.lockbox, kim, &at_the_door(), &world.code("kim")).unwrap();
        assert!(matches!(shown, CodeShown::Right(_)));
        world.pass(TimeDelta::minutes(10));
        enter(world, "kim", &codes[0]).await.1.expect("You came in by a recovery code.");
    }

    /// Whoever resets somebody's second factors takes the passkeys and the recovery codes with them.
    async fn a_reset_takes_passkeys_and_recovery_codes(world: &World) {
        let mut device = Authenticator::new(1, &world.base_url);
        world.signed_in("ada").await.add_passkey(&mut device).await;
        let codes = codes_of(world, "ada").await;
        people::reset_second_factor(&world.lockbox, &world.fresh("kim"), world.person("ada").id).unwrap();
        world.assert_whole();
        assert!(world.visitor().sign_in_with(&mut device).await.path.starts_with("/sign-in"));
        let ada = world.person("ada").id;
        let shown = recovery_codes::show(&world.lockbox, ada, &nowhere(), &codes[0]).unwrap();
        assert_eq!(shown, CodeShown::Wrong);
    }
}
