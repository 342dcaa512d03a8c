//! The customer says no, or too late, or after somebody else, or must show once more who it is.

use chrono::TimeDelta;
use lockbox::acts::decide;
use lockbox::domain::request::Request;

use super::chromium::Scripts;
use super::person::Person;
use crate::world::{World, seen, stories};

stories! {
    async fn a_rejected_request_gives_no_access_and_its_reason_reaches_the_engineer(world: &World) {
        let mut person = before_a_request(world, "rejection").await.0;
        person.click("Reject…").await;
        person.see("The problem may take longer to solve.").await;
        person.click("Reject request").await;
        person.see("There is a problem").await;
        assert!(person.title().await.starts_with("Error:"));
        person.fill("Reason", "The calendar is nobody's business. Ask for the rules alone.").await;
        person.click("Reject request").await;
        person.see("Rejected").await;
        person.see("There is no access.").await;
        let address = person.path().await;

        person.sign_in(world, "ivo").await;
        person.open(address.strip_suffix("/outcome").unwrap()).await;
        person.see("Rejected by Ada Ortiz").await;
        person.see("Ask for the rules alone.").await;
        assert!(!person.can_press("Start access").await);
    }

    async fn an_approval_after_the_deadline_is_told_that_the_request_expired(world: &World) {
        let request = world.endorsed();
        world.pass(TimeDelta::hours(12) - TimeDelta::minutes(2));
        let mut person = Person::at_a_desk(world, "expiry", Scripts::On).await;
        person.sign_in(world, "ada").await;
        person.open(&format!("/requests/{}", request.reference)).await;
        person.click("Approve…").await;
        world.pass(TimeDelta::minutes(3));
        person.click("Approve for 4 hours").await;
        person.see("What happened Expired, no access was given. The customer did not answer by 22 Nov 2026, 06:30 CET.").await;
        person.see("What is safe Nobody can use this request any more.").await;
        person.see("What to do next If the access is still needed, the engineer files a new request.").await;
        person.click("Look at").await;
        person.see("No access was given.").await;
        assert!(!person.can_press("Approve…").await);
    }

    async fn a_stale_page_says_who_approved_meanwhile(world: &World) {
        let (mut person, request) = before_a_request(world, "stale-page").await;
        person.click("Approve…").await;
        decide::approve(&world.lockbox, &world.fresh("kim"), &seen(&request), request.asked, None).unwrap();
        person.click("Approve for 4 hours").await;
        person.see("What happened Kim Akers approved at 18:30 CET. What is safe What you sent was not done. The other decision stands. What to do next Look at the request as it is now.").await;
        person.click("Look at").await;
        person.see("Approved, not started").await;
    }

    /// Impatient fingers press twice; what would happen twice without a script is refused by the act.
    async fn two_presses_send_one_form(world: &World) {
        let mut person = before_a_request(world, "two-presses").await.0;
        person.click("Approve…").await;
        assert_eq!(person.forms_of_two_presses("Approve for 4 hours").await, 1);
    }

    async fn a_stale_second_factor_is_asked_for_in_the_form_and_the_note_is_kept(world: &World) {
        let (mut person, request) = before_a_request(world, "stale-factor").await;
        person.click("Approve…").await;
        assert!(!person.has_field("Verification code").await, "signing in counts for five minutes");
        person.fill("Note", "Only the calendar, please.").await;
        world.pass(TimeDelta::minutes(6));
        person.click("Approve for 4 hours").await;
        assert_eq!(person.value_of("Note").await, "Only the calendar, please.");
        person.fill("Verification code", "000000").await;
        person.click("Approve for 4 hours").await;
        person.see("There is a problem").await;
        assert_eq!(person.value_of("Note").await, "Only the calendar, please.");
        person.fill("Verification code", &world.code("ada")).await;
        person.click("Approve for 4 hours").await;
        person.see("Approved for 4 hours").await;
        person.open(&format!("/requests/{}", request.reference)).await;
        person.see("Only the calendar, please.").await;

        // A form that is opened when it is stale has the field at once.
        world.pass(TimeDelta::minutes(6));
        person.click("Revoke access…").await;
        assert!(person.has_field("Verification code").await);
    }
}

/// Ada with a phone, signed in, before a request that waits for her.
async fn before_a_request(world: &World, story: &str) -> (Person, Request) {
    let request = world.endorsed();
    let mut person = Person::at_a_desk(world, story, Scripts::On).await;
    person.takes_a_phone();
    person.sign_in(world, "ada").await;
    person
        .open(&format!("/requests/{}", request.reference))
        .await;
    (person, request)
}
