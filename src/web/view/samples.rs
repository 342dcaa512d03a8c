//! Every page in its states, and a test that renders them all.

mod api_keys;
mod audit;
mod decision;
mod door;
mod notifications;
mod people;
mod portal;
mod provider;
mod request;
mod rules;
mod security;
mod services;
mod sessions;
mod setting;
mod single_sign_on;
mod support_cases;
mod webhooks;

use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Account, Assets, ListTab, ListView, Person, Place, SessionEnds, Shell, Side, Theme, Times, When,
};

/// A page in one state: a name for the file and what askama makes of it.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) html: String,
}

fn sample(name: &'static str, page: &impl Template) -> Sample {
    Sample {
        name,
        html: page.render().unwrap(),
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-21T17:30:00Z".parse().unwrap()
}

fn times() -> Times {
    Times {
        zone: chrono_tz::Europe::Berlin,
        now: now(),
    }
}

/// That many minutes from now.
fn after(minutes: i64) -> When {
    times().at(now() + TimeDelta::minutes(minutes))
}

/// That many minutes ago.
fn before(minutes: i64) -> When {
    after(-minutes)
}

fn assets() -> Assets {
    Assets {
        css: "/static/app.css".to_owned(),
        js: "/static/app.js".to_owned(),
        icon: "/static/icon.svg".to_owned(),
    }
}

fn visitor() -> Shell {
    Shell {
        assets: assets(),
        csrf: "c5rf".to_owned(),
        times: times(),
        theme: Theme::System,
        account: None,
        ends: None,
        messages: Vec::new(),
        demo: false,
    }
}

fn signed_in(name: &str, roles: &str, side: Side, place: Place) -> Shell {
    Shell {
        account: Some(Account {
            name: name.to_owned(),
            roles: roles.to_owned(),
            organisation: match side {
                Side::Tenant => "Fabrikam",
                Side::Provider => "Northwind Cloud",
            }
            .to_owned(),
            side,
            files_requests: roles == "Engineer",
            reads_audit: side == Side::Tenant,
            sees_settings: side == Side::Tenant || roles == "Provider administrator",
            sees_people: side == Side::Tenant || roles == "Provider administrator",
            sees_api_keys: side == Side::Tenant || roles == "Provider administrator",
            sees_webhooks: roles.contains("administrator") || roles == "Auditor",
            place,
        }),
        ends: Some(SessionEnds {
            idle: after(30),
            longest: after(12 * 60),
        }),
        ..visitor()
    }
}

fn administrator(place: Place) -> Shell {
    signed_in("Ana Silva", "Global administrator", Side::Tenant, place)
}

fn auditor(place: Place) -> Shell {
    signed_in("Otto Berg", "Auditor", Side::Tenant, place)
}

fn engineer(place: Place) -> Shell {
    signed_in("Jordan Park", "Engineer", Side::Provider, place)
}

fn manager(place: Place) -> Shell {
    signed_in("Ines Moreau", "Support manager", Side::Provider, place)
}

fn provider_administrator(place: Place) -> Shell {
    signed_in("Pat Reyes", "Provider administrator", Side::Provider, place)
}

fn jordan() -> Person {
    Person::new("Jordan Park", "engineer")
}

fn ines() -> Person {
    Person::new("Ines Moreau", "support manager")
}

fn ana() -> Person {
    Person::new("Ana Silva", "global administrator")
}

fn kim() -> Person {
    Person::new("Kim Okafor", "access approver")
}

/// The tabs of a list, the first with a count.
fn tabs(path: &str, views: &[ListView], count: Option<u32>) -> Vec<ListTab> {
    let tab = |(at, view): (usize, &ListView)| ListTab {
        view: *view,
        href: format!("{path}?view={}", view.key()),
        count: count.filter(|_| at == 0),
    };
    views.iter().enumerate().map(tab).collect()
}

/// All of them.
pub(crate) fn all() -> Vec<Sample> {
    let mut all = door::samples();
    all.extend(security::samples());
    all.extend(portal::samples());
    all.extend(api_keys::samples());
    all.extend(audit::samples());
    all.extend(request::samples());
    all.extend(decision::samples());
    all.extend(setting::samples());
    all.extend(notifications::samples());
    all.extend(sessions::samples());
    all.extend(single_sign_on::samples());
    all.extend(webhooks::samples());
    all.extend(people::samples());
    all.extend(provider::samples());
    all.extend(support_cases::samples());
    all.extend(services::samples());
    all
}
