//! The other ends a request can come to, who is told of them, and what the customer reads who was not asked.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use lockbox::acts::decide;
use lockbox::domain::audit::entry::Actor;
use lockbox::domain::fact::{Fact, Verdict};
use lockbox::domain::id::PersonId;
use lockbox::domain::lockbox::{Limits, Lockbox};
use lockbox::domain::request::decide::{Circumstances, Command, Refusal};
use lockbox::domain::request::{Basis, HowEnded, Request, State, StateKind};
use lockbox::domain::text::Prose;
use lockbox::domain::time::Minutes;

use crate::world::{World, seen, stories};

const EVERYBODY: [&str; 4] = [
    "ada@fabrikam.example",
    "ivo@provider.example",
    "kim@fabrikam.example",
    "rosa@provider.example",
];

/// Who was told what since the last look: all of it in one kind of mail.
async fn assert_told(world: &World, subject: &str, to: &[&str]) {
    let mails = world.new_mails().await;
    assert!(
        mails.iter().all(|(_, said)| said.starts_with(subject)),
        "{subject:?}: {mails:?}"
    );
    assert_eq!(
        mails.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(),
        to,
        "{subject:?}"
    );
}

fn why(text: &str) -> Prose {
    Prose::parse(text).unwrap()
}

stories! {
    async fn the_customer_rejects_with_a_reason_that_the_engineer_reads(world: &World) {
        let request = world.endorsed();
        world.new_mails().await;
        let kim = world.signed_in("kim").await;
        let page = kim.get(&world.page_of(&request)).await;
        let page = kim.submit(page.form("Reject…")).await.expect("The problem may take longer to solve.");
        for empty in ["", "  \n "] {
            let again = kim.submit(page.form("Reject request").with("reason", empty)).await.expect_status(422).expect("Enter the reason.");
            assert!(again.html.contains("<title>Error:"));
        }
        assert_eq!(world.stored(&request.reference), request);
        let page = kim.submit(page.form("Reject request").with("reason", "We have found it ourselves.")).await;
        page.expect("Rejected").expect("There is no access.");
        assert_told(world, "Rejected", &EVERYBODY).await;
        assert!(world.newest_mail_to("ivo").contains("We have found it ourselves."));
        let ivo = world.signed_in("ivo").await;
        let page = ivo.get(&world.page_of(&request)).await.expect("Rejected by Kim Akers").expect("We have found it ourselves.");
        assert!(!page.has_button("Start access") && !page.has_button("Withdraw request"));
        assert!(!world.api().may("ivo", "fabrikam", "exchange-online").await);
    }

    async fn a_request_after_a_rejected_one_shows_the_rejection(world: &World) {
        let first = world.endorsed();
        decide::reject(&world.lockbox, &world.fresh("ada"), &seen(&first), why("Too wide.")).unwrap();
        world.pass(TimeDelta::minutes(1));
        let second = world.endorsed();
        let page = world.signed_in("kim").await.get(&world.page_of(&second)).await;
        page.expect(first.reference.as_str()).expect("was rejected by Ada Ortiz").expect("Too wide.");
    }

    async fn a_manager_rejects_and_the_tenant_is_told_nothing(world: &World) {
        let request = world.filed();
        let rosa = world.signed_in("rosa").await;
        let page = rosa.get(&world.page_of(&request)).await;
        let page = rosa.get(&page.link("Reject…")).await;
        rosa.submit(page.form("Reject request").with("reason", "")).await.expect_status(422).expect("Enter the reason.");
        rosa.submit(page.form("Reject request").with("reason", "Name the mailbox.")).await.expect("Rejected");
        assert_told(world, "Rejected", &["ivo@provider.example"]).await;
        assert!(world.newest_mail_to("ivo").contains("Name the mailbox."));
        // It is on record all the same.
        let kim = world.signed_in("kim").await;
        kim.get("/requests?view=all").await.expect(request.reference.as_str());
        kim.get(&world.page_of(&request)).await.expect("Rejected by Rosa Lindqvist");
    }

    async fn a_request_that_no_manager_answers_expires(world: &World) {
        let request = world.filed();
        world.clock.set(request.state.deadline().unwrap());
        world.night().await;
        assert_told(world, "Expired, no access was given", &["ivo@provider.example"]).await;
        assert!(world.newest_mail_to("ivo").contains("No support manager answered your request"));
        world.signed_in("rosa").await.get(&world.page_of(&request)).await.expect("Expired on").expect("No access was given.");
    }

    async fn a_request_that_the_customer_does_not_answer_expires(world: &World) {
        let request = world.endorsed();
        world.new_mails().await;
        world.a_minute_before(request.state.deadline().unwrap());
        let kim = world.signed_in("kim").await;
        let late = kim.get(&format!("{}/approval", world.page_of(&request))).await.form("Approve for 4 hours");
        world.clock.set(request.state.deadline().unwrap());
        world.night().await;
        assert_told(world, "Expired, no access was given", &EVERYBODY).await;
        let page = kim.submit_one(late).await.expect_status(410).expect("Too late").expect("Expired, no access was given");
        assert_eq!(kim.get(&page.link("Look at")).await.expect("Expired on").path, world.page_of(&request));
        assert!(!world.api().may("ivo", "fabrikam", "exchange-online").await);
    }

    async fn an_approval_that_nobody_starts_expires(world: &World) {
        let request = world.approved();
        world.new_mails().await;
        world.clock.set(request.state.deadline().unwrap());
        world.night().await;
        assert_told(world, "Expired, no access was given", &EVERYBODY).await;
        let ivo = world.signed_in("ivo").await;
        assert!(!ivo.get(&world.page_of(&request)).await.expect("Expired on").has_button("Start access"));
    }

    async fn an_approval_is_revoked_before_it_is_used(world: &World) {
        let request = world.approved();
        world.new_mails().await;
        let ada = world.signed_in("ada").await;
        let page = ada.get(&world.page_of(&request)).await;
        let page = ada.get(&page.link("Revoke access…")).await.expect("has not started it and can no longer start it");
        ada.submit(page.form("Revoke access now").with("reason", " ")).await.expect_status(422).expect("Enter the reason.");
        ada.submit(page.form("Revoke access now").with("reason", "Found it.")).await.expect("It was never used.");
        assert_told(world, "Revoked", &EVERYBODY).await;
        assert!(world.newest_mail_to("ivo").contains("Found it."));
        assert!(matches!(world.stored(&request.reference).state, State::Revoked { since: None, .. }));
    }

    async fn a_manager_revokes_live_access(world: &World) {
        let request = world.active();
        world.new_mails().await;
        let rosa = world.signed_in("rosa").await;
        let page = rosa.get(&world.page_of(&request)).await;
        let page = rosa.get(&page.link("Revoke access…")).await.expect("keeps access until");
        rosa.submit(page.form("Revoke access now").with("reason", "Wrong customer.")).await.expect("has no access");
        assert_told(world, "Revoked", &EVERYBODY).await;
        assert!(world.newest_mail_to("kim").contains("Wrong customer."));
        assert!(matches!(world.stored(&request.reference).state, State::Revoked { since: Some(_), .. }));
        let kim = world.signed_in("kim").await;
        kim.get(&world.page_of(&request)).await.expect("Revoked by Rosa Lindqvist").expect("Access ended at once.");
    }

    async fn the_engineer_withdraws_and_whoever_was_asked_hears_of_it(world: &World) {
        let ivo = world.signed_in("ivo").await;
        for (request, told) in [(world.filed(), &["ivo@provider.example"][..]), (world.endorsed(), &EVERYBODY), (world.approved(), &EVERYBODY)] {
            world.new_mails().await;
            let page = ivo.get(&world.page_of(&request)).await;
            ivo.submit(page.form("Withdraw request")).await.expect("Withdrawn by Ivo Brandt");
            assert_told(world, "Withdrawn", told).await;
            assert_eq!(world.stored(&request.reference).state.kind(), StateKind::Withdrawn);
        }
    }

    async fn the_engineer_is_done_before_the_time_is_over(world: &World) {
        let request = world.active();
        world.new_mails().await;
        world.pass(TimeDelta::minutes(20));
        let ivo = world.signed_in("ivo").await;
        let page = ivo.get(&world.page_of(&request)).await;
        ivo.submit(page.form("I am done")).await.expect("Ivo Brandt was done on");
        assert_told(world, "Access ended", &EVERYBODY).await;
        match world.stored(&request.reference).state {
            State::Ended { at, how: HowEnded::Done { by }, .. } => assert_eq!((at, by), (world.now(), Actor::of(&world.person("ivo")))),
            other => panic!("{other:?}"),
        }
        ivo.submit_one(page.form("I am done")).await.expect_status(409).expect("Ivo Brandt ended the access at 17:50 UTC.");
    }

    async fn access_ends_by_time_and_everybody_hears_of_it(world: &World) {
        let request = world.active();
        world.new_mails().await;
        world.clock.set(request.state.deadline().unwrap());
        world.night().await;
        assert_told(world, "Access ended", &EVERYBODY).await;
        world.signed_in("kim").await.get(&world.page_of(&request)).await.expect("The time was over on");
    }

    async fn final_is_final(world: &World) {
        let rejected = decide::reject(&world.lockbox, &world.fresh("kim"), &seen(&world.endorsed()), why("No.")).unwrap();
        let withdrawn = decide::withdraw(&world.lockbox, &world.fresh("ivo"), &world.endorsed().reference).unwrap();
        let revoked = decide::revoke(&world.lockbox, &world.fresh("kim"), &world.active().reference, why("No.")).unwrap();
        let ended = decide::finish(&world.lockbox, &world.fresh("ivo"), &world.active().reference).unwrap();
        for request in [rejected, withdrawn, revoked, ended] {
            let (lockbox, at, seen) = (&world.lockbox, &request.reference, seen(&request));
            let tries = [
                decide::endorse(lockbox, &world.fresh("rosa"), &seen),
                decide::approve(lockbox, &world.fresh("kim"), &seen, request.asked, None),
                decide::reject(lockbox, &world.fresh("kim"), &seen, why("No.")),
                decide::reject(lockbox, &world.fresh("rosa"), &seen, why("No.")),
                decide::revoke(lockbox, &world.fresh("kim"), at, why("No.")),
                decide::start(lockbox, &world.fresh("ivo"), &seen),
                decide::finish(lockbox, &world.fresh("ivo"), at),
                decide::withdraw(lockbox, &world.fresh("ivo"), at),
            ];
            assert!(tries.iter().all(Result::is_err), "{request:?}");
            world.pass(TimeDelta::days(1));
            world.night().await;
            assert_eq!(world.stored(at), request);
        }
    }

    async fn with_the_lockbox_off_the_endorsement_is_enough_and_the_customer_sees_all_of_it(world: &World) {
        let request = world.filed_by("ivo", "contoso", "exchange-online");
        world.new_mails().await;
        let rosa = world.signed_in("rosa").await;
        let page = rosa.get(&world.page_of(&request)).await;
        rosa.submit(page.form("Endorse request")).await.expect("Endorsed and approved").expect("Customer Lockbox was off, so the customer was not asked");
        assert_told(world, "Approved", &["ivo@provider.example", "jo@contoso.example", "rosa@provider.example", "sam@contoso.example"]).await;
        assert!(matches!(world.stored(&request.reference).state, State::Approved { grant, .. } if grant.basis == Basis::LockboxOff && grant.duration == request.asked));
        assert!(!world.api().may("ivo", "contoso", "exchange-online").await, "approved is not started");
        let ivo = world.signed_in("ivo").await;
        let page = ivo.get(&world.page_of(&request)).await;
        ivo.submit(page.form("Start access")).await.expect("Access active");
        assert!(world.api().may("ivo", "contoso", "exchange-online").await);
        let sam = world.signed_in("sam").await;
        let page = sam.get(&world.page_of(&request)).await.expect("Customer Lockbox was off, so the customer was not asked").expect("Access started");
        assert!(page.link("Revoke access…").ends_with("/revocation"));
        sam.get("/audit").await.expect("Endorsed and approved for 4 hours").expect("Access started");
    }

    async fn for_a_service_accepted_as_not_covered_the_customer_is_not_asked(world: &World) {
        let request = world.filed_by("mina", "fabrikam", "telemetry");
        let granted = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
        assert!(matches!(granted.state, State::Approved { grant, .. } if grant.basis == Basis::NotCovered));
        let kim = world.signed_in("kim").await;
        kim.get(&world.page_of(&request)).await.expect("The customer accepted that this service is not covered");
        kim.get("/settings/customer-lockbox").await.expect("Service telemetry");
    }

    async fn turning_on_revokes_what_was_approved_only_because_it_was_off(world: &World) {
        let unstarted = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.filed_by("ivo", "contoso", "teams"))).unwrap();
        let started = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&world.filed_by("mina", "contoso", "teams"))).unwrap();
        let started = decide::start(&world.lockbox, &world.fresh("mina"), &seen(&started)).unwrap();
        let waiting = world.filed_by("ivo", "contoso", "onedrive");
        world.new_mails().await;

        let sam = world.signed_in("sam").await;
        let page = sam.get("/settings/customer-lockbox").await;
        let page = sam.submit(page.form("Save").with("lockbox", "on")).await.expect("Activation terms").expect("Turning it on revokes it.").expect("Service telemetry");
        let other_terms = page.form("Accept").with("terms", &"0".repeat(64));
        sam.submit(other_terms).await.expect_status(422).expect("The activation terms have changed.");
        assert!(!world.tenant("contoso").lockbox.is_on());
        let page = sam.submit(page.form("Accept")).await;
        assert_eq!(page.path, "/settings/customer-lockbox");
        match &world.tenant("contoso").lockbox {
            Lockbox::On { terms, accepted_by, uncovered, .. } => assert_eq!((terms, *accepted_by, uncovered.len()), (&world.lockbox.terms.version, world.person("sam").id, 1)),
            Lockbox::Off => panic!("still off"),
        }

        assert!(matches!(world.stored(&unstarted.reference).state, State::Revoked { since: None, .. }));
        assert_eq!(world.stored(&started.reference), started, "what runs goes on; it can be revoked");
        assert_eq!(world.stored(&waiting.reference), waiting);
        let told: BTreeSet<_> = world.new_mails().await.into_iter().collect();
        assert!(told.iter().any(|(to, subject)| to == "ivo@provider.example" && subject.starts_with("Revoked")), "{told:?}");
        assert!(["jo", "sam"].iter().all(|name| told.iter().any(|(to, subject)| to.starts_with(name) && subject.contains("turned on"))), "{told:?}");
        let asked = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&waiting)).unwrap();
        assert_eq!(asked.state.kind(), StateKind::AwaitingCustomer, "from now on the customer is asked");
        assert!(decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&world.stored(&unstarted.reference))).is_err());
    }

    async fn turning_off_tells_everybody_and_leaves_what_waits_waiting(world: &World) {
        let (waiting, filed) = (world.endorsed(), world.filed());
        world.new_mails().await;
        let kim = world.signed_in("kim").await;
        let page = kim.get("/settings/customer-lockbox").await;
        let page = kim.submit(page.form("Save").without("lockbox")).await.expect("1 request that waits for you keeps waiting for your answer.").expect("Ada Ortiz");
        kim.submit(page.form("Turn off")).await;
        assert!(!world.tenant("fabrikam").lockbox.is_on());
        let mails = world.new_mails().await;
        assert_eq!(mails.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), ["ada@fabrikam.example", "kim@fabrikam.example"]);
        assert!(mails.iter().all(|(_, subject)| subject.contains("turned off")), "{mails:?}");
        assert_eq!(world.stored(&waiting.reference), waiting);
        let ada = world.signed_in("ada").await;
        let page = ada.get(&format!("{}/approval", world.page_of(&waiting))).await;
        ada.submit(page.form("Approve for 4 hours")).await.expect("Approved for 4 hours");
        assert!(matches!(world.stored(&waiting.reference).state, State::Approved { grant, .. } if grant.basis == Basis::CustomerDecision));
        let granted = decide::endorse(&world.lockbox, &world.fresh("rosa"), &seen(&filed)).unwrap();
        assert!(matches!(granted.state, State::Approved { grant, .. } if grant.basis == Basis::LockboxOff));
    }

    async fn only_an_administrator_switches(world: &World) {
        for (name, status) in [("ada", 403), ("leo", 403), ("rosa", 404), ("pat", 404)] {
            let visitor = world.signed_in(name).await;
            for path in ["/settings/customer-lockbox/off", "/settings/customer-lockbox/terms"] {
                visitor.get(path).await.expect_status(status);
            }
        }
        let leo = world.signed_in("leo").await.get("/settings/customer-lockbox").await.expect_status(200);
        assert!(!leo.has_button("Save"), "who may not change it sees no form");
    }

    async fn less_than_asked_can_be_given_and_never_more(world: &World) {
        let request = world.endorsed();
        let kim = world.signed_in("kim").await;
        let approval = format!("{}/approval", world.page_of(&request));
        for (more, status) in [("PT4H1M", 422), ("PT5H", 422), ("PT24H", 422), ("PT0H", 422), ("PT-1H", 422), ("4", 422), ("", 422), ("PT99999999999H", 422)] {
            let form = kim.get(&approval).await.form("Approve for 4 hours").with("duration", more);
            kim.submit_one(form).await.expect_status(status);
            kim.get(&format!("{approval}?duration={more}")).await.form("Approve for 4 hours");
        }
        assert_eq!(world.stored(&request.reference), request);
        let page = kim.get(&format!("{approval}?duration=PT15M")).await.expect("4 hours were asked for");
        kim.submit(page.form("Approve for 15 minutes")).await.expect("Approved for 15 minutes");
        let approved = world.stored(&request.reference);
        let active = decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&approved)).unwrap();
        assert_eq!(active.state.deadline(), Some(world.now() + TimeDelta::minutes(15)));
    }

    async fn an_engineer_has_five_open_requests_for_a_tenant_at_most(world: &World) {
        let ivo = world.signed_in("ivo").await;
        let new = ivo.get("/requests/new").await.form("File request").with("tenant", "fabrikam").with("service", "teams").with("scope", "Chats").with("reason", "To see.").with("duration", "PT1H");
        let open: Vec<Request> = (0..5).map(|_| world.filed()).collect();
        ivo.submit_one(new.clone()).await.expect_status(409).expect("You have 5 open requests for this customer");
        ivo.submit_one(new.clone().with("tenant", "contoso")).await.expect_status(303);
        decide::withdraw(&world.lockbox, &world.fresh("ivo"), &open[2].reference).unwrap();
        ivo.submit_one(new.clone()).await.expect_status(303);
        ivo.submit_one(new.clone().with("reason", "Once more.")).await.expect_status(409);
        world.clock.set(open[0].state.deadline().unwrap());
        let ivo = world.signed_in("ivo").await;
        let new = ivo.get("/requests/new").await.form("File request").with("tenant", "fabrikam").with("service", "teams").with("scope", "Chats").with("reason", "To see.").with("duration", "PT1H");
        ivo.submit_one(new).await.expect_status(303);
    }
}

/// Quorums, decided by the domain alone.
mod quorum {
    use super::*;
    use lockbox::domain::id::{Reference, RequestId, ServiceId, TenantId};
    use lockbox::domain::request::FiledBy;
    use lockbox::domain::request::decide::decide;
    use lockbox::domain::scope::Scope;
    use lockbox::domain::text::Line;
    use uuid::Uuid;

    const KIM: PersonId = PersonId(Uuid::from_u128(1));
    const ADA: PersonId = PersonId(Uuid::from_u128(2));
    const LEO: PersonId = PersonId(Uuid::from_u128(3));

    fn waiting(quorum: u8) -> Request {
        let now = crate::world::beginning();
        Request {
            id: RequestId(Uuid::from_u128(10)),
            reference: Reference::parse("LBX-7Q2M-9XKD").unwrap(),
            tenant: TenantId(Uuid::from_u128(11)),
            service: ServiceId(Uuid::from_u128(12)),
            engineer: PersonId(Uuid::from_u128(13)),
            filed_by: FiledBy::Engineer,
            case: None,
            reason: why("To see."),
            scope: Scope::parse(why("Kim's calendar"), [], []).unwrap(),
            asked: Minutes::hours(4),
            follows: None,
            filed_at: now,
            quorum,
            endorsement: None,
            state: State::AwaitingCustomer {
                expires_at: now + TimeDelta::hours(12),
                approvals: Vec::new(),
            },
            version: 2,
            reminders: Vec::new(),
        }
    }

    fn actor(id: PersonId) -> Actor {
        Actor::Person {
            id,
            name: Line::parse("Somebody").unwrap(),
            roles: Vec::new(),
        }
    }

    /// The request after this person's approval for so many hours, with these people able to approve.
    fn approve(
        request: &Request,
        who: PersonId,
        hours: u32,
        needed: u8,
        approvers: &[PersonId],
    ) -> Result<Request, Refusal> {
        let limits = Limits {
            approvals_needed: needed,
            ..Limits::default()
        };
        let approvers = approvers.iter().copied().collect();
        let around = Circumstances {
            lockbox: &Lockbox::Off,
            limits: &limits,
            zone: chrono_tz::Tz::UTC,
            approvers: &approvers,
        };
        let command = Command::Approve {
            duration: Minutes::hours(hours),
            note: None,
        };
        let fact = decide(request, command, &actor(who), &around, request.filed_at)?;
        let granted = matches!(
            fact,
            Fact::RequestApproved {
                verdict: Verdict::Granted { .. },
                ..
            }
        );
        let next = request.apply(&fact, &actor(who), request.filed_at).unwrap();
        assert_eq!(granted, next.state.kind() == StateKind::Approved);
        Ok(next)
    }

    #[test]
    fn two_people_must_approve_where_two_are_needed() {
        let one = approve(&waiting(2), KIM, 4, 2, &[KIM, ADA]).unwrap();
        assert_eq!(one.state.kind(), StateKind::AwaitingCustomer);
        let two = approve(&one, ADA, 4, 2, &[KIM, ADA]).unwrap();
        assert_eq!(two.state.kind(), StateKind::Approved);
    }

    #[test]
    fn one_person_twice_is_one_person() {
        let one = approve(&waiting(2), KIM, 4, 2, &[KIM, ADA]).unwrap();
        assert_eq!(
            approve(&one, KIM, 4, 2, &[KIM, ADA]),
            Err(Refusal::ApprovedBefore)
        );
    }

    #[test]
    fn who_may_not_approve_any_more_no_longer_counts() {
        let one = approve(&waiting(2), KIM, 4, 2, &[KIM, ADA]).unwrap();
        let still = approve(&one, ADA, 4, 2, &[ADA, LEO]).unwrap();
        assert_eq!(
            still.state.kind(),
            StateKind::AwaitingCustomer,
            "Kim's approval is gone with Kim's role"
        );
        assert_eq!(
            approve(&still, LEO, 4, 2, &[ADA, LEO])
                .unwrap()
                .state
                .kind(),
            StateKind::Approved
        );
    }

    #[test]
    fn the_higher_quorum_of_filing_and_now_counts() {
        let filed_with_two = approve(&waiting(2), KIM, 4, 1, &[KIM, ADA]).unwrap();
        assert_eq!(filed_with_two.state.kind(), StateKind::AwaitingCustomer);
        let raised_to_two = approve(&waiting(1), KIM, 4, 2, &[KIM, ADA]).unwrap();
        assert_eq!(raised_to_two.state.kind(), StateKind::AwaitingCustomer);
    }

    #[test]
    fn the_shortest_duration_that_was_approved_is_granted() {
        for (first, second) in [(1, 3), (3, 1)] {
            let one = approve(&waiting(2), KIM, first, 2, &[KIM, ADA]).unwrap();
            let two = approve(&one, ADA, second, 2, &[KIM, ADA]).unwrap();
            assert!(
                matches!(two.state, State::Approved { grant, .. } if grant.duration == Minutes::hours(1))
            );
        }
    }

    #[test]
    fn more_than_asked_or_allowed_is_refused() {
        assert_eq!(
            approve(&waiting(1), KIM, 5, 1, &[KIM]),
            Err(Refusal::TooLong(Minutes::hours(4)))
        );
    }
}
