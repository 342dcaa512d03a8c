//! Asking identity providers: a bounded number at a time, bounded in time and size, and answered in JSON.

use std::fmt;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, StatusCode};
use tokio::time::timeout;
use url::Url;

use super::turns::Turns;
use crate::domain::text::Issuer;
use crate::outside::{Answer, NoAnswer, NoBody, WayOut, WayOutConfig, WayOutError};

/// How long one question may take, from the name's resolution to the answer's last byte.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer, in bytes.
const ANSWER_MAX: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody was reached.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// It broke off.
    #[error("no connection: {0}")]
    BrokenOff(String),
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
    /// There is no turn for it.
    #[error("too many are asking it, or others, at this moment")]
    Busy,
}

/// Asks identity providers.
#[derive(Clone)]
pub struct Fetcher {
    way: WayOut,
    turns: Turns,
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
    /// Whether this address names no place in somebody's own network, as far as it says so itself. A name is looked at
    /// when it is asked.
    #[must_use]
    pub fn may_ask(&self, url: &Url) -> bool {
        let local = url.host_str().is_some_and(|name| {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        });
        self.way.allows(url).is_ok() && (self.way.reaches_private() || !local)
    }

    /// A fetcher with a way out of its own.
    ///
    /// # Errors
    /// [`WayOutError`] when its certificates cannot be used.
    pub fn new(config: &WayOutConfig) -> Result<Self, WayOutError> {
        Ok(Self {
            way: WayOut::new(config)?,
            turns: Turns::default(),
        })
    }

    /// Asks for JSON, on behalf of this identity provider; refused at once while it is being asked often enough.
    ///
    /// # Errors
    /// [`FetchError`], also for whatever else than JSON is answered.
    pub async fn ask(
        &self,
        issuer: &Issuer,
        url: &Url,
        authorization: Option<HeaderValue>,
        sent: Sent,
    ) -> Result<Answered, FetchError> {
        let _turn = self.turns.take(issuer).ok_or(FetchError::Busy)?;
        let asked = async {
            let request = request(authorization, sent)?;
            read(self.way.ask(url, request).await?).await
        };
        timeout(PATIENCE, asked)
            .await
            .map_err(|_| FetchError::TooSlow)?
    }
}

fn request(
    authorization: Option<HeaderValue>,
    sent: Sent,
) -> Result<Request<Full<Bytes>>, FetchError> {
    let mut request = Request::builder().header(ACCEPT, "application/json");
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
    .map_err(|e| FetchError::BrokenOff(e.to_string()))
}

async fn read(answer: Answer) -> Result<Answered, FetchError> {
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
    let body = answer.body(ANSWER_MAX).await.map_err(|why| match why {
        NoBody::TooLarge => FetchError::TooLarge,
        NoBody::BrokenOff(why) => FetchError::BrokenOff(why),
    })?;
    Ok(Answered {
        success: status == StatusCode::OK,
        body,
    })
}
