//! Tenants in the portal: enrolled, entitled, suspended and let go on by the provider's administrator.

use chrono::TimeDelta;
use lockbox::acts::entitle::{Given, take_trial};
use lockbox::acts::{Lockbox, enrol};
use lockbox::domain::entitlement::{Entitlement, Trials};
use lockbox::domain::request::StateKind;
use lockbox::domain::text::{Line, Slug};

use super::texts;
use crate::world::{World, stories};

async fn enrolled(world: &World) {
    let pat = world.signed_in("pat").await;
    let page = pat
        .get(&pat.get("/tenants").await.link("Enrol a tenant"))
        .await;
    let form = page
        .form("Enrol")
        .with("name", "Wingtip Toys")
        .with("key", "wingtip")
        .with("zone", "Europe/Lisbon")
        .with("given", "plan")
        .with("plan", "Enterprise E5");
    pat.submit(form)
        .await
        .expect("Enrolled.")
        .expect("Wingtip Toys")
        .expect("Europe/Lisbon")
        .expect("Included in Enterprise E5");
}

stories! {
    /// The person is the author, in both logs, and the key is never used again.
    async fn an_administrator_enrols_a_tenant(world: &World) {
        enrolled(world).await;
        let tenant = world.tenant("wingtip");
        assert!(!tenant.lockbox.is_on());
        let entries = world.entries_of(lockbox::domain::audit::entry::Log::Tenant(tenant.id));
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].fact.act(), "tenant.enrolled");
        assert_eq!(entries[0].author.actor.person(), Some(world.person("pat").id));
        let pat = world.signed_in("pat").await;
        pat.get("/audit").await.expect("Customer enrolled: Wingtip Toys").expect("Pat");
        let page = pat.get("/new-tenant").await;
        let page = pat.submit(page.form("Enrol").with("name", "Other").with("key", "wingtip")).await.expect_status(422);
        let page = page.expect("is or was another customer's");
        assert!(page.has_filled_in("name", "Other"));
        let page = pat.submit(page.form("Enrol").with("name", " ").with("key", "Wing tip").with("zone", "Lisbon").with("given", "trial").with("plan", "E5")).await.expect_status(422);
        page.expect("Enter the name.").expect("Write the key in small letters").expect("Europe/Berlin or UTC").expect("Leave the plan's name empty");
        let page = pat.get("/new-tenant").await;
        pat.submit(page.form("Enrol").with("name", "We").with("key", "provider")).await.expect_status(422);
        // Its first administrator is invited from its page.
        pat.get("/tenants/wingtip").await.link("Invite its first administrator");
        assert_eq!(pat.get("/tenants?name=TOYS").await.link("Wingtip Toys"), "/tenants/wingtip");
    }

    async fn tenants_are_found_by_name_and_paged_by_key(world: &World) {
        let author = world.fresh("pat");
        for at in 0..120 {
            let (key, name) = (format!("t{at:03}"), if at % 2 == 0 { format!("Überland {at}") } else { format!("Other {at}") });
            enrol::tenant(&world.lockbox, &author, &Slug::parse(&key).unwrap(), &Line::parse(&name).unwrap(), chrono_tz::Tz::UTC, Given::Nothing).unwrap();
        }
        let pat = world.signed_in("pat").await;
        let names = |page: &crate::world::Page| texts(page, "tbody th a");
        let first = pat.get("/tenants?name=%C3%BCBERLAND").await;
        let second = pat.get(&first.link("Next page")).await.expect("First page");
        let all: Vec<String> = (0..60).map(|at| format!("Überland {}", at * 2)).collect();
        assert_eq!(names(&first), all[..50]);
        assert_eq!(names(&second), all[50..]);
        assert!(!second.says("Next page"));
        pat.get("/tenants?name=nobody").await.expect("No match");
        assert_eq!(names(&pat.get("/tenants").await).len(), 50);
        assert_eq!(names(&pat.get("/tenants?name=T007").await), ["Other 7"], "or by its whole key");
        // What an engineer filters the queue by must not fit everybody.
        world.signed_in("rosa").await.get("/queue?customer=other").await.expect_status(422).expect("it fits too many customers");
        // A whole key is one customer's, whatever the others are called.
        let (key, name) = (Slug::parse("other").unwrap(), Line::parse("Zeta").unwrap());
        enrol::tenant(&world.lockbox, &author, &key, &name, chrono_tz::Tz::UTC, Given::Nothing).unwrap();
        world.signed_in("rosa").await.get("/queue?customer=other").await.expect_status(200);
    }

    /// The same facts as on the command line, with the person as their author.
    async fn an_administrator_entitles_and_answers_a_trial(world: &World) {
        world.entitled("contoso", Given::Nothing);
        let confirming = Lockbox { trials: Trials::Confirmed, ..world.lockbox.clone() };
        let id = world.tenant("contoso").id;
        take_trial(&confirming, &world.fresh("sam"), id).unwrap();
        let pat = world.signed_in("pat").await;
        pat.get("/tenants").await.expect("Asks for a trial");
        let page = pat.get("/tenants/contoso").await.expect("It asked for a trial on");
        let page = pat.get(&page.link("Answer the trial…")).await;
        assert!(page.has_filled_in("given", "trial"), "what was asked for is at hand");
        world.pass(TimeDelta::minutes(6));
        let page = pat.get("/tenants/contoso/entitlement").await;
        assert!(page.form("Save").has("verification_code"), "a stale factor is asked for");
        pat.submit(page.form("Save").with("verification_code", "000000")).await.expect_status(422);
        assert_eq!(world.tenant("contoso").entitlement, Entitlement::None);
        pat.submit(page.form("Save")).await.expect("Saved.").expect("Trial until");
        assert!(matches!(world.tenant("contoso").entitlement, Entitlement::Trial { .. }));
        world.signed_in("sam").await.get("/audit").await.expect("Entitlement changed").expect("Pat");
        let page = pat.get("/tenants/contoso/entitlement").await;
        pat.submit(page.form("Save").with("given", "plan").with("plan", "Advanced Compliance")).await.expect("Included in Advanced Compliance");
        let page = pat.get("/tenants/contoso/entitlement").await;
        pat.submit(page.form("Save").with("given", "everything")).await.expect_status(422).expect("Choose what the customer gets.");
    }

    async fn an_administrator_suspends_and_lets_go_on(world: &World) {
        let active = world.active();
        let pat = world.signed_in("pat").await;
        let page = pat.get(&pat.get("/tenants/fabrikam").await.link("Suspend…")).await;
        let page = pat.submit(page.form("Suspend")).await.expect_status(422).expect("Enter the reason.");
        pat.submit(page.form("Suspend").with("reason", "Unpaid since March.")).await.expect("Suspended.");
        assert_eq!(world.stored(&active.reference).state.kind(), StateKind::Revoked);
        let kim = world.signed_in("kim").await;
        kim.get("/").await.expect("suspended Fabrikam");
        kim.get("/audit").await.expect("Suspended").expect("Pat Okafor");
        let page = pat.get("/tenants/fabrikam/suspension").await;
        pat.submit(page.form("Suspend").with("reason", "Again.")).await.expect_status(422).expect("It is suspended already.");
        let page = pat.get(&pat.get("/tenants/fabrikam").await.link("Let it go on…")).await;
        pat.submit(page.form("Let it go on")).await.expect("It goes on.");
        assert_eq!(world.tenant("fabrikam").suspended, None);
        let page = pat.get("/tenants/fabrikam/resumption").await;
        pat.submit(page.form("Let it go on")).await.expect_status(422);
    }

    /// The auditor reads, everybody else of the provider is refused, and for tenants' people there is nothing. The
    /// act asks the roles again, whatever the page has asked.
    async fn nobody_else_changes_a_tenant(world: &World) {
        let before = world.entries();
        for path in ["/new-tenant", "/tenants/fabrikam/entitlement", "/tenants/fabrikam/suspension", "/tenants/fabrikam/resumption", "/new-service", "/services/teams"] {
            for (name, status) in [("noor", 403), ("rosa", 403), ("ivo", 403), ("kim", 404), ("sam", 404)] {
                world.signed_in(name).await.get(path).await.expect_status(status);
            }
        }
        let noor = world.signed_in("noor").await;
        let page = noor.get("/tenants/fabrikam").await.expect_status(200);
        assert!(!page.says("Suspend") && !page.says("Change the entitlement"));
        assert!(!noor.get("/tenants").await.says("Enrol a tenant"));
        for name in ["noor", "rosa", "ivo", "kim"] {
            let by = world.fresh(name);
            assert!(lockbox::acts::entitle::entitle(&world.lockbox, &by, &Slug::parse("contoso").unwrap(), Given::Nothing).is_err(), "{name}");
            assert!(enrol::service(&world.lockbox, &by, &Slug::parse("planner").unwrap(), &Line::parse("Planner").unwrap(), true).is_err(), "{name}");
            assert!(enrol::tenant(&world.lockbox, &by, &Slug::parse("wingtip").unwrap(), &Line::parse("Wingtip").unwrap(), chrono_tz::Tz::UTC, Given::Nothing).is_err(), "{name}");
            assert!(lockbox::acts::suspend::resume(&world.lockbox, &by, &Slug::parse("contoso").unwrap()).is_err(), "{name}");
            assert!(lockbox::acts::coverage::propose(&world.lockbox, &by, &Slug::parse("teams").unwrap(), false).is_err(), "{name}");
        }
        assert_eq!(world.entries(), before);
    }
}
