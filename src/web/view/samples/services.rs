//! Services, and what is done with tenants.

use super::super::{
    AddServicePage, Choice, CodeField, ConfirmPage, EnrolPage, EntitlePage, Field, Message, Paging,
    Place, Select, ServiceRow, ServicesPage, Shell, TenantsPage, Tone,
};
use super::people::tenant_row;
use super::{Sample, provider_administrator, sample};

pub(super) fn samples() -> Vec<Sample> {
    let mut samples = of_services();
    samples.extend(of_tenants());
    samples
}

fn service(name: &str, key: &str, covered: bool) -> ServiceRow {
    ServiceRow {
        href: format!("/services/{key}"),
        name: name.to_owned(),
        key: key.to_owned(),
        covered,
    }
}

fn of_services() -> Vec<Sample> {
    let some = ServicesPage {
        shell: Shell {
            messages: vec![Message::new(
                Tone::Good,
                "Added. Every customer's log says so.",
            )],
            ..provider_administrator(Place::Services)
        },
        services: vec![
            service("Exchange Online", "exchange-online", true),
            service(
                "Diagnostic telemetry of the \"unified\" <beta> client & its companion services",
                "telemetry",
                false,
            ),
        ],
        may_add: true,
    };
    let none = ServicesPage {
        services: Vec::new(),
        may_add: false,
        ..some.clone()
    };
    let new = AddServicePage {
        shell: provider_administrator(Place::Services),
        key: Field::default(),
        name: Field::default(),
        covered: true,
        code: None,
        problem: None,
    };
    let refused = AddServicePage {
        key: Field::of("Exchange Online").refused("Write the key in small letters."),
        name: Field::default().refused("Enter the name."),
        covered: false,
        code: Some(CodeField::refused("Enter the code your app shows now.")),
        problem: Some("A deployment has at most 500 services.".to_owned()),
        ..new.clone()
    };
    vec![
        sample("services", &some),
        sample("services-none", &none),
        sample("new-service", &new),
        sample("new-service-refused", &refused),
        sample(
            "service-proposal",
            &ConfirmPage {
                title: "Propose not to cover Teams?".to_owned(),
                wanted: Some("not_covered"),
                ..confirm(Place::Services)
            },
        ),
    ]
}

fn confirm(place: Place) -> ConfirmPage {
    ConfirmPage {
        shell: provider_administrator(place),
        crumbs: Vec::new(),
        title: "Suspend Fabrikam?".to_owned(),
        lede: "Nothing is filed or started for Fabrikam until you let it go on.".to_owned(),
        wanted: None,
        reason: None,
        follows: vec!["Waiting requests are withdrawn.".to_owned()],
        action: "/tenants/fabrikam/suspension".to_owned(),
        button: "Suspend".to_owned(),
        danger: true,
        back: "/tenants/fabrikam".to_owned(),
        code: Some(CodeField::default()),
        problem: None,
    }
}

fn of_tenants() -> Vec<Sample> {
    let given = |chosen: &str| Select {
        choices: Choice::list("Choose", [("plan", "A plan"), ("trial", "A trial")], chosen),
        error: None,
    };
    let enrol = EnrolPage {
        shell: provider_administrator(Place::Tenants),
        key: Field::default(),
        name: Field::default(),
        zone: Field::of("UTC"),
        given: given("plan"),
        plan: Field::default(),
        code: None,
        problem: None,
    };
    let refused = EnrolPage {
        key: Field::of("fabrikam").refused("This key is or was another customer's."),
        zone: Field::of("Berlin").refused("Write the time zone as Europe/Berlin or UTC."),
        plan: Field::of("E5").refused("Leave the plan's name empty, or choose a plan."),
        code: Some(CodeField::refused("Enter the code your app shows now.")),
        ..enrol.clone()
    };
    let nothing = TenantsPage {
        shell: provider_administrator(Place::Tenants),
        wanted: "Nørth".to_owned(),
        tenants: Vec::new(),
        may_enrol: false,
        paging: Paging::default(),
    };
    vec![
        sample("enrol", &enrol),
        sample("enrol-refused", &refused),
        sample("tenants-no-match", &nothing),
        sample(
            "tenants-none",
            &TenantsPage {
                wanted: String::new(),
                may_enrol: true,
                ..nothing.clone()
            },
        ),
        sample(
            "entitle",
            &EntitlePage {
                shell: provider_administrator(Place::Tenants),
                tenant: tenant_row(false),
                given: given("trial"),
                plan: Field::default(),
                code: Some(CodeField::default()),
                problem: None,
            },
        ),
        sample(
            "suspend",
            &ConfirmPage {
                reason: Some(Field::default().refused("Enter the reason.")),
                ..confirm(Place::Tenants)
            },
        ),
    ]
}
