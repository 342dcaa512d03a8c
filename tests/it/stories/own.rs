//! Nobody endorses or decides what is their own, in any of the ways a thing can be one's own.

use lockbox::acts::api_keys::{NewKey, issue};
use lockbox::acts::file_request::file;
use lockbox::acts::sign_in::SignedIn;
use lockbox::acts::{ActError, access_pass, decide, people};
use lockbox::domain::key::KeyScope;
use lockbox::domain::person::Role;
use lockbox::domain::rights::Denied;
use lockbox::domain::second_factor::SecondFactor;
use lockbox::domain::text::{Line, Prose};
use serde_json::json;

use crate::world::places::{self, with_token};
use crate::world::{Api, new_request, seen, stories};

fn why() -> Prose {
    Prose::parse("No.").unwrap()
}

fn denied<T: std::fmt::Debug>(outcome: Result<T, ActError>) -> Denied {
    match outcome {
        Err(ActError::Denied(denied)) => denied,
        other => panic!("{other:?}"),
    }
}

pub fn filing(engineer: &str) -> serde_json::Value {
    json!({
        "tenant": "fabrikam", "service": "exchange-online", "engineer": engineer,
        "reason": "Invitations vanish.", "scope": {"description": "Kim's calendar"}, "duration": "PT1H",
    })
}

stories! {
    async fn an_engineer_who_is_a_manager_too_endorses_others_requests_and_not_their_own(world: &World) {
        let (both, account) = world.enrol("both@provider.example", "Bo Both", None, &[Role::Engineer, Role::SupportManager]).await.unwrap();
        let own = file(&world.lockbox, &world.as_fresh(&both), &new_request("fabrikam", "teams")).unwrap();
        let others = world.filed();
        let visitor = world.signed_in_as(&account).await;
        let page = visitor.get(&world.page_of(&own)).await.expect("This is your own request.");
        assert!(!page.has_button("Endorse request"), "no form for who may not");
        let token = visitor.token().await;
        for place in places::portal().iter().filter(|place| place.pattern.ends_with("/endorsement") || place.pattern.ends_with("/rejection")) {
            let fields = with_token(&token, &place.fields(own.version));
            let page = visitor.request("POST", &place.path(own.reference.as_str()), &fields, &[]).await;
            page.expect_status(403).expect("Nobody decides on what is their own.");
        }
        assert_eq!(world.stored(&own.reference), own);
        assert_eq!(denied(decide::endorse(&world.lockbox, &world.as_fresh(&both), &seen(&own))), Denied::Own);
        decide::endorse(&world.lockbox, &world.as_fresh(&both), &seen(&others)).unwrap();
        decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&own)).unwrap();
    }

    async fn one_cannot_revoke_ones_own_access_as_a_manager_and_can_give_it_back_as_its_engineer(world: &World) {
        let (both, _) = world.enrol("both@provider.example", "Bo Both", None, &[Role::Engineer, Role::SupportManager]).await.unwrap();
        let own = file(&world.lockbox, &world.as_fresh(&both), &new_request("fabrikam", "teams")).unwrap();
        let own = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&own)).unwrap();
        let own = decide::approve(&world.lockbox, &world.fresh("kim"), &seen(&own), own.asked, None).unwrap();
        assert_eq!(denied(decide::revoke(&world.lockbox, &world.as_fresh(&both), &own.reference, why())), Denied::Own);
        let own = decide::start(&world.lockbox, &world.as_fresh(&both), &seen(&own)).unwrap();
        decide::finish(&world.lockbox, &world.as_fresh(&both), &own.reference).unwrap();
    }

    /// Whose key filed it is whose it is, whichever engineer it names.
    async fn what_a_managers_key_filed_is_that_managers_own(world: &World) {
        let key = world.new_key("rosa's script", &KeyScope::ALL, Some("rosa"));
        let (mia, _) = world.enrol("mia@provider.example", "Mia Chen", None, &[Role::SupportManager]).await.unwrap();
        let answer = Api::new(world, &key).post("/api/v1/data-access-requests", &filing("ivo@provider.example")).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let request = world.request_in(&answer);
        assert_eq!(denied(decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request))), Denied::Own);
        assert_eq!(denied(decide::reject(&world.lockbox, &world.fresh("rosa"), &seen(&request), why())), Denied::Own);
        let rosa = world.signed_in("rosa").await;
        assert!(!rosa.get(&world.page_of(&request)).await.expect("This is your own request.").has_button("Endorse request"));
        decide::endorse(&world.lockbox, &world.as_fresh(&mia), &seen(&request)).unwrap();
    }

    /// Nor does it matter who owns the key: who made it may have kept it.
    async fn what_a_key_filed_is_its_makers_own(world: &World) {
        let (both, _) = world.enrol("both@provider.example", "Bo Both", None, &[Role::SupportManager, Role::ProviderAdministrator]).await.unwrap();
        let new = NewKey::named(Line::parse("nobody's script").unwrap(), &KeyScope::ALL);
        let (key, text) = issue(&world.lockbox, &world.as_fresh(&both), &new).unwrap();
        assert_eq!((key.owner, key.made_by), (None, Some(both.id)));
        let answer = Api::new(world, text.expose()).post("/api/v1/data-access-requests", &filing("ivo@provider.example")).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let request = world.request_in(&answer);
        assert_eq!(denied(decide::endorse(&world.lockbox, &world.as_fresh(&both), &seen(&request))), Denied::Own);
        assert_eq!(denied(decide::reject(&world.lockbox, &world.as_fresh(&both), &seen(&request), why())), Denied::Own);
        decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
    }

    async fn what_nobodys_key_filed_is_its_engineers_own_and_nobody_elses(world: &World) {
        let answer = world.api().post("/api/v1/data-access-requests", &filing("ivo@provider.example")).await;
        let request = world.request_in(&answer);
        decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
    }

    /// A role that is younger than the request does not count for it; it does for the next one.
    async fn a_role_gained_after_filing_does_not_count(world: &World) {
        let (filed, endorsed) = (world.filed(), world.endorsed());
        world.pass(chrono::TimeDelta::microseconds(1));
        let (manager, account) = world.enrol("late@provider.example", "Lat Late", None, &[Role::SupportManager]).await.unwrap();
        let (approver, _) = world.enrol("late@fabrikam.example", "Lena Late", Some("fabrikam"), &[Role::AccessApprover, Role::GlobalAdministrator]).await.unwrap();
        assert_eq!(denied(decide::endorse(&world.lockbox, &world.as_fresh(&manager), &seen(&filed))), Denied::TooNew);
        assert_eq!(denied(decide::reject(&world.lockbox, &world.as_fresh(&manager), &seen(&filed), why())), Denied::TooNew);
        assert_eq!(denied(decide::approve(&world.lockbox, &world.as_fresh(&approver), &seen(&endorsed), endorsed.asked, None)), Denied::TooNew);
        assert_eq!(denied(decide::reject(&world.lockbox, &world.as_fresh(&approver), &seen(&endorsed), why())), Denied::TooNew);
        let visitor = world.signed_in_as(&account).await;
        visitor.get(&world.page_of(&filed)).await.expect("Your role or second factor is newer than this request, so it does not count for it.");
        assert_eq!((world.stored(&filed.reference), world.stored(&endorsed.reference)), (filed, endorsed));

        let next = decide::endorse(&world.lockbox, &world.as_fresh(&manager), &seen(&world.filed())).unwrap();
        decide::approve(&world.lockbox, &world.as_fresh(&approver), &seen(&next), next.asked, None).unwrap();
    }

    /// Nor does a second factor, however old another one of the same person is; it does for the next request. Which one
    /// was shown stands in the log.
    async fn a_second_factor_gained_after_filing_does_not_count(world: &World) {
        let (filed, endorsed) = (world.filed(), world.endorsed());
        world.pass(chrono::TimeDelta::microseconds(1));
        let gained = SecondFactor::app(world.now());
        let with_it = |name: &str| {
            let who = SignedIn { second_factor: gained, ..SignedIn::with_app(world.person(name), "story", world.now()) };
            who.fresh(world.now()).unwrap()
        };
        let (rosa, kim) = (with_it("rosa"), with_it("kim"));
        assert_eq!(denied(decide::endorse(&world.lockbox, &rosa, &seen(&filed))), Denied::TooNew);
        assert_eq!(denied(decide::reject(&world.lockbox, &rosa, &seen(&filed), why())), Denied::TooNew);
        assert_eq!(denied(decide::approve(&world.lockbox, &kim, &seen(&endorsed), endorsed.asked, None)), Denied::TooNew);
        assert_eq!(denied(decide::reject(&world.lockbox, &kim, &seen(&endorsed), why())), Denied::TooNew);
        assert_eq!((world.stored(&filed.reference), world.stored(&endorsed.reference)), (filed, endorsed));

        let next = decide::endorse(&world.lockbox, &rosa, &seen(&world.filed())).unwrap();
        let next = decide::approve(&world.lockbox, &kim, &seen(&next), next.asked, None).unwrap();
        let proof = world.entries_about(&next).pop().unwrap().author.proof.unwrap();
        assert_eq!(proof.second_factor, Some(gained));
    }

    /// Nor does an engineer's: whoever had it reset after the customer said yes is let in to nothing by that.
    async fn an_engineers_second_factor_gained_after_filing_opens_nothing(world: &World) {
        let (approved, active) = (world.approved(), world.active());
        world.pass(chrono::TimeDelta::microseconds(1));
        let gained = SecondFactor::app(world.now());
        let ivo = SignedIn { second_factor: gained, ..SignedIn::with_app(world.person("ivo"), "story", world.now()) };
        let ivo = ivo.fresh(world.now()).unwrap();
        assert_eq!(denied(decide::start(&world.lockbox, &ivo, &seen(&approved))), Denied::TooNew);
        let pass = access_pass::take(&world.lockbox, &world.base_url, &ivo, &active.reference);
        assert_eq!(denied(pass.map(drop)), Denied::TooNew);
        assert_eq!(world.stored(&approved.reference), approved);
        decide::finish(&world.lockbox, &ivo, &active.reference).unwrap();
    }

    /// On the other side the same person has another id. A key that nobody owns goes on working without its maker.
    async fn who_comes_to_the_customer_decides_nothing_that_their_old_key_files(world: &World) {
        let (both, _) = world.enrol("both@provider.example", "Bo Both", None, &[Role::SupportManager, Role::ProviderAdministrator]).await.unwrap();
        let new = NewKey::named(Line::parse("nobody's script").unwrap(), &KeyScope::ALL);
        let (_, text) = issue(&world.lockbox, &world.as_fresh(&both), &new).unwrap();
        people::remove(&world.lockbox, &world.fresh("pat"), both.id).unwrap();
        let (again, _) = world.enrol("both@provider.example", "Bo Both", Some("fabrikam"), &[Role::AccessApprover]).await.unwrap();
        assert_ne!(again.id, both.id);
        let answer = Api::new(world, text.expose()).post("/api/v1/data-access-requests", &filing("ivo@provider.example")).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let request = world.request_in(&answer);
        let request = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
        let approved = decide::approve(&world.lockbox, &world.as_fresh(&again), &seen(&request), request.asked, None);
        assert_eq!(denied(approved), Denied::Own);
        decide::approve(&world.lockbox, &world.fresh("kim"), &seen(&request), request.asked, None).unwrap();
    }

    /// Taking access away is the safe direction: a new role may do that at once.
    async fn a_role_gained_after_filing_may_revoke(world: &World) {
        let request = world.active();
        world.pass(chrono::TimeDelta::microseconds(1));
        let (approver, _) = world.enrol("late@fabrikam.example", "Lena Late", Some("fabrikam"), &[Role::AccessApprover]).await.unwrap();
        decide::revoke(&world.lockbox, &world.as_fresh(&approver), &request.reference, why()).unwrap();
    }

    /// One address, in whatever letters, is one person on one side.
    async fn no_second_account_can_have_an_engineers_address(world: &World) {
        for address in ["ivo@provider.example", "IVO@PROVIDER.EXAMPLE", "Ivo@Provider.Example", " ivo@provider.example "] {
            for (tenant, role) in [(None, Role::SupportManager), (Some("fabrikam"), Role::AccessApprover)] {
                let again = world.enrol(address, "Ivo Again", tenant, &[role]).await;
                assert!(matches!(again, Err(ActError::Taken(_))), "{address}");
            }
        }
    }

    async fn nobody_has_roles_of_both_sides(world: &World) {
        for (tenant, roles) in [
            (None, &[Role::Engineer, Role::AccessApprover][..]),
            (Some("fabrikam"), &[Role::GlobalAdministrator, Role::Engineer]),
            (None, &[Role::Auditor]),
            (Some("fabrikam"), &[Role::SupportManager]),
            (None, &[]),
        ] {
            let mixed = world.enrol("two@faces.example", "Two Faces", tenant, roles).await;
            assert!(matches!(mixed, Err(ActError::Unfit(_))), "{roles:?}");
        }
    }

    /// Machines may write an engineer's address in any letters; it is the same engineer, and still their own.
    async fn letter_case_makes_no_other_engineer(world: &World) {
        let (both, _) = world.enrol("both@provider.example", "Bo Both", None, &[Role::Engineer, Role::SupportManager]).await.unwrap();
        let answer = world.api().post("/api/v1/data-access-requests", &filing("BOTH@Provider.EXAMPLE")).await;
        assert_eq!((answer.status.as_u16(), answer.body["engineer"].as_str()), (201, Some("both@provider.example")));
        let request = world.request_in(&answer);
        assert_eq!(denied(decide::endorse(&world.lockbox, &world.as_fresh(&both), &seen(&request))), Denied::Own);
    }
}
