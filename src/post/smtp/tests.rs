use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use super::*;

fn config(url: &str) -> SmtpConfig {
    SmtpConfig {
        url: url.into(),
        ca_file: None,
    }
}

fn smtp(url: &str) -> Smtp {
    Smtp::new(&config(url)).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn message() -> Message {
    Message::builder()
        .from("lockbox@provider.example".parse().unwrap())
        .to("ada@fabrikam.example".parse().unwrap())
        .message_id(Some("<1@localhost>".to_owned()))
        .body("Hello.\n.\nStill here.".to_owned())
        .unwrap()
}

/// A server that answers `answer` to the command that begins with `to`, and politely to every other.
/// Gives back all it was told.
fn server(to: &'static str, answer: &'static str) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = move |stream: TcpStream| {
        let mut heard = Vec::new();
        let mut out = stream.try_clone().unwrap();
        let say = |out: &mut TcpStream, line: &str| {
            out.write_all(format!("{line}\r\n").as_bytes()).is_ok()
        };
        say(&mut out, if to == "greeting" { answer } else { "220 here" });
        let mut in_message = false;
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            heard.push(line.clone());
            if in_message && line != "." {
                continue;
            }
            let said = if in_message { "." } else { line.as_str() };
            in_message = said == "DATA" && to != "DATA";
            let polite = match said {
                "DATA" => "354 go on",
                said if said.starts_with("EHLO") => "250-here\r\n250 AUTH PLAIN",
                "QUIT" => "221 bye",
                _ => "250 ok",
            };
            if !say(&mut out, if said.starts_with(to) { answer } else { polite }) {
                break;
            }
        }
        heard
    };
    (
        port,
        thread::spawn(move || talk(listener.accept().unwrap().0)),
    )
}

fn send(to: &'static str, answer: &'static str) -> (Result<(), SendError>, Vec<String>) {
    let (port, server) = server(to, answer);
    let smtp = smtp(&format!("smtp://us%40er:p%2B%26+%25@127.0.0.1:{port}"));
    let runtime = runtime();
    let sent = runtime.block_on(smtp.send(&message()));
    drop(runtime);
    (sent, server.join().unwrap())
}

#[test]
fn a_mail_is_handed_over_in_one_dialogue() {
    let (sent, heard) = send("nothing", "");
    sent.unwrap();
    assert!(
        heard.contains(&"RCPT TO:<ada@fabrikam.example>".to_owned()),
        "{heard:#?}"
    );
    // A line of one dot ends the message, so a dot of ours is doubled.
    assert!(heard.contains(&"..".to_owned()), "{heard:#?}");
    assert_eq!(heard.last().unwrap(), "QUIT");
}

#[test]
fn what_the_server_says_of_the_recipient_is_final() {
    for (to, answer) in [
        ("RCPT", "550 5.1.1 no such user"),
        ("RCPT", "550 no such user"),
        ("RCPT", "553 bad name"),
        ("RCPT", "556 5.1.10 takes no mail"),
        (".", "554 5.6.0 not like this"),
    ] {
        let (sent, _) = send(to, answer);
        assert!(
            matches!(sent, Err(SendError::Refused(_))),
            "{to} {answer}: {sent:?}"
        );
    }
}

#[test]
fn everything_else_may_pass() {
    for (to, answer) in [
        ("greeting", "554 not you"),
        ("EHLO", "550 not you"),
        ("AUTH", "535 5.7.8 wrong password"),
        ("MAIL", "553 5.7.1 not your address"),
        ("MAIL", "550 no such sender"),
        ("RCPT", "450 4.2.1 try later"),
        ("RCPT", "554 5.7.1 relaying denied"),
        ("RCPT", "530 5.7.0 sign in first"),
        ("RCPT", "552 5.2.2 mailbox full"),
        ("RCPT", "550 5.1.8 your domain does not exist"),
        ("DATA", "554 no"),
        (".", "451 try later"),
    ] {
        let (sent, _) = send(to, answer);
        assert!(
            matches!(sent, Err(SendError::Later(_))),
            "{to} {answer}: {sent:?}"
        );
    }
}

#[test]
fn a_server_that_is_down_may_come_back() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let sent = runtime().block_on(smtp(&format!("smtp://127.0.0.1:{port}")).send(&message()));
    assert!(matches!(sent, Err(SendError::Later(_))), "{sent:?}");
}

#[test]
fn a_silent_server_is_given_up_on() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let smtp = Smtp {
        patience: Duration::from_millis(50),
        ..smtp(&format!("smtp://127.0.0.1:{port}"))
    };
    let sent = runtime().block_on(smtp.send(&message()));
    assert!(
        matches!(&sent, Err(SendError::Later(why)) if why.contains("too long")),
        "{sent:?}"
    );
}

#[test]
fn without_starttls_nothing_is_said_to_another_machine() {
    let (port, server) = server("nothing", "");
    let mut smtp = smtp("smtp://user:password@mail.provider.example");
    assert!(matches!(smtp.security, Security::StartTls(_)));
    assert_eq!(smtp.port, 587);
    (smtp.host, smtp.port) = ("127.0.0.1".to_owned(), port);
    let runtime = runtime();
    let sent = runtime.block_on(smtp.send(&message()));
    drop(runtime);
    assert!(matches!(sent, Err(SendError::Later(_))), "{sent:?}");
    let heard = server.join().unwrap();
    assert!(
        heard.iter().all(|line| line.starts_with("EHLO")),
        "{heard:?}"
    );
}

#[test]
fn the_url_says_how_to_speak() {
    assert!(matches!(
        smtp("smtps://mail.provider.example").security,
        Security::Wrapped(_)
    ));
    assert_eq!(smtp("smtps://mail.provider.example").port, 465);
    for loopback in [
        "smtp://127.0.0.1:2525",
        "smtp://localhost:2525",
        "smtp://[::1]:2525/",
    ] {
        assert!(
            matches!(smtp(loopback).security, Security::Loopback),
            "{loopback}"
        );
        assert_eq!(smtp(loopback).port, 2525);
    }
    for other in [
        "",
        "mail",
        "http://host",
        "smtp://",
        "smtp://host/path",
        "smtp://host?tls=none",
        "smtp://host#x",
    ] {
        assert!(
            matches!(Smtp::new(&config(other)), Err(SmtpConfigError::Url)),
            "{other}"
        );
    }
    for half in ["smtps://user@host", "smtps://:password@host"] {
        assert!(
            matches!(Smtp::new(&config(half)), Err(SmtpConfigError::Credentials)),
            "{half}"
        );
    }
}

#[test]
fn a_password_is_decoded_and_never_shown() {
    assert_eq!(decoded("p%2B%26+%25&%3D%C3%A4"), "p+&+%&=ä");
    let config = config("smtps://user:hunter2@host");
    let shown = format!("{config:?} {:?}", Smtp::new(&config).unwrap());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_ca_file_must_hold_a_certificate() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let with = |path: &std::path::Path| {
        Smtp::new(&SmtpConfig {
            ca_file: Some(path.to_owned()),
            ..config("smtps://host")
        })
    };
    assert!(matches!(
        with(file.path()),
        Err(SmtpConfigError::NoCertificate(_))
    ));
    assert!(matches!(
        with(&file.path().join("none")),
        Err(SmtpConfigError::CaFile { .. })
    ));
}
