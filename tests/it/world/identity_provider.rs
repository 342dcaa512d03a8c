//! A small identity provider that says whatever the story wants, also what none should.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::TimeDelta;
use lockbox::domain::time::Moment;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::certificate;

/// The client that stories set up.
pub const CLIENT: (&str, &str) = ("lockbox", "a-client-secret-of-a-story");

/// What goes wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Odd {
    /// It does not come.
    Slow,
    /// It is larger than anybody reads.
    Huge,
    /// It leads elsewhere.
    Redirect,
    /// It is a page.
    Html,
    /// It is cut off.
    Broken,
}

/// What it says. A story changes it as it likes.
pub struct Says {
    pub description: Value,
    /// The head of the ID token.
    pub head: Value,
    /// What the ID token says.
    pub claims: Value,
    /// What it says of the person besides.
    pub userinfo: Value,
    /// The key it signs with, by its seed.
    pub signs_with: u8,
    /// The keys it shows.
    pub shows: Vec<u8>,
    /// Where it goes wrong, and how.
    pub odd: Option<(&'static str, Odd)>,
    /// What it was asked: the path and what was sent.
    pub asked: Vec<(String, String)>,
    /// What happens before it answers the next question for tokens.
    pub meanwhile: Option<Box<dyn FnOnce() + Send>>,
}

pub struct IdentityProvider {
    pub issuer: String,
    says: Arc<Mutex<Says>>,
    listener: JoinHandle<()>,
}

impl IdentityProvider {
    /// Opens one on a free port of loopback.
    pub async fn start() -> Self {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("https://localhost:{}", door.local_addr().unwrap().port());
        let says = Arc::new(Mutex::new(Says {
            description: json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/keys"),
                "userinfo_endpoint": format!("{issuer}/me"),
                "authorization_response_iss_parameter_supported": true,
                "code_challenge_methods_supported": ["S256"],
            }),
            head: Value::Null,
            claims: Value::Null,
            userinfo: Value::Null,
            signs_with: 1,
            shows: vec![1],
            odd: None,
            asked: Vec::new(),
            meanwhile: None,
        }));
        let listener = tokio::spawn(listen(door, Arc::clone(&says)));
        Self {
            issuer,
            says,
            listener,
        }
    }

    /// What it says.
    pub fn says(&self) -> MutexGuard<'_, Says> {
        self.says.lock().unwrap()
    }

    /// From now on it names this person, rightly, to the attempt of this address.
    pub fn names(&self, subject: &str, email: &str, attempt: &url::Url, now: Moment) {
        let sent = |name: &str| {
            let mut pairs = attempt.query_pairs();
            pairs.find(|(n, _)| n == name).unwrap().1.into_owned()
        };
        let now = now.timestamp();
        let mut says = self.says();
        says.head = json!({"alg": "EdDSA", "kid": format!("key-{}", says.signs_with)});
        says.claims = json!({
            "iss": self.issuer, "sub": subject, "aud": sent("client_id"), "nonce": sent("nonce"),
            "iat": now, "exp": now + 300, "auth_time": now,
            "email": email, "email_verified": true,
        });
        says.userinfo = json!({"sub": subject});
    }

    /// How often this path was asked.
    pub fn times_asked(&self, path: &str) -> usize {
        let says = self.says();
        says.asked.iter().filter(|(asked, _)| asked == path).count()
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// A second factor was shown, that long ago.
pub fn with_factor(claims: &mut Value, ago: TimeDelta) {
    claims["amr"] = json!(["pwd", "otp"]);
    let at = claims["auth_time"].as_i64().unwrap();
    claims["auth_time"] = json!(at - ago.num_seconds());
}

/// Speaks TLS with the run's certificate.
pub fn acceptor() -> TlsAcceptor {
    let certificate = certificate::of_this_run();
    let chain = CertificateDer::pem_file_iter(&certificate.chain).unwrap();
    let key = PrivateKeyDer::from_pem_file(&certificate.key).unwrap();
    let ring = rustls::crypto::ring::default_provider();
    let config = rustls::ServerConfig::builder_with_provider(ring.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.collect::<Result<_, _>>().unwrap(), key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn listen(door: TcpListener, says: Arc<Mutex<Says>>) {
    let acceptor = acceptor();
    loop {
        let (stream, _) = door.accept().await.unwrap();
        let (acceptor, says) = (acceptor.clone(), Arc::clone(&says));
        tokio::spawn(async move {
            let mut stream = acceptor.accept(stream).await.ok()?;
            let (path, sent) = request(&mut stream).await?;
            let odd = says.lock().unwrap().odd;
            let odd = odd.filter(|(at, _)| *at == path).map(|(_, odd)| odd);
            let body = said(&mut says.lock().unwrap(), &path, sent);
            let meanwhile = says.lock().unwrap().meanwhile.take_if(|_| path == "/token");
            if let Some(happens) = meanwhile {
                happens();
            }
            if odd == Some(Odd::Slow) {
                tokio::time::sleep(Duration::from_secs(30)).await;
            }
            let answer = answer(&body, odd);
            stream.write_all(answer.as_bytes()).await.ok()?;
            stream.shutdown().await.ok()
        });
    }
}

/// The path asked for, and the head and body that were sent.
async fn request(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<(String, String)> {
    let mut text = Vec::new();
    loop {
        let mut some = [0; 4096];
        let count = stream
            .read(&mut some)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        text.extend_from_slice(&some[..count]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = whole.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>().unwrap())
        });
        if body.len() >= length.unwrap_or_default() {
            let path = head.split(' ').nth(1)?.to_owned();
            return Some((path, whole));
        }
    }
}

fn said(says: &mut Says, path: &str, sent: String) -> String {
    says.asked.push((path.to_owned(), sent));
    match path {
        "/.well-known/openid-configuration" => says.description.to_string(),
        "/keys" => json!({"keys": says.shows.iter().map(|seed| shown(*seed)).collect::<Vec<_>>()})
            .to_string(),
        "/token" => {
            json!({"access_token": "at-1", "token_type": "Bearer", "id_token": token(says)})
                .to_string()
        }
        _ => says.userinfo.to_string(),
    }
}

fn answer(body: &str, odd: Option<Odd>) -> String {
    let of = |status: &str, kind: &str, body: &str, length: usize| {
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nlocation: https://localhost:1/\r\nconnection: close\r\n\r\n{body}"
        )
    };
    let json = "application/json; charset=utf-8";
    match odd {
        Some(Odd::Redirect) => of("302 Found", json, body, body.len()),
        Some(Odd::Html) => of("200 OK", "text/html", body, body.len()),
        Some(Odd::Broken) => of("200 OK", json, body, body.len() + 100),
        Some(Odd::Huge) => {
            let huge = format!("{body}{}", " ".repeat(1024 * 1024));
            of("200 OK", json, &huge, huge.len())
        }
        Some(Odd::Slow) | None => of("200 OK", json, body, body.len()),
    }
}

fn token(says: &Says) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&says.head), part(&says.claims));
    let signature = match says.head["alg"].as_str() {
        Some("none") => Vec::new(),
        // With what everybody can know as its secret: the public key.
        Some("HS256") => {
            let secret = ring::hmac::Key::new(
                ring::hmac::HMAC_SHA256,
                pair(says.signs_with).public_key().as_ref(),
            );
            ring::hmac::sign(&secret, text.as_bytes()).as_ref().to_vec()
        }
        _ => pair(says.signs_with)
            .sign(text.as_bytes())
            .as_ref()
            .to_vec(),
    };
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn shown(seed: u8) -> Value {
    let x = BASE64_URL_SAFE_NO_PAD.encode(pair(seed).public_key());
    json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": format!("key-{seed}"), "x": x})
}

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}
