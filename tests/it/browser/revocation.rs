//! The customer takes access away while it is used.

use super::chromium::Scripts;
use super::person::Person;
use crate::world::stories;

stories! {
    async fn revoked_access_ends_and_the_engineer_sees_it(world: &World) {
        let request = world.active();
        let address = format!("/requests/{}", request.reference);
        let api = world.api();
        assert!(api.may("ivo", "fabrikam", "exchange-online").await);

        let mut person = Person::at_a_desk(world, "revocation", Scripts::On).await;
        person.takes_a_phone();
        person.sign_in(world, "kim").await;
        person.see("Live access").await;
        person.click("Revoke access…").await;
        person.see("Ends access now.").await;
        person.fill("Reason", "This is my private calendar.").await;
        person.click("Revoke access now").await;
        person.see("Access revoked").await;
        assert!(!api.may("ivo", "fabrikam", "exchange-online").await);

        person.goes_to_a_desk();
        person.sign_in(world, "ivo").await;
        person.open(&address).await;
        person.see("Revoked by Kim Akers").await;
        person.see("Access ended at once.").await;
        person.see("This is my private calendar.").await;
        assert!(!person.can_press("I am done").await);
    }
}
