//! What a tenant is entitled to: needed to turn the lockbox on, and for nothing else.

use chrono::TimeDelta;
use lockbox::acts::ActError;
use lockbox::acts::entitle::{Given, TrialAnswer, take_trial};
use lockbox::acts::switch_lockbox::turn_on;
use lockbox::domain::entitlement::{Entitlement, Trial, Trials};
use lockbox::domain::text::Line;
use std::collections::BTreeSet;

use super::{DECIDERS, SETTING, assert_told};
use crate::world::stories;

stories! {
    async fn without_a_plan_it_is_not_turned_on_and_the_page_says_what_is_needed(world: &World) {
        world.entitled("contoso", Given::Nothing);
        let sam = world.signed_in("sam").await;
        let page = sam.get(SETTING).await.expect("You have no plan that includes Customer Lockbox.").expect("Turning it on needs a plan");
        assert!(!page.has_button("Save") || page.has_button("Save limits"));
        let token = sam.token().await;
        let posted = |path: &str, fields: &[(&str, &str)]| {
            let fields: Vec<_> = [("csrf", token.as_str())].iter().chain(fields).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let path = path.to_owned();
            let sam = &sam;
            async move { sam.request("POST", &path, &fields, &[]).await }
        };
        posted(SETTING, &[("lockbox", "on")]).await.expect_status(422).expect("cannot be turned on without a plan");
        let terms = format!("{SETTING}/terms");
        assert_eq!(sam.get(&terms).await.path, SETTING);
        let hash = world.lockbox.terms.version.sha256.clone();
        posted(&terms, &[("terms", &hash), ("uncovered", "")]).await.expect_status(422).expect("cannot be turned on without a plan");
        assert!(!world.tenant("contoso").lockbox.is_on());
        world.entitled("contoso", Given::Plan(Some(Line::parse("Enterprise E5").unwrap())));
        sam.get(SETTING).await.expect("Included in Enterprise E5.");
        let page = sam.get(&terms).await;
        sam.submit(page.form("Accept")).await;
        assert!(world.tenant("contoso").lockbox.is_on());
    }

    async fn a_trial_begins_at_once_and_what_is_on_stays_on_when_it_ends(world: &World) {
        world.entitled("contoso", Given::Nothing);
        world.new_mails().await;
        let sam = world.signed_in("sam").await;
        let page = sam.get(SETTING).await;
        let page = sam.get(&page.link("Try it for 30 days")).await.expect("There is one trial.");
        assert_eq!(world.tenant("contoso").trial, Trial::Offered);
        sam.submit(page.form("Start the trial")).await.expect("Trial until");
        let until = world.now() + TimeDelta::days(30);
        assert_eq!(world.tenant("contoso").entitlement, Entitlement::Trial { until });
        assert_told(world, "entitlement", &["jo@contoso.example", "sam@contoso.example"]).await;
        world.turn_on("contoso", "sam");

        world.clock.set(until - TimeDelta::microseconds(1));
        assert!(world.tenant("contoso").entitlement.counts(world.now()));
        world.clock.set(until);
        world.night().await;
        let sam = world.signed_in("sam").await;
        sam.get(SETTING).await.expect("The trial ended on").expect("Customer Lockbox stays on.");
        assert!(world.tenant("contoso").lockbox.is_on());
        let asked = world.filed_by("ivo", "contoso", "teams");
        let asked = lockbox::acts::decide::endorse(&world.lockbox, &world.fresh("rosa"), &crate::world::seen(&asked)).unwrap();
        assert_eq!(asked.state.kind(), lockbox::domain::request::StateKind::AwaitingCustomer, "the customer is still asked");

        world.turn_off("contoso", "sam");
        let sha256 = world.lockbox.terms.version.sha256.clone();
        let again = turn_on(&world.lockbox, &world.fresh("sam"), world.tenant("contoso").id, &sha256, &BTreeSet::new());
        assert!(matches!(again, Err(ActError::Unfit(_))), "turned off, it needs a plan to be turned on again");
        assert_eq!(sam.get(&format!("{SETTING}/trial")).await.path, SETTING, "there is one trial");
        assert!(matches!(take_trial(&world.lockbox, &world.fresh("sam"), world.tenant("contoso").id), Err(ActError::Unfit(_))));
    }

    async fn a_trial_waits_where_the_provider_confirms(world: &World) {
        world.entitled("contoso", Given::Nothing);
        let id = world.tenant("contoso").id;
        let mut confirming = world.another_process();
        confirming.trials = Trials::Confirmed;
        assert_eq!(take_trial(&confirming, &world.fresh("sam"), id).unwrap(), TrialAnswer::Asked);
        assert_eq!(world.tenant("contoso").entitlement, Entitlement::None);
        let sam = world.signed_in("sam").await;
        let page = sam.get(SETTING).await.expect("You asked for a 30-day trial on").expect("The provider has to confirm it.");
        assert!(!page.says("Try it for 30 days"));
        assert!(matches!(take_trial(&confirming, &world.fresh("sam"), id), Err(ActError::Unfit(_))), "asked once is asked");
        let sha256 = world.lockbox.terms.version.sha256.clone();
        assert!(turn_on(&world.lockbox, &world.fresh("sam"), id, &sha256, &BTreeSet::new()).is_err(), "asking is not having");
        world.entitled("contoso", Given::Trial);
        sam.get(SETTING).await.expect("Trial until");
        assert_eq!(world.tenant("contoso").trial, Trial::Had);
        world.turn_on("contoso", "sam");
    }

    async fn only_an_administrator_takes_a_trial_and_only_the_provider_gives_more(world: &World) {
        world.entitled("fabrikam", Given::Nothing);
        assert!(world.tenant("fabrikam").lockbox.is_on(), "what is on stays on");
        assert_told(world, "entitlement", &DECIDERS).await;
        let (id, before) = (world.tenant("fabrikam").id, world.entries());
        for stranger in ["ada", "leo", "sam", "rosa", "pat", "ivo"] {
            assert!(matches!(take_trial(&world.lockbox, &world.fresh(stranger), id), Err(ActError::Denied(_))), "{stranger}");
        }
        for (name, status) in [("ada", 403), ("leo", 403), ("rosa", 404), ("pat", 404)] {
            world.signed_in(name).await.get(&format!("{SETTING}/trial")).await.expect_status(status);
        }
        assert_eq!(world.entries(), before);
        let leo = world.signed_in("leo").await.get(SETTING).await.expect("You have no plan that includes Customer Lockbox.");
        assert!(!leo.says("Try it for 30 days"));
    }

    /// Both logs say what the provider did, and the tenant's people read it.
    async fn the_provider_sets_it_in_both_logs(world: &World) {
        world.entitled("contoso", Given::Plan(Some(Line::parse("Advanced Compliance").unwrap())));
        for name in ["pat", "max"] {
            world.signed_in(name).await.get("/audit").await.expect("Entitlement changed").expect("operator root");
        }
        let sam = world.signed_in("sam").await;
        sam.get(SETTING).await.expect("Included in Advanced Compliance.");
        assert_told(world, "entitlement", &["jo@contoso.example", "sam@contoso.example"]).await;
        let said = world.newest_mail_to("sam");
        assert!(said.contains("Advanced Compliance"), "{said}");
    }
}
