//! Passkeys (WebAuthn): a pair of keys in a device or a password manager, made for this portal alone, and used after
//! the device has made sure who holds it. So one passkey is both factors.
//!
//! What is asked of a browser and what it answers are texts in JSON. webauthn-rs keeps the rules of the standard; its
//! own challenges are replaced by ours, which need no memory: see [`challenge`].

pub mod challenge;

use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    Credential, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::domain::id::PersonId;
use crate::domain::time::Moment;
use challenge::{Challenge, ChallengeKey, Purpose};

/// Longest answer of a browser that is read, in bytes.
const ANSWER_MAX: usize = 16 * 1024;

/// Longest id of a credential, in bytes: the standard's bound.
const CREDENTIAL_ID_MAX: usize = 1023;

/// This portal, as passkeys know it: by the host of its one address.
pub struct RelyingParty {
    webauthn: Webauthn,
    key: ChallengeKey,
}

/// A passkey as it was registered. Nothing of it changes any more but the counter, which is kept apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The credential's id, by which it is found.
    pub credential_id: Vec<u8>,
    /// The credential in JSON: its public key and what it said of itself.
    pub credential: String,
    /// How often the device had used it.
    pub counter: u32,
}

/// What a browser says a passkey signed; nothing of it is believed yet.
pub struct Assertion {
    said: PublicKeyCredential,
    challenge: Challenge,
}

/// Why a passkey does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// What the browser sent is no answer of one.
    #[error("it is no answer of a browser")]
    Form,
    /// It answers no challenge of ours, or another's, or one that has ended.
    #[error("it answers no challenge that counts here and now")]
    Challenge,
    /// The device has used it less often than it had before: there may be two of it.
    #[error("its counter went back")]
    CounterBack,
    /// It breaks a rule of the standard.
    #[error("it is not valid: {0}")]
    Invalid(String),
}

impl RelyingParty {
    /// The portal at this address. None where the address has no name: a passkey cannot be bound to a number.
    #[must_use]
    pub fn at(base_url: &Url, key: ChallengeKey) -> Option<Self> {
        let host = base_url.domain()?;
        let builder = WebauthnBuilder::new(host, base_url).ok()?;
        let webauthn = builder.rp_name("Lockbox").build().ok()?;
        Some(Self { webauthn, key })
    }

    /// What a browser is told that is to make a passkey for this person. Those they have are not made again.
    ///
    /// # Errors
    /// [`Refused::Invalid`] when the library refuses, which nothing of ours brings about.
    pub fn creation(
        &self,
        person: PersonId,
        address: &str,
        name: &str,
        known: &[Vec<u8>],
        challenge: &Challenge,
    ) -> Result<Value, Refused> {
        let (options, _) = self.registration(person, address, name, known)?;
        let mut options = public_key(&options)?;
        options["challenge"] = json!(BASE64_URL_SAFE_NO_PAD.encode(challenge.bytes()));
        // Where a device can offer it at the door by itself, it should.
        options["authenticatorSelection"]["residentKey"] = json!("preferred");
        Ok(options)
    }

    /// What a browser is told that is to show one of these passkeys; any of this portal's, where none is named.
    #[must_use]
    pub fn request(&self, known: &[Vec<u8>], challenge: &Challenge) -> Value {
        let named =
            |id: &Vec<u8>| json!({"type": "public-key", "id": BASE64_URL_SAFE_NO_PAD.encode(id)});
        json!({
            "challenge": BASE64_URL_SAFE_NO_PAD.encode(challenge.bytes()),
            "rpId": self.webauthn.get_allowed_origins().first().and_then(Url::domain),
            "timeout": challenge::LASTS * 1000,
            "userVerification": "required",
            "allowCredentials": known.iter().map(named).collect::<Vec<_>>(),
        })
    }

    /// A new challenge. `whose` is what it is bound to, such as the session's id.
    #[must_use]
    pub fn challenge(
        &self,
        purpose: Purpose,
        whose: &str,
        chance: [u8; 16],
        now: Moment,
    ) -> Challenge {
        self.key.challenge(purpose, whose, chance, now)
    }

    /// The passkey that a browser says it made for this person, with the challenge it answered.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn register(
        &self,
        person: PersonId,
        whose: &str,
        now: Moment,
        answer: &str,
    ) -> Result<(Registered, Challenge), Refused> {
        let said: RegisterPublicKeyCredential = read(answer)?;
        let purpose = Purpose::Registration;
        let client_data = said.response.client_data_json.as_slice();
        let challenge = self.answered(client_data, purpose, whose, now)?;
        let (_, state) = self.registration(person, "-", "-", &[])?;
        let state: PasskeyRegistration = with_challenge(&state, "rs", &challenge)?;
        let registered = self
            .webauthn
            .finish_passkey_registration(&said, &state)
            .map_err(invalid)?;
        let credential = Credential::from(registered);
        if !credential.user_verified || credential.cred_id.len() > CREDENTIAL_ID_MAX {
            return Err(Refused::Invalid("who holds it was not verified".to_owned()));
        }
        let registered = Registered {
            credential_id: credential.cred_id.clone(),
            counter: credential.counter,
            credential: serde_json::to_string(&Credential {
                counter: 0,
                ..credential
            })
            .map_err(|e| Refused::Invalid(e.to_string()))?,
        };
        Ok((registered, challenge))
    }

    /// Reads what a browser says a passkey signed, if it answers a challenge made for `whose`.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn read(&self, whose: &str, now: Moment, answer: &str) -> Result<Assertion, Refused> {
        let said: PublicKeyCredential = read(answer)?;
        let purpose = Purpose::Authentication;
        let client_data = said.response.client_data_json.as_slice();
        let challenge = self.answered(client_data, purpose, whose, now)?;
        Ok(Assertion { said, challenge })
    }

    /// Whether this passkey of this person signed it, for this portal, after its device verified who holds it; how often
    /// the device has used it now.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn verify(
        &self,
        assertion: &Assertion,
        owner: PersonId,
        passkey: &Registered,
    ) -> Result<u32, Refused> {
        if assertion
            .user_handle()
            .is_some_and(|handle| handle != owner.0.as_bytes())
        {
            return Err(Refused::Invalid("it names somebody else".to_owned()));
        }
        let credential: Credential = serde_json::from_str(&passkey.credential)
            .map_err(|e| Refused::Invalid(e.to_string()))?;
        let credential = Passkey::from(Credential {
            counter: passkey.counter,
            ..credential
        });
        let (_, state) = self
            .webauthn
            .start_passkey_authentication(&[credential])
            .map_err(invalid)?;
        let state: PasskeyAuthentication = with_challenge(&state, "ast", &assertion.challenge)?;
        let shown = self
            .webauthn
            .finish_passkey_authentication(&assertion.said, &state)
            .map_err(invalid)?;
        if !shown.user_verified() {
            return Err(Refused::Invalid("who holds it was not verified".to_owned()));
        }
        Ok(shown.counter())
    }

    fn registration(
        &self,
        person: PersonId,
        address: &str,
        name: &str,
        known: &[Vec<u8>],
    ) -> Result<(Value, PasskeyRegistration), Refused> {
        let known = known.to_vec();
        let (options, state) = self
            .webauthn
            .start_passkey_registration(person.0, address, name, Some(known))
            .map_err(invalid)?;
        let options = serde_json::to_value(options).map_err(|e| Refused::Invalid(e.to_string()))?;
        Ok((options, state))
    }

    fn answered(
        &self,
        client_data: &[u8],
        purpose: Purpose,
        whose: &str,
        now: Moment,
    ) -> Result<Challenge, Refused> {
        #[derive(Deserialize)]
        struct ClientData {
            challenge: String,
        }
        let said: ClientData = serde_json::from_slice(client_data).map_err(|_| Refused::Form)?;
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(said.challenge)
            .map_err(|_| Refused::Form)?;
        self.key
            .recognise(&bytes, purpose, whose, now)
            .ok_or(Refused::Challenge)
    }
}

impl Assertion {
    /// Whether a text that stands in place of a verification code is what a passkey said.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        text.starts_with('{')
    }

    /// The id of the credential it says it is.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        self.said.raw_id.as_slice()
    }

    /// Whose it says it is: a passkey that offers itself at the door says so.
    #[must_use]
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.said.get_user_unique_id()
    }

    /// The challenge it answers.
    #[must_use]
    pub const fn challenge(&self) -> &Challenge {
        &self.challenge
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelyingParty(…)")
    }
}

fn read<T: DeserializeOwned>(answer: &str) -> Result<T, Refused> {
    if answer.len() > ANSWER_MAX {
        return Err(Refused::Form);
    }
    serde_json::from_str(answer).map_err(|_| Refused::Form)
}

fn public_key(options: &Value) -> Result<Value, Refused> {
    let inside = options.get("publicKey").cloned();
    inside.ok_or_else(|| Refused::Invalid("the library has another form of options".to_owned()))
}

/// The library's state of a ceremony with our challenge in the place of its own.
fn with_challenge<S: serde::Serialize + DeserializeOwned>(
    state: &S,
    inside: &str,
    challenge: &Challenge,
) -> Result<S, Refused> {
    let odd = |e: serde_json::Error| Refused::Invalid(e.to_string());
    let mut value = serde_json::to_value(state).map_err(odd)?;
    let place = value
        .get_mut(inside)
        .and_then(|state| state.get_mut("challenge"));
    let Some(place) = place.filter(|place| place.is_string()) else {
        return Err(Refused::Invalid(
            "the library has another form of state".to_owned(),
        ));
    };
    *place = json!(BASE64_URL_SAFE_NO_PAD.encode(challenge.bytes()));
    serde_json::from_value(value).map_err(odd)
}

fn invalid(error: WebauthnError) -> Refused {
    match error {
        WebauthnError::CredentialPossibleCompromise => Refused::CounterBack,
        other => Refused::Invalid(other.to_string()),
    }
}
