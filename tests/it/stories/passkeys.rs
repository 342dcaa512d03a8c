//! Passkeys: added, shown at the door, after the password and afresh, and refused wherever something is wrong with them.

use chrono::TimeDelta;
use lockbox::domain::fact::Fact;
use lockbox::domain::request::StateKind;
use lockbox::domain::second_factor::FactorKind;
use lockbox::store::passkeys::{self, Passkey};
use serde_json::json;

use crate::world::page::Page;
use crate::world::places::with_token;
use crate::world::{Authenticator, World, stories};

const NEW: &str = "/security/passkeys/new";

impl World {
    fn device(&self, seed: u8) -> Authenticator {
        Authenticator::new(seed, &self.base_url)
    }

    fn passkeys_of(&self, name: &str) -> Vec<Passkey> {
        let person = self.person(name).id;
        let read = self
            .lockbox
            .store
            .read(|conn| passkeys::of_person(conn, person));
        read.unwrap()
    }
}

fn is_out(page: &Page) -> bool {
    page.path.starts_with("/sign-in")
}

stories! {
    /// It is told apart by its name; adding, naming and removing it are facts, and end every other session.
    async fn a_passkey_is_added_named_and_removed(world: &World) {
        let (desk, phone) = (world.signed_in("kim").await, world.signed_in("kim").await);
        let mut device = world.device(1);
        desk.get("/security").await.expect("Set up 21 Nov 2026, 18:30 CET");
        desk.add_passkey(&mut device).await.expect("The passkey was added. You were signed out everywhere else");
        assert!(is_out(&phone.get("/").await), "all other sessions end");
        let [passkey] = &world.passkeys_of("kim")[..] else { panic!("one passkey") };
        assert_eq!((passkey.since, passkey.last_used_at), (world.now(), None));

        let phone = world.signed_in("kim").await;
        let page = desk.get(&format!("/security/passkeys/{}", passkey.id)).await;
        desk.submit(page.form("Save").with("name", "My <b>phone</b>")).await.expect("My <b>phone</b>").expect("has its new name");
        assert!(is_out(&phone.get("/").await));
        let page = desk.get(&format!("/security/passkeys/{}", passkey.id)).await;
        desk.submit(page.form("Save").with("name", " ")).await.expect_status(422).expect("Enter the name.");

        let phone = world.signed_in("kim").await;
        let page = desk.get(&format!("/security/passkeys/{}", passkey.id)).await;
        let page = desk.get(&page.link("Remove this passkey…")).await;
        desk.submit(page.form("Remove this passkey")).await.expect("The passkey was removed.");
        assert!(is_out(&phone.get("/").await));
        assert!(world.passkeys_of("kim").is_empty());
        let heard = world.new_mails().await;
        let subjects: Vec<_> = heard.iter().map(|(to, subject)| (to.as_str(), subject.as_str())).collect();
        assert_eq!(subjects, [
            ("kim@fabrikam.example", "A passkey has another name, Fabrikam"),
            ("kim@fabrikam.example", "A passkey was added, Fabrikam"),
            ("kim@fabrikam.example", "A passkey was removed, Fabrikam"),
        ], "she is told, and nobody else");
        let acts: Vec<_> = world.log_of("fabrikam").iter().map(|entry| entry.fact.act()).filter(|act| act.contains("passkey")).collect();
        assert_eq!(acts, ["second_factor.passkey_added", "second_factor.passkey_renamed", "second_factor.passkey_removed"]);
    }

    /// It is both factors at once: the log says which one was shown, and it confirms for five minutes.
    async fn a_passkey_alone_signs_in(world: &World) {
        let mut device = world.device(1);
        world.signed_in("kim").await.add_passkey(&mut device).await;
        let request = world.endorsed();
        let kim = world.visitor();
        let page = kim.sign_in_with(&mut device).await;
        assert!(!is_out(&page), "{}", page.words());
        let page = kim.get(&format!("{}/approval", world.page_of(&request))).await;
        kim.submit(page.form("Approve for 4 hours")).await.expect("Approved for 4 hours");
        let proof = world.entries_about(&request).pop().unwrap().author.proof.unwrap().second_factor.unwrap();
        let [passkey] = &world.passkeys_of("kim")[..] else { panic!("one passkey") };
        assert_eq!((proof.kind, proof.since), (FactorKind::Passkey { id: passkey.id }, passkey.since));
        assert_eq!((passkey.counter, passkey.last_used_at), (1, Some(world.now())));
    }

    async fn one_lands_where_one_wanted_to_go(world: &World) {
        let mut device = world.device(1);
        world.signed_in("kim").await.add_passkey(&mut device).await;
        let kim = world.visitor();
        let page = kim.get("/audit?act=lockbox").await;
        let said = device.get(&kim.asked("/passkey/request?door").await);
        let page = kim.submit(page.form("Sign in with a passkey").with("passkey", &said)).await;
        assert_eq!(page.path, "/audit?act=lockbox");
    }

    async fn a_passkey_is_the_second_factor_after_the_password(world: &World) {
        let mut device = world.device(1);
        world.signed_in("kim").await.add_passkey(&mut device).await;
        let (kim, account) = (world.visitor(), world.account("kim").clone());
        let page = kim.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
        let page = kim.submit(page).await;
        assert!(page.has("[data-passkey]"), "she has one, so it is offered");
        let options = kim.asked("/passkey/request").await;
        assert_eq!(options["allowCredentials"].as_array().unwrap().len(), 1);
        assert_eq!(options["userVerification"], "required");
        let form = page.form("Verify").with("passkey", &device.get(&options));
        kim.submit_one(form.with("verification_code", "-")).await.expect_status(303);
        assert!(!is_out(&kim.get("/").await));
        // Ada has none, so it is not.
        let (ada, account) = (world.visitor(), world.account("ada").clone());
        let page = ada.get("/sign-in").await.form("Sign in").with("email", &account.email).with("password", &account.password);
        assert!(!ada.submit(page).await.has("[data-passkey]"));
    }

    /// Wherever the code is asked for, what a passkey said stands in its place.
    async fn a_passkey_is_the_fresh_proof_where_the_code_is(world: &World) {
        let kim = world.signed_in("kim").await;
        let mut device = world.device(1);
        kim.add_passkey(&mut device).await;
        let (approved, mine) = (world.approved(), world.endorsed());
        world.pass(TimeDelta::minutes(6));
        for (path, button) in [
            (format!("{}/approval", world.page_of(&mine)), "Approve for 4 hours"),
            (format!("{}/revocation", world.page_of(&approved)), "Revoke access now"),
            ("/settings/notifications".to_owned(), "Save"),
            ("/settings/customer-lockbox/off".to_owned(), "Turn off"),
        ] {
            let page = kim.get(&path).await;
            assert!(page.has(".code [data-passkey]"), "{path} offers it");
            let form = page.form(button).with("passkey", &device.get(&kim.asked("/passkey/request").await));
            let form = match button {
                "Revoke access now" => form.with("reason", "Enough."),
                "Save" => form.without("reminders"),
                _ => form,
            };
            kim.submit_one(form.with("verification_code", "-")).await.expect_status(303);
            world.pass(TimeDelta::minutes(6));
        }
        assert_eq!(world.stored(&mine.reference).state.kind(), StateKind::Approved);
        assert_eq!(world.stored(&approved.reference).state.kind(), StateKind::Revoked);
    }

    /// What was signed for one moment, one session and one site counts there alone, and once.
    async fn what_is_wrong_with_a_passkey_lets_nobody_in(world: &World) {
        let (mut kims, mut adas) = (world.device(1), world.device(2));
        world.signed_in("kim").await.add_passkey(&mut kims).await;
        world.signed_in("ada").await.add_passkey(&mut adas).await;
        let before = world.entries();
        let kim = world.visitor();
        let door = || async { kim.get("/sign-in").await.form("Sign in with a passkey") };
        let asked = || async { kim.asked("/passkey/request?door").await };
        door().await;
        let old = asked().await;
        world.pass(TimeDelta::minutes(5));
        let another_visitors = { let other = world.visitor(); other.get("/sign-in").await; other.asked("/passkey/request?door").await };
        let for_another_purpose = world.signed_in("max").await.asked("/passkey/creation").await["challenge"].clone();

        let mut elsewhere = kims.clone();
        elsewhere.origin = "http://localhost.evil.example".to_owned();
        let mut unverified = kims.clone();
        unverified.verifies = false;
        let mut as_ada = kims.clone();
        as_ada.user.clone_from(&adas.user);
        let mut others_key = adas.clone();
        others_key.id.clone_from(&kims.id);
        let mut unknown = world.device(3);
        let mut nobody = kims.clone();
        nobody.user.clear();
        let mut made_up = asked().await;
        made_up["challenge"] = json!("AAAA");
        let mut for_creation = asked().await;
        for_creation["challenge"] = for_another_purpose;
        let mut other_site = asked().await;
        other_site["rpId"] = json!("evil.example");
        let wrong = [
            ("another site's origin", elsewhere.get(&asked().await)),
            ("another site's data", kims.clone().get(&other_site)),
            ("a device that did not verify its user", unverified.get(&asked().await)),
            ("somebody else's name", as_ada.get(&asked().await)),
            ("nobody's name", nobody.get(&asked().await)),
            ("somebody else's key", others_key.get(&asked().await)),
            ("a key that nobody has", unknown.get(&asked().await)),
            ("a challenge that is none of ours", kims.clone().get(&made_up)),
            ("a challenge for another purpose", kims.clone().get(&for_creation)),
            ("another visitor's challenge", kims.clone().get(&another_visitors)),
            ("a challenge that has ended", kims.clone().get(&old)),
            ("no JSON", "{".to_owned()),
            ("another JSON", "{}".to_owned()),
            ("nothing", String::new()),
            ("too much", format!("{{\"id\":\"{}\"}}", "a".repeat(20_000))),
        ];
        for (what, said) in wrong {
            let page = kim.send(&door().await.with("passkey", &said)).await;
            page.expect_status(422).expect("That passkey did not count.");
            assert!(is_out(&kim.get("/").await), "{what} let somebody in");
        }
        assert_eq!(world.entries(), before);

        let said = kims.get(&asked().await);
        let form = door().await.with("passkey", &said);
        kim.send(&form).await.expect_status(303);
        assert!(!is_out(&kim.get("/").await));
        // The same once more, from the same browser and its visitor's cookie.
        kim.submit(kim.get("/help").await.form("Sign out")).await;
        kim.send(&door().await.with("passkey", &said)).await.expect_status(422);
        assert!(is_out(&kim.get("/").await), "an answer counts once");
    }

    /// In one's own session another person's passkey is as wrong as a wrong code, and five of them end it.
    async fn somebody_elses_passkey_confirms_nothing(world: &World) {
        let mut adas = world.device(2);
        world.signed_in("ada").await.add_passkey(&mut adas).await;
        let kim = world.signed_in("kim").await;
        kim.add_passkey(&mut world.device(1)).await;
        let request = world.endorsed();
        world.pass(TimeDelta::minutes(6));
        let page = kim.get(&format!("{}/approval", world.page_of(&request))).await;
        for left in (0..5).rev() {
            let said = adas.get(&kim.asked("/passkey/request").await);
            let answer = kim.send(&page.form("Approve for 4 hours").with("passkey", &said)).await;
            assert_eq!(answer.status, if left > 0 { 422 } else { 303 });
        }
        assert!(is_out(&kim.get("/").await));
        assert_eq!(world.stored(&request.reference), request);
    }

    /// A device that was used less often than before may be a copy. It does not count, and the log says so.
    async fn a_counter_that_goes_back_is_refused_and_recorded(world: &World) {
        let mut device = world.device(1);
        world.signed_in("kim").await.add_passkey(&mut device).await;
        let mut copy = device.clone();
        device.counter = 6;
        assert!(!is_out(&world.visitor().sign_in_with(&mut device).await));
        for counter in [2, 5, 6] {
            copy.counter = counter;
            assert!(is_out(&world.visitor().sign_in_with(&mut copy).await), "{counter}");
            let last = world.log_of("fabrikam").pop().unwrap();
            assert!(matches!(last.fact, Fact::PasskeyDoubted(_)), "{last:?}");
        }
        let heard = world.new_mails().await;
        let doubted = heard.iter().filter(|(_, subject)| subject == "A passkey did not count, Fabrikam");
        let told: std::collections::BTreeSet<_> = doubted.map(|(to, _)| to.as_str()).collect();
        assert_eq!(Vec::from_iter(told), ["ada@fabrikam.example", "kim@fabrikam.example"], "she and all who decide with her");
        assert!(!is_out(&world.visitor().sign_in_with(&mut device).await), "hers still counts");
        assert_eq!(world.passkeys_of("kim")[0].counter, 8);
    }

    /// Whoever clicks twice has made no copy: the same answer again is refused, and nobody is alarmed. What may be a copy is
    /// doubted once, however often it is sent.
    async fn an_answer_sent_twice_is_no_copy(world: &World) {
        let mut device = world.device(1);
        world.signed_in("kim").await.add_passkey(&mut device).await;
        world.new_mails().await;
        let before = world.log_of("fabrikam").len();
        let kim = world.visitor();
        let door = || async { kim.get("/sign-in").await.form("Sign in with a passkey") };
        door().await;
        let said = device.get(&kim.asked("/passkey/request?door").await);
        kim.send(&door().await.with("passkey", &said)).await.expect_status(303);
        kim.submit(kim.get("/help").await.form("Sign out")).await;
        kim.send(&door().await.with("passkey", &said)).await.expect_status(422);
        assert_eq!(world.passkeys_of("kim")[0].counter, 1, "it counts");
        assert_eq!(world.log_of("fabrikam").len(), before);
        let told = world.new_mails().await;
        assert!(told.is_empty(), "{told:?}");

        let mut copy = device.clone();
        copy.counter = 0;
        let said = copy.get(&kim.asked("/passkey/request?door").await);
        for _ in 0..2 {
            kim.send(&door().await.with("passkey", &said)).await.expect_status(422);
        }
        let log = world.log_of("fabrikam");
        assert!(matches!(&log[before..], [one] if matches!(one.fact, Fact::PasskeyDoubted(_))), "once");
        let told = world.new_mails().await;
        assert_eq!(told.iter().filter(|(to, _)| to == "kim@fabrikam.example").count(), 1, "{told:?}");
    }

    /// Devices that keep no count say zero every time.
    async fn a_passkey_without_a_counter_counts_each_time(world: &World) {
        let mut device = world.device(1);
        world.signed_in("kim").await.add_passkey(&mut device).await;
        device.counts = false;
        for _ in 0..3 {
            assert!(!is_out(&world.visitor().sign_in_with(&mut device).await));
        }
        assert_eq!(world.passkeys_of("kim")[0].counter, 0);
    }

    /// An answer counts once also where no counter would tell.
    async fn an_answer_without_a_counter_counts_once(world: &World) {
        let mut device = world.device(1);
        world.signed_in("kim").await.add_passkey(&mut device).await;
        device.counts = false;
        let kim = world.visitor();
        let door = || async { kim.get("/sign-in").await.form("Sign in with a passkey") };
        door().await;
        let said = device.get(&kim.asked("/passkey/request?door").await);
        kim.send(&door().await.with("passkey", &said)).await.expect_status(303);
        kim.submit(kim.get("/help").await.form("Sign out")).await;
        kim.send(&door().await.with("passkey", &said)).await.expect_status(422);
        assert!(is_out(&kim.get("/").await));
    }

    /// So no account is another's by its passkey: who decides with a passkey shares it with nobody's requests.
    async fn no_two_accounts_share_a_passkey(world: &World) {
        let mut device = world.device(1);
        world.signed_in("ivo").await.add_passkey(&mut device).await.expect("The passkey was added.");
        for name in ["rosa", "kim", "ivo"] {
            let page = world.signed_in(name).await.add_passkey(&mut device.clone()).await;
            page.expect_status(422).expect("That passkey is somebody's already. Create another one.");
        }
        assert_eq!(world.passkeys_of("ivo").len(), 1);
        assert!(world.passkeys_of("rosa").is_empty() && world.passkeys_of("kim").is_empty());
    }

    /// What was made for another session, another site or twice is no passkey.
    async fn what_is_wrong_with_a_new_passkey_adds_none(world: &World) {
        let (kim, ada) = (world.signed_in("kim").await, world.signed_in("ada").await);
        let form = || async { kim.get(NEW).await.form("Create the passkey") };
        let adas = ada.asked("/passkey/creation").await;
        let mut elsewhere = world.device(1);
        elsewhere.origin = "http://evil.example".to_owned();
        let mut unverified = world.device(2);
        unverified.verifies = false;
        let mut for_showing = kim.asked("/passkey/creation").await;
        for_showing["challenge"] = kim.asked("/passkey/request").await["challenge"].clone();
        let wrong = [
            elsewhere.create(&kim.asked("/passkey/creation").await),
            unverified.create(&kim.asked("/passkey/creation").await),
            world.device(3).create(&adas),
            world.device(4).create(&for_showing),
            "{}".to_owned(),
            "123456".to_owned(),
        ];
        for said in wrong {
            kim.send(&form().await.with("passkey", &said)).await.expect_status(422).expect("could not be added");
        }
        let old = world.device(5).create(&kim.asked("/passkey/creation").await);
        world.pass(TimeDelta::minutes(5));
        kim.submit(kim.get(NEW).await.form("Continue")).await;
        kim.send(&form().await.with("passkey", &old)).await.expect_status(422);
        assert!(world.passkeys_of("kim").is_empty());
        let said = world.device(6).create(&kim.asked("/passkey/creation").await);
        kim.send(&form().await.with("passkey", &said)).await.expect_status(303);
        kim.send(&form().await.with("passkey", &said)).await.expect_status(422);
        assert_eq!(world.passkeys_of("kim").len(), 1);
    }

    /// What made a passkey makes it no second time, also once it was removed.
    async fn a_removed_passkey_is_not_made_again_by_the_same_answer(world: &World) {
        let kim = world.signed_in("kim").await;
        let said = world.device(1).create(&kim.asked("/passkey/creation").await);
        let form = || async { kim.get(NEW).await.form("Create the passkey") };
        kim.send(&form().await.with("passkey", &said)).await.expect_status(303);
        let page = kim.get(&format!("/security/passkeys/{}/removal", world.passkeys_of("kim")[0].id)).await;
        kim.submit(page.form("Remove this passkey")).await.expect("The passkey was removed.");
        kim.send(&form().await.with("passkey", &said)).await.expect_status(422);
        assert!(world.passkeys_of("kim").is_empty());
    }

    async fn a_person_has_ten_passkeys_at_most(world: &World) {
        let kim = world.signed_in("kim").await;
        for seed in 1..=10 {
            kim.add_passkey(&mut world.device(seed)).await.expect("The passkey was added.");
        }
        kim.add_passkey(&mut world.device(11)).await.expect_status(422).expect("You have 10 passkeys already.");
    }

    /// A stale second factor adds, names and removes nothing, whatever a script sends.
    async fn without_a_fresh_second_factor_nothing_changes(world: &World) {
        let kim = world.signed_in("kim").await;
        kim.add_passkey(&mut world.device(1)).await;
        let passkey = world.passkeys_of("kim").remove(0);
        world.pass(TimeDelta::minutes(6));
        let before = world.entries();
        let token = kim.token().await;
        let said = world.device(2).create(&kim.asked("/passkey/creation").await);
        let path = format!("/security/passkeys/{}", passkey.id);
        let named = ("name".to_owned(), "A phone".to_owned());
        for (path, fields) in [
            (NEW.to_owned(), vec![named.clone(), ("passkey".to_owned(), said)]),
            (path.clone(), vec![named]),
            (format!("{path}/removal"), Vec::new()),
            ("/security/recovery-codes".to_owned(), Vec::new()),
        ] {
            let page = kim.request("POST", &path, &with_token(&token, &fields), &[]).await;
            assert!(page.expect_status(422).has("#verification_code"), "{path}");
        }
        assert_eq!((world.entries(), world.passkeys_of("kim")), (before, vec![passkey]));
    }

    /// Nobody's passkey but one's own can be seen, named or removed.
    async fn another_persons_passkey_does_not_exist(world: &World) {
        world.signed_in("ada").await.add_passkey(&mut world.device(1)).await;
        let adas = world.passkeys_of("ada").remove(0);
        let kim = world.signed_in("kim").await;
        let token = kim.token().await;
        let path = format!("/security/passkeys/{}", adas.id);
        kim.get_one(&path).await.expect_status(404);
        for path in [path.clone(), format!("{path}/removal")] {
            let fields = [("name".to_owned(), "Mine".to_owned())];
            let fields = if path.ends_with("removal") { &[][..] } else { &fields };
            kim.request("POST", &path, &with_token(&token, fields), &[]).await.expect_status(404);
        }
        assert_eq!(world.passkeys_of("ada"), [adas]);
    }

    /// The session knows which factor was shown: a passkey newer than a request decides nothing about it, though the
    /// same person's app is old enough; and with the app it does.
    async fn a_passkey_newer_than_the_request_does_not_count_for_it(world: &World) {
        let request = world.endorsed();
        world.pass(TimeDelta::seconds(1));
        let mut device = world.device(1);
        world.signed_in("kim").await.add_passkey(&mut device).await;
        let kim = world.visitor();
        kim.sign_in_with(&mut device).await;
        let page = kim.get(&world.page_of(&request)).await;
        let page = page.expect("Your role or second factor is newer than this request, so it does not count for it.");
        assert!(!page.has_button("Approve"), "no form for who may not");
        kim.get_one(&format!("{}/approval", world.page_of(&request))).await.expect_status(403);
        let token = kim.token().await;
        let fields = [("version", request.version.to_string()), ("duration", "PT1H".to_owned())].map(|(name, value)| (name.to_owned(), value));
        kim.request("POST", &format!("{}/approval", world.page_of(&request)), &with_token(&token, &fields), &[]).await.expect_status(403);
        assert_eq!(world.stored(&request.reference), request);

        let kim = world.signed_in("kim").await;
        let page = kim.get(&format!("{}/approval", world.page_of(&request))).await;
        kim.submit(page.form("Approve for 4 hours")).await.expect("Approved for 4 hours");
    }
}
