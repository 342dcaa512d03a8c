//! Several approvals: distinct people, counted again at the decision, and what the page says where there are too few
//! (PROOF 11).

use lockbox::acts::decide::{approve, start};
use lockbox::acts::limits::change_limits;
use lockbox::domain::lockbox::Limits;
use lockbox::domain::person::Role;
use lockbox::domain::request::{Request, State, StateKind};
use lockbox::domain::time::Minutes;

use super::SETTING;
use crate::world::{World, seen, stories};

fn need(world: &World, approvals_needed: u8) {
    let tenant = world.tenant("fabrikam");
    let wanted = Limits {
        approvals_needed,
        ..tenant.limits
    };
    let kim = world.fresh("kim");
    change_limits(
        &world.lockbox,
        &kim,
        tenant.id,
        Some(&tenant.limits),
        wanted,
    )
    .unwrap();
}

/// The request after this person's approval for so many hours.
fn approved_by(world: &World, name: &str, request: &Request, hours: u32) -> Request {
    let duration = Minutes::hours(hours);
    approve(
        &world.lockbox,
        &world.fresh(name),
        &seen(request),
        duration,
        None,
    )
    .unwrap()
}

stories! {
    /// The whole way, through the pages.
    async fn two_people_must_approve_where_two_are_needed(world: &World) {
        need(world, 2);
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        let approval = format!("{}/approval", world.page_of(&request));
        let page = kim.get(&approval).await;
        kim.submit(page.form("Approve for 4 hours")).await;
        let counted = world.stored(&request.reference);
        assert_eq!(counted.state.kind(), StateKind::AwaitingCustomer);
        let page = kim.get(&world.page_of(&request)).await.expect("1 of 2 approvals so far.").expect("somebody else must too").expect("Ada Ortiz");
        assert!(!page.has_button("Approve"), "one person twice is one person");
        kim.get(&approval).await.expect_status(409);
        assert!(!world.api().may("ivo", "fabrikam", "exchange-online").await);
        assert!(start(&world.lockbox, &world.fresh("ivo"), &seen(&counted)).is_err());

        let ada = world.signed_in("ada").await;
        let page = ada.get(&format!("{approval}?duration=PT2H")).await;
        ada.submit(page.form("Approve for 2 hours")).await.expect("Approved for 2 hours");
        let approved = world.stored(&request.reference);
        assert!(matches!(&approved.state, State::Approved { grant, .. } if grant.duration == Minutes::hours(2)), "the shortest that was approved: {:?}", approved.state);
        let entries = world.entries_about(&request);
        assert_eq!(entries.iter().filter(|entry| entry.fact.act() == "request.approved").count(), 2);
        start(&world.lockbox, &world.fresh("ivo"), &seen(&approved)).unwrap();
    }

    /// One is enough to say no.
    async fn one_rejection_is_enough(world: &World) {
        need(world, 2);
        let counted = approved_by(world, "kim", &world.endorsed(), 4);
        let why = lockbox::domain::text::Prose::parse("No.").unwrap();
        let rejected = lockbox::acts::decide::reject(&world.lockbox, &world.fresh("ada"), &seen(&counted), why).unwrap();
        assert_eq!(rejected.state.kind(), StateKind::Rejected);
    }

    async fn the_higher_number_of_filing_and_now_is_needed(world: &World) {
        let filed_with_one = world.endorsed();
        need(world, 2);
        let filed_with_two = world.endorsed();
        let counted = approved_by(world, "kim", &filed_with_one, 4);
        assert_eq!(counted.state.kind(), StateKind::AwaitingCustomer, "raised meanwhile");
        need(world, 1);
        let counted = approved_by(world, "kim", &filed_with_two, 4);
        assert_eq!(counted.state.kind(), StateKind::AwaitingCustomer, "lowered meanwhile");
        assert_eq!(approved_by(world, "ada", &counted, 4).state.kind(), StateKind::Approved);
    }

    /// Who approved and then lost the role does not count, and counts again when the role is theirs as it was.
    async fn an_approval_is_counted_again_at_the_decision(world: &World) {
        let (eva, _) = world.enrol("eva@fabrikam.example", "Eva Lang", Some("fabrikam"), &[Role::AccessApprover]).await.unwrap();
        need(world, 2);
        let request = world.endorsed();
        let counted = approved_by(world, "ada", &request, 4);
        world.change_role("ada", "access_approver", "auditor");
        let still = approved_by(world, "kim", &counted, 4);
        assert_eq!(still.state.kind(), StateKind::AwaitingCustomer, "Ada's approval went with her role");
        let page = world.signed_in("leo").await.get(&world.page_of(&request)).await;
        page.expect("1 of 2 approvals so far.");
        let again = approve(&world.lockbox, &world.fresh("kim"), &seen(&still), Minutes::hours(4), None);
        assert!(again.is_err(), "one person twice is one person");
        world.change_role("ada", "auditor", "access_approver");
        let approved = approve(&world.lockbox, &world.as_fresh(&eva), &seen(&still), Minutes::hours(4), None).unwrap();
        assert_eq!(approved.state.kind(), StateKind::Approved);
    }

    async fn a_role_gained_after_the_filing_does_not_count(world: &World) {
        need(world, 2);
        let request = world.endorsed();
        let counted = approved_by(world, "kim", &request, 4);
        world.pass(chrono::TimeDelta::minutes(1));
        let (eva, _) = world.enrol("eva@fabrikam.example", "Eva Lang", Some("fabrikam"), &[Role::AccessApprover]).await.unwrap();
        let tried = approve(&world.lockbox, &world.as_fresh(&eva), &seen(&counted), Minutes::hours(4), None);
        assert!(tried.is_err(), "{tried:?}");
        assert_eq!(world.stored(&request.reference), counted);
    }

    /// Too few people who can decide is said on the page, and nothing is approved by too few.
    async fn too_few_people_are_a_warning_and_no_approval(world: &World) {
        need(world, 2);
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        world.change_role("ada", "access_approver", "auditor");
        kim.get(SETTING).await.expect("2 people must approve, and only 1 can decide, so nothing can be approved.");
        let counted = approved_by(world, "kim", &request, 4);
        assert_eq!(counted.state.kind(), StateKind::AwaitingCustomer);
        let leo = world.signed_in("leo").await;
        leo.get(&world.page_of(&request)).await.expect("Nobody of Fabrikam can decide now, so it cannot be approved.");
        need(world, 1);
        kim.get(SETTING).await.expect("Only one person can decide. If that person is away, requests expire.");
        world.change_role("kim", "global_administrator", "auditor");
        leo.get(SETTING).await.expect("Nobody here can decide, so nothing can be approved.");
        leo.get("/").await.expect("Nobody here can decide, so nothing can be approved.");
        world.change_role("kim", "auditor", "global_administrator");
        world.change_role("ada", "auditor", "access_approver");
    }
}
