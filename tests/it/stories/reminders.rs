//! People are reminded at their time, once, and never of what is decided.

use chrono::TimeDelta;
use lockbox::acts::decide;
use lockbox::acts::limits::change_limits;
use lockbox::acts::notifications::change_notifications;
use lockbox::acts::remind::send_due_reminders;
use lockbox::domain::audit::entry::Actor;
use lockbox::domain::fact::Fact;
use lockbox::domain::lockbox::Limits;
use lockbox::domain::notification_setting::NotificationSetting;
use lockbox::domain::request::Request;
use lockbox::domain::text::Prose;
use lockbox::domain::time::{Minutes, Moment};

use crate::world::{World, seen, stories};

const MICROSECOND: TimeDelta = TimeDelta::microseconds(1);

/// The mails since the last look, as (to, what the subject begins with).
async fn told(world: &World) -> Vec<(String, String)> {
    let mails = world.new_mails().await.into_iter();
    mails
        .map(|(to, subject)| {
            let (what, _) = subject.split_once(": data access request").unwrap();
            (to, what.to_owned())
        })
        .collect()
}

fn to(readers: &[&str], what: &str) -> Vec<(String, String)> {
    let told = readers.iter().map(|to| ((*to).to_owned(), what.to_owned()));
    told.collect()
}

const DECIDERS: [&str; 2] = ["ada@fabrikam.example", "kim@fabrikam.example"];

/// The reminders that the log tells of: due when, recorded when.
fn recorded(world: &World, request: &Request) -> Vec<(Moment, Moment)> {
    let entries = world.entries_about(request).into_iter();
    entries
        .filter_map(|entry| match entry.fact {
            Fact::RequestReminded { due, .. } | Fact::AccessEndingSoon { due, .. } => {
                assert_eq!(entry.author.actor, Actor::System);
                Some((due, entry.at))
            }
            _ => None,
        })
        .collect()
}

stories! {
    async fn the_customer_is_reminded_at_half_time_and_an_hour_before_the_deadline(world: &World) {
        let request = world.endorsed();
        let (asked, deadline) = (world.now(), request.state.deadline().unwrap());
        world.new_mails().await;
        let (half, last) = (asked + TimeDelta::hours(6), deadline - TimeDelta::hours(1));
        for (moment, what) in [(half, "Reminder, action needed by 06:30 CET"), (last, "Reminder, action needed by 06:30 CET")] {
            world.clock.set(moment - MICROSECOND);
            world.night().await;
            assert_eq!(told(world).await, [], "not before its time");
            world.clock.set(moment);
            world.night().await;
            assert_eq!(told(world).await, to(&DECIDERS, what));
            world.night().await;
            world.pass(TimeDelta::minutes(1));
            world.night().await;
            assert_eq!(told(world).await, [], "once");
        }
        assert_eq!(recorded(world, &request), [(half, half), (last, last)]);
        let kim = world.signed_in("kim").await;
        kim.get(&world.page_of(&request)).await.expect("The customer was reminded");
        kim.get("/audit").await.expect("The customer was reminded");
        let mail = world.newest_mail_to("kim");
        assert!(mail.contains("Importance: high") && mail.contains("Review request"), "{mail}");
    }

    async fn a_reminder_makes_no_open_page_stale(world: &World) {
        let request = world.endorsed();
        world.clock.set(request.reminders[0] - TimeDelta::minutes(1));
        let kim = world.signed_in("kim").await;
        let form = kim.get(&format!("{}/approval", world.page_of(&request))).await.form("Approve for 4 hours");
        world.pass(TimeDelta::minutes(1));
        world.night().await;
        assert_eq!(recorded(world, &request).len(), 1);
        kim.submit_one(form).await.expect_status(303);
    }

    async fn nobody_is_reminded_of_what_is_decided(world: &World) {
        let (kim, rosa) = (world.fresh("kim"), world.fresh("rosa"));
        let why = || Prose::parse("No.").unwrap();
        let approved = world.approved();
        let rejected = decide::reject(&world.lockbox, &kim, &seen(&world.endorsed()), why()).unwrap();
        let withdrawn = decide::withdraw(&world.lockbox, &world.fresh("ivo"), &world.endorsed().reference).unwrap();
        let not_asked = decide::endorse(&world.lockbox, &rosa, &seen(&world.filed_by("ivo", "contoso", "teams"))).unwrap();
        let filed = world.filed();
        world.new_mails().await;
        for request in [&approved, &rejected, &withdrawn, &not_asked, &filed] {
            assert_eq!(world.stored(&request.reference).reminders, Vec::<Moment>::new());
        }
        for _ in 0..24 {
            world.pass(TimeDelta::minutes(30));
            assert_eq!(send_due_reminders(&world.lockbox).unwrap(), 0);
        }
    }

    /// The shift slept: of two missed reminders only the last one is sent, and none when it is of no use any more.
    async fn a_missed_reminder_is_sent_late_while_it_is_of_use(world: &World) {
        let request = world.endorsed();
        let deadline = request.state.deadline().unwrap();
        world.new_mails().await;
        world.clock.set(deadline - TimeDelta::minutes(30));
        world.night().await;
        assert_eq!(told(world).await, to(&DECIDERS, "Reminder, action needed by 06:30 CET"));
        assert_eq!(recorded(world, &request), [(deadline - TimeDelta::hours(1), world.now())], "the entry says when it was due");
        let request = world.endorsed();
        let deadline = request.state.deadline().unwrap();
        world.new_mails().await;
        world.clock.set(deadline - TimeDelta::minutes(5) + MICROSECOND);
        world.night().await;
        assert_eq!(recorded(world, &request), []);
        world.clock.set(deadline);
        world.night().await;
        assert_eq!(recorded(world, &request), []);
        assert!(told(world).await.iter().all(|(_, what)| what.starts_with("Expired")));
    }

    async fn who_has_approved_is_not_reminded(world: &World) {
        let tenant = world.tenant("fabrikam");
        let two = Limits { approvals_needed: 2, ..tenant.limits };
        change_limits(&world.lockbox, &world.fresh("kim"), tenant.id, Some(&tenant.limits), two).unwrap();
        let request = world.endorsed();
        let counted = decide::approve(&world.lockbox, &world.fresh("kim"), &seen(&request), request.asked, None).unwrap();
        assert_eq!(counted.reminders, request.reminders, "one more approval is waited for");
        world.new_mails().await;
        world.clock.set(request.reminders[0]);
        world.night().await;
        assert_eq!(told(world).await, to(&["ada@fabrikam.example"], "Reminder, action needed by 06:30 CET"));
    }

    async fn engineer_and_customer_are_told_a_quarter_of_an_hour_before_the_end(world: &World) {
        let request = world.active();
        let until = request.state.deadline().unwrap();
        world.new_mails().await;
        let moment = until - TimeDelta::minutes(15);
        world.clock.set(moment - MICROSECOND);
        world.night().await;
        assert_eq!(told(world).await, []);
        world.clock.set(moment);
        world.night().await;
        let readers = ["ada@fabrikam.example", "ivo@provider.example", "kim@fabrikam.example"];
        assert_eq!(told(world).await, to(&readers, "15 minutes of access left, until 22:30 CET").into_iter().map(|(to, what)| if to.starts_with("ivo") { (to, "15 minutes of access left, until 21:30 UTC".to_owned()) } else { (to, what) }).collect::<Vec<_>>());
        world.night().await;
        assert_eq!(told(world).await, []);
        assert_eq!(recorded(world, &request), [(moment, moment)]);
        assert!(world.api().may("ivo", "fabrikam", "exchange-online").await, "a reminder ends nothing");
        world.clock.set(until);
        world.night().await;
        assert!(told(world).await.iter().all(|(_, what)| what == "Access ended"));
    }

    /// A short access ends without a warning, and one that is over is not warned of.
    async fn a_short_access_and_one_given_back_have_no_warning(world: &World) {
        let approve = |duration| {
            let request = world.endorsed();
            let minutes = Minutes::new(duration).unwrap();
            let approved = decide::approve(&world.lockbox, &world.fresh("kim"), &seen(&request), minutes, None).unwrap();
            decide::start(&world.lockbox, &world.fresh("ivo"), &seen(&approved)).unwrap()
        };
        assert_eq!(approve(20).reminders, Vec::<Moment>::new());
        let revoked = approve(60);
        assert_eq!(revoked.reminders, [world.now() + TimeDelta::minutes(45)]);
        let revoked = decide::revoke(&world.lockbox, &world.fresh("kim"), &revoked.reference, Prose::parse("Enough.").unwrap()).unwrap();
        assert_eq!(revoked.reminders, Vec::<Moment>::new());
        world.pass(TimeDelta::minutes(45));
        assert_eq!(send_due_reminders(&world.lockbox).unwrap(), 0);
    }

    /// Off for the tenant's people; an engineer's warning is the engineer's. On again, what was missed comes late.
    async fn a_tenant_can_do_without_reminders(world: &World) {
        let set = |reminders| {
            let setting = NotificationSetting { reminders, ..NotificationSetting::default() };
            change_notifications(&world.lockbox, &world.fresh("kim"), world.tenant("fabrikam").id, setting).unwrap();
        };
        set(false);
        let (active, waiting) = (world.active(), world.endorsed());
        world.new_mails().await;
        world.clock.set(active.reminders[0]);
        world.night().await;
        assert_eq!(told(world).await, to(&["ivo@provider.example"], "15 minutes of access left, until 21:30 UTC"));
        world.clock.set(waiting.reminders[0]);
        world.night().await;
        assert!(told(world).await.iter().all(|(_, what)| what == "Access ended"));
        assert_eq!(recorded(world, &waiting), []);
        world.pass(TimeDelta::hours(1));
        set(true);
        world.new_mails().await;
        world.night().await;
        assert_eq!(told(world).await.len(), 2);
        assert_eq!(recorded(world, &waiting), [(waiting.reminders[0], world.now())]);
    }

    /// The process dies after the fact is sealed and before the mail is sent: the letter is in the outbox already.
    async fn a_reminder_outlives_the_process_that_wrote_it(world: &World) {
        let request = world.endorsed();
        world.new_mails().await;
        world.clock.set(request.reminders[0]);
        {
            let dying = world.another_process();
            assert_eq!(send_due_reminders(&dying).unwrap(), 1);
        }
        world.night().await;
        assert_eq!(told(world).await.len(), 2);
        assert_eq!(recorded(world, &request).len(), 1);
    }
}
