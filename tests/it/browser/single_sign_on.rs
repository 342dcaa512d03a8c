//! Single sign-on against a certified identity provider, at its own pages.

use std::collections::BTreeSet;

use lockbox::acts::single_sign_on::{self, Wanted};
use lockbox::domain::second_factor::FactorKind;
use lockbox::domain::text::{Issuer, Line};

use super::chromium::Scripts;
use super::person::Person;
use crate::world::certified::Certified;
use crate::world::identity_provider::CLIENT;
use crate::world::stories;

stories! {
    async fn it_is_set_up_tried_and_turned_on_and_somebody_signs_in_by_it_and_decides(world: &World) {
        let way_back = format!("{}/sign-in/sso/fabrikam/callback", world.base_url);
        let provider = Certified::start(world, &way_back);
        let mut kim = Person::at_a_desk(world, "single-sign-on", Scripts::On).await;
        kim.sign_in(world, "kim").await;
        kim.click("Org settings").await;
        kim.click("Single sign-on").await;
        kim.see(&way_back).await;
        kim.fill("Issuer", &provider.issuer).await;
        kim.fill("Client ID", CLIENT.0).await;
        kim.fill("Client secret", CLIENT.1).await;
        kim.click("Save").await;
        kim.see("Test it now").await;
        kim.click("Test sign-in").await;
        kim.fill("Account", "kim+verified@fabrikam.example").await;
        kim.click("Log in").await;
        kim.see("It works").await;
        kim.click("Turn on").await;
        kim.click("Turn on").await;
        kim.see("On since").await;

        // Another browser, without scripts. Its first time links; what is filed from then on can be decided.
        let mut ada = Person::of(world, Scripts::Off).await;
        ada.open("/requests").await;
        ada.click("Single sign-on").await;
        ada.fill("Organisation", "fabrikam").await;
        ada.click("Continue").await;
        ada.click("Go on to sign in").await;
        ada.fill("Account", "ada+verified-otp@fabrikam.example").await;
        ada.click("Log in").await;
        assert_eq!(ada.path().await, "/requests", "where Ada wanted to go");
        ada.see("Ada Ortiz").await;
        let request = world.endorsed();
        ada.open(&format!("/requests/{}", request.reference)).await;
        ada.click("Approve…").await;
        ada.click("Approve for 4 hours").await;
        ada.see("Approved for 4 hours").await;

        // Whom the identity provider does not verify, nobody knows here.
        let mut leo = Person::of(world, Scripts::On).await;
        leo.open("/sign-in/sso/fabrikam").await;
        leo.fill("Account", "leo@fabrikam.example").await;
        leo.click("Log in").await;
        leo.see("You are not signed in").await;
    }

    /// The identity provider speaks of one factor: ours is asked for after it, and the device's passkey is one.
    async fn where_it_names_no_second_factor_a_passkey_of_ours_is_shown_after_it(world: &World) {
        let way_back = format!("{}/sign-in/sso/fabrikam/callback", world.base_url);
        let provider = Certified::start(world, &way_back);
        let wanted = Wanted {
            issuer: Issuer::parse(&provider.issuer).unwrap(),
            client_id: Line::parse(CLIENT.0).unwrap(),
            secret: Some(CLIENT.1.into()),
            groups: None,
            strong: BTreeSet::new(),
        };
        single_sign_on::set(&world.lockbox, &world.fresh("kim"), &wanted).unwrap();
        let mut kim = Person::of(world, Scripts::On).await;
        kim.sign_in(world, "kim").await;
        kim.open("/settings/single-sign-on").await;
        kim.click("Test sign-in").await;
        kim.fill("Account", "kim+verified@fabrikam.example").await;
        kim.click("Log in").await;
        kim.see("It works").await;

        let mut ada = Person::at_a_desk(world, "single-sign-on-passkey", Scripts::On).await;
        let device = ada.chromium.plug_in_a_device().await;
        ada.sign_in(world, "ada").await;
        ada.click("Ada Ortiz").await;
        ada.click("Add a passkey").await;
        ada.fill("Name", "A phone").await;
        ada.click("Create the passkey").await;
        ada.see("The passkey was added.").await;
        ada.chromium.let_the_device_verify(&device, false).await;
        ada.sign_out().await;
        single_sign_on::turn_on(&world.lockbox, &world.fresh("kim")).unwrap();

        ada.open("/sign-in/sso/fabrikam").await;
        ada.fill("Account", "ada+verified@fabrikam.example").await;
        ada.click("Log in").await;
        assert_eq!(ada.path().await, "/sign-in/second-factor");
        ada.chromium.let_the_device_verify(&device, true).await;
        ada.click("Use a passkey").await;
        assert_eq!(ada.path().await, "/");
        ada.see("Ada Ortiz").await;
        let request = world.endorsed();
        ada.open(&format!("/requests/{}", request.reference)).await;
        ada.click("Approve…").await;
        ada.click("Approve for 4 hours").await;
        ada.see("Approved for 4 hours").await;
        let approved = world.entries_about(&request).pop().unwrap();
        let shown = approved.author.proof.unwrap().second_factor.unwrap();
        assert!(matches!(shown.kind, FactorKind::Passkey { .. }), "{shown:?}");
    }
}
