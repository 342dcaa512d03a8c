//! Two night shifts at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use lockbox::acts::Lockbox;
use lockbox::post::Mailer;
use lockbox::store::{StoreError, pulse};
use lockbox::work::expiry::record_all;
use lockbox::work::outbox::{LEASE, PostOffice, deliver_due};
use tokio::runtime::Builder;

use super::arena::{at_once, hold_back, races, tries};
use super::race::{history, put_away};

races! {
    /// Ten requests lapse at once; both shifts see all of them, and each is written down and told of once.
    async fn two_night_shifts(arena: &Arena) {
        let world = &arena.world;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries().div_ceil(10) {
            let requests: Vec<_> = (0..10).map(|n| {
                let engineer = if n % 2 == 0 { "ivo" } else { "mina" };
                world.filed_by(engineer, "fabrikam", "exchange-online")
            }).collect();
            world.clock.set(requests[9].state.deadline().unwrap());
            let mailbox = Arc::default();
            let post = Arc::new(PostOffice { mailer: Mailer::Memory(Arc::clone(&mailbox)), sender: world.post.sender.clone() });
            let shift = |place| {
                let (lockbox, post) = (arena.process(place), &post);
                move || {
                    hold_back(place, count);
                    work(lockbox, post)
                }
            };
            let worked = at_once(vec![shift(0), shift(1)]);
            let (written, sent): (Vec<usize>, Vec<i64>) = worked.into_iter().unzip();
            assert_eq!(written.iter().sum::<usize>(), 10, "each lapse is somebody's");
            assert_eq!(sent.iter().sum::<i64>(), 10, "each letter is somebody's");
            for request in &requests {
                let acts: Vec<_> = history(world, request).iter().map(|entry| entry.fact.act()).collect();
                assert_eq!(acts, ["request.filed", "request.expired"]);
            }
            assert_eq!(different(&mailbox), 10, "each letter once");
            *outcomes.entry(format!("{written:?} lapses, {sent:?} letters")).or_default() += 1;
        }
        arena.report(&outcomes);
    }
}

races! {
    /// Each letter is leased by one of two, and by nobody else while the lease holds (PROOF 14). Leasing takes one write
    /// for each letter, so the two of them meet in the middle.
    async fn two_leases(arena: &Arena) {
        let world = &arena.world;
        let mut outcomes = BTreeMap::new();
        for count in 0..tries() {
            let request = world.endorsed();
            put_away(world, &request);
            let (now, due) = (world.now(), world.lockbox.store.read(pulse::backlog).unwrap().letters);
            let lease = |lockbox: &Lockbox| {
                let leased = lockbox.store.keep::<_, StoreError>(|keep| keep.lease_letters(now, now + LEASE, 100));
                leased.unwrap()
            };
            let racer = |place| {
                let lockbox = arena.process(place);
                move || {
                    hold_back(place, count);
                    lease(lockbox)
                }
            };
            let leased = at_once(vec![racer(0), racer(1)]);
            let ids: BTreeSet<_> = leased.iter().flatten().map(|letter| letter.id).collect();
            let each = [leased[0].len(), leased[1].len()];
            assert_eq!(ids.len(), each.iter().sum::<usize>(), "one letter in two hands");
            assert_eq!(ids.len(), usize::try_from(due).unwrap(), "a letter in nobody's");
            assert!(lease(&world.lockbox).is_empty(), "the leases hold");
            for letter in leased.iter().flatten() {
                world.lockbox.store.keep::<_, StoreError>(|keep| keep.letter_sent(letter, now)).unwrap();
            }
            *outcomes.entry(format!("{each:?} letters")).or_default() += 1;
        }
        arena.report(&outcomes);
    }
}

/// One night shift, until it finds nothing to do: lapses written down, and letters sent.
fn work(lockbox: &Lockbox, post: &Arc<PostOffice>) -> (usize, i64) {
    let night = async {
        let written = record_all(lockbox).await.unwrap();
        let mut sent = 0;
        loop {
            let round = deliver_due(lockbox, post).await.unwrap();
            sent += round.sent;
            if round.taken == 0 {
                return (written, sent);
            }
        }
    };
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(night)
}

/// How many letters there are, all of them different by their Message-ID.
fn different(mailbox: &Mutex<Vec<lettre::Message>>) -> usize {
    let mails = mailbox.lock().unwrap();
    let mut ids: Vec<String> = mails
        .iter()
        .map(|mail| mail.headers().get_raw("Message-ID").unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), mails.len(), "no letter twice");
    ids.len()
}
