//! Time decides, to the microsecond. The night shift only writes it down, however late.

use chrono::TimeDelta;
use lockbox::domain::audit::entry::Actor;
use lockbox::domain::fact::{Fact, Verdict};
use lockbox::domain::lockbox::Limits;
use lockbox::domain::request::decide::{Circumstances, Command, decide};
use lockbox::domain::request::state::WaitingFor;
use lockbox::domain::request::{HowEnded, Request, State, StateKind};
use lockbox::domain::time::{Minutes, Moment};

use crate::world::page::Form;
use crate::world::{Visitor, World, seen, stories};

const MICROSECOND: TimeDelta = TimeDelta::microseconds(1);

/// Three requests with one deadline: for just before it, the very instant, and just after it.
fn three(world: &World, make: impl Fn(&World) -> Request) -> ([Request; 3], Moment) {
    let requests = [make(world), make(world), make(world)];
    let deadline = requests[0].state.deadline().unwrap();
    assert!(
        requests
            .iter()
            .all(|request| request.state.deadline() == Some(deadline))
    );
    (requests, deadline)
}

/// The forms with this button, from one page of each request, opened while there was time.
async fn forms(
    visitor: &Visitor<'_>,
    requests: &[Request],
    below: &str,
    button: &str,
) -> Vec<Form> {
    let mut forms = Vec::new();
    for request in requests {
        let page = visitor
            .get(&format!("/requests/{}{below}", request.reference))
            .await
            .expect_status(200);
        let form = page.form(button);
        forms.push(if form.has("reason") {
            form.with("reason", "Not today.")
        } else {
            form
        });
    }
    forms
}

/// Sends the three forms around the deadline. The first is taken; the others meet a request that has expired.
async fn send_around(
    world: &World,
    visitor: &Visitor<'_>,
    forms: Vec<Form>,
    deadline: Moment,
    because: &str,
) {
    let [before, at, after] = <[Form; 3]>::try_from(forms).unwrap();
    world.clock.set(deadline - MICROSECOND);
    visitor.submit_one(before).await.expect_status(303);
    world.clock.set(deadline);
    visitor
        .submit_one(at)
        .await
        .expect_status(410)
        .expect(because)
        .expect("no access was given");
    world.clock.set(deadline + MICROSECOND);
    visitor
        .submit_one(after)
        .await
        .expect_status(410)
        .expect(because)
        .expect("no access was given");
}

/// What became of the three, as stored: nobody has written the lapse of the last two down.
fn assert_stored(world: &World, requests: &[Request; 3], first: StateKind) {
    assert_eq!(world.stored(&requests[0].reference).state.kind(), first);
    for request in &requests[1..] {
        assert_eq!(
            world.stored(&request.reference),
            *request,
            "a refused act leaves no trace"
        );
    }
}

stories! {
    async fn a_manager_endorses_until_the_deadline_and_not_at_it(world: &World) {
        let (requests, deadline) = three(world, World::filed);
        assert_eq!(deadline, requests[0].filed_at + TimeDelta::hours(12));
        world.a_minute_before(deadline);
        let rosa = world.signed_in("rosa").await;
        let forms = forms(&rosa, &requests, "", "Endorse request").await;
        send_around(world, &rosa, forms, deadline, "No support manager answered by").await;
        assert_stored(world, &requests, StateKind::AwaitingCustomer);
    }

    async fn a_manager_rejects_until_the_deadline_and_not_at_it(world: &World) {
        let (requests, deadline) = three(world, World::filed);
        world.a_minute_before(deadline);
        let rosa = world.signed_in("rosa").await;
        let forms = forms(&rosa, &requests, "/rejection", "Reject request").await;
        send_around(world, &rosa, forms, deadline, "No support manager answered by").await;
        assert_stored(world, &requests, StateKind::Rejected);
    }

    async fn the_customer_approves_until_the_deadline_and_not_at_it(world: &World) {
        let (requests, deadline) = three(world, World::endorsed);
        assert_eq!(deadline, world.now() + TimeDelta::hours(12));
        world.a_minute_before(deadline);
        let kim = world.signed_in("kim").await;
        let forms = forms(&kim, &requests, "/approval", "Approve for 4 hours").await;
        send_around(world, &kim, forms, deadline, "The customer did not answer by").await;
        assert_stored(world, &requests, StateKind::Approved);
    }

    async fn the_customer_rejects_until_the_deadline_and_not_at_it(world: &World) {
        let (requests, deadline) = three(world, World::endorsed);
        world.a_minute_before(deadline);
        let ada = world.signed_in("ada").await;
        let forms = forms(&ada, &requests, "/rejection", "Reject request").await;
        send_around(world, &ada, forms, deadline, "The customer did not answer by").await;
        assert_stored(world, &requests, StateKind::Rejected);
    }

    async fn the_engineer_starts_until_the_deadline_and_not_at_it(world: &World) {
        let (requests, deadline) = three(world, World::approved);
        assert_eq!(deadline, world.now() + TimeDelta::hours(4));
        world.a_minute_before(deadline);
        let ivo = world.signed_in("ivo").await;
        let forms = forms(&ivo, &requests, "", "Start access").await;
        send_around(world, &ivo, forms, deadline, "The approved access was not started by").await;
        assert_stored(world, &requests, StateKind::Active);
    }

    async fn an_approval_is_revoked_until_its_deadline_and_not_at_it(world: &World) {
        let (requests, deadline) = three(world, World::approved);
        world.a_minute_before(deadline);
        let kim = world.signed_in("kim").await;
        let forms = forms(&kim, &requests, "/revocation", "Revoke access now").await;
        send_around(world, &kim, forms, deadline, "The approved access was not started by").await;
        assert_stored(world, &requests, StateKind::Revoked);
    }

    async fn access_holds_until_its_last_microsecond(world: &World) {
        let request = world.active();
        let State::Active { until, since, .. } = request.state else { panic!("{request:?}") };
        assert_eq!(until, since + TimeDelta::hours(4));
        let api = world.api();
        for (now, may) in [(until - MICROSECOND, true), (until, false), (until + MICROSECOND, false), (until + TimeDelta::days(1), false)] {
            world.clock.set(now);
            assert_eq!(api.may("ivo", "fabrikam", "exchange-online").await, may, "at {now}");
        }
        assert_eq!(world.stored(&request.reference).state.kind(), StateKind::Active, "nobody has written it down");
        world.clock.set(until);
        let kim = world.signed_in("kim").await;
        kim.get(&world.page_of(&request)).await.expect("Ended").expect("The time was over on");
        kim.get("/").await.expect("Nobody has access.");
    }

    async fn an_access_that_is_over_can_be_neither_ended_nor_revoked(world: &World) {
        let request = world.active();
        let deadline = request.state.deadline().unwrap();
        world.a_minute_before(deadline);
        let (ivo, kim) = (world.signed_in("ivo").await, world.signed_in("kim").await);
        let done = ivo.get(&world.page_of(&request)).await.form("I am done");
        let revoke = kim.get(&format!("{}/revocation", world.page_of(&request))).await.form("Revoke access now").with("reason", "Enough.");
        world.clock.set(deadline);
        ivo.submit_one(done).await.expect_status(409).expect("when its time was over");
        kim.submit_one(revoke).await.expect_status(409).expect("when its time was over");
        assert_eq!(world.stored(&request.reference), request);
    }

    async fn the_night_shift_records_each_lapse_with_its_deadline_however_late(world: &World) {
        let lapsing = [
            (world.filed(), Some(WaitingFor::Manager)),
            (world.endorsed(), Some(WaitingFor::Customer)),
            (world.approved(), Some(WaitingFor::Start)),
            (world.active(), None),
        ];
        let last = lapsing.iter().map(|(request, _)| request.state.deadline().unwrap()).max().unwrap();
        let recorded_at = last + TimeDelta::days(3);
        world.clock.set(recorded_at);
        world.night().await;
        for (request, waiting_for) in lapsing {
            let deadline = request.state.deadline().unwrap();
            let stored = world.stored(&request.reference);
            match (waiting_for, &stored.state) {
                (Some(waited), State::Expired { at, waiting_for }) => assert_eq!((*at, *waiting_for), (deadline, waited)),
                (None, State::Ended { at, how: HowEnded::Time, .. }) => assert_eq!(*at, deadline),
                (_, other) => panic!("{request:?} became {other:?}"),
            }
            let entries = world.entries_about(&request);
            let last = entries.last().unwrap();
            assert_eq!((last.at, &last.author.actor), (recorded_at, &Actor::System), "the entry names the time of recording");
            match &last.fact {
                Fact::RequestExpired { deadline: named } | Fact::AccessEnded { at: named, how: HowEnded::Time } => assert_eq!(*named, deadline),
                other => panic!("{other:?}"),
            }
        }
        let size = world.entries();
        world.night().await;
        assert_eq!(world.entries(), size, "each lapse is recorded once");
    }

    async fn the_night_shift_records_nothing_before_the_deadline(world: &World) {
        let request = world.endorsed();
        let deadline = request.state.deadline().unwrap();
        world.clock.set(deadline - MICROSECOND);
        world.night().await;
        assert_eq!(world.stored(&request.reference), request);
        world.clock.set(deadline);
        world.night().await;
        assert_eq!(world.stored(&request.reference).state.kind(), StateKind::Expired);
    }

    async fn a_late_night_shift_overwrites_no_decision(world: &World) {
        let request = world.endorsed();
        let deadline = request.state.deadline().unwrap();
        world.clock.set(deadline - MICROSECOND);
        let kim = world.fresh("kim");
        let approved = lockbox::acts::decide::approve(&world.lockbox, &kim, &seen(&request), request.asked, None).unwrap();
        world.clock.set(deadline + TimeDelta::hours(1));
        world.night().await;
        assert_eq!(world.stored(&request.reference), approved);
    }

    async fn what_has_expired_is_shown_as_expired_before_anybody_wrote_it_down(world: &World) {
        let request = world.endorsed();
        world.clock.set(request.state.deadline().unwrap());
        let kim = world.signed_in("kim").await;
        let page = kim.get(&world.page_of(&request)).await.expect("Expired on").expect("Expired, no access was given");
        assert!(!page.has_button("Approve…"));
        kim.get("/").await.expect("Nothing needs you.");
        let shown = world.api().get(&format!("/api/v1/data-access-requests/{}", request.reference)).await.body;
        assert_eq!((shown["state"].as_str(), shown["outcome"]["waiting_for"].as_str()), (Some("expired"), Some("customer")));
        assert_eq!(world.stored(&request.reference), request);
    }

    /// Berlin goes from 02:00 to 03:00 on 28 March 2027. Twelve hours stay twelve hours.
    async fn a_deadline_passes_over_the_hour_that_spring_leaves_out(world: &World) {
        world.clock.set("2027-03-27T20:00:00Z".parse().unwrap());
        let (requests, deadline) = three(world, World::endorsed);
        assert_eq!(deadline, "2027-03-28T08:00:00Z".parse::<Moment>().unwrap());
        world.new_mails().await;
        let mail = world.newest_mail_to("kim");
        assert!(mail.contains("10:00 CEST"), "{mail}");
        world.a_minute_before(deadline);
        let kim = world.signed_in("kim").await;
        kim.get(&world.page_of(&requests[0])).await.expect("28 Mar 2027, 10:00 CEST");
        let forms = forms(&kim, &requests, "/approval", "Approve for 4 hours").await;
        send_around(world, &kim, forms, deadline, "by 28 Mar 2027, 10:00 CEST").await;
    }

    /// Berlin has 02:30 twice on 31 October 2027; the zone's letters say which.
    async fn a_window_lasts_its_hours_through_the_hour_that_autumn_repeats(world: &World) {
        world.clock.set("2027-10-30T21:30:00Z".parse().unwrap());
        let request = world.active();
        let until: Moment = "2027-10-31T01:30:00Z".parse().unwrap();
        assert_eq!(request.state.deadline(), Some(until));
        let api = world.api();
        world.clock.set("2027-10-31T00:30:00Z".parse().unwrap());
        let kim = world.signed_in("kim").await;
        kim.get(&world.page_of(&request)).await.expect("31 Oct 2027, 02:30 CET");
        assert!(api.may("ivo", "fabrikam", "exchange-online").await, "it is 02:30 CEST, an hour before 02:30 CET");
        world.clock.set(until - MICROSECOND);
        assert!(api.may("ivo", "fabrikam", "exchange-online").await);
        world.clock.set(until);
        assert!(!api.may("ivo", "fabrikam", "exchange-online").await);
    }

    /// A day of access is a day, and no access at all cannot be asked for.
    async fn twenty_four_hours_are_not_none(world: &World) {
        let day = Minutes::parse_iso8601("PT24H").unwrap();
        assert_eq!((day.delta(), day.iso8601().as_str(), day.to_string().as_str()), (TimeDelta::hours(24), "PT24H", "24 hours"));
        let api = world.api();
        for none in ["PT0H", "PT0M", "P1D", "24:00:00"] {
            let body = serde_json::json!({"tenant": "fabrikam", "service": "teams", "engineer": "ivo@provider.example", "reason": "x", "scope": {"description": "x"}, "duration": none});
            assert_eq!(api.post("/api/v1/data-access-requests", &body).await.status, 422, "{none}");
        }

        let request = Request { asked: day, ..world.endorsed() };
        let (now, kim, ivo) = (world.now(), Actor::of(&world.person("kim")), Actor::of(&world.person("ivo")));
        let (tenant, approvers) = (world.tenant("fabrikam"), [world.person("kim").id].into());
        let limits = Limits { longest_access: day, ..tenant.limits };
        let around = Circumstances { lockbox: &tenant.lockbox, limits: &limits, zone: tenant.zone, approvers: &approvers };
        let approval = decide(&request, Command::Approve { duration: day, note: None }, &kim, &around, now).unwrap();
        let Fact::RequestApproved { verdict: Verdict::Granted { grant, .. }, .. } = &approval else { panic!("{approval:?}") };
        assert_eq!(grant.duration, day);
        let approved = request.apply(&approval, &kim, now).unwrap();
        let start = decide(&approved, Command::Start, &ivo, &around, now).unwrap();
        let active = approved.apply(&start, &ivo, now).unwrap();
        let until = now + TimeDelta::hours(24);
        assert_eq!(active.state.at(until - MICROSECOND).kind(), StateKind::Active);
        assert_eq!(active.state.at(until).kind(), StateKind::Ended);
    }
}
