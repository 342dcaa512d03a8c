//! The customer's list, filtered and kept up to date.

use super::chromium::Scripts;
use super::person::Person;
use crate::world::stories;

stories! {
    async fn without_scripts_the_list_is_filtered_and_taken_along(world: &World) {
        let (mail, teams) = (world.endorsed(), world.filed_by("mina", "fabrikam", "teams"));
        let mut person = Person::at_a_desk(world, "filters", Scripts::Off).await;
        person.sign_in(world, "kim").await;
        person.click("Data access requests").await;
        person.click("All").await;
        person.unfold("Filters").await;
        person.choose("Service", "Teams").await;
        person.fill("Engineer", "mina").await;
        person.click("Apply filters").await;
        assert!(person.can_press(teams.reference.as_str()).await);
        assert!(!person.can_press(mail.reference.as_str()).await);
        let file = person.button("Download CSV").await.attr("href").await.unwrap().unwrap();
        let file = world.signed_in("kim").await.get(&file).await.expect_status(200).html;
        assert!(file.contains(teams.reference.as_str()) && !file.contains(mail.reference.as_str()), "{file}");
        person.click("Needs action").await;
        person.see("No match").await;
        person.click("Clear filters").await;
        assert!(person.can_press(mail.reference.as_str()).await);
    }

    async fn new_requests_are_announced_and_no_row_moves_by_itself(world: &World) {
        let first = world.endorsed();
        let mut person = Person::at_a_desk(world, "updates", Scripts::On).await;
        person.sign_in(world, "kim").await;
        person.open("/requests").await;
        let (second, third) = (world.endorsed(), world.endorsed());
        person.comes_back().await;
        person.chromium.until("the new ones are announced", async || person.can_press("show them").await).await;
        person.see("2 new requests, show them").await;
        assert!(person.can_press(first.reference.as_str()).await);
        assert!(!person.can_press(second.reference.as_str()).await, "a row came by itself");
        person.click("show them").await;
        for request in [&first, &second, &third] {
            assert!(person.can_press(request.reference.as_str()).await);
        }
        assert!(!person.can_press("show them").await);
    }
}
