//! The audit log, looked through.

use super::chromium::Scripts;
use super::person::Person;
use crate::world::stories;

stories! {
    async fn an_entry_is_found_and_shows_how_it_is_sealed(world: &World) {
        let request = world.active();
        let log = world.log_of("fabrikam");
        let approval = log.iter().find(|entry| entry.fact.act() == "request.approved").unwrap();
        let mut person = Person::at_a_desk(world, "audit", Scripts::On).await;
        person.sign_in(world, "kim").await;
        person.click("Audit log").await;
        person.unfold("Filters").await;
        person.fill("Person", "kim akers").await;
        person.fill("Act", "approved").await;
        person.click("Apply filters").await;
        person.see("Every entry on this page hashes as it was sealed.").await;
        person.click(&format!("Entry No. {}", approval.seq)).await;
        person.see("request.approved").await;
        person.see(request.reference.as_str()).await;
        person.see("The stored text still has this hash.").await;
        assert!(person.can_press("Copy leaf hash").await);
        person.click("Back to the log").await;
        assert_eq!(person.value_of("Person").await, "kim akers");
    }
}
