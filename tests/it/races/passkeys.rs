//! One answer of a passkey, and one recovery code, in two hands at once.

use std::collections::BTreeMap;

use lockbox::acts::recovery_codes;
use lockbox::acts::show_passkey::{Shown, show_passkey};
use lockbox::acts::sign_in::CodeShown;
use lockbox::identity::passkey::RelyingParty;
use lockbox::identity::passkey::challenge::{ChallengeKey, Purpose};

use super::arena::{at_once, hold_back, races, tries};
use crate::world::{Authenticator, nowhere};

races! {
    async fn one_recovery_code_twice_lets_in_once(arena: &Arena) {
        let kim = arena.world.person("kim").id;
        let mut outcomes = BTreeMap::new();
        let mut codes = Vec::new();
        for count in 0..tries() {
            if codes.is_empty() {
                codes = recovery_codes::make(&arena.world.lockbox, &arena.world.fresh("kim")).unwrap();
            }
            let code = codes.pop().unwrap();
            let runner = |place| {
                let (lockbox, code) = (arena.process(place), &code);
                move || {
                    hold_back(place, count);
                    let shown = recovery_codes::show(lockbox, kim, &nowhere(), code.expose()).unwrap();
                    matches!(shown, CodeShown::Right(_))
                }
            };
            let shown = at_once(vec![runner(0), runner(1)]);
            assert_eq!(shown.iter().filter(|shown| **shown).count(), 1);
            let winner = usize::from(shown[1]);
            *outcomes.entry(format!("racer {winner} is let in")).or_default() += 1;
        }
        arena.report(&outcomes);
    }

    async fn one_answer_of_a_passkey_twice_counts_once(arena: &Arena) {
        let world = &arena.world;
        let mut device = Authenticator::new(1, &world.base_url);
        world.signed_in("kim").await.add_passkey(&mut device).await;
        let kim = world.person("kim").id;
        let portal = world.base_url.parse().unwrap();
        let party = RelyingParty::at(&portal, ChallengeKey::new([7; 32])).unwrap();
        let mut outcomes = BTreeMap::new();
        // A device that counts would be told apart by its counter.
        device.counts = false;
        for count in 0..tries() {
            let chance = world.lockbox.entropy.bytes();
            let challenge = party.challenge(Purpose::Authentication, "race", chance, world.now());
            let answer = device.get(&party.request(&[], &challenge));
            let runner = |place| {
                let (lockbox, party, answer) = (arena.process(place), &party, &answer);
                move || {
                    hold_back(place, count);
                    let shown = Shown { party, whose: "race", person: Some(kim), answer };
                    show_passkey(lockbox, shown).unwrap()
                }
            };
            let shown = at_once(vec![runner(0), runner(1)]);
            assert_eq!(shown.iter().flatten().count(), 1);
            let winner = usize::from(shown[1].is_some());
            *outcomes.entry(format!("racer {winner} counts")).or_default() += 1;
        }
        arena.report(&outcomes);
    }
}
