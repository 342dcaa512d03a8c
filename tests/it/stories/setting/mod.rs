//! The Customer Lockbox setting: who is entitled, what is covered, which terms hold, which limits, and what follows for
//! requests.

mod access_hours;
mod coverage;
mod entitlement;
mod limits;
mod quorum;
mod suspension;
mod switch;
mod terms;
mod weakening;

use lockbox::acts::coverage::propose;
use lockbox::acts::entitle::{Given, entitle};
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::id::ServiceId;
use lockbox::domain::lockbox::Lockbox;
use lockbox::domain::service::Service;
use lockbox::domain::text::{Line, Slug};
use lockbox::store::services;

use crate::world::World;

const SETTING: &str = "/settings/customer-lockbox";

/// Who is told of every change of Fabrikam's setting.
const DECIDERS: [&str; 2] = ["ada@fabrikam.example", "kim@fabrikam.example"];

fn operator() -> Author {
    Author::local(Actor::Operator {
        name: Line::parse("root").unwrap(),
    })
}

fn key(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

impl World {
    /// The provider says what a tenant is entitled to.
    pub fn entitled(&self, tenant: &str, given: Given) {
        entitle(&self.lockbox, &operator(), &key(tenant), given).unwrap();
    }

    /// The provider proposes to cover a service, or not to.
    pub fn proposed(&self, service: &str, covered: bool) {
        propose(&self.lockbox, &operator(), &key(service), covered).unwrap();
    }

    fn service(&self, service: &str) -> Service {
        let found = self
            .lockbox
            .store
            .read(|conn| services::by_key(conn, &key(service)));
        found.unwrap().unwrap()
    }

    /// What a tenant has accepted as not covered.
    fn uncovered(&self, tenant: &str) -> Vec<ServiceId> {
        match self.tenant(tenant).lockbox {
            Lockbox::On { uncovered, .. } => uncovered.into_iter().collect(),
            Lockbox::Off => panic!("the lockbox of {tenant} is off"),
        }
    }
}

/// Who was told since the last look, and that it was of this.
async fn assert_told(world: &World, subject: &str, to: &[&str]) {
    let mails = world.new_mails().await;
    assert!(
        mails.iter().all(|(_, said)| said.contains(subject)),
        "{subject:?}: {mails:?}"
    );
    let told: Vec<_> = mails.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(told, to, "{subject:?}");
}
