//! A code becomes tokens, and an access token what else is known of a person.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use hyper::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::OidcError;
use super::attempt::{Attempt, Code, error_code};
use super::fetch::{Fetcher, Sent};
use super::provider::{ClientProof, IdentityProvider};
use crate::domain::text::Issuer;

/// This house as a client of an identity provider.
#[derive(Debug, Clone)]
pub struct Client {
    /// What it is called there.
    pub id: String,
    /// What it proves itself with.
    pub secret: SecretString,
    /// Where the browser comes back.
    pub way_back: Url,
}

/// What a code was worth.
#[derive(Deserialize)]
pub struct Tokens {
    /// What is said of the person, signed.
    pub id_token: String,
    access_token: SecretString,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

/// Redeems a code. It is worth something once, and only with this attempt's verifier.
///
/// # Errors
/// [`OidcError`] when the identity provider does not answer, refuses, or answers what it must not.
pub async fn redeem(
    fetcher: &Fetcher,
    provider: &IdentityProvider,
    client: &Client,
    attempt: &Attempt,
    code: &Code,
) -> Result<Tokens, OidcError> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", &code.0)
        .append_pair("redirect_uri", client.way_back.as_str())
        .append_pair("code_verifier", attempt.verifier());
    let authorization = match provider.client_proof {
        ClientProof::Basic => Some(basic(client)?),
        ClientProof::Post => {
            form.append_pair("client_id", &client.id)
                .append_pair("client_secret", client.secret.expose_secret());
            None
        }
    };
    let sent = Sent::Form(form.finish());
    let answered = fetcher
        .ask(
            &provider.issuer,
            &provider.token_endpoint,
            authorization,
            sent,
        )
        .await
        .map_err(|why| OidcError::Fetch {
            what: "the tokens",
            why,
        })?;
    if !answered.success {
        let refusal = serde_json::from_slice::<Refusal>(&answered.body);
        return Err(OidcError::Refused(refusal.map_or_else(
            |_| "no_reason".to_owned(),
            |refusal| error_code(&refusal.error),
        )));
    }
    serde_json::from_slice(&answered.body)
        .map_err(|_| OidcError::Answer("the identity provider gave no ID token"))
}

/// Asks what else is known of the person whose tokens these are.
///
/// # Errors
/// [`OidcError`] when the identity provider does not answer or answers what it must not.
pub async fn more(
    fetcher: &Fetcher,
    issuer: &Issuer,
    userinfo: &Url,
    tokens: &Tokens,
) -> Result<Map<String, Value>, OidcError> {
    let bearer = header(&format!("Bearer {}", tokens.access_token.expose_secret()))?;
    let answered = fetcher
        .ask(issuer, userinfo, Some(bearer), Sent::Nothing)
        .await;
    let answered = answered.map_err(|why| OidcError::Fetch {
        what: "what is known of the person",
        why,
    })?;
    let unreadable = OidcError::Answer("what is known of the person is not readable");
    if !answered.success {
        return Err(unreadable);
    }
    serde_json::from_slice(&answered.body).map_err(|_| unreadable)
}

/// HTTP Basic as OAuth 2.0 wants it: both parts are encoded as in forms first (RFC 6749, section 2.3.1).
fn basic(client: &Client) -> Result<HeaderValue, OidcError> {
    let encoded =
        |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!(
        "{}:{}",
        encoded(&client.id),
        encoded(client.secret.expose_secret())
    );
    header(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
}

fn header(text: &str) -> Result<HeaderValue, OidcError> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| OidcError::Answer("a token does not fit into a header"))?;
    value.set_sensitive(true);
    Ok(value)
}
