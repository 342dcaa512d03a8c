//! Where an identity provider's doors are: OpenID Connect Discovery 1.0.

use serde::Deserialize;
use url::Url;

use super::OidcError;
use crate::domain::text::Issuer;

/// An identity provider as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// What it calls itself: exactly what it was asked as.
    pub issuer: Issuer,
    /// Where the browser is sent.
    pub authorization_endpoint: Url,
    /// Where a code becomes tokens.
    pub token_endpoint: Url,
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Where it says more of a person, if anywhere.
    pub userinfo_endpoint: Option<Url>,
    /// Whether it names itself in its answers to the browser (RFC 9207).
    pub names_itself: bool,
    /// How a client proves itself there.
    pub client_proof: ClientProof,
}

/// How a client shows its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientProof {
    /// In a header, as HTTP Basic.
    Basic,
    /// In the form.
    Post,
}

/// What of its description counts here.
#[derive(Deserialize)]
struct Description {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
}

/// Where the description of an issuer is.
///
/// # Errors
/// [`OidcError::Answer`] for an issuer that makes no address.
pub fn description_of(issuer: &Issuer) -> Result<Url, OidcError> {
    let base = issuer.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}/.well-known/openid-configuration"))
        .map_err(|_| OidcError::Answer("the issuer is not an address"))
}

impl IdentityProvider {
    /// Reads the description that was fetched for this issuer.
    ///
    /// # Errors
    /// [`OidcError::Answer`] when it is another's, or one of its doors is not behind TLS.
    pub fn parse(issuer: &Issuer, json: &[u8]) -> Result<Self, OidcError> {
        let found: Description = serde_json::from_slice(json).map_err(|_| {
            OidcError::Answer(
                "the identity provider's description lacks something or is not readable",
            )
        })?;
        if found.issuer != issuer.as_str() {
            return Err(OidcError::Answer(
                "the identity provider calls itself otherwise than the issuer that is set",
            ));
        }
        let lacks = |methods: &Option<Vec<String>>, method: &str| {
            let named = methods.as_ref();
            named.is_some_and(|named| !named.iter().any(|name| name == method))
        };
        if lacks(&found.code_challenge_methods_supported, "S256") {
            return Err(OidcError::Answer(
                "the identity provider does not know PKCE with S256",
            ));
        }
        let methods = &found.token_endpoint_auth_methods_supported;
        let client_proof = match (
            lacks(methods, "client_secret_basic"),
            lacks(methods, "client_secret_post"),
        ) {
            (false, _) => ClientProof::Basic,
            (true, false) => ClientProof::Post,
            (true, true) => {
                return Err(OidcError::Answer(
                    "the identity provider takes no client secret",
                ));
            }
        };
        Ok(Self {
            issuer: issuer.clone(),
            authorization_endpoint: door(&found.authorization_endpoint)?,
            token_endpoint: door(&found.token_endpoint)?,
            jwks_uri: door(&found.jwks_uri)?,
            userinfo_endpoint: found.userinfo_endpoint.as_deref().map(door).transpose()?,
            names_itself: found.authorization_response_iss_parameter_supported,
            client_proof,
        })
    }
}

/// An address of the identity provider, behind TLS.
fn door(text: &str) -> Result<Url, OidcError> {
    let guarded = |door: &Url| {
        let bare = door.username().is_empty() && door.password().is_none();
        door.scheme() == "https" && door.has_host() && bare && door.fragment().is_none()
    };
    Url::parse(text)
        .ok()
        .filter(guarded)
        .ok_or(OidcError::Answer(
            "an address of the identity provider is not an https one",
        ))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn description() -> Value {
        json!({
            "issuer": "https://login.example",
            "authorization_endpoint": "https://login.example/auth",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://login.example/jwks",
            "response_types_supported": ["code"],
        })
    }

    fn read(changes: &[(&str, Value)]) -> Result<IdentityProvider, OidcError> {
        let mut description = description();
        for (member, value) in changes {
            description[member] = value.clone();
        }
        let issuer = Issuer::parse("https://login.example").unwrap();
        IdentityProvider::parse(&issuer, description.to_string().as_bytes())
    }

    #[test]
    fn its_description_is_read() {
        let found = read(&[]).unwrap();
        assert_eq!(found.client_proof, ClientProof::Basic);
        assert!(!found.names_itself && found.userinfo_endpoint.is_none());
        let post = json!(["client_secret_post", "private_key_jwt"]);
        let found = read(&[("token_endpoint_auth_methods_supported", post)]).unwrap();
        assert_eq!(found.client_proof, ClientProof::Post);
    }

    #[test]
    fn a_description_that_is_anothers_or_opens_a_door_without_tls_is_refused() {
        for (member, value) in [
            ("issuer", json!("https://login.example/")),
            ("issuer", json!("https://login.example.evil.example")),
            ("issuer", json!(7)),
            ("token_endpoint", json!("http://login.example/token")),
            ("jwks_uri", json!("http://login.example/jwks")),
            ("jwks_uri", json!("file:///etc/passwd")),
            ("jwks_uri", json!("/jwks")),
            ("userinfo_endpoint", json!("http://login.example/me")),
            ("authorization_endpoint", json!("javascript:alert(1)")),
            (
                "authorization_endpoint",
                json!("https://kim:x@login.example/"),
            ),
            ("token_endpoint", Value::Null),
            ("code_challenge_methods_supported", json!(["plain"])),
            (
                "token_endpoint_auth_methods_supported",
                json!(["private_key_jwt"]),
            ),
        ] {
            assert!(
                read(&[(member, value.clone())]).is_err(),
                "{member} {value}"
            );
        }
    }
}
