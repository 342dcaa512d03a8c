//! A tenant's Home: what needs somebody, who has access and who only might, and what to do first.

use crate::world::stories;

stories! {
    async fn what_is_approved_and_not_started_is_no_live_access(world: &World) {
        let approved = world.approved();
        let kim = world.signed_in("kim").await;
        let page = kim.get("/").await.expect("Live access Nobody has access.");
        assert!(page.says(&format!("Approved, not started {} Ivo Brandt, Exchange Online", approved.reference)), "{}", page.words());
        let active = world.active();
        let page = kim.get("/").await;
        assert!(page.says(&format!("Live access {} Ivo Brandt, Exchange Online", active.reference)), "{}", page.words());
        assert!(page.says(&format!("Approved, not started {}", approved.reference)), "{}", page.words());
        assert!(!page.says("First steps"));
    }

    async fn a_new_tenant_is_shown_its_first_steps_until_somebody_asks(world: &World) {
        let sam = world.signed_in("sam").await;
        let page = sam.get("/").await.expect("Nothing needs you.").expect("First steps").expect("Have two people who can decide (done)");
        assert!(!page.says("Turn on Customer Lockbox (done)"));
        sam.get(&page.link("Open the setting")).await.expect("Require approval for all data access requests");
        world.turn_on("contoso", "sam");
        sam.get("/").await.expect("Turn on Customer Lockbox (done)");
        world.filed_by("ivo", "contoso", "teams");
        assert!(!sam.get("/").await.says("First steps"));
    }
}
