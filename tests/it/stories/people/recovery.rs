//! A tenant's administrators from the provider's side: the first one, and a new one where all are lost (PROOF 22).

use chrono::TimeDelta;
use lockbox::acts::{ActError, recover};
use lockbox::domain::fact::Fact;
use lockbox::domain::person::Role;
use lockbox::domain::text::{EmailAddress, Line, Slug};

use super::{confirm, joined, with_password};
use crate::world::{Visitor, World, stories};

const NOA: &str = "noa@fabrikam.example";
/// Fabrikam's people.
const EVERYBODY: [&str; 3] = [
    "ada@fabrikam.example",
    "kim@fabrikam.example",
    "leo@fabrikam.example",
];

async fn begin(pat: &Visitor<'_>, email: &str) -> crate::world::Page {
    let page = pat
        .get("/tenants/fabrikam/administrator")
        .await
        .expect("It takes 72 hours.");
    let form = page
        .form("Begin")
        .with("email", email)
        .with("name", "Noa Weiss");
    pat.submit(form).await
}

/// Everybody of Fabrikam who hears of it.
async fn told(world: &World, subject: &str) -> Vec<String> {
    let mails = world.new_mails().await;
    mails
        .into_iter()
        .filter(|(_, what)| what == subject)
        .map(|(to, _)| to)
        .collect()
}

stories! {
    /// It takes 72 hours to the microsecond; everybody knows at once and again when it is done.
    async fn a_tenant_that_lost_its_administrators_gets_a_new_one_after_72_hours(world: &World) {
        let pat = world.signed_in("pat").await;
        world.new_mails().await;
        begin(&pat, NOA).await.expect("Begun.");
        assert_eq!(told(world, "Somebody else will administer your organisation for Fabrikam").await, EVERYBODY);
        begin(&pat, NOA).await.expect_status(422).expect("being made already");
        let due = world.tenant("fabrikam").recovery.unwrap().due;
        assert_eq!(due - world.now(), TimeDelta::hours(72));
        world.clock.set(due - TimeDelta::microseconds(1));
        world.night().await;
        assert!(world.tenant("fabrikam").recovery.is_some());
        world.clock.set(due);
        let leo = world.fresh("leo");
        assert!(lockbox::acts::recover::stop(&world.lockbox, &leo, world.tenant("fabrikam").id).is_err(), "what is due is done");
        world.night().await;
        world.night().await;
        assert_eq!(world.tenant("fabrikam").recovery, None);
        let noa = joined(world, NOA).await;
        assert_eq!(told(world, "Your organisation has a new administrator for Fabrikam").await, EVERYBODY);
        assert!(world.person_at(NOA).is(Role::GlobalAdministrator));
        noa.get("/people/invitation").await.expect_status(200);
    }

    /// Any of the tenant's people who decides or reads can stop it, and everybody hears who did.
    async fn anybody_of_the_tenant_stops_it(world: &World) {
        let pat = world.signed_in("pat").await;
        begin(&pat, NOA).await.expect("Begun.");
        let leo = world.signed_in("leo").await;
        leo.get("/").await.expect("a global administrator of Fabrikam").expect("It stops when one of your global administrators signs in.").expect("Stop it");
        world.new_mails().await;
        confirm(&leo, "/people/recovery", "Stop").await.expect_status(200);
        assert_eq!(told(world, "Nobody else will administer your organisation for Fabrikam").await, EVERYBODY);
        let stopped = Fact::RecoveryStopped { tenant: world.tenant("fabrikam").id, by_signing_in: false };
        assert_eq!(world.log_of("fabrikam").pop().unwrap().fact, stopped);
        leo.get("/people/recovery").await.expect_status(404);
        world.pass(TimeDelta::hours(73));
        world.night().await;
        assert_eq!(world.anybody_at(NOA), None);
        world.signed_in("sam").await.get("/people/recovery").await.expect_status(404);
    }

    /// An administrator who comes is not lost. Nobody else's coming says so, and no password alone.
    async fn an_administrator_who_signs_in_stops_it(world: &World) {
        let pat = world.signed_in("pat").await;
        begin(&pat, NOA).await.expect("Begun.");
        world.new_mails().await;
        let kim = world.account("kim").clone();
        let door = world.visitor();
        let asked = with_password(&door, &kim.email, &kim.password).await;
        for name in ["ada", "leo", "sam"] {
            world.signed_in(name).await;
        }
        assert!(world.tenant("fabrikam").recovery.is_some());
        let form = asked.form("Verify").with("verification_code", &world.code("kim"));
        let home = door.submit(form).await.expect_status(200);
        assert!(!home.says("It stops when"), "{}", home.words());
        assert_eq!(world.tenant("fabrikam").recovery, None);
        assert_eq!(told(world, "Nobody else will administer your organisation for Fabrikam").await, EVERYBODY);
        let stopped = world.log_of("fabrikam").pop().unwrap();
        assert_eq!(stopped.fact, Fact::RecoveryStopped { tenant: world.tenant("fabrikam").id, by_signing_in: true });
        assert_eq!(stopped.author.actor.person(), Some(world.person("kim").id));
        assert!(stopped.author.proof.is_some(), "in this session, with this factor");
        world.pass(TimeDelta::hours(73));
        world.night().await;
        assert_eq!(world.anybody_at(NOA), None);
    }

    /// Once after a day and once after two, however often the night shift looks.
    async fn everybody_is_reminded_after_one_day_and_after_two(world: &World) {
        let pat = world.signed_in("pat").await;
        begin(&pat, NOA).await.expect("Begun.");
        let started = world.tenant("fabrikam").recovery.unwrap().started;
        let soon = "Somebody else will soon administer your organisation for Fabrikam";
        let tick = TimeDelta::microseconds(1);
        for (since, reminds) in [(24, true), (25, false), (48, true), (49, false), (72, false)] {
            let at = started + TimeDelta::hours(since);
            world.clock.set(at - tick);
            world.night().await;
            assert_eq!(told(world, soon).await, [""; 0], "before {since} hours");
            world.clock.set(at);
            world.night().await;
            world.night().await;
            let expected: &[&str] = if reminds { &EVERYBODY } else { &[] };
            assert_eq!(told(world, soon).await, expected, "after {since} hours");
        }
        assert!(world.anybody_at(NOA).is_some(), "reminding holds nothing up");
    }

    /// Whether the address is somebody's elsewhere is not said; whoever reads its mail is told that they cannot come.
    async fn a_new_administrator_who_joined_elsewhere_is_asked_and_does_not_come(world: &World) {
        let pat = world.signed_in("pat").await;
        begin(&pat, "max@contoso.example").await.expect("Begun.");
        world.pass(TimeDelta::hours(72));
        world.night().await;
        assert_eq!(world.tenant("fabrikam").recovery, None);
        let link = world.link_to("max@contoso.example").await;
        world.visitor().get(&link).await.expect_status(409).expect("This mail address has an account already");
        assert!(world.person("max").is_here() && !world.person("max").is(Role::GlobalAdministrator));
        // The provider begins anew with another one.
        let pat = world.signed_in("pat").await;
        begin(&pat, NOA).await.expect("Begun.");
    }

    /// An administrator who is still there and lost their factor gets to enrol a new one.
    async fn the_lost_factor_of_the_only_administrator_is_recovered(world: &World) {
        let kim = world.account("kim").clone();
        let pat = world.signed_in("pat").await;
        begin(&pat, &kim.email).await.expect("Begun.");
        world.pass(TimeDelta::hours(72));
        world.night().await;
        let visitor = world.visitor();
        with_password(&visitor, &kim.email, &kim.password).await.expect("Set up an authenticator app");
        assert!(world.person("kim").is(Role::GlobalAdministrator));
    }

    /// Whoever held the session of before shows the factor that is enrolled anew.
    async fn a_recovery_signs_its_administrator_out(world: &World) {
        let ada = world.account("ada").clone();
        let pat = world.signed_in("pat").await;
        begin(&pat, &ada.email).await.expect("Begun.");
        let due = world.tenant("fabrikam").recovery.unwrap().due;
        world.a_minute_before(due);
        let before = world.signed_in("ada").await;
        world.clock.set(due);
        world.night().await;
        assert_eq!(before.get_one("/").await.location(), Some("/sign-in"));
    }

    /// The act looks itself, and not only the page: who has people gets no administrator of the provider's at once.
    async fn a_tenant_with_people_is_sent_no_administrator(world: &World) {
        let (key, email) = (Slug::parse("fabrikam").unwrap(), EmailAddress::parse(NOA).unwrap());
        let before = world.entries();
        let sent = recover::invite_first(&world.lockbox, &world.fresh("pat"), &key, &email, &Line::parse("Noa Weiss").unwrap());
        assert!(matches!(sent, Err(ActError::Unfit(_))), "{sent:?}");
        assert_eq!(world.entries(), before);
    }

    /// The provider makes a tenant's first administrator and no other.
    async fn only_the_first_administrator_is_the_providers_to_invite(world: &World) {
        world.enrol_tenant("northwind", "Northwind Traders");
        let pat = world.signed_in("pat").await;
        let invite = async |email: &str| {
            let page = pat.get("/tenants/northwind/administrator").await;
            let form = page.form("Send invitation").with("email", email).with("name", "Eve Stone");
            pat.submit(form).await
        };
        // Whether somebody has the address elsewhere is not said.
        invite("ada@fabrikam.example").await.expect("Invited.");
        invite("eve@northwind.example").await.expect("Invited.");
        invite("eve@northwind.example").await.expect("Invited.");
        let eve = joined(world, "eve@northwind.example").await;
        eve.get("/people").await.expect("Eve Stone");
        pat.get("/tenants/northwind/administrator").await.expect("It takes 72 hours.");
        for name in ["ivo", "rosa"] {
            world.signed_in(name).await.get("/tenants").await.expect_status(403);
        }
        world.signed_in("kim").await.get("/tenants").await.expect_status(404);
        assert!(!pat.get("/tenants/northwind").await.says("eve@"), "the provider sees no people of tenants");
    }
}
