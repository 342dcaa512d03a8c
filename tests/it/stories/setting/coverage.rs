//! The provider proposes what is covered, and only the tenant changes it (PROOF 21).

use lockbox::acts::decide::{endorse, start};
use lockbox::acts::enrol;
use lockbox::acts::{ActError, coverage};
use lockbox::domain::request::{Basis, State, StateKind};
use lockbox::domain::text::Line;

use super::{DECIDERS, SETTING, assert_told, key, operator};
use crate::world::{seen, stories};

stories! {
    /// PROOF 21: the provider uncovers a service, and the customer is asked all the same.
    async fn what_the_provider_uncovers_is_asked_about_until_the_tenant_accepts(world: &World) {
        let before = world.uncovered("fabrikam");
        world.proposed("teams", false);
        assert_eq!(world.uncovered("fabrikam"), before);
        let asked = endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.filed_by("ivo", "fabrikam", "teams"))).unwrap();
        assert_eq!(asked.state.kind(), StateKind::AwaitingCustomer);
        world.new_mails().await;

        let kim = world.signed_in("kim").await;
        kim.get("/").await.expect("Teams: the provider proposes not to ask you. Nothing changes until you accept it.");
        let page = kim.get(SETTING).await.expect("Teams: the provider proposes not to ask you.");
        let page = kim.get(&page.link("Look at Teams")).await.expect("Not be asked about Teams?").expect("Ada Ortiz");
        assert_eq!(world.uncovered("fabrikam"), before, "looking accepts nothing");
        let page = kim.submit(page.form("Accept: do not ask us")).await;
        assert!(!page.says("the provider proposes"), "{}", page.words());
        assert!(world.uncovered("fabrikam").contains(&world.service("teams").id));
        assert_told(world, "A service is no longer covered", &DECIDERS).await;
        assert_eq!(world.stored(&asked.reference), asked, "what waits keeps waiting");
        let granted = endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.filed_by("mina", "fabrikam", "teams"))).unwrap();
        assert!(matches!(granted.state, State::Approved { grant, .. } if grant.basis == Basis::NotCovered));
        kim.get("/audit").await.expect("Proposed not to cover Teams").expect("Accepted that Teams is not covered");
    }

    /// A service that came later is asked about, whatever the provider proposes for it.
    async fn a_service_that_is_added_uncovered_is_asked_about(world: &World) {
        enrol::service(&world.lockbox, &operator(), &key("yammer"), &Line::parse("Yammer").unwrap(), false).unwrap();
        let asked = endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.filed_by("ivo", "fabrikam", "yammer"))).unwrap();
        assert_eq!(asked.state.kind(), StateKind::AwaitingCustomer);
        world.signed_in("kim").await.get(SETTING).await.expect("Yammer: the provider proposes not to ask you.");
    }

    async fn covering_again_tells_everybody_and_revokes_what_was_not_started(world: &World) {
        let granted = |engineer: &str| endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.filed_by(engineer, "fabrikam", "telemetry"))).unwrap();
        let (unstarted, running) = (granted("ivo"), granted("mina"));
        let running = start(&world.lockbox, &world.fresh("mina"), &seen(&running)).unwrap();
        let other = world.approved();
        world.new_mails().await;

        let kim = world.signed_in("kim").await;
        let page = kim.get(SETTING).await;
        let page = kim.get(&page.link("Be asked again")).await.expect("Be asked about Service telemetry again?");
        kim.submit(page.form("Ask us again")).await.expect("Covered: you are asked");
        assert!(!world.uncovered("fabrikam").contains(&world.service("telemetry").id));
        assert!(matches!(world.stored(&unstarted.reference).state, State::Revoked { since: None, .. }));
        assert_eq!(world.stored(&running.reference), running);
        assert_eq!(world.stored(&other.reference), other, "the customer's own decision stands");
        let mails = world.new_mails().await;
        let of = |subject: &str| mails.iter().filter(|(_, said)| said.starts_with(subject)).count();
        assert_eq!((of("A service is covered again"), of("Revoked"), mails.len()), (2, 4, 6), "{mails:?}");
        let asked = endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.filed_by("ivo", "fabrikam", "telemetry"))).unwrap();
        assert_eq!(asked.state.kind(), StateKind::AwaitingCustomer);
        // The provider still proposes what it did; the tenant's word holds.
        kim.get(SETTING).await.expect("Service telemetry: the provider proposes not to ask you.");
    }

    async fn only_what_is_proposed_can_be_accepted_and_only_while_it_is_on(world: &World) {
        let (id, kim) = (world.tenant("fabrikam").id, world.fresh("kim"));
        let before = world.entries();
        let accept = |service: &str| coverage::accept_uncovered(&world.lockbox, &kim, id, world.service(service).id);
        let cover = |service: &str| coverage::cover(&world.lockbox, &kim, id, world.service(service).id);
        assert!(matches!(accept("teams"), Err(ActError::Unfit(_))), "nobody proposed it");
        assert!(matches!(accept("telemetry"), Err(ActError::Unfit(_))), "it is accepted already");
        assert!(matches!(cover("teams"), Err(ActError::Unfit(_))), "it is covered");
        let sam = world.fresh("sam");
        let off = coverage::accept_uncovered(&world.lockbox, &sam, world.tenant("contoso").id, world.service("telemetry").id);
        assert!(matches!(off, Err(ActError::Unfit(_))));
        for stranger in ["ada", "leo", "sam", "rosa", "ivo"] {
            let by = world.fresh(stranger);
            assert!(matches!(coverage::cover(&world.lockbox, &by, id, world.service("telemetry").id), Err(ActError::Denied(_))), "{stranger}");
        }
        assert_eq!(world.entries(), before);
    }

    /// The form says what is wanted; the page shown was of another time.
    async fn a_page_that_is_out_of_date_changes_nothing(world: &World) {
        world.proposed("teams", false);
        let kim = world.signed_in("kim").await;
        let address = format!("{SETTING}/services/teams");
        let shown = kim.get(&address).await.form("Accept: do not ask us");
        world.proposed("teams", true);
        let before = world.entries();
        kim.submit_one(shown.clone()).await.expect_status(422).expect("The provider does not propose to leave Teams uncovered.");
        kim.submit_one(shown.clone().with("wanted", "asked")).await.expect_status(422);
        for wanted in ["true", "", "Asked", "not_asked,asked"] {
            kim.submit_one(shown.clone().with("wanted", wanted)).await.expect_status(400);
        }
        assert_eq!(world.entries(), before);
        assert_eq!(kim.get(&address).await.path, SETTING, "there is nothing to change");
        for nothing in ["nothing", "Teams", "teams%00", "..%2fteams", "%ff", "", &"x".repeat(2_000)] {
            kim.get(&format!("{SETTING}/services/{nothing}")).await.expect_status(404);
        }
    }

    /// The code is asked for by the form itself, and without it nothing happens.
    async fn it_takes_a_fresh_second_factor(world: &World) {
        world.proposed("teams", false);
        let kim = world.signed_in("kim").await;
        world.pass(chrono::TimeDelta::minutes(6));
        let page = kim.get(&format!("{SETTING}/services/teams")).await;
        let form = page.form("Accept: do not ask us");
        assert!(form.has("verification_code"));
        kim.submit_one(form.clone().with("verification_code", "000000")).await.expect_status(422);
        kim.submit_one(form.clone().without("verification_code")).await.expect_status(422).expect("Enter the verification code");
        assert!(!world.uncovered("fabrikam").contains(&world.service("teams").id));
        kim.submit(form).await;
        assert!(world.uncovered("fabrikam").contains(&world.service("teams").id));
    }
}
