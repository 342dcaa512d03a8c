//! Webhooks: what is told to whom, how it gets there, and what happens where it does not.

mod failing;
mod private;
mod setting;
mod telling;
mod walls;

use lockbox::domain::id::WebhookId;
use lockbox::domain::person::Side;
use lockbox::store::deliveries::{self, Delivery};
use lockbox::store::webhooks;

use crate::world::World;

/// What is kept of the deliveries to a webhook, newest first.
fn kept(world: &World, id: WebhookId) -> Vec<Delivery> {
    let listed = world
        .lockbox
        .store
        .read(|conn| deliveries::list(conn, id, None, 1_000));
    listed.unwrap()
}

/// Whether a webhook is on.
fn is_on(world: &World, id: WebhookId) -> bool {
    let kept = world.lockbox.store.read(|conn| webhooks::by_id(conn, id));
    kept.unwrap().unwrap().webhook.is_on()
}

fn fabrikam(world: &World) -> Side {
    Side::Tenant(world.tenant("fabrikam").id)
}
