//! Passkeys of a real browser, in a device that is a part of it: adding one, the door, the second factor, the fresh proof,
//! and the day the device is lost.

use chrono::TimeDelta;

use super::chromium::Scripts;
use super::person::Person;
use crate::world::{World, stories};

stories! {
    /// The device offers itself within the field for the address, and the button asks for it.
    async fn somebody_adds_a_passkey_and_signs_in_with_it_alone(world: &World) {
        let (mut person, device) = with_a_passkey(world, "passkey-door").await;
        sign_out_unseen(&mut person, &device).await;
        person.chromium.let_the_device_verify(&device, true).await;
        person.click("Sign in with a passkey").await;
        assert_eq!(person.path().await, "/");
        person.see("Kim Akers").await;

        sign_out_unseen(&mut person, &device).await;
        person.chromium.let_the_device_verify(&device, true).await;
        person.is_let_in_by_the_device().await;
        person.see("Kim Akers").await;
    }

    async fn a_passkey_stands_in_for_the_code_after_the_password(world: &World) {
        let (mut person, device) = with_a_passkey(world, "passkey-second").await;
        sign_out_unseen(&mut person, &device).await;
        person.show_the_password(world, "kim").await;
        person.chromium.let_the_device_verify(&device, true).await;
        person.click("Use a passkey").await;
        person.see("Kim Akers").await;
        assert_eq!(person.path().await, "/");
    }

    async fn a_passkey_confirms_an_approval(world: &World) {
        let mut person = with_a_passkey(world, "passkey-approval").await.0;
        let request = world.endorsed();
        world.pass(TimeDelta::minutes(6));
        person.takes_a_phone();
        person.open(&format!("/requests/{}", request.reference)).await;
        person.click("Approve…").await;
        person.fill("Note", "Only the calendar.").await;
        person.click("Use a passkey").await;
        person.see("Approved for 4 hours").await;
        person.open(&format!("/requests/{}", request.reference)).await;
        person.see("Only the calendar.").await;
    }

    /// The device is gone: in by a recovery code, another device, and the lost one's passkey removed with it.
    async fn who_lost_the_device_comes_back_with_a_recovery_code(world: &World) {
        let (mut person, device) = with_a_passkey(world, "lost-device").await;
        person.click("Make recovery codes").await;
        person.click("Make the codes").await;
        let code = person.first_code().await;
        person.click("I have saved them").await;
        sign_out_unseen(&mut person, &device).await;
        person.chromium.lose_the_device(&device).await;

        person.show_the_password(world, "kim").await;
        person.click("Lost your device?").await;
        person.fill("Recovery code", &code).await;
        person.click("Continue").await;
        person.see("You came in by a recovery code.").await;
        person.see("9 of 10 left").await;
        person.chromium.plug_in_a_device().await;
        person.click("Add a passkey").await;
        person.fill("Name", "The new phone").await;
        person.click("Create the passkey").await;
        person.see("The passkey was added.").await;

        // A recovery code removes nothing; the new passkey does.
        person.click("A phone").await;
        person.click("Remove this passkey…").await;
        person.click("Use a passkey").await;
        person.see("The passkey was removed.").await;
        person.see("The new phone").await;
        assert!(!person.can_press("A phone").await);
    }

    /// Without scripts nothing of it shows that would not work.
    async fn without_scripts_the_app_is_enough(world: &World) {
        let mut person = Person::at_a_desk(world, "no-passkeys", Scripts::Off).await;
        person.sign_in(world, "kim").await;
        person.open("/security").await;
        person.click("Add a passkey").await;
        person.see("Your browser must be allowed to run this page's script").await;
        assert!(!person.can_press("Create the passkey").await);
        person.open("/security/recovery-codes").await;
        person.click("Make the codes").await;
        person.see("This page is shown once.").await;
    }
}

/// Out, and the device does not offer itself at the door by itself.
async fn sign_out_unseen(person: &mut Person, device: &str) {
    person.chromium.let_the_device_verify(device, false).await;
    person.sign_out().await;
}

/// Kim at a desk, on Security, with a passkey called "A phone"; and the device it is in.
async fn with_a_passkey(world: &World, story: &str) -> (Person, String) {
    let mut person = Person::at_a_desk(world, story, Scripts::On).await;
    let device = person.chromium.plug_in_a_device().await;
    person.sign_in(world, "kim").await;
    person.click("Kim Akers").await;
    person.click("Add a passkey").await;
    person.fill("Name", "A phone").await;
    person.click("Create the passkey").await;
    person.see("The passkey was added.").await;
    (person, device)
}
