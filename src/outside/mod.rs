//! The way to other machines over HTTP: one connection for each question, no redirect followed, no proxy asked, and no
//! address reached that leads into somebody's own network, unless the deployment allows it.
//!
//! A name is resolved anew for each question, every address is looked at, and the connection goes to one of those and
//! to no other: what a name means between the look and the connection does not matter.
//!
//! Identity providers are asked this way, and webhooks are delivered.

pub mod address;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderMap, HeaderValue, USER_AGENT};
use hyper::http::response::Parts;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use address::is_public;

/// The largest head of an answer, in bytes.
const HEAD_MAX: usize = 64 * 1024;

/// Why the way out cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum WayOutError {
    /// The file with certificates cannot be used.
    #[error("the CA file {}: {why}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("TLS to other machines: {0}")]
    Tls(#[from] rustls::Error),
}

/// Why there is no answer. No word of it comes from the other machine, but for what TLS and the connection say.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Only https is spoken.
    #[error("the address is not an https one")]
    NotHttps,
    /// A question to a server carries nothing that the address adds.
    #[error("the address holds a name or a password")]
    Credentials,
    /// The name has no address.
    #[error("the name has no address")]
    NoAddress,
    /// Its addresses are not of the public internet.
    #[error("the address is a private one, which this deployment does not allow")]
    Private,
    /// Without TLS only this deployment's own network is spoken to.
    #[error("the address is a public one, and those are spoken to by https alone")]
    PlainToPublic,
    /// Nobody answers there.
    #[error("no connection: {0}")]
    Connection(String),
}

/// Why the body of an answer was not read.
#[derive(Debug, thiserror::Error)]
pub enum NoBody {
    /// It is larger than was wanted.
    #[error("the answer is too large")]
    TooLarge,
    /// It broke off.
    #[error("the answer broke off: {0}")]
    BrokenOff(String),
}

/// How a way out is set up.
#[derive(Debug, Clone, Default)]
pub struct WayOutConfig {
    /// A PEM file with certificates to trust besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Whether private addresses may be reached.
    pub private_addresses: bool,
    /// Whether those may be reached without TLS.
    pub plain_http: bool,
}

/// A way to other machines.
#[derive(Clone)]
pub struct WayOut {
    tls: TlsConnector,
    private_addresses: bool,
    plain_http: bool,
}

/// An answer whose head has come. Its connection ends with it.
pub struct Answer {
    head: Parts,
    body: Incoming,
    _connections: JoinSet<Result<(), hyper::Error>>,
}

impl fmt::Debug for WayOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WayOut")
    }
}

impl WayOut {
    /// A way out.
    ///
    /// # Errors
    /// [`WayOutError`] when its certificates cannot be used.
    pub fn new(config: &WayOutConfig) -> Result<Self, WayOutError> {
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
            plain_http: config.private_addresses && config.plain_http,
        })
    }

    /// Whether private addresses may be reached.
    #[must_use]
    pub const fn reaches_private(&self) -> bool {
        self.private_addresses
    }

    /// Whether an address may be reached, as far as it says so itself: its scheme, what it carries, and the number
    /// that stands in it. A name says nothing before it is resolved.
    ///
    /// # Errors
    /// [`NoAnswer`] why not.
    pub fn allows(&self, url: &Url) -> Result<(), NoAnswer> {
        match url.scheme() {
            "https" => {}
            "http" if self.plain_http => {}
            _ => return Err(NoAnswer::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NoAnswer::Credentials);
        }
        match url.host() {
            None => Err(NoAnswer::NoAddress),
            Some(Host::Domain(_)) => Ok(()),
            Some(Host::Ipv4(address)) => self.reaches(url, address.into()),
            Some(Host::Ipv6(address)) => self.reaches(url, address.into()),
        }
    }

    /// Whether one of the addresses that this one means now may be reached. The caller bounds the time.
    ///
    /// # Errors
    /// [`NoAnswer`] why not.
    pub async fn looks(&self, url: &Url) -> Result<(), NoAnswer> {
        self.addresses(url).await.map(drop)
    }

    /// Asks. The request's path is that of the URL, and its host header is set here. The caller bounds the time.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn ask(
        &self,
        url: &Url,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Answer, NoAnswer> {
        self.allows(url)?;
        *request.uri_mut() = path(url).parse().map_err(|e| lost(&e))?;
        let headers = request.headers_mut();
        headers.insert(HOST, host(url)?);
        headers.insert(USER_AGENT, HeaderValue::from_static("Lockbox"));
        let stream = self.connect(url).await?;
        if url.scheme() == "http" {
            return exchange(stream, request).await;
        }
        let name = server_name(url).map_err(|e| lost(&e))?;
        let stream = self.tls.connect(name, stream).await;
        exchange(stream.map_err(|e| lost(&e))?, request).await
    }

    /// Connects to an address that was looked at, so that the name cannot mean another one meanwhile.
    async fn connect(&self, url: &Url) -> Result<TcpStream, NoAnswer> {
        let mut why = NoAnswer::NoAddress;
        for address in self.addresses(url).await? {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    // A question is one piece, and nobody waits for more of it.
                    stream.set_nodelay(true).map_err(|e| lost(&e))?;
                    return Ok(stream);
                }
                Err(error) => why = lost(&error),
            }
        }
        Err(why)
    }

    /// The addresses that may be reached: at least one.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, NoAnswer> {
        let port = url.port_or_known_default().unwrap_or(443);
        let found: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![(IpAddr::V4(address), port).into()],
            Some(Host::Ipv6(address)) => vec![(IpAddr::V6(address), port).into()],
            Some(Host::Domain(name)) => {
                let found = lookup_host((name, port)).await;
                found.map_err(|_| NoAnswer::NoAddress)?.collect()
            }
            None => Vec::new(),
        };
        let (mut reached, mut why) = (Vec::new(), NoAnswer::NoAddress);
        for address in found {
            match self.reaches(url, address.ip()) {
                Ok(()) => reached.push(address),
                Err(error) => why = error,
            }
        }
        if reached.is_empty() {
            return Err(why);
        }
        Ok(reached)
    }

    fn reaches(&self, url: &Url, address: IpAddr) -> Result<(), NoAnswer> {
        match (is_public(address), url.scheme() == "http") {
            (true, true) => Err(NoAnswer::PlainToPublic),
            (false, _) if !self.private_addresses => Err(NoAnswer::Private),
            _ => Ok(()),
        }
    }
}

impl Answer {
    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status
    }

    /// Its headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Its body, if that is at most so many bytes. The caller bounds the time.
    ///
    /// # Errors
    /// [`NoBody`].
    pub async fn body(self, most: usize) -> Result<Bytes, NoBody> {
        let body = Limited::new(self.body, most).collect().await;
        let body = body.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                NoBody::TooLarge
            } else {
                NoBody::BrokenOff(error.to_string())
            }
        })?;
        Ok(body.to_bytes())
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Answer, NoAnswer> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|e| lost(&e))?;
    // Ends with the answer, whatever becomes of it.
    let mut connections = JoinSet::new();
    connections.spawn(connection);
    let answer = sender.send_request(request).await.map_err(|e| lost(&e))?;
    let (head, body) = answer.into_parts();
    Ok(Answer {
        head,
        body,
        _connections: connections,
    })
}

fn trust(roots: &mut RootCertStore, path: &Path) -> Result<(), WayOutError> {
    let unusable = |why: String| WayOutError::CaFile {
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

fn path(url: &Url) -> String {
    url.query().map_or_else(
        || url.path().to_owned(),
        |query| format!("{}?{query}", url.path()),
    )
}

fn host(url: &Url) -> Result<HeaderValue, NoAnswer> {
    let host = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => return Err(NoAnswer::NoAddress),
    };
    host.parse().map_err(|e| lost(&e))
}

fn server_name(url: &Url) -> Result<ServerName<'static>, InvalidDnsNameError> {
    match url.host() {
        Some(Host::Ipv4(address)) => Ok(ServerName::from(IpAddr::V4(address))),
        Some(Host::Ipv6(address)) => Ok(ServerName::from(IpAddr::V6(address))),
        Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()),
        None => ServerName::try_from(String::new()),
    }
}

fn lost(error: &dyn fmt::Display) -> NoAnswer {
    NoAnswer::Connection(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(private_addresses: bool) -> WayOut {
        WayOut::new(&WayOutConfig {
            ca_file: None,
            private_addresses,
            plain_http: true,
        })
        .unwrap()
    }

    fn allowed(private_addresses: bool, url: &str) -> Result<(), String> {
        let allowed = way(private_addresses).allows(&Url::parse(url).unwrap());
        allowed.map_err(|e| format!("{e:?}"))
    }

    #[test]
    fn what_an_address_says_itself_is_looked_at_before_anything_is_resolved() {
        for url in ["https://hooks.example/a?b=c", "https://1.1.1.1:8443/"] {
            assert_eq!(allowed(false, url), Ok(()), "{url}");
        }
        for (url, why) in [
            ("http://hooks.example/", "NotHttps"),
            ("ftp://hooks.example/", "NotHttps"),
            ("https://kim:pass@hooks.example/", "Credentials"),
            ("https://kim@hooks.example/", "Credentials"),
            ("https://127.0.0.1/", "Private"),
            ("https://2130706433/", "Private"),
            ("https://0x7f.1/", "Private"),
            ("https://[::ffff:10.0.0.1]/", "Private"),
            ("https://169.254.169.254/", "Private"),
        ] {
            assert_eq!(allowed(false, url), Err(why.to_owned()), "{url}");
        }
    }

    #[test]
    fn without_tls_only_private_addresses_are_reached_and_only_where_that_is_allowed() {
        assert_eq!(allowed(true, "http://127.0.0.1:8080/"), Ok(()));
        assert_eq!(allowed(true, "https://10.0.0.5/"), Ok(()));
        assert_eq!(
            allowed(true, "http://1.1.1.1/"),
            Err("PlainToPublic".to_owned())
        );
        let tls_alone = WayOut::new(&WayOutConfig {
            ca_file: None,
            private_addresses: true,
            plain_http: false,
        });
        let url = Url::parse("http://127.0.0.1/").unwrap();
        assert!(matches!(
            tls_alone.unwrap().allows(&url),
            Err(NoAnswer::NotHttps)
        ));
    }
}
