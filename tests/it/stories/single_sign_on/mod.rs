//! Single sign-on: setting it up, signing in with it, and everything that must not sign anybody in.

mod answers;
mod fetching;
mod local;
mod matching;
mod reach;
mod setting;
mod tokens;

use std::collections::BTreeSet;

use lockbox::acts::single_sign_on::{self, Wanted};
use lockbox::domain::audit::entry::Entry;
use lockbox::domain::fact::Fact;
use lockbox::domain::text::{Issuer, Line};
use url::Url;

use crate::world::identity_provider::{CLIENT, IdentityProvider};
use crate::world::{Page, Visitor, World};

/// What a story sets up for an identity provider.
fn wanted(issuer: &str) -> Wanted {
    Wanted {
        issuer: Issuer::parse(issuer).unwrap(),
        client_id: Line::parse(CLIENT.0).unwrap(),
        secret: Some(CLIENT.1.into()),
        groups: None,
        strong: BTreeSet::new(),
    }
}

/// Kim sets it up for Fabrikam, tries it through the pages, and turns it on.
async fn set_up(world: &World, provider: &IdentityProvider) {
    set_up_for(world, provider, "kim", "fabrikam", "kim@fabrikam.example").await;
}

async fn set_up_for(
    world: &World,
    provider: &IdentityProvider,
    name: &str,
    key: &str,
    email: &str,
) {
    single_sign_on::set(
        &world.lockbox,
        &world.fresh(name),
        &wanted(&provider.issuer),
    )
    .unwrap();
    try_and_turn_on(world, provider, name, key, email).await;
}

async fn try_and_turn_on(
    world: &World,
    provider: &IdentityProvider,
    name: &str,
    key: &str,
    email: &str,
) {
    let visitor = world.signed_in(name).await;
    let attempt = sent_away(&visitor, "/settings/single-sign-on/test").await;
    provider.names(&format!("{name}-1"), email, &attempt, world.now());
    let page = back(&visitor, provider, key, &attempt).await;
    assert_eq!(
        page.location(),
        Some("/settings/single-sign-on?tested"),
        "{}",
        page.words()
    );
    single_sign_on::turn_on(&world.lockbox, &world.fresh(name)).unwrap();
}

/// Where the browser is sent.
async fn sent_away(visitor: &Visitor<'_>, path: &str) -> Url {
    let page = visitor.get_one(path).await;
    let location = page
        .location()
        .unwrap_or_else(|| panic!("{path}: {}", page.words()));
    Url::parse(location).unwrap()
}

/// The browser comes back with a code, as the identity provider sends it.
async fn back(
    visitor: &Visitor<'_>,
    provider: &IdentityProvider,
    key: &str,
    attempt: &Url,
) -> Page {
    let answer = [
        ("code", "c-1"),
        ("state", &state(attempt)),
        ("iss", &provider.issuer),
    ];
    back_with(visitor, key, &answer).await
}

async fn back_with(visitor: &Visitor<'_>, key: &str, answer: &[(&str, &str)]) -> Page {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(answer)
        .finish();
    visitor
        .get_one(&format!("/sign-in/sso/{key}/callback?{query}"))
        .await
}

fn state(attempt: &Url) -> String {
    let mut pairs = attempt.query_pairs();
    pairs
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned()
}

/// Nobody is signed in, and the page says nothing of why.
async fn assert_not_signed_in(visitor: &Visitor<'_>, page: &Page, why: &str) {
    assert_eq!(page.status, 422, "{why}: {}", page.words());
    assert!(
        page.says("You are not signed in"),
        "{why}: {}",
        page.words()
    );
    let home = visitor.get_one("/").await;
    assert_eq!(home.location(), Some("/sign-in"), "{why}");
}

/// The facts of a tenant's log from an entry on.
fn facts_since(world: &World, tenant: &str, before: usize) -> Vec<Fact> {
    let log: Vec<Entry> = world.log_of(tenant);
    log.into_iter()
        .skip(before)
        .map(|entry| entry.fact)
        .collect()
}
