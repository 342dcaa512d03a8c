//! Single sign-on.

use super::super::{
    CodeField, Field, OrganisationPage, Place, ProblemPage, Side, SignOnStage, SingleSignOnPage,
    SwitchSignOnPage,
};
use super::{Sample, administrator, auditor, before, sample, signed_in, visitor};

fn setting() -> SingleSignOnPage {
    SingleSignOnPage {
        shell: administrator(Place::Settings),
        stage: SignOnStage::NotSet,
        start: "https://lockbox.example/sign-in/sso/fabrikam".to_owned(),
        way_back: "https://lockbox.example/sign-in/sso/fabrikam/callback".to_owned(),
        issuer: Field::default(),
        client_id: Field::default(),
        secret: Field::default(),
        has_secret: false,
        claim: Field::default(),
        groups: Field::default(),
        strong: Field::default(),
        roles: "global administrator, access approver, auditor".to_owned(),
        may_change: true,
        code: Some(CodeField::default()),
        problem: None,
    }
}

fn set(stage: SignOnStage) -> SingleSignOnPage {
    SingleSignOnPage {
        stage,
        issuer: Field::of("https://login.fabrikam.example/tenants/4f1c/v2.0"),
        client_id: Field::of("lockbox-\"><script>alert(1)</script>"),
        has_secret: true,
        claim: Field::of("groups"),
        groups: Field::of("Lockbox approvers = access approver\nLockbox readers = auditor"),
        strong: Field::of("urn:fabrikam:strong"),
        code: None,
        ..setting()
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let organisation = OrganisationPage {
        shell: visitor(),
        organisation: Field::default(),
        on: None,
        next: "/requests/LBX-7Q2M-9XKD".to_owned(),
    };
    let odd = OrganisationPage {
        organisation: Field::of("Fabrikam & Co").refused("Enter the key of your organisation."),
        ..organisation.clone()
    };
    let on_the_way = OrganisationPage {
        organisation: Field::of("fabrikam"),
        on: Some("/sign-in/sso/fabrikam?next=%2F".to_owned()),
        ..organisation.clone()
    };
    let refused = SingleSignOnPage {
        issuer: Field::of("http://login").refused("Enter the issuer as an https address."),
        problem: Some("The test failed: no answer within 5 seconds.".to_owned()),
        ..set(SignOnStage::Untested)
    };
    let reader = SingleSignOnPage {
        shell: auditor(Place::Settings),
        may_change: false,
        ..set(SignOnStage::On(before(90)))
    };
    let nothing_to_read = SingleSignOnPage {
        shell: auditor(Place::Settings),
        may_change: false,
        code: None,
        ..setting()
    };
    let provider = || {
        let place = Place::Settings;
        signed_in(
            "Nia Roberts",
            "Provider administrator",
            Side::Provider,
            place,
        )
    };
    let providers = SingleSignOnPage {
        shell: provider(),
        ..set(SignOnStage::Untested)
    };
    let turn_on = SwitchSignOnPage {
        shell: administrator(Place::Settings),
        on: false,
        issuer: "https://login.fabrikam.example/".to_owned(),
        gives_roles: true,
        delay: Some("72 hours".to_owned()),
        code: Some(CodeField::default().or_single_sign_on(Some(
            "/sign-in/sso/fabrikam?anew=1&next=%2Fsettings%2Fsingle-sign-on".to_owned(),
        ))),
        problem: None,
    };
    let turn_off = SwitchSignOnPage {
        shell: provider(),
        on: true,
        delay: None,
        code: None,
        problem: Some("Single sign-on is off already.".to_owned()),
        ..turn_on.clone()
    };
    vec![
        sample("organisation", &organisation),
        sample("organisation-refused", &odd),
        sample("organisation-on", &on_the_way),
        sample(
            "not-signed-on",
            &ProblemPage::new(visitor(), 422).not_signed_on(),
        ),
        sample("signs-on", &ProblemPage::new(visitor(), 422).signs_on()),
        sample("single-sign-on", &setting()),
        sample("single-sign-on-untested", &set(SignOnStage::Untested)),
        sample("single-sign-on-tested", &set(SignOnStage::Tested)),
        sample("single-sign-on-on", &set(SignOnStage::On(before(90)))),
        sample("single-sign-on-refused", &refused),
        sample("single-sign-on-reader", &reader),
        sample("single-sign-on-reader-nothing", &nothing_to_read),
        sample("single-sign-on-provider", &providers),
        sample("switch-sign-on", &turn_on),
        sample("switch-sign-on-off", &turn_off),
    ]
}
