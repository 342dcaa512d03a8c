//! Setting single sign-on up, trying it, switching it (PROOF 15, 17 and 22).

use chrono::TimeDelta;
use lockbox::acts::{people, single_sign_on, weaken};
use lockbox::domain::fact::Fact;
use lockbox::domain::person::Role;
use lockbox::domain::text::{EmailAddress, Line};
use lockbox::domain::weakening::Delay;

use super::{back, facts_since, sent_away, set_up, wanted};
use crate::world::identity_provider::{CLIENT, IdentityProvider, with_factor};
use crate::world::page::Form;
use crate::world::{Database, Page, World, stories};

const SETTING: &str = "/settings/single-sign-on";

fn filled(page: &Page, issuer: &str) -> Form {
    page.form("Save")
        .with("issuer", issuer)
        .with("client_id", CLIENT.0)
        .with("secret", CLIENT.1)
        .with("claim", "groups")
        .with("groups", "approvers = access approver\nreaders = Auditor")
        .with("strong", "urn:strong")
}

async fn subjects_to_ada(world: &World) -> Vec<String> {
    let mails = world.new_mails().await.into_iter();
    let to_ada = mails.filter(|(to, _)| to == "ada@fabrikam.example");
    to_ada.map(|(_, subject)| subject).collect()
}

stories! {
    async fn it_is_set_tried_and_turned_on_and_everybody_who_decides_is_told(world: &World) {
        let provider = IdentityProvider::start().await;
        let before = world.log_of("fabrikam").len();
        let kim = world.signed_in("kim").await;
        let page = kim.get("/settings").await;
        let page = kim.get(&page.link("Single sign-on")).await.expect("Not set up");
        assert!(page.says(&format!("{}/sign-in/sso/fabrikam/callback", world.base_url)));
        let page = kim.submit(filled(&page, &provider.issuer)).await.expect("Test it now");
        assert!(page.has_filled_in("groups", "approvers = access approver\nreaders = auditor"));
        assert!(!page.html.contains(CLIENT.1), "the secret is shown");
        assert!(!page.has_button("Turn on") && kim.get_one(&format!("{SETTING}/switch")).await.location() == Some(SETTING));

        let attempt = sent_away(&kim, &format!("{SETTING}/test")).await;
        provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
        let page = back(&kim, &provider, "fabrikam", &attempt).await;
        let page = kim.get(page.location().unwrap()).await.expect("It works");
        assert!(page.says("Tested, and turned off"));
        let nobody = world.visitor().get_one("/sign-in/sso/fabrikam").await;
        assert_eq!(nobody.status, 404, "tried is not turned on");
        let page = kim.get(&page.link("Turn on")).await.expect(&provider.issuer);
        kim.submit(page.form("Turn on")).await.expect("On since");
        let on = subjects_to_ada(world).await;
        assert!(on.iter().any(|subject| subject.contains("Single sign-on was turned on for Fabrikam")), "{on:?}");
        let page = kim.get(SETTING).await;
        assert!(!page.has_button("Save"), "what is on is not changed");
        let page = kim.get(&page.link("Turn off")).await;
        kim.submit(page.form("Turn off")).await.expect("Tested, and turned off");
        let off = subjects_to_ada(world).await;
        assert!(off.iter().any(|subject| subject.contains("Single sign-on was turned off for Fabrikam")), "{off:?}");
        let acts: Vec<&str> = facts_since(world, "fabrikam", before).iter().map(Fact::act).collect();
        assert_eq!(acts, ["single_sign_on.set", "single_sign_on.tested", "single_sign_on.turned_on", "single_sign_on.turned_off"]);
    }

    /// Where what weakens the protection waits, so does this: nothing is set anew meanwhile, and whoever decides stops it.
    async fn turning_it_on_waits_where_what_weakens_waits(world: &World) {
        let provider = IdentityProvider::start().await;
        let (id, kim) = (world.tenant("fabrikam").id, || world.fresh("kim"));
        weaken::set_delay(&world.lockbox, &kim(), id, Delay::Day).unwrap();
        set_up(world, &provider).await;
        let way_in = async || world.visitor().get_one("/sign-in/sso/fabrikam").await.status;
        assert_eq!(way_in().await, 404, "it is asked for, and not on");
        let said = format!("waits: to turn on single sign-on by {}", provider.issuer);
        world.signed_in("ada").await.get("/").await.expect(&said);
        assert!(single_sign_on::set(&world.lockbox, &kim(), &wanted(&provider.issuer)).is_err());
        assert!(single_sign_on::turn_on(&world.lockbox, &kim()).is_err());
        weaken::stop(&world.lockbox, &world.fresh("ada"), id).unwrap();
        world.pass(TimeDelta::hours(25));
        world.night().await;
        assert_eq!(way_in().await, 404, "it was stopped");

        let visitor = world.signed_in("kim").await;
        let page = visitor.get(&format!("{SETTING}/switch")).await.expect("It waits 24 hours first");
        visitor.submit(page.form("Turn on")).await.expect("Tested, and turned off").expect("waits: to turn on single sign-on");
        world.pass(TimeDelta::hours(24));
        world.night().await;
        assert_ne!(way_in().await, 404, "its time has come");
        let last = world.log_of("fabrikam").pop().unwrap();
        assert!(matches!(last.fact, Fact::SingleSignOnTurnedOn { .. }) && last.author.actor.person().is_none());
        assert_eq!(last.asked.unwrap().by.person(), Some(world.person("kim").id));
        single_sign_on::turn_off(&world.lockbox, &kim()).unwrap();
    }

    async fn the_test_must_come_to_the_administrator_who_tries(world: &World) {
        let provider = IdentityProvider::start().await;
        single_sign_on::set(&world.lockbox, &world.fresh("kim"), &wanted(&provider.issuer)).unwrap();
        let kim = world.signed_in("kim").await;
        let ada = world.signed_in("ada").await;
        for (subject, email, why) in [
            ("ada-1", "ada@fabrikam.example", "The test failed: The identity provider names somebody else than you"),
            ("x-1", "sam@contoso.example", "The test failed: Nobody who was added here"),
        ] {
            let attempt = sent_away(&kim, &format!("{SETTING}/test")).await;
            provider.names(subject, email, &attempt, world.now());
            let page = back(&kim, &provider, "fabrikam", &attempt).await;
            assert!(page.status == 422 && page.says(why), "{}", page.words());
        }
        // Whoever tries says why it fails; an answer brought by somebody else is not theirs.
        let attempt = sent_away(&kim, &format!("{SETTING}/test")).await;
        provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
        provider.says().claims["aud"] = "another".into();
        let page = back(&kim, &provider, "fabrikam", &attempt).await;
        assert!(page.says("it is for another client"), "{}", page.words());
        let attempt = sent_away(&kim, &format!("{SETTING}/test")).await;
        provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
        ada.set_cookie("lockbox-sso", &kim.cookie("lockbox-sso"));
        let page = back(&ada, &provider, "fabrikam", &attempt).await;
        assert_eq!(page.status, 403, "{}", page.words());
        let nobody = world.visitor();
        nobody.set_cookie("lockbox-sso", &kim.cookie("lockbox-sso"));
        let page = back(&nobody, &provider, "fabrikam", &attempt).await;
        assert!(page.location().unwrap().starts_with("/sign-in"));
        assert!(kim.get(SETTING).await.says("not tested yet"));
        // Set anew meanwhile, what is tried is another one.
        single_sign_on::set(&world.lockbox, &world.fresh("kim"), &wanted(&provider.issuer)).unwrap();
        let page = back(&kim, &provider, "fabrikam", &attempt).await;
        assert!(page.says("changed meanwhile"), "{}", page.words());
        assert!(single_sign_on::turn_on(&world.lockbox, &world.fresh("kim")).is_err());
    }

    async fn only_an_administrator_of_the_side_sets_it(world: &World) {
        let entries = world.entries();
        for name in ["ada", "leo", "ivo", "rosa"] {
            let visitor = world.signed_in(name).await;
            let token = visitor.token().await;
            for (path, fields) in [
                (SETTING, vec![("issuer", "https://evil.example/"), ("client_id", "x"), ("secret", "x")]),
                ("/settings/single-sign-on/switch", vec![("wanted", "on")]),
            ] {
                let mut fields: Vec<(String, String)> = fields.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
                fields.push(("csrf".to_owned(), token.clone()));
                let page = visitor.request("POST", path, &fields, &[]).await;
                assert_eq!(page.status, 403, "{name} {path}");
            }
            assert_eq!(visitor.get_one("/settings/single-sign-on/test").await.status, 403, "{name}");
            assert!(single_sign_on::set(&world.lockbox, &world.fresh(name), &wanted("https://evil.example/")).is_err());
        }
        assert_eq!(world.entries(), entries);
    }

    async fn the_secret_goes_to_the_identity_provider_it_was_given_for_and_to_no_other(world: &World) {
        let provider = IdentityProvider::start().await;
        single_sign_on::set(&world.lockbox, &world.fresh("kim"), &wanted(&provider.issuer)).unwrap();
        let without = |issuer: &str| single_sign_on::Wanted { secret: None, ..wanted(issuer) };
        let set = |wanted: single_sign_on::Wanted| single_sign_on::set(&world.lockbox, &world.fresh("kim"), &wanted);
        let refused = set(without("https://evil.example/")).unwrap_err().to_string();
        assert!(refused.contains("client secret"), "{refused}");
        let mut other = without(&provider.issuer);
        other.client_id = lockbox::domain::text::Line::parse("another").unwrap();
        assert!(set(other).is_err());
        set(without(&provider.issuer)).unwrap();
        let kim = world.signed_in("kim").await;
        let attempt = sent_away(&kim, &format!("{SETTING}/test")).await;
        provider.names("kim-1", "kim@fabrikam.example", &attempt, world.now());
        back(&kim, &provider, "fabrikam", &attempt).await;
        let redeemed = provider.says().asked.iter().find(|(path, _)| path == "/token").unwrap().1.clone();
        let basic = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("{}:{}", CLIENT.0, CLIENT.1));
        assert!(redeemed.contains(&format!("Basic {basic}")), "the one that was kept");
        assert!(redeemed.contains("code_verifier=") && redeemed.contains("code=c-1"));
    }

    async fn a_local_sign_in_past_single_sign_on_stands_in_the_log(world: &World) {
        let provider = IdentityProvider::start().await;
        let signed_in = |facts: Vec<Fact>| facts.iter().filter(|fact| matches!(fact, Fact::SignedInLocally { .. })).count();
        world.signed_in("kim").await;
        assert_eq!(signed_in(facts_since(world, "fabrikam", 0)), 0, "there is nothing to pass by");
        super::set_up(world, &provider).await;
        let before = world.log_of("fabrikam").len();
        world.signed_in("ada").await;
        assert_eq!(signed_in(facts_since(world, "fabrikam", before)), 1);
        world.signed_in("sam").await;
        assert_eq!(signed_in(facts_since(world, "contoso", 0)), 0);
    }

    /// Turned off, it has signed nobody in: whoever came by it is out, and nobody else.
    async fn turning_it_off_ends_what_began_by_it(world: &World) {
        let provider = IdentityProvider::start().await;
        super::set_up(world, &provider).await;
        super::set_up_for(world, &provider, "sam", "contoso", "sam@contoso.example").await;
        let comes = async |key: &str, subject: &str, email: &str| {
            let visitor = world.visitor();
            let attempt = sent_away(&visitor, &format!("/sign-in/sso/{key}")).await;
            provider.names(subject, email, &attempt, world.now());
            with_factor(&mut provider.says().claims, TimeDelta::zero());
            back(&visitor, &provider, key, &attempt).await;
            visitor
        };
        let local = world.signed_in("ada").await;
        let ada = comes("fabrikam", "ada-1", "ada@fabrikam.example").await;
        let sam = comes("contoso", "sam-1", "sam@contoso.example").await;
        let kim = world.signed_in("kim").await;
        let page = kim.get(&format!("{SETTING}/switch")).await.expect("whoever did is signed out");
        kim.submit(page.form("Turn off")).await.expect("Tested, and turned off");
        assert_eq!(ada.get_one("/").await.location(), Some("/sign-in"));
        for still in [&sam, &local, &kim] {
            assert_eq!(still.get_one("/").await.status, 200);
        }
    }

    /// While it is on, one administrator has a password, whatever is done to the others.
    async fn the_last_administrator_with_a_password_stays(world: &World) {
        let provider = IdentityProvider::start().await;
        super::set_up(world, &provider).await;
        let noa = people::NewPerson {
            email: EmailAddress::parse("noa@fabrikam.example").unwrap(),
            name: Line::parse("Noa Weiss").unwrap(),
            roles: vec![Role::GlobalAdministrator],
        };
        people::invite(&world.lockbox, &world.fresh("kim"), &noa).unwrap();
        let visitor = world.visitor();
        let attempt = sent_away(&visitor, "/sign-in/sso/fabrikam").await;
        provider.names("noa-1", "noa@fabrikam.example", &attempt, world.now());
        with_factor(&mut provider.says().claims, TimeDelta::zero());
        back(&visitor, &provider, "fabrikam", &attempt).await;
        let kims = world.page_of_person("kim@fabrikam.example");
        let page = visitor.get(&format!("{kims}/removal")).await;
        visitor.submit(page.form("Remove")).await.expect_status(422).expect("the last global administrator who has a password");
        let form = visitor.get(&format!("{kims}/roles")).await.form("Save roles");
        let form = form.without("global_administrator").with("auditor", "on");
        visitor.submit(form.clone()).await.expect_status(422).expect("who has a password");
        // Once it is off there is nothing to be kept out by.
        single_sign_on::turn_off(&world.lockbox, &world.fresh("kim")).unwrap();
        let by = world.fresh_at("noa@fabrikam.example");
        people::remove(&world.lockbox, &by, world.person("kim").id).unwrap();
        // And nobody relies on it again before somebody has one.
        let refused = single_sign_on::turn_on(&world.lockbox, &by).unwrap_err().to_string();
        assert!(refused.contains("No global administrator has a password"), "{refused}");
    }

    async fn the_providers_administrators_hear_of_the_providers_own(world: &World) {
        let provider = IdentityProvider::start().await;
        world.new_mails().await;
        super::set_up_for(world, &provider, "pat", "provider", "pat@provider.example").await;
        single_sign_on::turn_off(&world.lockbox, &world.fresh("pat")).unwrap();
        let mails = world.new_mails().await;
        let what = ["was set", "was turned off", "was turned on"];
        let told = what.map(|what| ("pat@provider.example".to_owned(), format!("Single sign-on {what} for the provider")));
        assert_eq!(mails, told);
    }
}

/// A private address is refused when it is saved already, and not only when it is asked.
#[actix_web::test]
async fn a_private_identity_provider_is_not_saved() {
    let world = World::asking_no_private_addresses(Database::Sqlite).await;
    let kim = world.signed_in("kim").await;
    let page = kim.get(SETTING).await;
    for issuer in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/",
        "https://localhost/",
        "https://idp.localhost/",
    ] {
        let refused = kim.submit(filled(&page, issuer)).await.expect_status(422);
        assert!(
            refused.says("a private one"),
            "{issuer}: {}",
            refused.words()
        );
    }
    kim.submit(filled(&page, "https://login.fabrikam.example/"))
        .await
        .expect("Test it now");
    world.end().await;
}
