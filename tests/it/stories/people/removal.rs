//! Removing somebody: what ends with it (PROOF 11, 19).

use lockbox::acts::limits::change_limits;
use lockbox::acts::people::remove;
use lockbox::acts::{ActError, decide};
use lockbox::domain::key::KeyScope;
use lockbox::domain::lockbox::Limits;
use lockbox::domain::person::Role;
use lockbox::domain::request::StateKind;
use lockbox::domain::text::Prose;

use super::{confirm, invited, joined};
use crate::world::places::Place;
use crate::world::{Api, World, stories};

fn need_two(world: &World) {
    let tenant = world.tenant("fabrikam");
    let wanted = Limits {
        approvals_needed: 2,
        ..tenant.limits
    };
    let (kim, seen) = (world.fresh("kim"), Some(&tenant.limits));
    change_limits(&world.lockbox, &kim, tenant.id, seen, wanted).unwrap();
}

stories! {
    /// A removed engineer has no access from that very moment: what waited is withdrawn, what ran is revoked, keys and
    /// sessions are worth nothing.
    async fn a_removed_engineers_access_ends_in_the_same_act(world: &World) {
        let (active, approved, waiting) = (world.active(), world.approved(), world.filed());
        let ivo = world.signed_in("ivo").await;
        let key = world.new_key("ivo's", &[KeyScope::AccessRead], Some("ivo"));
        let gate = Place::of_side_door("/access/v1/evaluation");
        assert_eq!(Api::new(world, &key).send("POST", &gate.pattern, Some(gate.body())).await.status.as_u16(), 200);
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await);
        world.new_mails().await;
        let pat = world.signed_in("pat").await;
        let page = world.page_of_person("ivo@provider.example");
        pat.get(&format!("{page}/removal")).await.expect("Their 3 open requests are withdrawn");
        confirm(&pat, &format!("{page}/removal"), "Remove").await.expect("Removed.");
        assert!(!world.api().may("ivo", "fabrikam", "exchange-online").await);
        for (request, kind) in [(active, StateKind::Revoked), (approved, StateKind::Revoked), (waiting, StateKind::Withdrawn)] {
            assert_eq!(world.stored(&request.reference).state.kind(), kind);
        }
        ivo.get("/queue").await.expect("Sign in");
        let answer = Api::new(world, &key).send("POST", &gate.pattern, Some(gate.body())).await;
        assert_eq!(answer.status.as_u16(), 401, "the keys of somebody removed stop");
        let mails = world.new_mails().await;
        for (to, subject) in [("ivo@provider.example", "You were removed, the provider"), ("pat@provider.example", "Somebody was removed, the provider")] {
            assert!(mails.contains(&(to.to_owned(), subject.to_owned())), "{mails:?}");
        }
        let account = world.account("ivo").clone();
        super::with_password(&ivo, &account.email, &account.password).await.expect_status(422).expect("wrong");
    }

    /// The same for who stays and is engineer no more.
    async fn who_is_engineer_no_more_has_no_access(world: &World) {
        let (active, approved, waiting) = (world.active(), world.approved(), world.filed());
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await);
        world.with_roles("ivo", &[Role::ProviderAuditor]);
        assert!(!world.api().may("ivo", "fabrikam", "exchange-online").await);
        for (request, kind) in [(active, StateKind::Revoked), (approved, StateKind::Revoked), (waiting, StateKind::Withdrawn)] {
            assert_eq!(world.stored(&request.reference).state.kind(), kind);
        }
    }

    /// The act looks who somebody is now: whoever was removed since their page was made does nothing by it.
    async fn who_is_gone_meanwhile_decides_nothing(world: &World) {
        let (request, active, ada) = (world.endorsed(), world.active(), world.fresh("ada"));
        remove(&world.lockbox, &world.fresh("kim"), ada.person.id).unwrap();
        let why = || Prose::parse("No.").unwrap();
        for done in [
            decide::approve(&world.lockbox, &ada, &crate::world::seen(&request), request.asked, None),
            decide::reject(&world.lockbox, &ada, &crate::world::seen(&request), why()),
            decide::revoke(&world.lockbox, &ada, &active.reference, why()),
        ] {
            assert!(matches!(done, Err(ActError::Denied(_))), "{done:?}");
        }
    }

    /// What was open before a removal opens nothing when its owner is invited again: no link, and no session.
    async fn nothing_of_before_a_removal_opens_when_its_owner_comes_again(world: &World) {
        const NOA: &str = "noa@fabrikam.example";
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        let before = joined(world, NOA).await;
        let visitor = world.visitor();
        let form = visitor.get("/password/forgotten").await.form("Send the link").with("email", NOA);
        visitor.submit(form).await.expect_status(200);
        world.night().await;
        let link = world.link_to(NOA).await;
        visitor.get(&link).await.expect_status(200);
        remove(&world.lockbox, &world.fresh("kim"), world.person_at(NOA).id).unwrap();
        invited(world, NOA, "Noa Weiss", &["auditor"]).await;
        visitor.get(&link).await.expect_status(410);
        joined(world, NOA).await;
        visitor.get(&link).await.expect_status(410);
        assert_eq!(before.get_one("/").await.location(), Some("/sign-in"));
    }

    /// An approval of somebody who was removed does not count, and neither does one of somebody who decides no more.
    async fn the_approval_of_who_is_gone_does_not_count(world: &World) {
        world.turn_on("fabrikam", "kim");
        invited(world, "noa@fabrikam.example", "Noa Weiss", &["access_approver"]).await;
        joined(world, "noa@fabrikam.example").await;
        need_two(world);
        for taken_by in ["another role", "removal"] {
            let request = world.endorsed();
            let request = decide::approve(&world.lockbox, &world.fresh("ada"), &crate::world::seen(&request), request.asked, None).unwrap();
            let kim = world.signed_in("kim").await;
            let adas = world.page_of_person("ada@fabrikam.example");
            if taken_by == "another role" {
                let form = kim.get(&format!("{adas}/roles")).await.form("Save roles").without("access_approver").with("auditor", "on");
                kim.submit(form).await.expect("Changed.");
                let form = kim.get(&format!("{adas}/roles")).await.form("Save roles").without("auditor").with("access_approver", "on");
                kim.submit(form).await.expect("Changed.");
            } else {
                kim.get(&format!("{adas}/removal")).await.expect("Their pending approval no longer counts.");
                confirm(&kim, &format!("{adas}/removal"), "Remove").await.expect("Removed.");
            }
            // Ada's no longer counts, so Kim's alone is not enough, also where Ada approves again since.
            let request = decide::approve(&world.lockbox, &world.fresh("kim"), &crate::world::seen(&request), request.asked, None).unwrap();
            assert_eq!(request.state.kind(), StateKind::AwaitingCustomer, "{taken_by}");
            let request = decide::approve(&world.lockbox, &world.fresh_at("noa@fabrikam.example"), &crate::world::seen(&request), request.asked, None).unwrap();
            assert_eq!(request.state.kind(), StateKind::Approved, "{taken_by}");
        }
    }
}
