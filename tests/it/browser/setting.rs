//! A global administrator turns the lockbox on, and off again.

use lockbox::acts::entitle::Given;
use lockbox::acts::suspend::suspend;
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::text::{Line, Prose, Slug};

use super::album::Album;
use super::chromium::Scripts;
use super::person::Person;
use crate::world::{Database, stories, tell};

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

/// All that can be done on the setting page, on a phone and at a desk, in light and dark.
#[actix_web::test]
async fn a_trial_a_proposal_and_other_limits() {
    tell(Database::Sqlite, async |world| {
        world.entitled("contoso", Given::Nothing);
        let album = Album::of("setting-whole", &["light", "dark"]);
        let mut person = Person::of(world, Scripts::On).await.with(album);
        person.sign_in(world, "sam").await;
        person.open("/settings/customer-lockbox").await;
        person
            .see("You have no plan that includes Customer Lockbox.")
            .await;
        person.click("Try it for 30 days").await;
        person.click("Start the trial").await;
        person.see("Trial until").await;
        person.turn(SWITCH).await;
        person.click("Save").await;
        person.click("Accept").await;
        world.proposed("teams", false);
        person.open("/").await;
        person.click("Look at Teams").await;
        person.click("Accept: do not ask us").await;
        person.see("Not covered: you are not asked").await;
        person
            .choose("Approvals needed", "2 different people")
            .await;
        person.choose("Longest access", "8 hours").await;
        person.click("Save limits").await;
        assert_eq!(person.value_of("Approvals needed").await, "2");
        assert_eq!(world.tenant("contoso").limits.approvals_needed, 2);
        world.proposed("onedrive", false);
        world.change_role("jo", "access_approver", "auditor");
        person.open("/settings/customer-lockbox").await;
        person
            .see("2 people must approve, and only 1 can decide")
            .await;
        person.click("Save limits").await;
        person.see("There is a problem").await;
        person.sign_in(world, "max").await;
        person.open("/settings/customer-lockbox").await;
        person
            .see("Only a global administrator can change these.")
            .await;
        world.change_role("jo", "auditor", "access_approver");
        let by = Author::local(Actor::Operator {
            name: Line::parse("root").unwrap(),
        });
        let (key, why) = (
            Slug::parse("contoso").unwrap(),
            Prose::parse("Unpaid.").unwrap(),
        );
        suspend(&world.lockbox, &by, &key, &why).unwrap();
        person.sign_in(world, "sam").await;
        person.open("/settings/customer-lockbox").await;
        person.see("suspended Contoso on").await;
    })
    .await;
}
