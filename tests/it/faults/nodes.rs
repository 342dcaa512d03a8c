//! Two nodes on one PostgreSQL; one is killed: with letters in its hands, and while access ends.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use lockbox::acts::decide;
use lockbox::domain::text::Prose;
use lockbox::post::{Mailer, SmtpConfig};
use lockbox::store::pulse;
use mail_parser::MessageParser;
use serde_json::{Value, json};

use super::house::{House, Server, free_port, up_to};
use super::load::Load;
use crate::world::Database;
use crate::world::smtp::{Behaviour, SmtpSink};

/// Which moment a kill meets is chance, so it is tried until one node had letters in its hands.
#[actix_web::test]
async fn a_node_killed_with_letters_in_its_hands() {
    for _ in 0..5 {
        if killed_while_letters_are_sent().await > 0 {
            return;
        }
    }
    panic!("no killed node had letters in its hands");
}

/// One of two nodes is killed four times under load; says how many letters the dead had leased. Each went out all the same.
async fn killed_while_letters_are_sent() -> i64 {
    let sink = SmtpSink::start(Behaviour::Keep);
    let mut house = House::on(Database::Postgres).await;
    house.mail = format!("smtp://127.0.0.1:{}", sink.port);
    let letters_before = house.lockbox.store.read(pulse::backlog).unwrap().letters;
    let one = Server::start(&house, free_port()).await;
    let port = free_port();
    let mut other = Server::start(&house, port).await;
    let load = Load::begin(&house, &[&one.base_url, &other.base_url]).await;
    for _ in 0..4 {
        sink.behave(Behaviour::Hang(Duration::from_secs(1)));
        load.goes_on(2).await;
        other.kill();
        sink.behave(Behaviour::Keep);
        load.goes_on(1).await;
        other = Server::start(&house, port).await;
    }
    let letters = load.end(&house, "one of two nodes killed").await;
    // What the living may send is sent; what the dead had leased waits for the end of its lease.
    sleep(Duration::from_millis(2_500)).await;
    let held = house.lockbox.store.read(pulse::backlog).unwrap().letters;
    one.stop();
    other.stop();
    let config = SmtpConfig {
        url: house.mail.clone().into(),
        ca_file: None,
    };
    house
        .send_what_is_left(Mailer::smtp(&config).unwrap())
        .await;

    let mut copies: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for mail in sink.mails() {
        let id = MessageParser::default()
            .parse(&mail.raw)
            .unwrap()
            .message_id()
            .unwrap()
            .to_owned();
        copies.entry(id).or_default().push(mail.raw);
    }
    assert_eq!(
        copies.len(),
        usize::try_from(letters_before).unwrap() + letters,
        "each letter went out"
    );
    let twice = copies.values().filter(|copies| copies.len() > 1);
    println!(
        "FAULTS one of two nodes killed: {} letters, {held} in its hands, {} sent again",
        copies.len(),
        twice.count()
    );
    held
}

/// How soon every other node denies what one revoked.
const ELSEWHERE: Duration = Duration::from_secs(1);

/// A third process revokes; one server is killed just then and started again. The living one denies in time, and the other
/// allows nothing from its first answer on.
#[actix_web::test]
async fn a_node_killed_while_access_ends_brings_none_back() {
    let house = House::on(Database::Postgres).await;
    let one = Server::start(&house, free_port()).await;
    let port = free_port();
    let mut other = Server::start(&house, port).await;
    for _ in 0..8 {
        let request = house.started();
        for server in [&one, &other] {
            let since = Instant::now();
            while decision(&house, server).await != json!(true) {
                assert!(since.elapsed() < 10 * ELSEWHERE, "it is not live");
            }
        }
        let (kim, why) = (house.fresh("kim"), Prose::parse("Enough.").unwrap());
        decide::revoke(&house.lockbox, &kim, &request.reference, why).unwrap();
        let since = Instant::now();
        sleep(up_to(Duration::from_millis(40))).await;
        other.kill();
        while decision(&house, &one).await == json!(true) {
            assert!(
                since.elapsed() < ELSEWHERE,
                "the living node allows what was revoked"
            );
        }
        other = Server::start(&house, port).await;
        for _ in 0..20 {
            assert_eq!(decision(&house, &other).await, json!(false));
        }
    }
    one.stop();
    other.stop();
    house.assert_whole();
}

/// Whether this server lets Ivo in.
async fn decision(house: &House, server: &Server) -> Value {
    let question = json!({
        "subject": {"type": "engineer", "id": "ivo@provider.example"},
        "action": {"name": "access"},
        "resource": {"type": "service", "id": "exchange-online", "properties": {"tenant": "fabrikam"}},
    });
    let call = reqwest::Client::new().post(format!("{}/access/v1/evaluation", server.base_url));
    let answer = call.bearer_auth(&house.demo.api_key).json(&question).send();
    let mut answer: Value = answer.await.unwrap().json().await.unwrap();
    answer["decision"].take()
}
