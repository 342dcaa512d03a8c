//! Letters outlive whatever happens to the mail server and to us: nothing is lost, and a letter that goes out twice is
//! the same letter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use lockbox::domain::request::Request;
use lockbox::post::{Mailer, SmtpConfig};
use lockbox::work::outbox::{LEASE, LONGEST_PAUSE, deliver_due};
use mail_parser::MessageParser;

use crate::world::smtp::{Behaviour, Kept, SmtpSink};
use crate::world::{Database, World};

/// Writes a story about the mail server once and runs it on both databases.
macro_rules! letters {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: &World, $sink:ident: &mut SmtpSink) $body:block)+) => {$(
        $(#[$doc])*
        async fn $name($world: &World, $sink: &mut SmtpSink) $body

        mod $name {
            use super::*;

            #[actix_web::test]
            async fn sqlite() {
                tell(Database::Sqlite, async |world, sink| super::$name(world, sink).await).await;
            }

            #[actix_web::test]
            async fn postgres() {
                tell(Database::Postgres, async |world, sink| super::$name(world, sink).await).await;
            }
        }
    )+};
}

async fn tell(database: Database, story: impl AsyncFnOnce(&World, &mut SmtpSink)) {
    let mut sink = SmtpSink::start(Behaviour::Keep);
    let config = SmtpConfig {
        url: format!("smtp://127.0.0.1:{}", sink.port).into(),
        ca_file: None,
    };
    let world = World::with_mailer(database, Mailer::smtp(&config).unwrap()).await;
    sink.forget();
    story(&world, &mut sink).await;
    world.assert_whole();
    world.end().await;
}

/// Rosa endorses on the real page; the request, and how long she waited for the answer.
async fn endorse(world: &World) -> (Request, Duration) {
    let request = world.filed();
    let rosa = world.signed_in("rosa").await;
    let form = rosa
        .get(&world.page_of(&request))
        .await
        .form("Endorse request");
    let before = Instant::now();
    rosa.submit(form)
        .await
        .expect("Endorsed, Fabrikam is asked");
    (world.stored(&request.reference), before.elapsed())
}

/// One round of the outbox: how many letters were tried, sent and given up.
async fn round(world: &World) -> (i64, i64, i64) {
    let round = deliver_due(&world.lockbox, &world.post).await.unwrap();
    (round.taken, round.sent, round.given_up)
}

/// Who got which Message-IDs, and how often.
fn copies(mails: &[Kept]) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut copies: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for mail in mails {
        let parsed = MessageParser::default().parse(&mail.raw).unwrap();
        let [to] = mail.to.as_slice() else {
            panic!("{:?}", mail.to)
        };
        *copies
            .entry(to.clone())
            .or_default()
            .entry(parsed.message_id().unwrap().to_owned())
            .or_default() += 1;
    }
    copies
}

/// Each of the two deciders has exactly one letter, this many times.
fn assert_one_letter_each(sink: &SmtpSink, times: usize) {
    let mails = sink.mails();
    let copies = copies(&mails);
    assert_eq!(
        copies.keys().collect::<Vec<_>>(),
        ["ada@fabrikam.example", "kim@fabrikam.example"]
    );
    let ids: BTreeSet<&String> = copies.values().flat_map(BTreeMap::keys).collect();
    assert_eq!(ids.len(), 2, "one Message-ID for each letter: {copies:?}");
    assert!(
        copies.values().all(|ids| ids.values().eq([&times])),
        "{copies:?}"
    );
    let contents: BTreeSet<&[u8]> = mails.iter().map(|mail| mail.raw.as_slice()).collect();
    assert_eq!(
        contents.len(),
        2,
        "a letter sent again is the very same one"
    );
}

letters! {
    async fn a_letter_goes_out_once(world: &World, sink: &mut SmtpSink) {
        endorse(world).await;
        assert_eq!(round(world).await, (2, 2, 0));
        assert_eq!(round(world).await, (0, 0, 0));
        assert_one_letter_each(sink, 1);
    }

    async fn with_the_server_down_the_act_succeeds_and_the_letters_wait(world: &World, sink: &mut SmtpSink) {
        sink.down().await;
        let (request, _) = endorse(world).await;
        assert_eq!(request.state.kind().as_str(), "awaiting_customer");
        assert_eq!(round(world).await, (2, 0, 0));
        sink.up();
        assert_eq!(round(world).await, (0, 0, 0), "not before the pause is over");
        world.pass(TimeDelta::seconds(5));
        assert_eq!(round(world).await, (2, 2, 0));
        assert_one_letter_each(sink, 1);
    }

    async fn a_server_that_refuses_for_now_is_asked_again(world: &World, sink: &mut SmtpSink) {
        sink.behave(Behaviour::RefuseForNow);
        endorse(world).await;
        assert_eq!(round(world).await, (2, 0, 0));
        sink.behave(Behaviour::Keep);
        world.pass(TimeDelta::seconds(5));
        assert_eq!(round(world).await, (2, 2, 0));
        assert_one_letter_each(sink, 1);
    }

    async fn pauses_grow_to_a_quarter_of_an_hour(world: &World, sink: &mut SmtpSink) {
        sink.behave(Behaviour::RefuseForNow);
        endorse(world).await;
        assert_eq!(round(world).await, (2, 0, 0));
        for pause in [5, 10, 20, 40, 80, 160, 320, 640, 900, 900].map(TimeDelta::seconds) {
            world.pass(pause - TimeDelta::microseconds(1));
            assert_eq!(round(world).await, (0, 0, 0), "before {pause} are over");
            world.pass(TimeDelta::microseconds(1));
            assert_eq!(round(world).await, (2, 0, 0), "after {pause}");
        }
        assert_eq!(LONGEST_PAUSE, TimeDelta::seconds(900));
        sink.behave(Behaviour::Keep);
        world.pass(LONGEST_PAUSE);
        assert_eq!(round(world).await, (2, 2, 0));
        assert_one_letter_each(sink, 1);
    }

    /// The server dies when it knows to whom, or with half of the mail: it has none, and gets it once (PROOF 14).
    async fn a_server_that_dies_before_it_has_the_mail_gets_it_once(world: &World, sink: &mut SmtpSink) {
        for death in [Behaviour::DieAfterRecipient, Behaviour::DieInData] {
            sink.behave(death);
            endorse(world).await;
            assert_eq!(round(world).await, (2, 0, 0), "{death:?}");
            assert_eq!(sink.mails().len(), 0, "{death:?}");
            sink.behave(Behaviour::Keep);
            world.pass(TimeDelta::seconds(5));
            assert_eq!(round(world).await, (2, 2, 0), "{death:?}");
            assert_one_letter_each(sink, 1);
            sink.forget();
        }
    }

    /// The server took the mail and died before it said so: it comes again, as the same mail.
    async fn a_server_that_dies_after_the_mail_gets_the_same_mail_again(world: &World, sink: &mut SmtpSink) {
        sink.behave(Behaviour::DieAfterData);
        endorse(world).await;
        for pause in [5, 10, 20].map(TimeDelta::seconds) {
            assert_eq!(round(world).await, (2, 0, 0));
            world.pass(pause);
        }
        sink.behave(Behaviour::Keep);
        assert_eq!(round(world).await, (2, 2, 0));
        assert_eq!(round(world).await, (0, 0, 0));
        assert_one_letter_each(sink, 4);
    }

    async fn a_server_that_hangs_holds_up_no_act(world: &World, sink: &mut SmtpSink) {
        sink.behave(Behaviour::Hang(Duration::from_secs(2)));
        let (lockbox, post) = (world.lockbox.clone(), Arc::clone(&world.post));
        endorse(world).await;
        let shift = actix_web::rt::spawn(async move { deliver_due(&lockbox, &post).await });
        while sink.connections() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (second, _) = endorse(world).await;
        assert_eq!(second.state.kind().as_str(), "awaiting_customer");
        assert!(!shift.is_finished(), "the act waited for the mail server");
        assert_eq!(shift.await.unwrap().unwrap().sent, 2, "slow is not lost");
    }

    /// The process dies with the letters in its hands. Its lease runs out, and another takes them.
    async fn letters_of_a_process_that_died_go_out_when_its_lease_is_over(world: &World, sink: &mut SmtpSink) {
        sink.behave(Behaviour::Hang(Duration::from_mins(1)));
        endorse(world).await;
        let (lockbox, post) = (world.another_process(), Arc::clone(&world.post));
        let shift = actix_web::rt::spawn(async move { deliver_due(&lockbox, &post).await });
        while sink.connections() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        shift.abort();
        assert!(shift.await.is_err_and(|ended| ended.is_cancelled()));
        sink.behave(Behaviour::Keep);
        world.pass(LEASE - TimeDelta::microseconds(1));
        assert_eq!(round(world).await, (0, 0, 0), "the lease holds");
        world.pass(TimeDelta::microseconds(1));
        assert_eq!(round(world).await, (2, 2, 0));
        assert_one_letter_each(sink, 1);
    }

    /// The process dies between the server's "kept" and its own note of it.
    async fn a_letter_sent_and_not_noted_is_sent_again_as_the_same(world: &World, sink: &mut SmtpSink) {
        endorse(world).await;
        let now = world.now();
        let leased = world.lockbox.store.keep(|keep| keep.lease_letters(now, now + LEASE, 20)).unwrap();
        for letter in &leased {
            let message = lockbox::post::compose(&letter.letter, letter.id, letter.written_at, &world.post.sender).unwrap();
            world.post.mailer.send(&message).await.unwrap();
        }
        assert_one_letter_each(sink, 1);
        world.pass(LEASE);
        assert_eq!(round(world).await, (2, 2, 0));
        assert_one_letter_each(sink, 2);
    }

    async fn two_night_shifts_at_once_send_each_letter_once(world: &World, sink: &mut SmtpSink) {
        let other = world.another_process();
        for _ in 0..5 {
            endorse(world).await;
        }
        for _ in 0..3 {
            let (one, two) = tokio::join!(deliver_due(&world.lockbox, &world.post), deliver_due(&other, &world.post));
            let (one, two) = (one.unwrap(), two.unwrap());
            assert_eq!(one.taken + two.taken, one.sent + two.sent);
        }
        let mails = sink.mails();
        let copies = copies(&mails);
        assert_eq!(mails.len(), 10);
        assert!(copies.values().all(|ids| ids.len() == 5 && ids.values().all(|times| *times == 1)), "{copies:?}");
    }

    /// For three days; then somebody must be told another way, and the Queue says so without anybody's address.
    async fn what_cannot_be_delivered_is_given_up_loudly_after_three_days(world: &World, sink: &mut SmtpSink) {
        sink.behave(Behaviour::RefuseForNow);
        let (request, _) = endorse(world).await;
        let written_at = world.now();
        assert_eq!(round(world).await, (2, 0, 0));
        world.clock.set(written_at + TimeDelta::days(3) - TimeDelta::microseconds(1));
        let (_, _, given_up) = round(world).await;
        assert_eq!(given_up, 0, "not before three days are over");
        world.signed_in("rosa").await.get("/queue").await.expect("Queue");
        world.clock.set(written_at + TimeDelta::days(3) + TimeDelta::minutes(15));
        assert_eq!(round(world).await, (2, 0, 2));
        for reader in ["rosa", "pat"] {
            let page = world.signed_in(reader).await.get("/queue").await;
            let page = page.expect("2 mails were given up").expect("Action needed, to an administrator or approver of Fabrikam").expect(request.reference.as_str()).expect("451");
            assert!(!page.html.contains("@fabrikam.example"));
        }
        for reader in ["ivo", "noor"] {
            assert!(!world.signed_in(reader).await.get("/queue").await.says("given up"));
        }
        sink.behave(Behaviour::Keep);
        world.pass(TimeDelta::days(1));
        assert_eq!(round(world).await, (0, 0, 0), "what was given up stays given up");
        assert_eq!(sink.mails().len(), 0);
    }

    /// What is refused for good is given up at once, with the reason; nobody else's letter is lost with it.
    async fn one_bad_address_is_given_up_at_once_and_the_others_get_theirs(world: &World, sink: &mut SmtpSink) {
        sink.behave(Behaviour::RefuseForGoodTo("kim@fabrikam.example"));
        endorse(world).await;
        assert_eq!(round(world).await, (2, 1, 1));
        let told: Vec<String> = sink.mails().into_iter().flat_map(|mail| mail.to).collect();
        assert_eq!(told, ["ada@fabrikam.example"]);
        let page = world.signed_in("rosa").await.get("/queue").await;
        let page = page.expect("1 mail was given up").expect("Action needed, to an administrator or approver of Fabrikam").expect("no such mailbox");
        assert!(!page.html.contains("@fabrikam.example"), "{}", page.html);
        sink.behave(Behaviour::Keep);
        world.pass(TimeDelta::days(1));
        assert_eq!(round(world).await, (0, 0, 0));
        endorse(world).await;
        assert_eq!(round(world).await, (2, 2, 0), "the next letter is tried anew");
        sink.behave(Behaviour::RefuseForGood);
        endorse(world).await;
        assert_eq!(round(world).await, (2, 0, 2));
    }

    async fn the_server_sees_one_recipient_in_each_mail_and_our_own_sender(world: &World, sink: &mut SmtpSink) {
        let (request, _) = endorse(world).await;
        world.night().await;
        for mail in sink.mails() {
            assert_eq!(mail.from, "lockbox@provider.example");
            let parsed = MessageParser::default().parse(&mail.raw).unwrap();
            let to: Vec<_> = parsed.to().unwrap().iter().map(|to| to.address().unwrap().to_owned()).collect();
            assert_eq!(to, mail.to);
            assert!(parsed.cc().is_none() && parsed.bcc().is_none());
            assert!(parsed.message_id().unwrap().starts_with(request.reference.as_str()));
        }
        assert_eq!(sink.mails().len(), 2);
    }
}
