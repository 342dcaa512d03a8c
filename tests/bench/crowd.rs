//! Many tenants and engineers, enrolled through the acts.

use chrono_tz::Tz;
use lockbox::acts::Lockbox;
use lockbox::acts::enrol::{self, NewPerson};
use lockbox::acts::entitle::Given;
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::person::Role;
use lockbox::domain::text::{EmailAddress, Line, Slug};
use lockbox::identity::password::NewPassword;
use secrecy::SecretString;

use super::Done;

/// Who enrols them.
pub fn operator() -> Done<Author> {
    Ok(Author::local(Actor::Operator {
        name: Line::parse("bench")?,
    }))
}

/// Enrols `tenant-0` and so on; their keys.
pub fn tenants(lockbox: &Lockbox, count: usize) -> Done<Vec<Slug>> {
    let operator = operator()?;
    (0..count)
        .map(|number| {
            let key = Slug::parse(&format!("tenant-{number}"))?;
            let name = Line::parse(&format!("Tenant {number}"))?;
            enrol::tenant(lockbox, &operator, &key, &name, Tz::UTC, Given::Plan(None))?;
            Ok(key)
        })
        .collect()
}

/// Enrols as many engineers; their addresses.
pub async fn engineers(lockbox: &Lockbox, count: usize) -> Done<Vec<String>> {
    let mut engineers = Vec::new();
    for number in 0..count {
        let email = engineer(number);
        let new = NewPerson {
            email: EmailAddress::parse(&email)?,
            name: Line::parse(&format!("Engineer {number}"))?,
            roles: vec![Role::Engineer],
            tenant: None,
            zone: None,
            password: NewPassword::parse(SecretString::from("correct horse battery"))?,
        };
        enrol::person(lockbox, operator()?, new).await?;
        engineers.push(email);
    }
    Ok(engineers)
}

/// The address of one of them.
pub fn engineer(number: usize) -> String {
    format!("engineer-{number}@provider.example")
}
