//! The limits, within the product's bounds, and what a change of them means for requests that are under way.

use chrono::TimeDelta;
use lockbox::acts::ActError;
use lockbox::acts::decide::{approve, endorse, start};
use lockbox::acts::limits::change_limits;
use lockbox::domain::lockbox::Limits;
use lockbox::domain::request::{State, StateKind};
use lockbox::domain::time::Minutes;

use super::{DECIDERS, SETTING, assert_told};
use crate::world::{World, seen, stories};

impl World {
    /// Kim sets Fabrikam's limits.
    fn limit(&self, change: impl FnOnce(&mut Limits)) -> Result<(), ActError> {
        let tenant = self.tenant("fabrikam");
        let mut wanted = tenant.limits;
        change(&mut wanted);
        change_limits(
            &self.lockbox,
            &self.fresh("kim"),
            tenant.id,
            Some(&tenant.limits),
            wanted,
        )
    }
}

stories! {
    async fn an_administrator_sets_them_on_the_setting_page(world: &World) {
        let kim = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(6));
        let page = kim.get(SETTING).await;
        let form = page.form("Save limits").with("time_to_answer", "PT24H").with("longest_access", "PT2H").with("time_to_start", "PT30M").with("approvals_needed", "2");
        assert!(form.has("verification_code"), "the second factor is stale");
        let again = kim.submit_one(form.clone().with("verification_code", "000000")).await.expect_status(422).expect("This code is wrong");
        let kept = again.form("Save limits");
        assert!(kept.fields.contains(&("time_to_answer".to_owned(), "PT24H".to_owned())), "what was chosen is kept: {kept:?}");
        assert_eq!(world.tenant("fabrikam").limits, Limits::default());
        kim.submit(form).await;
        let limits = world.tenant("fabrikam").limits;
        assert_eq!(limits, Limits { time_to_answer: Minutes::hours(24), longest_access: Minutes::hours(2), time_to_start: Minutes::new(30).unwrap(), approvals_needed: 2, ..Limits::default() });
        assert_told(world, "limits of Customer Lockbox were changed", &DECIDERS).await;
        assert!(world.newest_mail_to("ada").contains("24 hours"));
        kim.get("/audit").await.expect("Limits changed");
        world.signed_in("leo").await.get(SETTING).await.expect("Longest access 2 hours");
    }

    /// Every bound, tried without the browser.
    async fn nothing_beyond_the_bounds_is_taken(world: &World) {
        let kim = world.signed_in("kim").await;
        let right = kim.get(SETTING).await.form("Save limits");
        let before = world.entries();
        for (field, values) in [
            ("time_to_answer", &["PT59M", "PT96H1M", "PT0H", "12", "", "P1D", "PT-1H", "PT99999999999H"][..]),
            ("longest_access", &["PT14M", "PT24H1M", "PT7H99999999999M", "four"]),
            ("time_to_start", &["PT14M", "PT24H1M", "PT0M", "null"]),
            ("approvals_needed", &["0", "6", "3", "-1", "1.5", "", "256", "2 "]),
        ] {
            for value in values {
                let page = kim.submit_one(right.clone().with(field, value)).await.expect_status(422);
                assert!(page.html.contains(&format!("href=\"#{field}\"")), "{field}={value}:\n{}", page.words());
            }
        }
        assert_eq!(world.entries(), before);
        for (field, value) in [("time_to_answer", "PT1H"), ("time_to_answer", "PT96H"), ("longest_access", "PT15M"), ("longest_access", "PT24H"), ("time_to_start", "PT15M"), ("time_to_start", "PT24H"), ("approvals_needed", "2"), ("approvals_needed", "1")] {
            let form = kim.get(SETTING).await.form("Save limits").with(field, value);
            kim.submit_one(form).await.expect_status(303);
        }
    }

    async fn no_more_approvals_than_there_are_people_who_can_decide(world: &World) {
        assert!(matches!(world.limit(|limits| limits.approvals_needed = 3), Err(ActError::Unfit(_))), "Kim and Ada are two");
        world.limit(|limits| limits.approvals_needed = 2).unwrap();
        world.enrol("eva@fabrikam.example", "Eva Lang", Some("fabrikam"), &[lockbox::domain::person::Role::AccessApprover]).await.unwrap();
        world.limit(|limits| limits.approvals_needed = 3).unwrap();
    }

    async fn who_looked_before_somebody_else_saved_looks_again(world: &World) {
        let kim = world.signed_in("kim").await;
        let shown = kim.get(SETTING).await.form("Save limits").with("longest_access", "PT8H");
        world.limit(|limits| limits.longest_access = Minutes::hours(1)).unwrap();
        let page = kim.submit_one(shown.clone()).await.expect_status(422).expect("Somebody changed the limits meanwhile.");
        assert_eq!(world.tenant("fabrikam").limits.longest_access, Minutes::hours(1));
        let anew = page.form("Save limits");
        assert!(anew.fields.contains(&("longest_access".to_owned(), "PT1H".to_owned())), "{anew:?}");
        kim.submit_one(shown.with("version", "nonsense")).await.expect_status(422);
        kim.submit_one(anew.clone()).await.expect_status(422).expect("Nothing was changed");
        kim.submit_one(anew.with("longest_access", "PT8H")).await.expect_status(303);
    }

    async fn only_an_administrator_of_the_tenant_sets_them(world: &World) {
        let (tenant, before) = (world.tenant("fabrikam"), world.entries());
        let wanted = Limits { approvals_needed: 2, ..tenant.limits };
        for stranger in ["ada", "leo", "sam", "rosa", "pat", "ivo"] {
            let tried = change_limits(&world.lockbox, &world.fresh(stranger), tenant.id, Some(&tenant.limits), wanted);
            assert!(matches!(tried, Err(ActError::Denied(_))), "{stranger}");
        }
        assert_eq!(world.entries(), before);
        for name in ["ada", "leo"] {
            let page = world.signed_in(name).await.get(SETTING).await.expect("Only a global administrator can change these.");
            assert!(!page.has_button("Save"), "{name}");
        }
    }

    async fn deadlines_that_were_set_do_not_move(world: &World) {
        let (waiting, approved, active) = (world.endorsed(), world.approved(), world.active());
        world.limit(|limits| {
            limits.time_to_answer = Minutes::hours(1);
            limits.time_to_start = Minutes::new(15).unwrap();
            limits.longest_access = Minutes::new(15).unwrap();
        })
        .unwrap();
        for request in [&waiting, &approved, &active] {
            assert_eq!(world.stored(&request.reference), *request);
        }
        world.pass(TimeDelta::minutes(90));
        assert_eq!(world.stored(&waiting.reference).state.at(world.now()).kind(), StateKind::AwaitingCustomer);
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await, "the window that runs keeps its end");
        // What was approved before gets the shorter window when it starts.
        let started = start(&world.lockbox, &world.fresh("ivo"), &seen(&approved)).unwrap();
        assert_eq!(started.state.deadline(), Some(world.now() + TimeDelta::minutes(15)));
        // And what is decided now, the new deadlines.
        let decided = approve(&world.lockbox, &world.fresh("kim"), &seen(&waiting), Minutes::new(15).unwrap(), None).unwrap();
        assert_eq!(decided.state.deadline(), Some(world.now() + TimeDelta::minutes(15)));
    }

    async fn a_longer_limit_makes_no_window_longer_than_was_granted(world: &World) {
        let approved = world.approved();
        world.limit(|limits| limits.longest_access = Minutes::hours(24)).unwrap();
        let started = start(&world.lockbox, &world.fresh("ivo"), &seen(&approved)).unwrap();
        assert_eq!(started.state.deadline(), Some(world.now() + TimeDelta::hours(4)));
    }

    async fn nothing_longer_than_allowed_is_filed_or_approved(world: &World) {
        let waiting = world.endorsed();
        world.limit(|limits| limits.longest_access = Minutes::hours(1)).unwrap();
        let ivo = world.signed_in("ivo").await;
        let form = ivo.get("/requests/new").await.form("File request").with("tenant", "fabrikam").with("service", "teams").with("scope", "Chats").with("reason", "To see.");
        ivo.submit_one(form.with("duration", "PT2H")).await.expect_status(422).expect("Fabrikam allows access for 1 hour at most.");
        let kim = world.fresh("kim");
        assert!(approve(&world.lockbox, &kim, &seen(&waiting), Minutes::hours(2), None).is_err());
        let approved = approve(&world.lockbox, &kim, &seen(&waiting), Minutes::hours(1), None).unwrap();
        assert!(matches!(approved.state, State::Approved { .. }));
        // Where the customer is not asked, the window is cut at its start.
        world.turn_off("fabrikam", "kim");
        world.limit(|limits| limits.longest_access = Minutes::hours(4)).unwrap();
        let granted = endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.filed_by("mina", "fabrikam", "teams"))).unwrap();
        world.limit(|limits| limits.longest_access = Minutes::new(15).unwrap()).unwrap();
        let started = start(&world.lockbox, &world.fresh("mina"), &seen(&granted)).unwrap();
        assert_eq!(started.state.deadline(), Some(world.now() + TimeDelta::minutes(15)));
    }
}
