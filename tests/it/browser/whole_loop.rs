//! One request goes its whole way, in everybody's browser.

use super::chromium::Scripts;
use super::person::Person;
use crate::world::{World, stories};

stories! {
    async fn a_request_goes_its_whole_way_with_scripts(world: &World) {
        the_whole_loop(world, Scripts::On).await;
    }

    async fn a_request_goes_its_whole_way_without_scripts(world: &World) {
        the_whole_loop(world, Scripts::Off).await;
    }
}

async fn the_whole_loop(world: &World, scripts: Scripts) {
    let case = world.case_of("kim");
    let mut person = Person::at_a_desk(world, "whole-loop", scripts).await;

    person.sign_in(world, "ivo").await;
    person.click("New request").await;
    person.choose("Customer", "Fabrikam").await;
    person.choose("Service", "Exchange Online").await;
    let named = format!("Fabrikam: {}, {}", case.number, case.title);
    person.choose("Support case", &named).await;
    person
        .fill("What data", "Kim's calendar and its rules")
        .await;
    let objects = "mailbox/kim@fabrikam.example/calendar\nmailbox/kim@fabrikam.example/rules";
    person.fill("Objects", objects).await;
    person.fill("Actions", "read").await;
    let reason = "Invitations vanish a minute after they arrive; I must see which rule takes them.";
    person.fill("Reason", reason).await;
    person.choose("Duration", "4 hours").await;
    person.click("File request").await;
    person.see("Waiting for manager").await;
    let address = person.path().await;
    let reference = address.strip_prefix("/requests/").unwrap();

    person.sign_in(world, "rosa").await;
    person.click(reference).await;
    person.see(reason).await;
    person.click("Endorse request").await;
    person.see("Endorsed, Fabrikam is asked").await;
    person.sign_out().await;

    person.takes_a_phone();
    let before = person.clicks();
    person.follow_the_mail_to(world, "ada").await;
    person.show_both_factors(world, "ada").await;
    assert_eq!(
        person.path().await,
        address,
        "one lands on the linked request"
    );
    for words in [
        "Action needed",
        "Kim's calendar and its rules",
        "Ivo Brandt",
        "Rosa Lindqvist",
        reason,
    ] {
        person.see(words).await;
    }
    assert_eq!(
        person.can_press("Copy reference").await,
        scripts == Scripts::On,
        "this page needs scripts only to copy"
    );
    person.click("Approve…").await;
    person.see("4 hours, counted from the start").await;
    person.click("Approve for 4 hours").await;
    person.see("Approved for 4 hours").await;
    assert!(
        person.clicks() - before <= 3,
        "{} clicks from the mail to the decision",
        person.clicks() - before
    );

    person.goes_to_a_desk();
    let api = world.api();
    assert!(
        !api.may("ivo", "fabrikam", "exchange-online").await,
        "approved is not started"
    );
    person.sign_in(world, "ivo").await;
    person.click(reference).await;
    person.see("Approved, not started").await;
    person.click("Start access").await;
    person.see("Access active").await;
    let calendar = Some("mailbox/kim@fabrikam.example/calendar");
    let may_read = api
        .evaluate("ivo", "fabrikam", "exchange-online", "read", calendar)
        .await;
    assert_eq!(may_read["decision"], true);
    person.click("I am done").await;
    person.see("Ended").await;
    let may_read = api
        .evaluate("ivo", "fabrikam", "exchange-online", "read", calendar)
        .await;
    assert_eq!(may_read["decision"], false);
}
