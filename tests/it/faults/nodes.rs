//! Two nodes on one PostgreSQL; one is killed with letters in its hands.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::rt::time::sleep;
use lockbox::post::{Mailer, SmtpConfig};
use lockbox::store::pulse;
use mail_parser::MessageParser;

use super::house::{House, Server, free_port};
use super::load::Load;
use crate::world::Database;
use crate::world::smtp::{Behaviour, SmtpSink};

#[actix_web::test]
async fn a_node_killed_with_letters_in_its_hands() {
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
    assert!(held > 0, "the killed node had no letters in its hands");
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
}
