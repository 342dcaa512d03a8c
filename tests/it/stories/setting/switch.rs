//! Turning off and on again, and what follows for requests.

use lockbox::acts::decide::{approve, endorse, start};
use lockbox::domain::request::{Basis, Request, State, StateKind};

use super::DECIDERS;
use crate::world::{World, seen, stories};

fn endorsed(world: &World, engineer: &str, service: &str) -> Request {
    let filed = world.filed_by(engineer, "fabrikam", service);
    endorse(&world.lockbox, &world.fresh("rosa"), &seen(&filed)).unwrap()
}

fn basis(request: &Request) -> Option<Basis> {
    match &request.state {
        State::Approved { grant, .. } | State::Active { grant, .. } => Some(grant.basis),
        _ => None,
    }
}

stories! {
    /// What waited keeps waiting all the way; what was approved without the customer falls when it is asked again; what
    /// runs goes on; what the customer itself approved stands.
    async fn off_and_on_again(world: &World) {
        let (waiting, own) = (world.endorsed(), world.approved());
        let not_covered = endorsed(world, "mina", "telemetry");
        assert_eq!(basis(&not_covered), Some(Basis::NotCovered));
        world.new_mails().await;

        world.turn_off("fabrikam", "kim");
        let told = world.new_mails().await;
        assert_eq!(told.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), DECIDERS);
        assert!(told.iter().all(|(_, subject)| subject.contains("turned off")), "{told:?}");
        for request in [&waiting, &own, &not_covered] {
            assert_eq!(world.stored(&request.reference), *request, "turning off moves nothing");
        }
        let unstarted = endorsed(world, "ivo", "teams");
        let running = endorsed(world, "mina", "onedrive");
        let running = start(&world.lockbox, &world.fresh("mina"), &seen(&running)).unwrap();
        assert_eq!((basis(&unstarted), basis(&running)), (Some(Basis::LockboxOff), Some(Basis::LockboxOff)));
        world.new_mails().await;

        world.turn_on("fabrikam", "kim");
        assert!(matches!(&world.stored(&unstarted.reference).state, State::Revoked { since: None, why, .. } if why.as_str().contains("was turned on")));
        for request in [&waiting, &own, &not_covered, &running] {
            assert_eq!(world.stored(&request.reference), *request);
        }
        assert!(start(&world.lockbox, &world.fresh("ivo"), &seen(&unstarted)).is_err());
        let mails = world.new_mails().await;
        let of = |subject: &str| mails.iter().filter(|(_, said)| said.contains(subject)).count();
        assert_eq!((of("turned on"), of("Revoked")), (2, 4), "{mails:?}");
        let decided = approve(&world.lockbox, &world.fresh("ada"), &seen(&waiting), waiting.asked, None).unwrap();
        assert_eq!(basis(&decided), Some(Basis::CustomerDecision));
        start(&world.lockbox, &world.fresh("ivo"), &seen(&own)).unwrap();
    }

    /// Approved as not covered, and covered by the time the lockbox is on again: the customer was not asked, so it falls.
    async fn what_is_covered_by_the_time_it_is_on_again_is_asked_about(world: &World) {
        let granted = endorsed(world, "ivo", "telemetry");
        world.turn_off("fabrikam", "kim");
        assert_eq!(world.stored(&granted.reference), granted);
        world.proposed("telemetry", true);
        world.turn_on("fabrikam", "kim");
        assert!(world.uncovered("fabrikam").is_empty());
        assert!(matches!(&world.stored(&granted.reference).state, State::Revoked { why, .. } if why.as_str().contains("was covered")));
        assert_eq!(endorsed(world, "ivo", "telemetry").state.kind(), StateKind::AwaitingCustomer);
    }

    /// More approvals than are read at a time.
    async fn turning_on_revokes_all_of_them(world: &World) {
        world.turn_off("fabrikam", "kim");
        for engineer in 0..42 {
            let email = format!("engineer{engineer}@provider.example");
            let role = [lockbox::domain::person::Role::Engineer];
            let (person, _) = world.enrol(&email, &format!("Engineer {engineer}"), None, &role).await.unwrap();
            for _ in 0..5 {
                let new = crate::world::new_request("fabrikam", "teams");
                let filed = lockbox::acts::file_request::file(&world.lockbox, &world.as_fresh(&person), &new).unwrap();
                endorse(&world.lockbox, &world.fresh("rosa"), &seen(&filed)).unwrap();
            }
        }
        world.turn_on("fabrikam", "kim");
        let revoked = world.every_request().iter().filter(|request| request.state.kind() == StateKind::Revoked).count();
        assert_eq!(revoked, 210);
    }
}
