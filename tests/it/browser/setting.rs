//! A global administrator turns the lockbox on, and off again.

use super::chromium::Scripts;
use super::person::Person;
use crate::world::stories;

const SWITCH: &str = "Require approval for all data access requests";

stories! {
    async fn the_lockbox_is_turned_on_by_accepting_the_terms_and_off_by_confirming(world: &World) {
        let mut person = Person::at_a_desk(world, "setting", Scripts::On).await;
        person.sign_in(world, "sam").await;
        person.click("Org settings").await;
        person.click("Customer Lockbox").await;
        assert!(!person.is_turned_on(SWITCH).await);
        person.turn(SWITCH).await;
        person.click("Save").await;
        person.see("Accept the activation terms to turn on Customer Lockbox for Contoso.").await;
        assert!(!world.tenant("contoso").lockbox.is_on(), "nothing is on before the terms are accepted");
        person.click("Accept").await;
        assert!(person.is_turned_on(SWITCH).await);
        person.see("accepted by Sam Rivera").await;
        assert!(world.tenant("contoso").lockbox.is_on());

        person.turn(SWITCH).await;
        person.click("Save").await;
        person.see("Turn off Customer Lockbox?").await;
        assert!(world.tenant("contoso").lockbox.is_on(), "turning off is confirmed first");
        person.click("Turn off").await;
        assert!(!person.is_turned_on(SWITCH).await);
        assert!(!world.tenant("contoso").lockbox.is_on());
    }
}
