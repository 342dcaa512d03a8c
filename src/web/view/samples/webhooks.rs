//! Webhooks.

use super::super::{
    Badge, CodeField, DeliveryRow, FactChoice, FactGroup, Field, Paging, Place, Side,
    WebhookFormPage, WebhookPage, WebhookRow, WebhookSecretPage, WebhooksPage,
};
use super::{Sample, administrator, after, auditor, before, sample, signed_in};

const HOSTILE: &str = "SIEM \"><script>alert(1)</script>";

fn list() -> WebhooksPage {
    let row = |name: &str, state| WebhookRow {
        href: "/settings/webhooks/0190aaaa-0000-7000-8000-0000000000aa".to_owned(),
        description: name.to_owned(),
        url: "https://hooks.fabrikam.example/very/long/path/that/must/break/somewhere/on/a/phone"
            .to_owned(),
        wants: "Requests, Access, lockbox.turned_off".to_owned(),
        state,
    };
    WebhooksPage {
        shell: administrator(Place::Webhooks),
        webhooks: vec![
            row(HOSTILE, Badge::On),
            row("Data loss prevention", Badge::Off),
        ],
        full: false,
        most: 10,
        may_change: true,
    }
}

fn form() -> WebhookFormPage {
    let choice = |word: &str, label: &str, chosen| FactChoice {
        field: word.replace('.', "-"),
        label: label.to_owned(),
        code: word.to_owned(),
        chosen,
    };
    WebhookFormPage {
        shell: administrator(Place::Webhooks),
        known: None,
        action: "/settings/webhooks/new".to_owned(),
        back: "/settings/webhooks".to_owned(),
        url: Field::default(),
        description: Field::default(),
        all: false,
        groups: vec![
            FactGroup {
                whole: choice("requests", "Requests", true),
                facts: vec![
                    choice("request.filed", "Request filed", false),
                    choice("request.approved", "Request approved", false),
                ],
            },
            FactGroup {
                whole: choice("access", "Access", false),
                facts: vec![
                    choice("access.started", "Access started", true),
                    choice("access.ended", "Access ended", false),
                ],
            },
        ],
        wants_error: None,
        code: Some(CodeField::default()),
        problem: None,
    }
}

fn one() -> WebhookPage {
    let row = |state, attempts| DeliveryRow {
        id: "0190aaaa-0000-7000-8000-0000000000bb".to_owned(),
        event: "fabrikam-42".to_owned(),
        act: "request.approved".to_owned(),
        written: before(90),
        state,
        status: (attempts > 0).then_some(500),
        attempts,
        next: None,
        error: None,
        over: true,
    };
    WebhookPage {
        shell: administrator(Place::Webhooks),
        href: "/settings/webhooks/0190aaaa-0000-7000-8000-0000000000aa".to_owned(),
        description: HOSTILE.to_owned(),
        url: "https://hooks.fabrikam.example/lockbox".to_owned(),
        wants: "All facts".to_owned(),
        on: true,
        off_because: None,
        former_until: Some(after(600)),
        deliveries: vec![
            DeliveryRow {
                next: Some(after(5)),
                error: Some("answered 500: the receiver failed".to_owned()),
                over: false,
                ..row(Badge::Waiting, 3)
            },
            DeliveryRow {
                status: Some(204),
                ..row(Badge::Delivered, 1)
            },
            DeliveryRow {
                error: Some("no connection: Connection refused (os error 111)".to_owned()),
                status: None,
                ..row(Badge::GivenUp, 10)
            },
        ],
        zone: "CET".to_owned(),
        may_change: true,
        problem: None,
        paging: Paging {
            first: None,
            next: Some("/settings/webhooks/0190aaaa?after=0190bbbb".to_owned()),
        },
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let secret = WebhookSecretPage {
        shell: administrator(Place::Webhooks),
        href: one().href,
        description: HOSTILE.to_owned(),
        secret: format!("whsec_{}=", "A".repeat(43)),
        former_until: None,
    };
    let rotated = WebhookSecretPage {
        former_until: Some(after(24 * 60)),
        ..secret.clone()
    };
    let provider = || {
        signed_in(
            "Nia Roberts",
            "Provider administrator",
            Side::Provider,
            Place::Webhooks,
        )
    };
    vec![
        sample("webhooks", &list()),
        sample(
            "webhooks-full",
            &WebhooksPage {
                full: true,
                ..list()
            },
        ),
        sample(
            "webhooks-reader",
            &WebhooksPage {
                shell: auditor(Place::Webhooks),
                webhooks: Vec::new(),
                may_change: false,
                ..list()
            },
        ),
        sample(
            "webhooks-provider",
            &WebhooksPage {
                shell: provider(),
                ..list()
            },
        ),
        sample("webhook-new", &form()),
        sample(
            "webhook-refused",
            &WebhookFormPage {
                known: Some(HOSTILE.to_owned()),
                url: Field::of("http://10.0.0.5/")
                    .refused("Enter an address that begins with https://."),
                description: Field::of("").refused("Enter the name."),
                wants_error: Some("Choose at least one fact.".to_owned()),
                problem: Some("Nothing was changed: this is how it is already.".to_owned()),
                code: None,
                ..form()
            },
        ),
        sample("webhook-secret", &secret),
        sample("webhook-secret-rotated", &rotated),
        sample("webhook", &one()),
        sample(
            "webhook-off",
            &WebhookPage {
                on: false,
                off_because: Some((
                    "The receiver took nothing for more than three days",
                    before(10),
                )),
                former_until: None,
                problem: Some("This is on its way already, or not kept any more.".to_owned()),
                ..one()
            },
        ),
        sample(
            "webhook-reader",
            &WebhookPage {
                shell: auditor(Place::Webhooks),
                deliveries: Vec::new(),
                may_change: false,
                ..one()
            },
        ),
    ]
}
