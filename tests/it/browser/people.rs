//! People at their browsers: the first of a deployment, inviting and joining, changing each other, and a tenant that lost
//! its administrators.

use lockbox::acts::set_up;

use super::album::Album;
use super::chromium::Scripts;
use super::person::Person;
use crate::world::{Database, World, stories, tell};

/// A password that nobody guesses.
const PASSWORD: &str = "lantern gravel osmosis pianist";
const NOA: &str = "noa@fabrikam.example";

stories! {
    /// With a passkey: the app they joined with stays at home from then on.
    async fn somebody_is_invited_joins_and_comes_again_with_a_passkey(world: &World) {
        let mut kim = at_a_desk(world, "inviting").await;
        kim.sign_in(world, "kim").await;
        kim.click("People").await;
        kim.click("Invite").await;
        kim.click("Send invitation").await;
        kim.see("The address is empty.").await;
        kim.fill("Email", NOA).await;
        kim.fill("Name", "Noa Weiss").await;
        kim.turn("Access approver").await;
        kim.click("Send invitation").await;
        kim.see("Invited. The mail is on its way.").await;
        kim.see("Invited, not here yet").await;

        let mut noa = at_a_desk(world, "joining").await;
        let device = noa.chromium.plug_in_a_device().await;
        join(world, &mut noa).await;
        noa.open("/security").await;
        noa.click("Add a passkey").await;
        noa.fill("Name", "A key").await;
        noa.click("Create the passkey").await;
        noa.see("The passkey was added.").await;
        noa.chromium.let_the_device_verify(&device, false).await;
        noa.sign_out().await;
        noa.chromium.let_the_device_verify(&device, true).await;
        noa.click("Sign in with a passkey").await;
        noa.see("Noa Weiss").await;

        // The link is worth nothing any more.
        let mut late = Person::of(world, Scripts::On).await;
        late.open(&world.link_to(NOA).await).await;
        late.see("This link does not work any more").await;
    }

    async fn somebody_joins_without_scripts_on_a_phone(world: &World) {
        let mut kim = Person::of(world, Scripts::Off).await;
        kim.sign_in(world, "kim").await;
        kim.open("/people/invitation").await;
        kim.fill("Email", NOA).await;
        kim.fill("Name", "Noa Weiss").await;
        kim.turn("Auditor").await;
        kim.click("Send invitation").await;
        kim.see("Invited. The mail is on its way.").await;

        let mut noa = Person::of(world, Scripts::Off).await;
        noa.takes_a_phone();
        join(world, &mut noa).await;
        noa.open("/requests").await;
        noa.see("None yet").await;
    }

    async fn roles_are_changed_factors_reset_and_somebody_is_removed(world: &World) {
        let mut kim = at_a_desk(world, "people").await;
        kim.sign_in(world, "kim").await;
        kim.click("People").await;
        kim.click("Leo Braun").await;
        kim.click("Change roles").await;
        kim.turn("Access approver").await;
        kim.click("Save roles").await;
        kim.see("Changed.").await;
        kim.see("access approver, auditor").await;

        kim.click("Reset second factors").await;
        kim.click("Reset second factors").await;
        kim.see("Reset.").await;
        let mut leo = Person::of(world, Scripts::Off).await;
        leo.show_the_password(world, "leo").await;
        leo.see("You have no second factor").await;
        leo.fill("Verification code", &leo.code_of_the_page(world).await).await;
        leo.click("Set up and sign in").await;
        leo.see("Leo Braun").await;

        kim.open("/people").await;
        kim.click("Leo Braun").await;
        kim.click("Remove").await;
        kim.see("They can no longer sign in.").await;
        kim.click("Remove").await;
        kim.see("Removed.").await;
        assert!(!kim.can_press("Leo Braun").await);
        leo.open("/requests").await;
        assert_eq!(leo.path().await, "/sign-in");
        kim.click("Kim Akers").await;
        kim.open("/people").await;
        kim.click("Kim Akers").await;
    }

    /// Pat invites the first administrator of a new customer, and begins to make one where all are lost, which Leo stops.
    async fn a_customer_gets_an_administrator_and_stops_another_one(world: &World) {
        world.enrol_tenant("litware", "Litware");
        let mut pat = at_a_desk(world, "tenants").await;
        pat.sign_in(world, "pat").await;
        pat.click("Tenants").await;
        pat.click("Litware").await;
        pat.click("Invite its first administrator").await;
        pat.fill("Email", "lea@litware.example").await;
        pat.fill("Name", "Lea Lind").await;
        pat.click("Send invitation").await;
        pat.open("/tenants").await;
        pat.click("Fabrikam").await;
        pat.click("Make a new administrator").await;
        pat.fill("Email", NOA).await;
        pat.fill("Name", "Noa Weiss").await;
        pat.click("Begin").await;
        pat.see("Noa Weiss").await;

        let mut lea = Person::of(world, Scripts::On).await;
        lea.open(&world.link_to("lea@litware.example").await).await;
        lea.see("Join Litware").await;

        let mut leo = at_a_desk(world, "recovery").await;
        leo.sign_in(world, "leo").await;
        leo.see("is making Noa Weiss a global administrator of Fabrikam").await;
        leo.click("Stop it").await;
        leo.click("Stop").await;
        leo.open("/people").await;
        assert!(!leo.can_press("Stop it").await);
    }
}

#[actix_web::test]
async fn the_first_administrator_is_made_at_a_browser() {
    let world = World::of_nobody(Database::Sqlite).await;
    let token = set_up::token(&world.lockbox).unwrap().unwrap();
    let mut pat = at_a_desk(&world, "set-up").await;
    pat.open(&format!("/set-up?link={token}")).await;
    pat.see("There is nobody yet.").await;
    pat.click("Set up").await;
    pat.see("Enter the name.").await;
    pat.fill("Name", "Pat Reyes").await;
    pat.fill("Email", "pat@provider.example").await;
    pat.fill("Password", PASSWORD).await;
    pat.fill("Verification code", &pat.code_of_the_page(&world).await)
        .await;
    pat.click("Set up").await;
    assert_eq!(pat.path().await, "/queue");
    pat.open("/people").await;
    pat.see("Pat Reyes").await;
    pat.open(&format!("/set-up?link={token}")).await;
    pat.see("This link does not work any more").await;
    world.end().await;
}

/// What is printed of the recovery codes, and every page of one's security.
#[actix_web::test]
async fn recovery_codes_are_shown_once_and_can_be_printed() {
    tell(Database::Sqlite, async |world| {
        let mut kim = at_a_desk(world, "security").await;
        kim.sign_in(world, "kim").await;
        for path in [
            "/security",
            "/security/authenticator-app",
            "/security/password",
            "/security/passkeys/new",
            "/security/sessions",
            "/security/recovery-codes",
        ] {
            kim.open(path).await;
        }
        kim.click("Make the codes").await;
        kim.see("This page is shown once.").await;
        let code = kim.first_code().await;
        kim.chromium.prints().await;
        kim.see(&code).await;
        assert!(
            !kim.can_press("I have saved them").await,
            "no buttons on paper"
        );
        kim.chromium.prints_no_more().await;
        kim.click("I have saved them").await;
        kim.see("10 of 10 left").await;
    })
    .await;
}

/// Somebody at a desk; pictures are taken in light and dark.
async fn at_a_desk(world: &World, story: &str) -> Person {
    let person = Person::of(world, Scripts::On).await;
    match world.database {
        lockbox::store::conn::DatabaseUrl::Sqlite(_) => {
            person.with(Album::of(story, &["light", "dark"]))
        }
        lockbox::store::conn::DatabaseUrl::Postgres(_) => person,
    }
}

/// Noa comes by the newest invitation.
async fn join(world: &World, noa: &mut Person) {
    noa.open(&world.link_to(NOA).await).await;
    noa.see("Join Fabrikam").await;
    noa.fill("Password", "fabrikam2026!").await;
    noa.click("Join").await;
    noa.see("easy to guess").await;
    noa.fill("Password", PASSWORD).await;
    noa.fill("Verification code", &noa.code_of_the_page(world).await)
        .await;
    noa.click("Join").await;
    noa.see("Noa Weiss").await;
}
