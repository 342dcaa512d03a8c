//! What a receiver is told, signed; and that nothing of it is lost.

use chrono::TimeDelta;
use lockbox::acts::webhooks::{rotate_secret, send_again};
use lockbox::domain::webhook::FORMER_SECRET_SIGNS;
use lockbox::work::webhooks::{LEASE, deliver_due};
use serde_json::json;

use super::kept;
use crate::world::receiver::{Answers, Got, Receiver};
use crate::world::stories;

stories! {
    async fn a_receiver_is_told_exactly_what_it_wants_signed_and_as_a_cloud_event(world: &World) {
        let (all, some) = (Receiver::start().await, Receiver::with_tls().await);
        world.webhook("kim", &all, &["all"]);
        let (_, secret) = world.webhook("kim", &some, &["request.approved", "access"]);
        let request = world.active();
        world.turn_off("fabrikam", "kim");
        world.deliver().await;
        let log = world.log_of("fabrikam");
        let since = log.iter().position(|entry| entry.fact.act() == "webhook.added").unwrap();
        let acts: Vec<&str> = log[since..].iter().map(|entry| entry.fact.act()).collect();
        assert_eq!(all.acts(), acts);

        let mut got = some.take();
        got.sort_by_key(Got::place);
        let told: Vec<String> = got.iter().map(Got::act).collect();
        assert_eq!(told, ["request.approved", "access.started"]);
        for got in &got {
            assert_eq!(got.signed_by(&secret), (1, 1));
            let elsewhere = format!("whsec_{}=", "A".repeat(43));
            assert_eq!(got.signed_by(&elsewhere), (1, 0));
            assert_eq!(got.header("content-type"), "application/cloudevents+json; charset=utf-8");
            assert_eq!(got.header("webhook-timestamp"), world.now().timestamp().to_string());
            assert_eq!(got.json()["id"], got.id());
        }
        let approved = got[0].json();
        let entry = &log[usize::try_from(got[0].place()).unwrap()];
        assert_eq!(got[0].id(), format!("fabrikam-{}", entry.seq));
        assert_eq!(entry.fact.act(), "request.approved");
        assert_eq!(approved["specversion"], "1.0");
        assert_eq!(approved["source"], format!("{}/tenants/fabrikam", world.base_url));
        assert_eq!(approved["subject"], request.reference.as_str());
        assert_eq!(approved["time"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(), entry.at);
        let data = &approved["data"];
        assert_eq!(data["outcome"], "granted");
        assert_eq!(data["actor"]["name"], "Kim Akers");
        assert_eq!(data["request"]["service"], "exchange-online");
        assert_eq!(data["request"]["engineer"], "Ivo Brandt");
        assert_eq!(data["request"]["duration"], "PT4H");
        assert_eq!(data["details"]["duration"], json!(240));
        assert_eq!(world.deliver().await.taken, 0, "once is enough");
    }

    /// For 24 hours a delivery is signed twice, then by the new secret alone.
    async fn the_secret_before_signs_for_24_hours_beside_the_new_one(world: &World) {
        let receiver = Receiver::start().await;
        let (id, first) = world.webhook("kim", &receiver, &["requests"]);
        let second = rotate_secret(&world.lockbox, &world.fresh("kim"), id).unwrap();
        let second = secrecy::ExposeSecret::expose_secret(&second).to_owned();
        world.pass(FORMER_SECRET_SIGNS - TimeDelta::microseconds(1));
        world.filed();
        world.deliver().await;
        let got = receiver.take().pop().unwrap();
        assert_eq!((got.signed_by(&first), got.signed_by(&second)), ((2, 1), (2, 1)));
        assert_ne!(first, second);
        world.pass(TimeDelta::microseconds(1));
        world.filed();
        world.deliver().await;
        let got = receiver.take().pop().unwrap();
        assert_eq!((got.signed_by(&first), got.signed_by(&second)), ((1, 0), (1, 1)));
    }

    /// An act waits for no receiver, and what it could not take comes later under the same id, word for word.
    async fn an_act_succeeds_while_the_receiver_is_down_and_is_told_later_as_the_same(world: &World) {
        let receiver = Receiver::start().await;
        let (id, secret) = world.webhook("kim", &receiver, &["requests"]);
        receiver.answer(Answers::Status(503));
        world.endorsed();
        assert_eq!(world.deliver().await.delivered, 0);
        let before = receiver.take();
        assert_eq!(before.len(), 2);
        receiver.answer(Answers::Status(200));
        world.pass(TimeDelta::seconds(6));
        assert_eq!(world.deliver().await.delivered, 2);
        let after = receiver.take();
        for got in &before {
            let again = after.iter().find(|again| again.id() == got.id()).unwrap();
            assert_eq!(again.body, got.body);
            assert_ne!(again.header("webhook-timestamp"), got.header("webhook-timestamp"));
            assert_eq!(again.signed_by(&secret), (1, 1));
        }
        let taken = kept(world, id);
        assert!(taken.iter().all(|delivery| delivery.status == Some(200) && delivery.attempts == 2 && delivery.error.is_none()));
    }

    /// The process dies with deliveries in its hands. Its lease runs out, and another sends them under the same ids.
    async fn deliveries_of_a_process_that_died_go_out_when_its_lease_is_over(world: &World) {
        let receiver = Receiver::start().await;
        world.webhook("kim", &receiver, &["requests"]);
        receiver.answer(Answers::Never);
        world.endorsed();
        let (lockbox, base_url) = (world.another_process(), world.post.sender.base_url.clone());
        let shift = actix_web::rt::spawn(async move { deliver_due(&lockbox, &base_url).await });
        while receiver.count() < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        shift.abort();
        assert!(shift.await.is_err_and(|ended| ended.is_cancelled()));
        let ids = |got: Vec<Got>| {
            let mut ids: Vec<String> = got.iter().map(|got| got.id().to_owned()).collect();
            ids.sort();
            ids
        };
        let lost = ids(receiver.take());
        receiver.answer(Answers::Status(204));
        world.pass(LEASE - TimeDelta::microseconds(1));
        assert_eq!(world.deliver().await.taken, 0, "the lease holds");
        world.pass(TimeDelta::microseconds(1));
        assert_eq!(world.deliver().await.delivered, 2);
        assert_eq!(ids(receiver.take()), lost);
    }

    async fn two_night_shifts_at_once_send_each_delivery_once(world: &World) {
        let receiver = Receiver::start().await;
        world.webhook("kim", &receiver, &["requests"]);
        let other = world.another_process();
        for _ in 0..3 {
            world.endorsed();
        }
        let base_url = &world.post.sender.base_url;
        loop {
            let (one, two) = tokio::join!(deliver_due(&world.lockbox, base_url), deliver_due(&other, base_url));
            let (one, two) = (one.unwrap(), two.unwrap());
            assert_eq!(one.taken + two.taken, one.delivered + two.delivered);
            if one.taken + two.taken == 0 {
                break;
            }
        }
        let got = receiver.take();
        let ids: std::collections::BTreeSet<&str> = got.iter().map(Got::id).collect();
        assert_eq!((got.len(), ids.len()), (6, 6));
    }

    async fn what_was_sent_is_sent_again_as_the_same_and_not_twice_at_once(world: &World) {
        let receiver = Receiver::start().await;
        let (id, _) = world.webhook("kim", &receiver, &["requests"]);
        let request = world.filed();
        world.deliver().await;
        let first = receiver.take().pop().unwrap();
        let delivery = kept(world, id)[0].id;
        let by = world.fresh("kim");
        send_again(&world.lockbox, &by, id, delivery).unwrap();
        assert!(send_again(&world.lockbox, &by, id, delivery).is_err(), "it waits already");
        assert_eq!(world.deliver().await.delivered, 1);
        let again = receiver.take().pop().unwrap();
        assert_eq!((again.id(), &again.body), (first.id(), &first.body));
        assert_eq!(kept(world, id).len(), 2);
        let other = world.webhook("kim", &receiver, &["requests"]).0;
        assert!(send_again(&world.lockbox, &by, other, delivery).is_err(), "another webhook's");
        world.close(&request.reference);
        world.deliver().await;
        world.pass(TimeDelta::days(31));
        world.night().await;
        assert_eq!(kept(world, id).len(), 0, "kept for 30 days");
    }
}
