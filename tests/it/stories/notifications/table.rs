//! The table of facts and the people who hear of them, filled in by going through the whole life of requests.

use std::fmt::Write;

use chrono::TimeDelta;
use lockbox::acts::{decide, notifications};
use lockbox::domain::notification_setting::NotificationSetting;
use lockbox::domain::person::Role;
use lockbox::domain::text::Prose;

use crate::world::{World, seen};

/// Fabrikam's administrator, approver and auditor; two engineers, the first of them the request's; a manager, who
/// endorses; somebody of another tenant.
const PEOPLE: [&str; 7] = ["kim", "ada", "leo", "ivo", "mina", "rosa", "sam"];

pub struct Table<'w> {
    world: &'w World,
    rows: Vec<(String, Vec<String>)>,
}

impl<'w> Table<'w> {
    pub const fn of(world: &'w World) -> Self {
        Self {
            world,
            rows: Vec::new(),
        }
    }

    /// One more row: what everybody was sent since the last one.
    pub async fn row(&mut self, fact: &str) {
        let mails = self.world.new_mails().await;
        let cell = |name: &str| {
            let to_them = mails
                .iter()
                .filter(|(to, _)| to.starts_with(&format!("{name}@")));
            let said: Vec<&str> = to_them
                .map(|(_, subject)| {
                    let (said, _) = subject.split_once(": data access").unwrap_or((subject, ""));
                    said.trim_end_matches(" for Fabrikam")
                })
                .collect();
            said.join(" + ")
        };
        let cells = PEOPLE.map(cell).into();
        self.rows.push((fact.to_owned(), cells));
    }

    /// Every event of a tenant and its requests, one after the other.
    pub async fn walk(&mut self) {
        let (world, why) = (self.world, || Prose::parse("No.").unwrap());
        let lockbox = &world.lockbox;
        let request = world.filed();
        self.row("request.filed").await;
        let request = decide::endorse(lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
        self.row("request.endorsed, the customer is asked").await;
        world.clock.set(request.reminders[0]);
        world.night().await;
        self.row("request.reminded, at half time").await;
        let request = decide::approve(
            lockbox,
            &world.fresh("kim"),
            &seen(&request),
            request.asked,
            None,
        )
        .unwrap();
        self.row("request.approved, another approval is needed")
            .await;
        world.clock.set(request.reminders[0]);
        world.night().await;
        self.row("request.reminded, an hour before the deadline")
            .await;
        let request = decide::approve(
            lockbox,
            &world.fresh("ada"),
            &seen(&request),
            request.asked,
            None,
        )
        .unwrap();
        self.row("request.approved").await;
        let request = decide::start(lockbox, &world.fresh("ivo"), &seen(&request)).unwrap();
        self.row("access.started").await;
        world.clock.set(request.reminders[0]);
        world.night().await;
        self.row("access.ending_soon").await;
        world.pass(TimeDelta::minutes(15));
        world.night().await;
        self.row("access.ended").await;

        decide::reject(lockbox, &world.fresh("rosa"), &seen(&world.filed()), why()).unwrap();
        self.row("request.rejected, by the manager").await;
        let request = world.endorsed();
        world.new_mails().await;
        decide::reject(lockbox, &world.fresh("ada"), &seen(&request), why()).unwrap();
        self.row("request.rejected, by the customer").await;
        let request = world.endorsed();
        world.new_mails().await;
        decide::withdraw(lockbox, &world.fresh("ivo"), &request.reference).unwrap();
        self.row("request.withdrawn").await;
        let request = world.endorsed();
        world.new_mails().await;
        world.clock.set(request.state.deadline().unwrap());
        world.night().await;
        self.row("request.expired").await;
        self.settings().await;
    }

    async fn settings(&mut self) {
        let world = self.world;
        let (lockbox, tenant) = (&world.lockbox, world.tenant("fabrikam").id);
        world.turn_off("fabrikam", "kim");
        self.row("lockbox.turned_off").await;
        let request = world.filed();
        decide::endorse(lockbox, &world.fresh("rosa"), &seen(&request)).unwrap();
        self.row("request.endorsed, the customer need not be asked")
            .await;
        world.turn_on("fabrikam", "kim");
        self.row("lockbox.turned_on, and request.revoked by it")
            .await;
        world
            .enrol(
                "noa@fabrikam.example",
                "Noa Weiss",
                Some("fabrikam"),
                &[Role::AccessApprover],
            )
            .await
            .unwrap();
        self.row("person.added, who decides").await;
        notifications::send_test(lockbox, &world.fresh("ada"), tenant).unwrap();
        self.row("notifications.tested, by Ada").await;
        let off = NotificationSetting {
            links: true,
            reminders: false,
        };
        notifications::change_notifications(lockbox, &world.fresh("kim"), tenant, off).unwrap();
        self.row("notifications.changed, no reminders").await;
        let request = world.endorsed();
        world.new_mails().await;
        world.clock.set(request.reminders[1]);
        world.night().await;
        self.row("nothing: reminders are off").await;
    }

    /// The table: a fact, and below it who is sent what.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (fact, cells) in &self.rows {
            writeln!(text, "{fact}").unwrap();
            for (name, cell) in PEOPLE.iter().zip(cells) {
                let cell = if cell.is_empty() { "-" } else { cell };
                writeln!(text, "    {name:<5}{cell}").unwrap();
            }
        }
        text
    }
}
