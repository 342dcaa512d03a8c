//! Asking other machines over HTTPS: one connection for each question, bounded in time and size, no redirect
//! followed, and no address asked that leads into somebody's own network.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::address::is_public;

/// How long one question may take, from the name's resolution to the answer's last byte.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer, in bytes.
const ANSWER_MAX: usize = 1024 * 1024;
/// The largest head of an answer, in bytes.
const HEAD_MAX: usize = 64 * 1024;
/// Most questions asked at the same time; one more is refused at once.
const AT_ONCE: usize = 32;

/// Why the way out cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum FetcherError {
    /// The file with certificates cannot be used.
    #[error("the CA file for single sign-on {}: {why}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("TLS for single sign-on: {0}")]
    Tls(#[from] rustls::Error),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Only https is spoken.
    #[error("the address is not an https one")]
    NotHttps,
    /// The name has no address.
    #[error("the name has no address")]
    NoAddress,
    /// Its addresses are not of the public internet.
    #[error(
        "the address is a private one, which this deployment does not allow (--sso-private-addresses)"
    )]
    Private,
    /// Nobody answers there.
    #[error("no connection: {0}")]
    Connection(String),
    /// It took longer than [`PATIENCE`].
    #[error("no answer within 5 seconds")]
    TooSlow,
    /// More than [`ANSWER_MAX`].
    #[error("the answer is larger than 1 MB")]
    TooLarge,
    /// It leads elsewhere.
    #[error("the answer leads to another address, and none is followed")]
    Redirect,
    /// It is no JSON.
    #[error("the answer is not JSON")]
    NotJson,
    /// [`AT_ONCE`] others are being asked.
    #[error("too many others are being asked at this moment")]
    Busy,
}

/// How the way out is set up.
#[derive(Debug, Clone, Default)]
pub struct FetchConfig {
    /// A PEM file with certificates to trust besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Whether private addresses may be asked.
    pub private_addresses: bool,
}

/// Asks other machines.
#[derive(Clone)]
pub struct Fetcher {
    tls: TlsConnector,
    private_addresses: bool,
    turns: Arc<Semaphore>,
}

/// What is sent along.
pub enum Sent {
    /// Nothing.
    Nothing,
    /// A form.
    Form(String),
}

/// An answer of JSON.
pub struct Answered {
    /// Whether it is a success.
    pub success: bool,
    /// Its body.
    pub body: Bytes,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetcher")
    }
}

impl Fetcher {
    /// Whether this address names no place in somebody's own network. A name is looked at when it is asked.
    #[must_use]
    pub fn may_ask(&self, url: &Url) -> bool {
        self.private_addresses
            || match url.host() {
                Some(Host::Ipv4(address)) => is_public(address.into()),
                Some(Host::Ipv6(address)) => is_public(address.into()),
                Some(Host::Domain(name)) => {
                    let name = name.trim_end_matches('.');
                    name != "localhost" && !name.ends_with(".localhost")
                }
                None => false,
            }
    }

    /// A way out.
    ///
    /// # Errors
    /// [`FetcherError`] when its certificates cannot be used.
    pub fn new(config: &FetchConfig) -> Result<Self, FetcherError> {
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        if let Some(path) = &config.ca_file {
            trust(&mut roots, path)?;
        }
        let mut tls =
            ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots)
                .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            tls: Arc::new(tls).into(),
            private_addresses: config.private_addresses,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// [`FetchError`], also for whatever else than JSON is answered.
    pub async fn ask(
        &self,
        url: &Url,
        authorization: Option<HeaderValue>,
        sent: Sent,
    ) -> Result<Answered, FetchError> {
        let _turn = self.turns.try_acquire().map_err(|_| FetchError::Busy)?;
        timeout(PATIENCE, self.asked(url, authorization, sent))
            .await
            .map_err(|_| FetchError::TooSlow)?
    }

    async fn asked(
        &self,
        url: &Url,
        authorization: Option<HeaderValue>,
        sent: Sent,
    ) -> Result<Answered, FetchError> {
        let request = request(url, authorization, sent)?;
        let stream = self.connect(url).await?;
        let name = server_name(url).map_err(|e| lost(&e))?;
        let stream = self.tls.connect(name, stream).await;
        let io = TokioIo::new(stream.map_err(|e| lost(&e))?);
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD_MAX)
            .handshake(io)
            .await
            .map_err(|e| lost(&e))?;
        // Ends with this question, whatever becomes of it.
        let mut connections = JoinSet::new();
        connections.spawn(connection);
        let answer = sender.send_request(request).await.map_err(|e| lost(&e))?;
        read(answer).await
    }

    /// Connects to an address that was looked at, so that the name cannot mean another one meanwhile.
    async fn connect(&self, url: &Url) -> Result<TcpStream, FetchError> {
        let port = url.port_or_known_default().unwrap_or(443);
        let addresses: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![(IpAddr::V4(address), port).into()],
            Some(Host::Ipv6(address)) => vec![(IpAddr::V6(address), port).into()],
            Some(Host::Domain(name)) => {
                let found = lookup_host((name, port)).await;
                found.map_err(|_| FetchError::NoAddress)?.collect()
            }
            None => Vec::new(),
        };
        if addresses.is_empty() {
            return Err(FetchError::NoAddress);
        }
        let mut why = FetchError::Private;
        for address in addresses {
            if !self.private_addresses && !is_public(address.ip()) {
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => why = lost(&error),
            }
        }
        Err(why)
    }
}

fn trust(roots: &mut RootCertStore, path: &Path) -> Result<(), FetcherError> {
    let unusable = |why: String| FetcherError::CaFile {
        path: path.to_owned(),
        why,
    };
    let found =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = found.map_err(|e| unusable(e.to_string()))?;
    if found.is_empty() {
        return Err(unusable("it holds no certificate in PEM".to_owned()));
    }
    for certificate in found {
        roots
            .add(certificate)
            .map_err(|e| unusable(e.to_string()))?;
    }
    Ok(())
}

fn request(
    url: &Url,
    authorization: Option<HeaderValue>,
    sent: Sent,
) -> Result<Request<Full<Bytes>>, FetchError> {
    if url.scheme() != "https" {
        return Err(FetchError::NotHttps);
    }
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => return Err(FetchError::NoAddress),
    };
    let path = url.query().map_or_else(
        || url.path().to_owned(),
        |query| format!("{}?{query}", url.path()),
    );
    let mut request = Request::builder()
        .uri(path)
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, "Lockbox");
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    match sent {
        Sent::Nothing => request.method(Method::GET).body(Full::default()),
        Sent::Form(form) => request
            .method(Method::POST)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::from(form)),
    }
    .map_err(|e| lost(&e))
}

async fn read(answer: Response<Incoming>) -> Result<Answered, FetchError> {
    let status = answer.status();
    if status.is_redirection() {
        return Err(FetchError::Redirect);
    }
    let kind = answer.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json"))
    {
        return Err(FetchError::NotJson);
    }
    let body = Limited::new(answer.into_body(), ANSWER_MAX)
        .collect()
        .await
        .map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                FetchError::TooLarge
            } else {
                FetchError::Connection(error.to_string())
            }
        })?;
    Ok(Answered {
        success: status == StatusCode::OK,
        body: body.to_bytes(),
    })
}

fn server_name(url: &Url) -> Result<ServerName<'static>, InvalidDnsNameError> {
    match url.host() {
        Some(Host::Ipv4(address)) => Ok(ServerName::from(IpAddr::V4(address))),
        Some(Host::Ipv6(address)) => Ok(ServerName::from(IpAddr::V6(address))),
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()),
        None => ServerName::try_from(String::new()),
    }
}

fn lost(error: &dyn fmt::Display) -> FetchError {
    FetchError::Connection(error.to_string())
}
