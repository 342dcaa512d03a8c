//! Handing mail to a server (RFC 5321).
//!
//! The dialogue is spelt out, command by command, for two reasons. Only the answers to RCPT and to the
//! message itself speak of the recipient; a refused sender or password is the configuration's fault,
//! and no mail may be lost to it. And lettre's own transport waits for answers without a bound, while
//! one that is cut short puts its connection back into the pool in the middle of a dialogue. Here every
//! mail has a connection of its own, and a step that takes too long drops it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use url::{Url, form_urlencoded};

use super::transport::SendError;

/// How long the server may take for one step.
pub const STEP: Duration = Duration::from_secs(10);
/// How long it may take for a whole mail. A lease on a mail must last longer.
pub const WHOLE: Duration = Duration::from_secs(30);
/// How long we wait for its goodbye, which changes nothing.
const GOODBYE: Duration = Duration::from_secs(1);

/// Which server, and how to speak to it.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// `smtps://user:password@host:465` with TLS from the first byte, or `smtp://user:password@host:587`,
    /// where STARTTLS is required. Only `smtp://` on loopback, such as `smtp://127.0.0.1:2525`, is
    /// spoken in the clear. User and password are optional and percent-encoded; the ports shown (for
    /// loopback: 25) are the defaults. Secret, since it may hold a password.
    pub url: SecretString,
    /// Certificates in PEM to trust besides the public authorities.
    pub ca_file: Option<PathBuf>,
}

/// Why a server cannot be spoken to as configured.
#[derive(Debug, thiserror::Error)]
pub enum SmtpConfigError {
    /// No URL, or one with a path, a query or another scheme. The URL is not repeated: it may hold a password.
    #[error(
        "the mail server must be smtps://user:password@host:465 or smtp://user:password@host:587"
    )]
    Url,
    /// A user without a password, or the other way round.
    #[error("the mail server's URL must name both user and password, or neither")]
    Credentials,
    /// The CA file could not be read.
    #[error("the CA file {path}: {error}")]
    CaFile {
        /// Which file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// The CA file holds no certificate.
    #[error("the CA file {0} holds no certificate in PEM")]
    NoCertificate(PathBuf),
    /// TLS cannot be set up.
    #[error("TLS for mail: {0}")]
    Tls(#[from] Error),
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
    /// [`STEP`], save in tests.
    patience: Duration,
}

#[derive(Debug, Clone)]
enum Security {
    /// TLS before the first word.
    Wrapped(Tls),
    /// TLS after STARTTLS; without it nothing is said.
    StartTls(Tls),
    /// In the clear, on loopback only.
    Loopback,
}

#[derive(Clone)]
struct Tls(TlsParameters);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Tls").field(&self.0.domain()).finish()
    }
}

impl Smtp {
    pub(super) fn new(config: &SmtpConfig) -> Result<Self, SmtpConfigError> {
        let url = Url::parse(config.url.expose_secret()).map_err(|_| SmtpConfigError::Url)?;
        let host = url
            .host_str()
            .unwrap_or_default()
            .trim_matches(['[', ']'])
            .to_owned();
        if host.is_empty()
            || !matches!(url.path(), "" | "/")
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(SmtpConfigError::Url);
        }
        let (security, port) = match url.scheme() {
            "smtps" => (Security::Wrapped(tls(&host, config)?), 465),
            "smtp" if is_loopback(&host) => (Security::Loopback, 25),
            "smtp" => (Security::StartTls(tls(&host, config)?), 587),
            _ => return Err(SmtpConfigError::Url),
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(SmtpConfigError::Credentials),
            (user, Some(password)) => Some(Credentials::new(decoded(user), decoded(password))),
        };
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            security,
            credentials,
            hello: ClientId::default(),
            patience: STEP,
        })
    }

    pub(super) async fn send(&self, message: &Message) -> Result<(), SendError> {
        timeout(WHOLE, self.deliver(message))
            .await
            .unwrap_or_else(|_| Err(too_slow()))
    }

    async fn deliver(&self, message: &Message) -> Result<(), SendError> {
        let later = |error: &Error| SendError::Later(error.to_string());
        let mut connection = self.connect().await?;
        let envelope = message.envelope();
        self.step(
            connection.command(Mail::new(envelope.from().cloned(), Vec::new())),
            later,
        )
        .await?;
        for to in envelope.to() {
            self.step(
                connection.command(Rcpt::new(to.clone(), Vec::new())),
                of_recipient,
            )
            .await?;
        }
        self.step(connection.command(Data), later).await?;
        self.step(connection.message(&message.formatted()), of_recipient)
            .await?;
        // The server has the mail; whatever follows is courtesy.
        let _ = timeout(GOODBYE, connection.quit()).await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let later = |error: &Error| SendError::Later(error.to_string());
        let wrapped = match &self.security {
            Security::Wrapped(Tls(tls)) => Some(tls.clone()),
            Security::StartTls(_) | Security::Loopback => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection = self
            .step(
                AsyncSmtpConnection::connect_tokio1(
                    server,
                    Some(self.patience),
                    &self.hello,
                    wrapped,
                    None,
                ),
                later,
            )
            .await?;
        if let Security::StartTls(Tls(tls)) = &self.security {
            self.step(connection.starttls(tls.clone(), &self.hello), later)
                .await?;
        }
        if let Some(credentials) = &self.credentials {
            self.step(connection.auth(DEFAULT_MECHANISMS, credentials), later)
                .await?;
        }
        Ok(connection)
    }

    /// One step of the dialogue, within its time.
    async fn step<T>(
        &self,
        answer: impl Future<Output = Result<T, Error>>,
        read: impl Fn(&Error) -> SendError,
    ) -> Result<T, SendError> {
        match timeout(self.patience, answer).await {
            Ok(answer) => answer.map_err(|error| read(&error)),
            Err(_) => Err(too_slow()),
        }
    }
}

fn too_slow() -> SendError {
    SendError::Later("the mail server took too long".to_owned())
}

/// Enhanced status codes (RFC 3463) that can be mended although the answer says "for good": a full mailbox,
/// our own sender's address, and policy against us, such as "relaying denied".
const MENDABLE: [&str; 4] = [": 5.2.2", ": 5.1.7", ": 5.1.8", ": 5.7."];

/// An answer about the recipient or the message. 55x is final (RFC 5321, 4.2.3), save for what can be mended.
fn of_recipient(error: &Error) -> SendError {
    let text = error.to_string();
    let speaks_of_it = error
        .status()
        .is_some_and(|code| (550..560).contains(&u16::from(code)));
    let mendable = MENDABLE.iter().any(|status| text.contains(status));
    if error.is_permanent() && speaks_of_it && !mendable {
        SendError::Refused(text)
    } else {
        SendError::Later(text)
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn tls(host: &str, config: &SmtpConfig) -> Result<Tls, SmtpConfigError> {
    let mut tls = TlsParameters::builder(host.to_owned());
    if let Some(path) = &config.ca_file {
        let pem = std::fs::read(path).map_err(|error| SmtpConfigError::CaFile {
            path: path.clone(),
            error,
        })?;
        if !pem
            .windows(27)
            .any(|window| window == b"-----BEGIN CERTIFICATE-----")
        {
            return Err(SmtpConfigError::NoCertificate(path.clone()));
        }
        tls = tls.add_root_certificate(Certificate::from_pem(&pem)?);
    }
    Ok(Tls(tls.build()?))
}

/// Undoes percent-encoding. A form's name is decoded the same way, but for the two characters that mean
/// something in a form and nothing in a URL's user.
fn decoded(text: &str) -> String {
    let form = text.replace('+', "%2B").replace('&', "%26");
    form_urlencoded::parse(form.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
