//! Services in the portal: added, and proposed to be covered or not. A proposal changes no tenant.

use lockbox::domain::audit::entry::Log;
use lockbox::domain::lockbox::Lockbox;

use crate::world::stories;

stories! {
    async fn an_administrator_adds_a_service_and_proposes(world: &World) {
        let pat = world.signed_in("pat").await;
        let page = pat.get(&pat.get("/services").await.expect("Exchange Online").link("Add a service")).await;
        let page = pat.submit(page.form("Add").with("name", "Planner").with("key", "Plan ner")).await.expect_status(422).expect("Write the key in small letters");
        assert!(page.has_filled_in("name", "Planner") && page.has("#covered[checked]"));
        pat.submit(page.form("Add").with("key", "planner")).await.expect("Added.").expect("Planner");
        let page = pat.get("/new-service").await;
        pat.submit(page.form("Add").with("name", "Another").with("key", "planner")).await.expect_status(422).expect("another service's");
        let before = world.tenant("fabrikam").lockbox;
        let page = pat.get("/services/planner").await.expect("Propose not to cover Planner?");
        let twice = page.form("Propose not to cover it");
        pat.submit(twice.clone()).await.expect("Proposed.");
        pat.submit(twice).await.expect_status(422).expect("proposed already");
        pat.get("/services/planner").await.expect("Propose to cover Planner?");
        let after = world.tenant("fabrikam").lockbox;
        assert_eq!(before, after, "a proposal changes no tenant");
        assert!(matches!(after, Lockbox::On { .. }));
        for (log, of) in [(Log::Provider, "provider"), (Log::Tenant(world.tenant("fabrikam").id), "fabrikam"), (Log::Tenant(world.tenant("contoso").id), "contoso")] {
            let acts: Vec<_> = world.entries_of(log).into_iter().filter(|entry| entry.author.actor.person() == Some(world.person("pat").id)).map(|entry| entry.fact.act()).collect();
            assert_eq!(acts, ["service.added", "service.coverage_proposed"], "{of}");
        }
        world.signed_in("noor").await.get("/services").await.expect("Planner").expect("Not covered");
        for (name, status) in [("rosa", 403), ("ivo", 403), ("kim", 404)] {
            world.signed_in(name).await.get("/services").await.expect_status(status);
        }
        pat.get("/services/nothing").await.expect_status(404);
    }
}
