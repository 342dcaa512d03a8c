//! Receivers that fail, hang, lead elsewhere, break off, or want nothing any more.

use std::time::Duration;

use chrono::TimeDelta;
use lockbox::clock::Stopwatch;
use lockbox::domain::audit::entry::Actor;
use lockbox::domain::fact::Fact;
use lockbox::domain::webhook::Why;
use lockbox::work::webhooks::{PAUSES, deliver_due};

use super::{is_on, kept};
use crate::world::receiver::{Answers, Receiver};
use crate::world::stories;

stories! {
    /// Ten tries over three days; then the webhook turns itself off, and who administers it is told.
    async fn a_receiver_that_takes_nothing_for_days_is_turned_off_and_its_administrators_are_told(world: &World) {
        let receiver = Receiver::start().await;
        let (id, _) = world.webhook("kim", &receiver, &["requests"]);
        receiver.answer(Answers::Status(500));
        world.filed();
        world.new_mails().await;
        for (tried, pause) in (1..).zip(PAUSES) {
            assert_eq!(world.deliver().await.taken, 1);
            world.pass(pause - TimeDelta::microseconds(1));
            assert_eq!(world.deliver().await.taken, 0, "not before the pause after try {tried} is over");
            world.pass(pause / 5 + TimeDelta::seconds(1));
            let delivery = &kept(world, id)[0];
            assert_eq!((delivery.attempts, delivery.status, delivery.waits()), (tried, Some(500), true));
        }
        assert!(is_on(world, id));
        assert_eq!(world.deliver().await.given_up, 1);
        assert_eq!(receiver.count(), 10);
        assert!(!is_on(world, id));
        let log = world.log_of("fabrikam");
        let last = log.last().unwrap();
        assert!(matches!(&last.fact, Fact::WebhookDisabled { webhook, why: Why::Failing } if webhook.id == id));
        assert_eq!(last.author.actor, Actor::System);
        assert_eq!(world.new_mails().await, [("kim@fabrikam.example".to_owned(), "A webhook was turned off for Fabrikam".to_owned())]);
        world.signed_in("kim").await.get(&format!("/settings/webhooks/{id}")).await.expect("Turned itself off").expect("took nothing for more than three days").expect("answered 500");
        world.filed();
        assert_eq!(world.deliver().await.taken, 0, "nothing is sent to it any more");
    }

    /// One delivery that is never taken is given up; a receiver that takes others meanwhile stays.
    async fn a_receiver_that_takes_some_stays_on(world: &World) {
        let receiver = Receiver::start().await;
        let (id, _) = world.webhook("kim", &receiver, &["requests"]);
        world.filed();
        for (at, pause) in PAUSES.into_iter().enumerate() {
            receiver.answer(Answers::Status(400));
            assert_eq!(world.deliver().await.taken, 1);
            if at == 4 {
                receiver.answer(Answers::Status(204));
                world.filed();
                assert_eq!(world.deliver().await.delivered, 1);
            }
            world.pass(pause + pause / 5);
        }
        receiver.answer(Answers::Status(400));
        assert_eq!(world.deliver().await.given_up, 1);
        assert!(is_on(world, id));
    }

    async fn a_receiver_that_is_gone_turns_its_webhook_off_at_once(world: &World) {
        let receiver = Receiver::start().await;
        let (id, _) = world.webhook("pat", &receiver, &["requests"]);
        receiver.answer(Answers::Status(410));
        world.filed();
        world.new_mails().await;
        assert_eq!(world.deliver().await.given_up, 1);
        assert!(!is_on(world, id));
        assert_eq!(world.new_mails().await, [("pat@provider.example".to_owned(), "A webhook was turned off for the provider".to_owned())]);
        assert_eq!(receiver.count(), 1);
    }

    async fn a_receiver_says_when_it_wants_to_be_asked_again(world: &World) {
        let receiver = Receiver::start().await;
        let (id, _) = world.webhook("kim", &receiver, &["requests"]);
        for (status, wanted, least) in [(429, "retry-after: 1800", 1_800), (503, "retry-after: 1", 300), (429, "retry-after: 99999999", 24 * 3_600)] {
            receiver.answer(Answers::With(status, wanted.to_owned()));
            if status == 429 && kept(world, id).is_empty() {
                world.filed();
            }
            assert_eq!(world.deliver().await.taken, 1, "{wanted}");
            let due = kept(world, id)[0].due_at - world.now();
            assert!(due >= TimeDelta::seconds(least) && due <= TimeDelta::seconds(least + least / 5), "{wanted}: {due}");
            world.clock.set(kept(world, id)[0].due_at);
        }
    }

    /// What a receiver answers is followed nowhere and read no further than its status.
    async fn odd_answers_are_what_their_status_says(world: &World) {
        let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
        let (id, _) = world.webhook("kim", &receiver, &["requests"]);
        for (answers, status, words) in [
            (Answers::With(302, format!("location: {}", elsewhere.url)), Some(302), "none is followed"),
            (Answers::With(308, format!("location: {}", elsewhere.url)), Some(308), "none is followed"),
            (Answers::Status(401), Some(401), "did not let it in"),
            (Answers::Status(404), Some(404), "no receiver at this address"),
            (Answers::HalfAHead, None, "no connection"),
            (Answers::EndlessHead, None, "no connection"),
            (Answers::HalfABody, Some(200), ""),
            (Answers::EndlessBody, Some(200), ""),
        ] {
            receiver.answer(answers.clone());
            world.close(&world.filed().reference);
            let began = Stopwatch::start();
            let round = world.deliver_once().await;
            assert!(began.elapsed() < Duration::from_secs(10), "{answers:?}");
            assert_eq!(round.delivered > 0, words.is_empty(), "{answers:?}");
            let newest = kept(world, id)[0].clone();
            assert_eq!(newest.status, status, "{answers:?}");
            assert!(newest.error.unwrap_or_default().contains(words), "{answers:?}");
            // The newest is told by its time.
            world.pass(TimeDelta::milliseconds(2));
        }
        assert_eq!(elsewhere.count(), 0, "somebody was followed");
    }

    /// Ten deliveries to one that hangs; another's arrive meanwhile, and no act waits.
    async fn a_receiver_that_hangs_holds_up_nobody_else(world: &World) {
        let (hanging, quick) = (Receiver::start().await, Receiver::start().await);
        hanging.answer(Answers::Never);
        world.webhook("kim", &hanging, &["requests"]);
        for _ in 0..5 {
            let request = world.filed();
            world.close(&request.reference);
        }
        world.webhook("pat", &quick, &["requests"]);
        let request = world.filed();
        let (lockbox, base_url) = (world.lockbox.clone(), world.post.sender.base_url.clone());
        let shift = actix_web::rt::spawn(async move { deliver_due(&lockbox, &base_url).await });
        let began = Stopwatch::start();
        while quick.count() == 0 || hanging.count() < 2 {
            assert!(began.elapsed() < Duration::from_secs(5), "it waited for another");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.close(&request.reference);
        assert!(!shift.is_finished(), "the act waited for the receiver");
        let round = shift.await.unwrap().unwrap();
        assert!(began.elapsed() < Duration::from_secs(20), "15 seconds are waited for an answer");
        assert_eq!((round.taken, round.delivered), (3, 1), "two of the one that hangs at a time");
        assert_eq!(hanging.count(), 2);
    }
}
