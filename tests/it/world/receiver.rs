//! A receiver of webhooks that answers as the story wants, also as none should, and keeps what it got.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use lockbox::acts::webhooks::{Wanted, add};
use lockbox::domain::id::WebhookId;
use lockbox::domain::text::{Line, WebhookUrl};
use lockbox::domain::webhook::wants::Wants;
use lockbox::work::webhooks::{Round, deliver_due};
use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::World;
use super::identity_provider::acceptor;

/// How it answers.
#[derive(Debug, Clone)]
pub enum Answers {
    /// With this status.
    Status(u16),
    /// With this status and this header.
    With(u16, String),
    /// Not at all.
    Never,
    /// It closes the connection in the middle of the head.
    HalfAHead,
    /// A head without an end.
    EndlessHead,
    /// With a success whose body has no end.
    EndlessBody,
    /// With a success whose body breaks off.
    HalfABody,
}

/// A delivery as it came.
#[derive(Debug, Clone)]
pub struct Got {
    pub headers: HashMap<String, String>,
    pub body: String,
}

struct State {
    answers: Answers,
    got: Vec<Got>,
}

pub struct Receiver {
    pub url: String,
    state: Arc<Mutex<State>>,
    listener: JoinHandle<()>,
}

impl Receiver {
    /// Opens one on a free port of loopback, without TLS.
    pub async fn start() -> Self {
        Self::open(false).await
    }

    /// The same, behind the run's certificate.
    pub async fn with_tls() -> Self {
        Self::open(true).await
    }

    async fn open(tls: bool) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = door.local_addr().unwrap().port();
        let scheme = if tls { "https" } else { "http" };
        let state = Arc::new(Mutex::new(State {
            answers: Answers::Status(204),
            got: Vec::new(),
        }));
        let listener = tokio::spawn(listen(door, tls, Arc::clone(&state)));
        Self {
            url: format!("{scheme}://localhost:{port}/in?from=lockbox"),
            state,
            listener,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on it answers so.
    pub fn answer(&self, answers: Answers) {
        self.state().answers = answers;
    }

    /// What it got since the last look.
    pub fn take(&self) -> Vec<Got> {
        std::mem::take(&mut self.state().got)
    }

    /// How much it got since the last look.
    pub fn count(&self) -> usize {
        self.state().got.len()
    }

    /// The facts it got since the last look, by their names, in order of their ids.
    pub fn acts(&self) -> Vec<String> {
        let mut got = self.take();
        got.sort_by_key(Got::place);
        got.iter().map(Got::act).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no header {name}: {:?}", self.headers))
    }

    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn act(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        kind.strip_prefix("dev.lockbox.").unwrap().to_owned()
    }

    /// The entry's place in its log.
    pub fn place(&self) -> u64 {
        self.id().rsplit('-').next().unwrap().parse().unwrap()
    }

    /// How many signatures there are, and how many of them this secret made: worked out here from the specification,
    /// with another library than the product's.
    pub fn signed_by(&self, secret: &str) -> (usize, usize) {
        let bytes = BASE64_STANDARD
            .decode(secret.strip_prefix("whsec_").unwrap())
            .unwrap();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &bytes);
        let signed = format!(
            "{}.{}.{}",
            self.id(),
            self.header("webhook-timestamp"),
            self.body
        );
        let all: Vec<&str> = self.header("webhook-signature").split(' ').collect();
        let made = all.iter().filter(|signature| {
            let code = BASE64_STANDARD.decode(signature.strip_prefix("v1,").unwrap());
            ring::hmac::verify(&key, signed.as_bytes(), &code.unwrap()).is_ok()
        });
        (all.len(), made.count())
    }
}

async fn listen(door: TcpListener, tls: bool, state: Arc<Mutex<State>>) {
    let acceptor = acceptor();
    loop {
        let (stream, _) = door.accept().await.unwrap();
        let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            if tls {
                attend(acceptor.accept(stream).await.ok()?, &state).await
            } else {
                attend(stream, &state).await
            }
        });
    }
}

async fn attend(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    state: &Mutex<State>,
) -> Option<()> {
    let got = read(&mut stream).await?;
    let answers = {
        let mut state = state.lock().unwrap();
        state.got.push(got);
        state.answers.clone()
    };
    let of = |status: u16, header: &str| {
        format!(
            "HTTP/1.1 {status} x\r\n{header}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
        )
    };
    let plain = "content-type: text/plain";
    let chunk = "x".repeat(16 * 1024);
    let text = match answers {
        Answers::Status(status) => of(status, plain),
        Answers::With(status, header) => of(status, &header),
        Answers::Never => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            String::new()
        }
        Answers::HalfAHead => "HTTP/1.1 200 O".to_owned(),
        Answers::HalfABody => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_owned(),
        Answers::EndlessHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await.ok()?;
            loop {
                let line = format!("x-more: {}\r\n", &chunk[..1_000]);
                stream.write_all(line.as_bytes()).await.ok()?;
            }
        }
        Answers::EndlessBody => {
            let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            stream.write_all(head).await.ok()?;
            loop {
                let piece = format!("{:x}\r\n{chunk}\r\n", chunk.len());
                stream.write_all(piece.as_bytes()).await.ok()?;
            }
        }
    };
    stream.write_all(text.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Got> {
    let mut bytes = Vec::new();
    loop {
        let mut some = [0; 4096];
        let count = stream.read(&mut some).await.ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&some[..count]);
        let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        let head = str::from_utf8(&bytes[..end]).unwrap();
        let lines = head.lines().skip(1);
        let headers: HashMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length: usize = headers["content-length"].parse().unwrap();
        if bytes.len() >= end + 4 + length {
            assert!(
                head.starts_with("POST /in?from=lockbox HTTP/1.1\r\n"),
                "{head}"
            );
            let body = str::from_utf8(&bytes[end + 4..]).unwrap().to_owned();
            return Some(Got { headers, body });
        }
    }
}

impl World {
    /// Adds a webhook for this person's side; its id and its secret.
    pub fn webhook(&self, by: &str, receiver: &Receiver, wants: &[&str]) -> (WebhookId, String) {
        let wanted = wanted(&receiver.url, wants);
        let (id, secret) = add(&self.lockbox, &self.fresh(by), &wanted).unwrap();
        self.secrets.know(secret.expose_secret());
        (id, secret.expose_secret().to_owned())
    }

    /// Sends what is due to webhooks until nothing more is.
    pub async fn deliver(&self) -> Round {
        let mut all = Round::default();
        loop {
            let round = self.deliver_once().await;
            if round.taken == 0 {
                return all;
            }
            all.taken += round.taken;
            all.delivered += round.delivered;
            all.given_up += round.given_up;
        }
    }

    /// One round of deliveries.
    pub async fn deliver_once(&self) -> Round {
        let base_url = &self.post.sender.base_url;
        deliver_due(&self.lockbox, base_url).await.unwrap()
    }
}

pub fn wanted(url: &str, wants: &[&str]) -> Wanted {
    Wanted {
        url: WebhookUrl::parse(url).unwrap(),
        description: Line::parse("The SIEM").unwrap(),
        wants: Wants::parse(wants.iter().copied()).unwrap(),
    }
}
