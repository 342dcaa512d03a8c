//! Access hours: nobody starts an access outside of them, and none goes on beyond them (PROOF 8, 17, 20, 22 and 23).

use chrono::TimeDelta;
use lockbox::acts::ActError;
use lockbox::acts::decide::start;
use lockbox::acts::limits::change_hours;
use lockbox::acts::weaken::{self, set_delay};
use lockbox::domain::access_hours::AccessHours;
use lockbox::domain::audit::entry::Actor;
use lockbox::domain::fact::Fact;
use lockbox::domain::request::decide::Refusal;
use lockbox::domain::request::{HowEnded, Request, State};
use lockbox::domain::time::Moment;
use lockbox::domain::weakening::{Delay, Weakening};

use super::{DECIDERS, SETTING, assert_told};
use crate::world::{World, seen, stories};

const PAGE: &str = "/settings/customer-lockbox/access-hours";
/// Stories begin on a Saturday at half past six in Fabrikam's evening.
const OFFICE: &str =
    "mon 08:00-18:00, tue 08:00-18:00, wed 08:00-18:00, thu 08:00-18:00, fri 08:00-18:00";
const UNTIL_EIGHT: &str = "sat 08:00-20:00";
const OFFICE_WORDS: &str = "Mon\u{2013}Fri 08:00\u{2013}18:00";

fn at(text: &str) -> Moment {
    text.parse().unwrap()
}

fn hours(text: &str) -> AccessHours {
    AccessHours::parse(text).unwrap()
}

impl World {
    /// Kim sets when Fabrikam lets anybody in.
    fn let_in(&self, text: &str) -> Result<(), ActError> {
        let tenant = self.tenant("fabrikam");
        let (kim, seen) = (self.fresh("kim"), Some(&tenant.limits));
        change_hours(&self.lockbox, &kim, tenant.id, seen, hours(text))
    }

    fn access_hours(&self) -> String {
        self.tenant("fabrikam").limits.access_hours.text()
    }

    fn ivo_starts(&self, request: &Request) -> Result<Request, ActError> {
        start(&self.lockbox, &self.fresh("ivo"), &seen(request))
    }

    async fn ivo_may(&self) -> bool {
        self.api().may("ivo", "fabrikam", "exchange-online").await
    }

    /// The acts of Fabrikam's log from this entry on.
    fn acts_from(&self, from: usize) -> Vec<&'static str> {
        let log = self.log_of("fabrikam");
        log[from..].iter().map(|entry| entry.fact.act()).collect()
    }
}

stories! {
    async fn an_administrator_sets_them_on_their_page(world: &World) {
        let kim = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(6));
        let page = kim.get(SETTING).await.expect("Access can be started and goes on at any time.");
        let page = kim.get(&page.link("Change access hours")).await.expect("In your time zone, Europe/Berlin");
        let form = page.form("Save access hours");
        assert!(form.has("verification_code"), "the second factor is stale");
        assert!(form.fields.contains(&("hours".to_owned(), "any".to_owned())), "{form:?}");
        let form = form.with("hours", "weekly").with("fri_from", "08:00").with("fri_to", "12:00").with("fri_from_2", "13:00").with("fri_to_2", "00:00");
        let again = kim.submit_one(form.clone().with("verification_code", "000000")).await.expect_status(422).expect("This code is wrong");
        for (field, value) in [("hours", "weekly"), ("mon_from", "08:00"), ("fri_to", "12:00"), ("fri_to_2", "00:00"), ("sun_from", "")] {
            assert!(again.has_filled_in(field, value), "{field} is not kept");
        }
        assert_eq!(world.access_hours(), "any time");
        let words = "Nobody is let in outside Mon\u{2013}Thu 08:00\u{2013}18:00, Fri 08:00\u{2013}12:00 and 13:00\u{2013}24:00 (Europe/Berlin)";
        kim.submit(form).await.expect(words);
        assert_eq!(world.access_hours(), "mon 08:00-18:00, tue 08:00-18:00, wed 08:00-18:00, thu 08:00-18:00, fri 08:00-12:00 13:00-24:00");
        assert_told(world, "limits of Customer Lockbox were changed", &DECIDERS).await;
        let csv = kim.get_one("/audit.csv").await.html;
        assert!(csv.contains("access hours: Mon\u{2013}Thu 08:00\u{2013}18:00, Fri"), "{csv}");
        let leo = world.signed_in("leo").await;
        assert!(!leo.get(SETTING).await.expect(words).says("Change access hours"));
        leo.get(PAGE).await.expect_status(403);
        // What is set is what the form shows.
        let shown = kim.get(PAGE).await.form("Save access hours");
        assert!(shown.fields.contains(&("fri_to_2".to_owned(), "00:00".to_owned())), "{shown:?}");
        kim.submit_one(shown.clone()).await.expect_status(422).expect("Nothing was changed");
        kim.submit_one(shown.with("hours", "any")).await.expect_status(303);
        assert_eq!(world.access_hours(), "any time");
        let answer = world.api().get("/api/v1/tenants").await;
        assert!(answer.body.to_string().contains("\"access_hours\":\"any time\""), "{}", answer.body);
    }

    /// Every way to write what is no hour, without the browser.
    async fn what_are_no_hours_is_refused_and_kept(world: &World) {
        let kim = world.signed_in("kim").await;
        let right = kim.get(PAGE).await.form("Save access hours").with("hours", "weekly");
        let before = world.entries();
        for (from, to) in [("18:00", "08:00"), ("08:00", "08:00"), ("25:00", "26:00"), ("08:00", "25:00"), ("08:00", "24:15"), ("08:05", "18:00"), ("8:00", "18:00"), ("08:00", ""), ("", "18:00"), ("\"><script>alert(1)</script>", "18:00"), ("08:00", "noon"), ("-08:00", "18:00"), ("٠٨:٠٠", "18:00"), ("08:00:00", "18:00")] {
            let page = kim.submit_one(right.clone().with("mon_from", from).with("mon_to", to)).await.expect_status(422);
            assert!(page.html.contains("href=\"#mon_from\""), "{from} to {to}:\n{}", page.words());
            assert!(page.has_filled_in("mon_from", from) && page.has_filled_in("mon_to", to), "{from} to {to} is not kept");
            assert!(!page.html.contains("<script>alert"));
        }
        kim.submit_one(right.clone().with("tue_from_2", "17:00").with("tue_to_2", "19:00")).await.expect_status(422).expect("Choose two times that do not overlap.");
        let mut nothing = right.clone();
        for day in ["mon", "tue", "wed", "thu", "fri"] {
            nothing = nothing.with(&format!("{day}_from"), "").with(&format!("{day}_to"), "");
        }
        kim.submit_one(nothing).await.expect_status(422).expect("nobody could ever be let in");
        kim.submit_one(right.clone().with("hours", "sometimes")).await.expect_status(422);
        for unknown in ["day_from", "mon_from_3", "access_hours", "approvals_needed"] {
            kim.submit_one(right.clone().with(unknown, "08:00")).await.expect_status(400);
        }
        kim.submit_one(right.clone().with("version", "nonsense")).await.expect_status(422).expect("Somebody changed the limits meanwhile.");
        assert_eq!(world.entries(), before);
        kim.submit_one(right).await.expect_status(303);
        assert_eq!(world.access_hours(), OFFICE);
    }

    async fn only_an_administrator_of_the_tenant_sets_them(world: &World) {
        let (tenant, before) = (world.tenant("fabrikam"), world.entries());
        for stranger in ["ada", "leo", "sam", "rosa", "pat", "ivo"] {
            let tried = change_hours(&world.lockbox, &world.fresh(stranger), tenant.id, Some(&tenant.limits), hours(OFFICE));
            assert!(matches!(tried, Err(ActError::Denied(_))), "{stranger}");
        }
        assert_eq!(world.entries(), before);
        // Who looked before somebody else saved has decided on other limits.
        world.let_in(OFFICE).unwrap();
        let late = change_hours(&world.lockbox, &world.fresh("kim"), tenant.id, Some(&tenant.limits), hours(UNTIL_EIGHT));
        assert!(matches!(late, Err(ActError::Unfit(_))), "{late:?}");
    }

    async fn nobody_starts_outside_of_them(world: &World) {
        let approved = world.approved();
        let ivo = world.signed_in("ivo").await;
        let shown = ivo.get(&world.page_of(&approved)).await.form("Start access");
        world.let_in(OFFICE).unwrap();
        assert_eq!(world.stored(&approved.reference), approved, "the time to start does not move");
        let before = world.entries();
        match world.ivo_starts(&approved) {
            Err(ActError::Refused(Refusal::OutsideHours(closed), _)) => assert_eq!(closed.opens, Some(at("2026-11-23T07:00:00Z"))),
            other => panic!("{other:?}"),
        }
        let why = format!("lets nobody in outside {OFFICE_WORDS} (Europe/Berlin). Access can be started again from 23 Nov 2026,");
        ivo.submit_one(shown).await.expect_status(409).expect(&why);
        let page = ivo.get(&world.page_of(&approved)).await.expect(&format!("Fabrikam {why}"));
        assert!(!page.has_button("Start access"));
        assert_eq!(world.entries(), before);
        assert!(!world.ivo_may().await);
        world.signed_in("leo").await.get("/help").await.expect(&format!("Yours are {OFFICE_WORDS} (Europe/Berlin)."));
        assert!(!ivo.get("/help").await.says("Yours are"));
        // Who approves is told before that it leads to nothing.
        let waiting = world.endorsed();
        let kim = world.signed_in("kim").await;
        let page = kim.get(&format!("{}/approval", world.page_of(&waiting))).await;
        page.expect("It cannot be started: your access hours begin too late").expect(&format!("You let nobody in outside {OFFICE_WORDS} (Europe/Berlin)."));
        // To the microsecond.
        world.clock.set(at("2026-11-23T06:59:59.999999Z"));
        let approved = world.approved();
        assert!(world.ivo_starts(&approved).is_err());
        world.pass(TimeDelta::microseconds(1));
        world.ivo_starts(&approved).unwrap();
        assert!(world.ivo_may().await);
    }

    async fn an_access_ends_with_the_hours(world: &World) {
        world.let_in(UNTIL_EIGHT).unwrap();
        let (eight, waiting) = (at("2026-11-21T19:00:00Z"), world.endorsed());
        let kim = world.signed_in("kim").await;
        kim.get(&format!("{}/approval", world.page_of(&waiting))).await.expect("21 Nov 2026, 20:00 CET").expect("You let nobody in outside Sat 08:00\u{2013}20:00 (Europe/Berlin).");
        let approved = world.approved();
        let ivo = world.signed_in("ivo").await;
        ivo.get(&world.page_of(&approved)).await.expect("Access ends with the customer's access hours");
        let active = world.ivo_starts(&approved).unwrap();
        assert_eq!(active.state.deadline(), Some(eight));
        assert_eq!(active.reminders, [eight - TimeDelta::minutes(15)]);
        world.clock.set(eight - TimeDelta::microseconds(1));
        assert!(world.ivo_may().await);
        world.clock.set(eight);
        assert!(!world.ivo_may().await);
        world.night().await;
        assert!(matches!(world.stored(&active.reference).state, State::Ended { how: HowEnded::Time, .. }));
    }

    async fn new_hours_end_at_once_what_runs_outside_of_them(world: &World) {
        let active = world.active();
        assert!(world.ivo_may().await);
        world.new_mails().await;
        let from = world.log_of("fabrikam").len();
        world.let_in(OFFICE).unwrap();
        assert!(!world.ivo_may().await);
        assert_eq!(world.acts_from(from), ["limits.changed", "access.ended"]);
        match world.stored(&active.reference).state {
            State::Ended { at, how: HowEnded::HoursChanged { by }, .. } => assert_eq!((at, by), (world.now(), Actor::of(&world.person("kim")))),
            other => panic!("{other:?}"),
        }
        let mails = world.new_mails().await;
        for reader in ["ivo", "rosa", "kim", "ada"] {
            let ended = |(to, subject): &&(String, String)| to.starts_with(reader) && subject.starts_with("Access ended");
            assert_eq!(mails.iter().filter(ended).count(), 1, "{reader}: {mails:?}");
        }
        world.signed_in("ivo").await.get(&world.page_of(&active)).await.expect("Kim Akers changed the access hours.");
        let answer = world.api().get(&format!("/api/v1/data-access-requests/{}", active.reference)).await;
        assert_eq!(answer.body["outcome"]["how"], "hours_changed");
        world.night().await;
        assert_eq!(world.acts_from(from).len(), 2, "it ended once");
    }

    async fn what_would_go_on_beyond_new_hours_ends_with_them_and_is_never_prolonged(world: &World) {
        let (active, untouched) = (world.active(), world.filed_by("mina", "contoso", "teams"));
        let from = world.log_of("fabrikam").len();
        world.new_mails().await;
        world.let_in("sat 08:00-23:00").unwrap();
        assert_eq!(world.stored(&active.reference), active, "it ends before them");
        assert_eq!(world.acts_from(from), ["limits.changed"]);
        world.new_mails().await;
        world.let_in(UNTIL_EIGHT).unwrap();
        let eight = at("2026-11-21T19:00:00Z");
        let shorter = world.stored(&active.reference);
        assert_eq!((shorter.state.deadline(), shorter.version), (Some(eight), active.version + 1));
        assert_eq!(shorter.reminders, [eight - TimeDelta::minutes(15)]);
        assert_eq!(world.acts_from(from), ["limits.changed", "limits.changed", "access.shortened"]);
        let mails = world.new_mails().await;
        for reader in ["ivo", "rosa", "kim", "ada"] {
            let told = |(to, subject): &&(String, String)| to.starts_with(reader) && subject.starts_with("Access ends earlier, at ");
            assert_eq!(mails.iter().filter(told).count(), 1, "{reader}: {mails:?}");
        }
        world.signed_in("ivo").await.get(&world.page_of(&active)).await.expect("Access ends earlier, with the access hours");
        // Hours that are wider again give nothing back.
        world.let_in("any time").unwrap();
        assert_eq!(world.stored(&active.reference), shorter);
        world.let_in("sat 08:00-19:45").unwrap();
        let shortest = at("2026-11-21T18:45:00Z");
        assert_eq!(world.stored(&active.reference).state.deadline(), Some(shortest));
        world.let_in("any time").unwrap();
        // Nor does any fact.
        let (now, kim) = (world.now(), Actor::of(&world.person("kim")));
        for until in [shorter.state.deadline().unwrap(), shortest, now, now - TimeDelta::minutes(1)] {
            let fact = Fact::AccessShortened { until, reminders: Vec::new() };
            assert!(world.stored(&active.reference).apply(&fact, &kim, now).is_err(), "{until}");
        }
        world.clock.set(shortest - TimeDelta::microseconds(1));
        assert!(world.ivo_may().await);
        world.clock.set(shortest);
        assert!(!world.ivo_may().await);
        assert_eq!(world.stored(&untouched.reference), untouched);
    }

    async fn many_windows_end_in_the_act_that_sets_the_hours(world: &World) {
        let windows: Vec<Request> = (0..4).map(|_| world.active()).collect();
        let other = world.filed_by("mina", "fabrikam", "teams");
        world.let_in(OFFICE).unwrap();
        for window in &windows {
            assert!(world.stored(&window.reference).state.is_final());
        }
        assert_eq!(world.stored(&other.reference), other);
        assert!(!world.ivo_may().await);
    }

    async fn hours_that_let_in_more_wait_where_weakening_waits(world: &World) {
        let id = world.tenant("fabrikam").id;
        set_delay(&world.lockbox, &world.fresh("kim"), id, Delay::Day).unwrap();
        // Fewer hours do not wait.
        let weekend = "sat 00:00-24:00, sun 00:00-24:00";
        world.let_in("fri 18:00-24:00, sat 00:00-24:00, sun 00:00-24:00").unwrap();
        world.let_in(weekend).unwrap();
        assert_eq!(world.access_hours(), weekend);
        let kim = world.signed_in("kim").await;
        let page = kim.get(PAGE).await.expect("Hours that let in more than now wait 24 hours.");
        world.new_mails().await;
        // More of one day wait, whatever there is less of on another.
        let other = "sat 00:00-24:00, sun 00:00-18:00, mon 08:00-18:00";
        assert!(AccessHours::parse(other).is_err(), "they are kept from Monday on");
        let other = "mon 08:00-18:00, sat 00:00-24:00, sun 00:00-18:00";
        let form = page.form("Save access hours").with("mon_from", "08:00").with("mon_to", "18:00").with("sun_to", "18:00");
        kim.submit(form).await.expect("A change that weakens the protection waits: to loosen the limits");
        assert_told(world, "Somebody wants to weaken the protection", &DECIDERS).await;
        let tenant = world.tenant("fabrikam");
        let pending = tenant.pending.unwrap();
        assert!(matches!(pending.what, Weakening::Limits { limits } if limits.access_hours == hours(other)), "{:?}", pending.what);
        assert_eq!(tenant.limits.access_hours, hours(weekend));
        assert!(world.let_in("sun 08:00-09:00").is_err(), "one waits at a time");
        // What runs when they are set after all, outside of them, ends.
        world.clock.set(pending.due - TimeDelta::minutes(30));
        let active = world.active();
        assert!(world.ivo_may().await);
        world.clock.set(pending.due);
        world.night().await;
        assert_eq!(world.access_hours(), other);
        match world.stored(&active.reference).state {
            State::Ended { how: HowEnded::HoursChanged { by: Actor::Person { name, .. } }, .. } => assert_eq!(name.as_str(), "Kim Akers"),
            state => panic!("{state:?}"),
        }
        assert!(!world.ivo_may().await);
    }

    async fn whoever_decides_stops_hours_that_wait(world: &World) {
        let id = world.tenant("fabrikam").id;
        world.let_in(OFFICE).unwrap();
        set_delay(&world.lockbox, &world.fresh("kim"), id, Delay::Day).unwrap();
        world.let_in("any time").unwrap();
        assert_eq!(world.access_hours(), OFFICE);
        weaken::stop(&world.lockbox, &world.fresh("ada"), id).unwrap();
        world.pass(TimeDelta::hours(25));
        world.night().await;
        assert_eq!(world.access_hours(), OFFICE);
    }

    /// Where clocks are put back or forward there is less access, and never more.
    async fn hours_hold_when_the_clocks_are_changed(world: &World) {
        world.let_in("sun 00:00-02:30").unwrap();
        // On 28 March 2027 it is 03:00 in Berlin after 01:59.
        world.clock.set(at("2027-03-28T00:30:00Z"));
        let active = world.active();
        assert_eq!(active.state.deadline(), Some(at("2027-03-28T01:00:00Z")));
        world.clock.set(at("2027-03-28T01:00:00Z"));
        assert!(!world.ivo_may().await);
        assert!(world.ivo_starts(&world.approved()).is_err());
        // On 31 October 2027 it is 02:00 to 03:00 twice, and they end at the first 02:30.
        world.clock.set(at("2027-10-31T00:15:00Z"));
        let active = world.active();
        assert_eq!(active.state.deadline(), Some(at("2027-10-31T00:30:00Z")));
        world.clock.set(at("2027-10-31T01:15:00Z"));
        assert!(!world.ivo_may().await);
        match world.ivo_starts(&world.approved()) {
            Err(ActError::Refused(Refusal::OutsideHours(closed), _)) => assert_eq!(closed.opens, Some(at("2027-11-06T23:00:00Z"))),
            other => panic!("{other:?}"),
        }
    }
}
