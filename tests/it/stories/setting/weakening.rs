//! Changes that weaken the protection, where a tenant wants them to wait (PROOF 22): one account alone undoes nothing
//! before others have seen it.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use lockbox::acts::{ActError, limits, people, suspend, switch_lockbox, weaken};
use lockbox::domain::fact::Fact;
use lockbox::domain::lockbox::Limits;
use lockbox::domain::person::Role;
use lockbox::domain::request::{Request, StateKind};
use lockbox::domain::rights::{Act, Denied, Subject, may};
use lockbox::domain::text::{EmailAddress, Line, Prose};
use lockbox::domain::time::Minutes;
use lockbox::domain::weakening::Delay;
use lockbox::store::conn::{DatabaseUrl, Manager};

use super::{DECIDERS, SETTING, assert_told, key, operator};
use crate::world::{World, stories};

/// Fabrikam's lockbox is on, and what weakens it waits a day.
async fn waits_a_day(world: &World) {
    world.turn_on("fabrikam", "kim");
    let kim = world.signed_in("kim").await;
    let page = kim.get(SETTING).await.expect("They are done at once.");
    let page = kim.get(&page.link("Change how long they wait")).await;
    kim.submit(page.form("Save").with("delay", "24"))
        .await
        .expect("They wait 24 hours.");
    world.new_mails().await;
}

fn acts(world: &World, before: usize) -> Vec<&'static str> {
    let log = world.log_of("fabrikam");
    log[before..].iter().map(|entry| entry.fact.act()).collect()
}

stories! {
    /// Turning off waits, everybody who decides is told, the customer goes on being asked, and it is done on time.
    async fn turning_off_waits_and_is_done_when_it_is_due(world: &World) {
        waits_a_day(world).await;
        let before = world.log_of("fabrikam").len();
        let kim = world.signed_in("kim").await;
        let page = kim.get(&format!("{SETTING}/off")).await;
        kim.submit(page.form("Turn off")).await.expect("A change that weakens the protection waits: to turn off Customer Lockbox");
        assert_told(world, "Somebody wants to weaken the protection", &DECIDERS).await;
        assert!(world.tenant("fabrikam").lockbox.is_on());
        assert_eq!(world.endorsed().state.kind(), StateKind::AwaitingCustomer);
        world.signed_in("leo").await.get("/").await.expect("A change that weakens the protection waits");
        // A second one does not wait beside it.
        assert!(switch_lockbox::turn_off(&world.lockbox, &world.fresh("kim"), world.tenant("fabrikam").id).is_err());
        world.pass(TimeDelta::hours(24) - TimeDelta::minutes(5));
        world.night().await;
        assert!(world.tenant("fabrikam").lockbox.is_on());
        world.new_mails().await;
        let tenant = world.tenant("fabrikam");
        let due = tenant.pending.unwrap().due;
        world.clock.set(due - TimeDelta::microseconds(1));
        world.night().await;
        assert!(world.tenant("fabrikam").lockbox.is_on());
        world.pass(TimeDelta::microseconds(1));
        // Too late to be stopped, and not done before it is written down.
        assert!(weaken::stop(&world.lockbox, &world.fresh("ada"), tenant.id).is_err());
        world.night().await;
        assert!(!world.tenant("fabrikam").lockbox.is_on());
        let mails = world.new_mails().await;
        assert_eq!(mails.iter().filter(|(_, subject)| subject.contains("turned off")).count(), 2, "{mails:?}");
        let acts: Vec<&str> = acts(world, before).into_iter().filter(|act| !act.starts_with("request") && !act.starts_with("support")).collect();
        assert_eq!(acts, ["protection.weakening_asked", "lockbox.turned_off"]);
        let last = world.log_of("fabrikam").pop().unwrap();
        assert!(last.author.actor.person().is_none() && last.fact == Fact::LockboxTurnedOff);
        // The system did it in due time; the log, the page and the mails name who asked for it, and when.
        let asked = last.asked.unwrap();
        assert_eq!((asked.by.person(), asked.at + TimeDelta::hours(24)), (Some(world.person("kim").id), due));
        world.signed_in("leo").await.get("/audit").await.expect("Customer Lockbox turned off (asked by Kim Akers on ");
        let mail = world.newest_mail_to("ada");
        let mail = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
        let said = mail.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("Kim Akers (global administrator) turned off Customer Lockbox for Fabrikam. They asked for it at"), "{said}");
    }

    /// Whoever decides may stop it; nobody else may, and a foreign tenant never hears of it.
    async fn an_approver_stops_it(world: &World) {
        waits_a_day(world).await;
        let id = world.tenant("fabrikam").id;
        switch_lockbox::turn_off(&world.lockbox, &world.fresh("kim"), id).unwrap();
        world.new_mails().await;
        for (name, status) in [("leo", 403), ("sam", 404), ("pat", 404)] {
            let visitor = world.signed_in(name).await;
            assert_eq!(visitor.get_one(&format!("{SETTING}/waiting")).await.status, status, "{name}");
            assert!(weaken::stop(&world.lockbox, &world.fresh(name), id).is_err());
        }
        let ada = world.signed_in("ada").await;
        let page = ada.get("/").await;
        let page = ada.get(&page.link("Look at it and stop it")).await.expect("Kim Akers wants to turn off Customer Lockbox");
        let page = ada.submit(page.form("Stop")).await.expect_status(200);
        assert!(!page.says("waits:"));
        assert_told(world, "A weakening of the protection was stopped", &DECIDERS).await;
        world.pass(TimeDelta::hours(25));
        world.night().await;
        assert!(world.tenant("fabrikam").lockbox.is_on());
    }

    /// Fewer approvals, longer access, not being asked about a service and the waiting itself wait; what strengthens does
    /// not.
    async fn every_weakening_waits_and_no_strengthening(world: &World) {
        waits_a_day(world).await;
        let id = world.tenant("fabrikam").id;
        let kim = || world.fresh("kim");
        let set = |limits: Limits| {
            let before = world.tenant("fabrikam").limits;
            limits::change_limits(&world.lockbox, &kim(), id, Some(&before), limits).unwrap();
            let now = world.tenant("fabrikam");
            let (done, waits) = (now.limits == limits, now.pending.is_some());
            assert_ne!(done, waits);
            if waits {
                weaken::stop(&world.lockbox, &world.fresh("ada"), id).unwrap();
            }
            waits
        };
        let hours = lockbox::domain::time::Minutes::hours;
        let strict = Limits { approvals_needed: 2, longest_access: hours(2), time_to_start: hours(2), time_to_answer: hours(24), ..Limits::default() };
        assert!(!set(strict));
        for (weaker, waits) in [
            (Limits { approvals_needed: 1, ..strict }, true),
            (Limits { longest_access: hours(3), ..strict }, true),
            (Limits { time_to_start: hours(3), ..strict }, true),
            (Limits { approvals_needed: 1, longest_access: hours(1), ..strict }, true),
            (Limits { time_to_answer: hours(6), ..strict }, false),
        ] {
            assert_eq!(set(weaker), waits, "{weaker:?}");
        }
        let strict = world.tenant("fabrikam").limits;
        let loose = Limits { approvals_needed: 1, ..strict };
        limits::change_limits(&world.lockbox, &kim(), id, Some(&strict), loose).unwrap();
        let stricter = Limits { longest_access: hours(1), ..strict };
        let refused = limits::change_limits(&world.lockbox, &kim(), id, Some(&strict), stricter).unwrap_err().to_string();
        assert!(refused.contains("Stop it first"), "{refused}");
        world.pass(TimeDelta::hours(24));
        world.night().await;
        assert_eq!(world.tenant("fabrikam").limits, loose);

        world.proposed("teams", false);
        let teams = world.service("teams").id;
        lockbox::acts::coverage::accept_uncovered(&world.lockbox, &kim(), id, teams).unwrap();
        assert!(!world.uncovered("fabrikam").contains(&teams));
        // The provider takes its proposal back meanwhile: then nothing comes of it.
        world.proposed("teams", true);
        world.pass(TimeDelta::hours(24));
        world.night().await;
        assert!(!world.uncovered("fabrikam").contains(&teams) && world.tenant("fabrikam").pending.is_none());

        weaken::set_delay(&world.lockbox, &kim(), id, Delay::ThreeDays).unwrap();
        assert_eq!(world.tenant("fabrikam").delay, Delay::ThreeDays);
        weaken::set_delay(&world.lockbox, &kim(), id, Delay::None).unwrap();
        assert_eq!(world.tenant("fabrikam").delay, Delay::ThreeDays);
        world.pass(TimeDelta::hours(71));
        world.night().await;
        assert_eq!(world.tenant("fabrikam").delay, Delay::ThreeDays);
        world.pass(TimeDelta::hours(1));
        world.night().await;
        assert_eq!(world.tenant("fabrikam").delay, Delay::None);
        switch_lockbox::turn_off(&world.lockbox, &kim(), id).unwrap();
        assert!(!world.tenant("fabrikam").lockbox.is_on());
    }

    /// A suspended tenant's setting stands still; what waited is done when it goes on.
    async fn it_waits_on_while_the_tenant_is_suspended(world: &World) {
        waits_a_day(world).await;
        let id = world.tenant("fabrikam").id;
        switch_lockbox::turn_off(&world.lockbox, &world.fresh("kim"), id).unwrap();
        suspend::suspend(&world.lockbox, &operator(), &key("fabrikam"), &Prose::parse("The contract ended.").unwrap()).unwrap();
        world.pass(TimeDelta::hours(25));
        world.night().await;
        assert!(world.tenant("fabrikam").lockbox.is_on());
        suspend::resume(&world.lockbox, &operator(), &key("fabrikam")).unwrap();
        world.night().await;
        assert!(!world.tenant("fabrikam").lockbox.is_on());
    }

    /// What somebody asked for who is gone, or may not ask any more, is not done.
    async fn it_ends_with_the_account_that_asked(world: &World) {
        waits_a_day(world).await;
        let (id, kim, leo) = (world.tenant("fabrikam").id, world.person("kim").id, world.person("leo").id);
        people::change_roles(&world.lockbox, &world.fresh("kim"), leo, &[Role::Auditor], &[Role::GlobalAdministrator]).unwrap();
        world.pass(TimeDelta::hours(25));
        switch_lockbox::turn_off(&world.lockbox, &world.fresh("kim"), id).unwrap();
        people::remove(&world.lockbox, &world.fresh("leo"), kim).unwrap();
        world.pass(TimeDelta::hours(25));
        world.night().await;
        let tenant = world.tenant("fabrikam");
        assert!(tenant.lockbox.is_on() && tenant.pending.is_none());
        let last = world.log_of("fabrikam").pop().unwrap();
        assert_eq!(last.fact.act(), "protection.weakening_stopped");
    }

    /// Nobody who could stop it is taken away by whoever asked.
    async fn whoever_asked_takes_no_decider_away(world: &World) {
        waits_a_day(world).await;
        let (id, ada) = (world.tenant("fabrikam").id, world.person("ada").id);
        switch_lockbox::turn_off(&world.lockbox, &world.fresh("kim"), id).unwrap();
        let removed = people::remove(&world.lockbox, &world.fresh("kim"), ada);
        assert!(matches!(removed, Err(ActError::Unfit(_))), "{removed:?}");
        let changed = people::change_roles(&world.lockbox, &world.fresh("kim"), ada, &[Role::AccessApprover], &[Role::Auditor]);
        assert!(matches!(changed, Err(ActError::Unfit(_))), "{changed:?}");
        weaken::stop(&world.lockbox, &world.fresh("ada"), id).unwrap();
        people::remove(&world.lockbox, &world.fresh("kim"), ada).unwrap();
    }

    /// It is not done while its tenant is suspended, however late, and so it can be stopped.
    async fn what_waits_on_beyond_its_time_can_be_stopped(world: &World) {
        waits_a_day(world).await;
        let id = world.tenant("fabrikam").id;
        switch_lockbox::turn_off(&world.lockbox, &world.fresh("kim"), id).unwrap();
        suspend::suspend(&world.lockbox, &operator(), &key("fabrikam"), &Prose::parse("The contract ended.").unwrap()).unwrap();
        world.pass(TimeDelta::hours(25));
        weaken::stop(&world.lockbox, &world.fresh("ada"), id).unwrap();
        suspend::resume(&world.lockbox, &operator(), &key("fabrikam")).unwrap();
        world.night().await;
        assert!(world.tenant("fabrikam").lockbox.is_on());
    }

    /// Limits that so many people cannot meet any more would let nobody approve anything.
    async fn limits_that_can_be_met_no_more_are_not_set(world: &World) {
        waits_a_day(world).await;
        let (id, leo, ada) = (world.tenant("fabrikam").id, world.person("leo").id, world.person("ada").id);
        people::change_roles(&world.lockbox, &world.fresh("kim"), leo, &[Role::Auditor], &[Role::GlobalAdministrator]).unwrap();
        world.pass(TimeDelta::hours(25));
        let before = world.tenant("fabrikam").limits;
        let wanted = Limits { approvals_needed: 3, longest_access: Minutes::hours(8), ..before };
        limits::change_limits(&world.lockbox, &world.fresh("kim"), id, Some(&before), wanted).unwrap();
        people::remove(&world.lockbox, &world.fresh("leo"), ada).unwrap();
        world.pass(TimeDelta::hours(25));
        world.night().await;
        let tenant = world.tenant("fabrikam");
        assert_eq!((tenant.limits, tenant.pending), (before, None));
    }

    /// Nobody makes an approver of their own at once: a role that decides, given to somebody who had none, decides what is
    /// filed after it was theirs as long as such changes wait.
    async fn a_new_role_that_decides_waits(world: &World) {
        waits_a_day(world).await;
        let (leo, ada) = (world.person("leo").id, world.person("ada").id);
        people::change_roles(&world.lockbox, &world.fresh("kim"), leo, &[Role::Auditor], &[Role::AccessApprover]).unwrap();
        let decides = |request: &Request| may(&world.person("leo"), Act::Approve, Subject::Request(request));
        let early = world.endorsed();
        assert_eq!(decides(&early), Err(Denied::TooNew));
        let kim = world.signed_in("kim").await;
        kim.get(&world.page_of_person("leo@fabrikam.example")).await.expect("Decides what is filed after");
        world.new_mails().await;
        let mail = world.newest_mail_to("leo");
        let mail = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
        assert!(mail.body_text(0).unwrap().contains("What is filed after"), "{:?}", mail.body_text(0));
        let from = world.person("leo").decides_from(world.now()).unwrap();
        assert!(from > world.now() + TimeDelta::hours(23));
        world.clock.set(from - TimeDelta::microseconds(1));
        assert_eq!(decides(&world.endorsed()), Err(Denied::TooNew));
        world.clock.set(from);
        assert_eq!(decides(&world.endorsed()), Ok(()));
        assert_eq!(decides(&early), Err(Denied::TooNew));
        // Ada decides already, and goes on with one more such role.
        people::change_roles(&world.lockbox, &world.fresh("kim"), ada, &[Role::AccessApprover], &[Role::GlobalAdministrator, Role::AccessApprover]).unwrap();
        assert_eq!(world.person("ada").decides_from(world.now()), None);
    }

    /// Whoever decides already stops somebody who is to decide and waits: what waits is taken away and nothing else, and
    /// everybody concerned is told. What counts by now is an administrator's to change.
    async fn an_approver_stops_who_is_to_decide(world: &World) {
        waits_a_day(world).await;
        let (leo, ada) = (world.person("leo").id, world.person("ada").id);
        let give = |roles: &[Role]| people::change_roles(&world.lockbox, &world.fresh("kim"), leo, &world.person("leo").role_names(), roles).unwrap();
        give(&[Role::AccessApprover, Role::Auditor]);
        let path = format!("{}/deciding", world.page_of_person("leo@fabrikam.example"));
        for (name, status) in [("leo", 403), ("sam", 404), ("pat", 404)] {
            let visitor = world.signed_in(name).await;
            assert_eq!(visitor.get_one(&path).await.status, status, "{name}");
            assert!(people::stop_deciding(&world.lockbox, &world.fresh(name), leo).is_err(), "{name}");
        }
        world.new_mails().await;
        let visitor = world.signed_in("ada").await;
        let page = visitor.get(SETTING).await.expect("Newly access approver: decides only what is filed after");
        let page = visitor.get(&page.link("Stop…")).await.expect("The roles that they keep: auditor.");
        visitor.submit(page.form("Stop")).await.expect("Stopped. They and everybody concerned are told by mail.");
        assert_eq!(world.person("leo").role_names(), [Role::Auditor]);
        let last = world.log_of("fabrikam").pop().unwrap();
        assert_eq!((last.author.actor.person(), last.fact.act()), (Some(ada), "person.roles_changed"));
        let mails = world.new_mails().await;
        for (to, subject) in [("leo@fabrikam.example", "Your roles were changed, Fabrikam"), ("kim@fabrikam.example", "Somebody's roles were changed, Fabrikam")] {
            assert!(mails.contains(&(to.to_owned(), subject.to_owned())), "{mails:?}");
        }
        assert_eq!(visitor.get_one(&path).await.status, 404, "nothing waits");

        // Somebody who was only invited, and holds nothing else.
        let noa = people::NewPerson {
            email: EmailAddress::parse("noa@fabrikam.example").unwrap(),
            name: Line::parse("Noa Weiss").unwrap(),
            roles: vec![Role::GlobalAdministrator, Role::AccessApprover],
        };
        people::invite(&world.lockbox, &world.fresh("kim"), &noa).unwrap();
        let page = visitor.get(&world.page_of_person("noa@fabrikam.example")).await;
        let page = visitor.get(&page.link("Stop it")).await.expect("The roles that they keep: none.");
        visitor.submit(page.form("Stop")).await.expect("Stopped.");
        assert!(world.person_at("noa@fabrikam.example").roles.is_empty());

        give(&[Role::AccessApprover, Role::Auditor]);
        world.clock.set(world.person("leo").decides_from(world.now()).unwrap());
        let late = people::stop_deciding(&world.lockbox, &world.fresh("ada"), leo);
        assert!(matches!(late, Err(ActError::Unfit(_))), "{late:?}");
    }

    /// Nobody who could stop a change that waits is taken away by whoever asked for it, also while their deciding waits.
    async fn whoever_asked_stops_no_new_decider(world: &World) {
        waits_a_day(world).await;
        let (id, leo) = (world.tenant("fabrikam").id, world.person("leo").id);
        people::change_roles(&world.lockbox, &world.fresh("kim"), leo, &[Role::Auditor], &[Role::AccessApprover]).unwrap();
        switch_lockbox::turn_off(&world.lockbox, &world.fresh("kim"), id).unwrap();
        let stopped = people::stop_deciding(&world.lockbox, &world.fresh("kim"), leo);
        assert!(matches!(stopped, Err(ActError::Unfit(_))), "{stopped:?}");
        people::stop_deciding(&world.lockbox, &world.fresh("ada"), leo).unwrap();
    }

    /// Whoever could stop somebody who waits to decide is taken away by nobody, neither by them nor by who let them in. Whoever
    /// waits takes nobody's second factor, and stops nobody else who waits.
    async fn who_decides_stays_while_somebody_waits_to_decide(world: &World) {
        waits_a_day(world).await;
        let (ada, leo) = (world.person("ada").id, world.person("leo").id);
        people::change_roles(&world.lockbox, &world.fresh("kim"), leo, &[Role::Auditor], &[Role::GlobalAdministrator]).unwrap();
        for name in ["kim", "leo"] {
            let removed = people::remove(&world.lockbox, &world.fresh(name), ada);
            assert!(matches!(removed, Err(ActError::Unfit(_))), "{name}: {removed:?}");
            let changed = people::change_roles(&world.lockbox, &world.fresh(name), ada, &[Role::AccessApprover], &[Role::Auditor]);
            assert!(matches!(changed, Err(ActError::Unfit(_))), "{name}: {changed:?}");
        }
        let reset = people::reset_second_factor(&world.lockbox, &world.fresh("leo"), ada);
        assert!(matches!(reset, Err(ActError::Unfit(_))), "{reset:?}");
        let unlinked = people::unlink(&world.lockbox, &world.fresh("leo"), ada);
        assert!(unlinked.unwrap_err().to_string().contains("Your own role does not decide yet"));
        let noa = people::NewPerson {
            email: EmailAddress::parse("noa@fabrikam.example").unwrap(),
            name: Line::parse("Noa Weiss").unwrap(),
            roles: vec![Role::AccessApprover],
        };
        let noa = people::invite(&world.lockbox, &world.fresh("kim"), &noa).unwrap().id;
        let stopped = people::stop_deciding(&world.lockbox, &world.fresh("leo"), noa);
        assert!(stopped.is_err(), "{stopped:?}");

        people::stop_deciding(&world.lockbox, &world.fresh("ada"), noa).unwrap();
        people::stop_deciding(&world.lockbox, &world.fresh("ada"), leo).unwrap();
        people::reset_second_factor(&world.lockbox, &world.fresh("kim"), ada).unwrap();
        people::remove(&world.lockbox, &world.fresh("kim"), ada).unwrap();
        world.assert_whole();
    }

    /// Whoever asked for a change takes no second factor of those who can stop it.
    async fn whoever_asked_resets_nobody_who_decides(world: &World) {
        waits_a_day(world).await;
        let (id, ada) = (world.tenant("fabrikam").id, world.person("ada").id);
        switch_lockbox::turn_off(&world.lockbox, &world.fresh("kim"), id).unwrap();
        let reset = people::reset_second_factor(&world.lockbox, &world.fresh("kim"), ada);
        assert!(matches!(reset, Err(ActError::Unfit(_))), "{reset:?}");
    }

    /// Whatever is wrong with one tenant's log, the others' changes are done.
    async fn one_tenants_broken_log_keeps_no_others_change_back(world: &World) {
        waits_a_day(world).await;
        world.turn_on("contoso", "sam");
        weaken::set_delay(&world.lockbox, &world.fresh("sam"), world.tenant("contoso").id, Delay::Day).unwrap();
        for (key, name) in [("fabrikam", "kim"), ("contoso", "sam")] {
            switch_lockbox::turn_off(&world.lockbox, &world.fresh(name), world.tenant(key).id).unwrap();
        }
        let (first, other) = if world.tenant("fabrikam").id < world.tenant("contoso").id { ("fabrikam", "contoso") } else { ("contoso", "fabrikam") };
        let id = world.tenant(first).id.0;
        let id = match world.database {
            DatabaseUrl::Sqlite(_) => format!("x'{}'", id.simple()),
            DatabaseUrl::Postgres(_) => format!("'{id}'"),
        };
        let mut conn = Manager(world.database.clone()).open().unwrap();
        conn.batch_execute(&format!("UPDATE audit_heads SET size = size + 1 WHERE log = {id}")).unwrap();
        world.pass(TimeDelta::hours(25));
        assert_eq!(weaken::do_due(&world.lockbox).unwrap(), 1);
        assert!(world.tenant(first).lockbox.is_on() && !world.tenant(other).lockbox.is_on());
        conn.batch_execute(&format!("UPDATE audit_heads SET size = size - 1 WHERE log = {id}")).unwrap();
        assert_eq!(weaken::do_due(&world.lockbox).unwrap(), 1);
    }
}
