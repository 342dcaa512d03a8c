//! Two forms at once, through the front door.

use crate::world::{Page, World, stories};

use super::arena::tries;
use super::race::{history, put_away};

stories! {
    async fn the_slower_of_two_approvers_is_told_who_was_faster(world: &World) {
        let (kim, ada) = (world.signed_in("kim").await, world.signed_in("ada").await);
        for _ in 0..tries().min(20) {
            let request = world.endorsed();
            let address = format!("/requests/{}/approval?duration=PT2H", request.reference);
            let (by_kim, by_ada) = (kim.get(&address).await.form("Approve for"), ada.get(&address).await.form("Approve for"));
            let (to_kim, to_ada) = tokio::join!(kim.submit_one(by_kim), ada.submit_one(by_ada));
            match (to_kim.status.as_u16(), to_ada.status.as_u16()) {
                (303, 409) => to_ada.expect("Kim Akers approved"),
                (409, 303) => to_kim.expect("Ada Ortiz approved"),
                other => panic!("{other:?}"),
            };
            assert_approved_once(world, &request);
            put_away(world, &request);
        }
    }

    async fn one_form_sent_twice_at_once_decides_once(world: &World) {
        let kim = world.signed_in("kim").await;
        for _ in 0..tries().min(20) {
            let request = world.endorsed();
            let form = kim.get(&format!("/requests/{}/approval", request.reference)).await.form("Approve for");
            let (first, second): (Page, Page) = tokio::join!(kim.send(&form), kim.send(&form));
            let mut status = [first.status.as_u16(), second.status.as_u16()];
            status.sort_unstable();
            assert_eq!(status, [303, 409]);
            assert_approved_once(world, &request);
            put_away(world, &request);
        }
    }
}

fn assert_approved_once(world: &World, request: &lockbox::domain::request::Request) {
    let history = history(world, request);
    let acts: Vec<&str> = history.iter().map(|entry| entry.fact.act()).collect();
    assert_eq!(
        acts,
        ["request.filed", "request.endorsed", "request.approved"]
    );
}
