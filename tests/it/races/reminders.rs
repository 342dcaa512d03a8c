//! Reminders against decisions, and two nodes that remind at once: of a request, and of a recovery.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use lockbox::acts::remind::send_due_reminders;
use lockbox::acts::{decide, recover};
use lockbox::domain::text::{EmailAddress, Line, Slug};

use super::arena::{at_once, hold_back, races, tries};
use super::race::{history, put_away, take_letters};
use crate::world::seen;

races! {
    /// Two nodes find the same reminder: it is written down once, and each decider gets one letter.
    async fn two_nodes_remind(arena: &Arena) {
        let world = &arena.world;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let request = world.endorsed();
            world.clock.set(request.reminders[0]);
            take_letters(world);
            let node = |place| {
                let lockbox = arena.process(place);
                move || {
                    hold_back(place, count);
                    send_due_reminders(lockbox).unwrap()
                }
            };
            let sent = at_once(vec![node(0), node(1)]);
            assert_eq!(sent.iter().sum::<usize>(), 1, "one of them sent it");
            let acts: Vec<_> = history(world, &request).iter().map(|entry| entry.fact.act()).collect();
            assert_eq!(acts, ["request.filed", "request.endorsed", "request.reminded"]);
            assert_eq!(letters(&take_letters(world)), ["Reminder to ada", "Reminder to kim"]);
            put_away(world, &request);
            take_letters(world);
            *outcomes.entry(format!("{sent:?}")).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    /// The same of a new administrator that the provider makes.
    async fn two_nodes_remind_of_a_recovery(arena: &Arena) {
        let world = &arena.world;
        let (key, email) = (Slug::parse("fabrikam").unwrap(), EmailAddress::parse("noa@fabrikam.example").unwrap());
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            recover::start(&world.lockbox, &world.fresh("pat"), &key, &email, &Line::parse("Noa Weiss").unwrap()).unwrap();
            world.pass(TimeDelta::hours(24));
            take_letters(world);
            let node = |place| {
                let lockbox = arena.process(place);
                move || {
                    hold_back(place, count);
                    recover::remind_due(lockbox).unwrap()
                }
            };
            let sent = at_once(vec![node(0), node(1)]);
            assert_eq!(sent.iter().sum::<usize>(), 1, "one of them sent it");
            assert_eq!(take_letters(world).len(), 3, "to ada, kim and leo");
            recover::stop(&world.lockbox, &world.fresh("kim"), world.tenant("fabrikam").id).unwrap();
            *outcomes.entry(format!("{sent:?}")).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    /// A reminder never follows a decision, whichever came first, and never keeps one from being made.
    async fn reminder_against_decision(arena: &Arena) {
        let world = &arena.world;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let request = world.endorsed();
            world.clock.set(request.reminders[0]);
            take_letters(world);
            let (kim, seen) = (world.fresh("kim"), seen(&request));
            let (shift, door) = (arena.process(0), arena.process(1));
            let runs: Vec<Box<dyn FnOnce() -> usize + Send>> = vec![
                Box::new(move || {
                    hold_back(0, count);
                    send_due_reminders(shift).unwrap()
                }),
                Box::new({
                    let asked = request.asked;
                    move || {
                        hold_back(1, count);
                        usize::from(decide::approve(door, &kim, &seen, asked, None).is_ok())
                    }
                }),
            ];
            let done = at_once(runs);
            assert_eq!(done[1], 1, "the decision holds, whatever was reminded of before it");
            let acts: Vec<_> = history(world, &request).iter().skip(2).map(|entry| entry.fact.act()).collect();
            let reminded = done[0] == 1;
            assert_eq!(acts, if reminded { vec!["request.reminded", "request.approved"] } else { vec!["request.approved"] });
            let told = letters(&take_letters(world));
            assert_eq!(told.iter().filter(|letter| letter.starts_with("Reminder")).count(), if reminded { 2 } else { 0 });
            assert_eq!(told.iter().filter(|letter| letter.starts_with("Approved")).count(), 4);
            assert_eq!(world.stored(&request.reference).reminders, Vec::<lockbox::domain::time::Moment>::new());
            put_away(world, &request);
            take_letters(world);
            *outcomes.entry(acts.join(", ")).or_default() += 1;
        }
        arena.report(&outcomes);
    }
}

fn letters(told: &[(String, String)]) -> Vec<String> {
    told.iter()
        .map(|(kind, to)| format!("{kind} to {}", to.split('@').next().unwrap()))
        .collect()
}
