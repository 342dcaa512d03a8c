//! Settings > Webhooks: who sets them, and what the pages show.

use chrono::TimeDelta;
use lockbox::acts::rotate_key;
use lockbox::acts::webhooks::{add, rotate_secret};
use lockbox::domain::audit::entry::{Actor, Author};
use lockbox::domain::text::Line;
use lockbox::domain::webhook::WEBHOOKS_MAX;
use lockbox::identity::sealed::SecretKey;
use lockbox::store::webhooks;
use lockbox::work::webhooks::deliver_due;

use super::{fabrikam, kept};
use crate::world::places::with_token;
use crate::world::receiver::{Answers, Receiver, wanted};
use crate::world::{Page, World, stories};

const LIST: &str = "/settings/webhooks";

/// The secret that a page shows once.
fn secret_on(page: &Page) -> String {
    let words = page.words();
    let secret = words.split(' ').find(|word| word.starts_with("whsec_"));
    secret
        .unwrap_or_else(|| panic!("no secret:\n{words}"))
        .to_owned()
}

fn facts(world: &World, tenant: &str) -> Vec<&'static str> {
    let log = world.log_of(tenant);
    let acts = log.iter().map(|entry| entry.fact.act());
    acts.filter(|act| act.starts_with("webhook.")).collect()
}

stories! {
    /// Added, tested, changed, turned off and on, given another secret and removed: all on the pages, each a fact.
    async fn an_administrator_sets_a_webhook_on_the_pages(world: &World) {
        let receiver = Receiver::start().await;
        let kim = world.signed_in("kim").await;
        world.pass(TimeDelta::minutes(6));
        let page = kim.get(LIST).await.expect("None yet");
        let form = kim.get(&page.link("Add a webhook")).await.form("Add webhook");
        let form = form.with("url", &receiver.url).with("description", "The SIEM").without("access").with("lockbox-turned_off", "on");
        let before = world.entries();
        kim.submit_one(form.clone().without("verification_code")).await.expect_status(422).expect("Enter the verification code");
        assert_eq!(world.entries(), before, "without a fresh second factor");
        let made = kim.submit_one(form).await.expect_status(201).expect("shown once");
        let secret = secret_on(&made);
        assert!(!secret.is_empty() && secret.len() == 50);
        let list = kim.get(LIST).await.expect("The SIEM").expect("Requests, lockbox.turned_off").expect("On");
        let one = list.link("The SIEM");
        let page = kim.get(&one).await.expect("Nothing was sent yet");
        assert!(!page.html.contains("whsec_"), "the secret is shown once");

        kim.submit(page.form("Send a test")).await.expect("A test is on its way").expect("webhook.tested").expect("Waiting");
        kim.submit_one(kim.get(&one).await.form("Send a test")).await.expect_status(422).expect("Wait ten seconds");
        world.deliver().await;
        let got = receiver.take().pop().unwrap();
        assert_eq!((got.act().as_str(), got.signed_by(&secret)), ("webhook.tested", (1, 1)));
        let page = kim.get(&one).await.expect("Delivered").expect("last answer 204").expect(got.id());
        kim.submit(page.form("Send again")).await.expect("It is sent again, under the same id");
        world.deliver().await;
        assert_eq!(receiver.take().pop().unwrap().body, got.body);

        let form = kim.get(&kim.get(&one).await.link("Change")).await.form("Save");
        kim.submit_one(form.clone()).await.expect_status(422).expect("Nothing was changed");
        kim.submit(form.with("description", "The other SIEM").without("requests").with("request-revoked", "on")).await.expect("Changed.").expect("The other SIEM").expect("lockbox.turned_off, request.revoked");

        receiver.answer(Answers::Status(500));
        world.turn_off("fabrikam", "kim");
        world.deliver().await;
        kim.get(&one).await.expect("lockbox.turned_off").expect("last answer 500").expect("the receiver failed").expect("next try");
        let page = kim.get(&kim.get(&one).await.link("Turn off")).await.expect("What waits for it is given up");
        kim.submit(page.form("Turn off")).await.expect("Off. Nothing is sent to it.").expect("Given up").expect("the webhook was turned off");
        receiver.take();
        world.pass(TimeDelta::minutes(10));
        assert_eq!(world.deliver().await.taken, 0);
        let page = kim.get(&kim.get(&one).await.link("Turn on")).await;
        kim.submit(page.form("Turn on")).await.expect("On. Facts are sent");

        let page = kim.get(&kim.get(&one).await.link("Make another secret")).await;
        let another = kim.submit_one(page.form("Make another secret")).await.expect_status(201).expect("The secret before signs, too");
        assert_ne!(secret_on(&another), secret);
        kim.get(&one).await.expect("The one before signs, too, until");
        let page = kim.get(&kim.get(&one).await.link("Remove")).await;
        kim.submit(page.form("Remove")).await.expect("Removed. Nothing is sent to it any more.").expect("None yet");
        kim.get(&one).await.expect_status(404);
        assert_eq!(facts(world, "fabrikam"), ["webhook.added", "webhook.tested", "webhook.changed", "webhook.turned_off", "webhook.turned_on", "webhook.secret_rotated", "webhook.removed"]);
        let audit = kim.get("/audit").await.expect("Webhook added: The SIEM");
        assert!(!audit.html.contains("whsec_"));
        let told: Vec<_> = world.new_mails().await;
        assert!(told.contains(&("kim@fabrikam.example".to_owned(), "A webhook was added for Fabrikam".to_owned())), "{told:?}");
    }

    /// An administrator changes, an auditor reads, and for everybody else there is nothing.
    async fn others_read_or_see_nothing(world: &World) {
        let receiver = Receiver::start().await;
        let (of_fabrikam, _) = world.webhook("kim", &receiver, &["requests"]);
        let (of_provider, _) = world.webhook("pat", &receiver, &["requests"]);
        world.filed();
        world.deliver().await;
        let delivery = kept(world, of_fabrikam)[0].id;
        for (name, own, reads) in [
            ("leo", Some(of_fabrikam), true), ("ada", Some(of_fabrikam), false), ("noor", Some(of_provider), true),
            ("rosa", Some(of_provider), false), ("ivo", Some(of_provider), false), ("sam", None, true),
        ] {
            let visitor = world.signed_in(name).await;
            let page = visitor.get(LIST).await.expect_status(if reads { 200 } else { 403 });
            assert_eq!(page.says("The SIEM"), reads && own.is_some(), "{name}");
            assert_eq!(page.has("a[href=\"/settings/webhooks/new\"]"), name == "sam");
            let token = visitor.token().await;
            for (id, is_own) in [(of_fabrikam, own == Some(of_fabrikam)), (of_provider, own == Some(of_provider))] {
                let one = format!("{LIST}/{id}");
                let page = visitor.get(&one).await.expect_status(match (reads, is_own) { (false, _) => 403, (true, true) => 200, (true, false) => 404 });
                assert!(!page.has_button("Send"), "{name}");
                let unknown = visitor.get(&format!("{LIST}/00000000-0000-4000-8000-000000000000")).await;
                assert!(is_own || !reads || (unknown.status, &unknown.words()) == (page.status, &page.words()), "a foreign one is as one that never was");
                for what in ["test", "on", "off", "secret", "removal", &format!("deliveries/{delivery}")] {
                    let sent = visitor.request("POST", &format!("{one}/{what}"), &with_token(&token, &[]), &[]).await;
                    sent.expect_status(if name == "sam" { 404 } else { 403 });
                }
            }
        }
        assert_eq!(facts(world, "fabrikam"), ["webhook.added"]);
    }

    async fn a_side_has_ten_at_most_and_a_suspended_tenant_changes_none(world: &World) {
        let to = wanted("https://localhost:9/in", &["requests"]);
        for _ in 0..WEBHOOKS_MAX {
            add(&world.lockbox, &world.fresh("kim"), &to).unwrap();
        }
        assert!(add(&world.lockbox, &world.fresh("kim"), &to).unwrap_err().to_string().contains("10 webhooks already"));
        let kim = world.signed_in("kim").await;
        assert!(!kim.get(LIST).await.expect("there can be no more").says("Add a webhook"));
        add(&world.lockbox, &world.fresh("pat"), &to).unwrap();
        let operator = Author::local(Actor::Operator { name: Line::parse("root").unwrap() });
        let why = lockbox::domain::text::Prose::parse("The contract has ended.").unwrap();
        lockbox::acts::suspend::suspend(&world.lockbox, &operator, &lockbox::domain::text::Slug::parse("contoso").unwrap(), &why).unwrap();
        assert!(add(&world.lockbox, &world.fresh("sam"), &to).unwrap_err().to_string().contains("suspended"));
    }

    /// The same secrets under another server key: receivers notice nothing.
    async fn the_secrets_stay_the_same_under_another_server_key(world: &World) {
        let receiver = Receiver::start().await;
        let (id, first) = world.webhook("kim", &receiver, &["requests"]);
        let second = rotate_secret(&world.lockbox, &world.fresh("kim"), id).unwrap();
        let second = secrecy::ExposeSecret::expose_secret(&second).to_owned();
        let before = world.lockbox.store.read(|conn| webhooks::of(conn, fabrikam(world))).unwrap();
        let new = || SecretKey::parse(&"cd".repeat(32)).unwrap();
        let operator = Author::local(Actor::Operator { name: Line::parse("root").unwrap() });
        assert_eq!(rotate_key::rotate(&world.lockbox, &new(), &operator).unwrap().webhooks, 1);
        assert_eq!(rotate_key::rotate(&world.lockbox, &new(), &operator).unwrap().webhooks, 0, "once is enough");
        let after = world.lockbox.store.read(|conn| webhooks::of(conn, fabrikam(world))).unwrap();
        assert!(before[0].secret != after[0].secret && before[0].former != after[0].former);
        assert_eq!(facts(world, "fabrikam").last(), Some(&"webhook.sealed_anew"));
        let going_on = lockbox::acts::Lockbox { secret_key: new().into(), ..world.lockbox.clone() };
        world.filed();
        let base_url = &world.post.sender.base_url;
        assert!(deliver_due(&world.lockbox, base_url).await.is_err(), "the old key opens nothing");
        world.pass(lockbox::work::webhooks::LEASE);
        assert_eq!(deliver_due(&going_on, base_url).await.unwrap().delivered, 1);
        let got = receiver.take().pop().unwrap();
        assert_eq!((got.signed_by(&first), got.signed_by(&second)), ((2, 1), (2, 1)));
    }
}
