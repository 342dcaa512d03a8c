use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use super::*;

const ISSUER: &str = "https://login.example";

fn now() -> Moment {
    DateTime::from_timestamp(1_795_282_200, 0).unwrap()
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn keys() -> Keys {
    let x = base64(pair(1).public_key());
    let shown = json!({"keys": [
        {"kty": "oct", "kid": "shared", "k": base64("secret")},
        {"kty": "OKP", "crv": "Ed25519", "kid": "other-use", "use": "enc", "x": x},
        {"kty": "OKP", "crv": "Ed25519", "kid": "one", "use": "sig", "alg": "EdDSA", "x": x},
        {"kty": "OKP", "crv": "Ed25519", "kid": "for-es256", "alg": "ES256", "x": x},
    ]});
    Keys::parse(shown.to_string().as_bytes()).unwrap()
}

fn head() -> Value {
    json!({"alg": "EdDSA", "kid": "one", "typ": "JWT"})
}

fn body() -> Value {
    let at = now().timestamp();
    json!({
        "iss": ISSUER, "sub": "kim-1", "aud": "lockbox", "exp": at + 300, "iat": at, "nonce": "n-1", "auth_time": at - 600,
        "email": "Kim@Fabrikam.Example", "email_verified": true,
    })
}

fn signed(head: &Value, body: &Value, by: u8) -> String {
    let text = format!("{}.{}", base64(head.to_string()), base64(body.to_string()));
    let signature = base64(pair(by).sign(text.as_bytes()));
    format!("{text}.{signature}")
}

fn read_it(token: &str) -> Result<Claims, OidcError> {
    let issuer = Issuer::parse(ISSUER).unwrap();
    let expected = Expected {
        issuer: &issuer,
        client_id: "lockbox",
        nonce: "n-1",
        proof_since: now() - TimeDelta::hours(1),
        now: now(),
    };
    read(token, &keys(), &expected)
}

fn with(changes: &[(&str, Value)]) -> Result<Claims, OidcError> {
    let mut body = body();
    for (claim, value) in changes {
        body[claim] = value.clone();
    }
    read_it(&signed(&head(), &body, 1))
}

fn refused(result: Result<Claims, OidcError>, words: &str) {
    let said = result.unwrap_err().to_string();
    assert!(said.contains(words), "{said} instead of {words}");
}

#[test]
fn a_right_token_is_read() {
    let claims = with(&[("aud", json!(["lockbox"])), ("azp", json!("lockbox"))]).unwrap();
    assert_eq!(claims.subject.as_str(), "kim-1");
    let email = claims.verified_email().unwrap();
    assert_eq!(email.as_str(), "kim@fabrikam.example");
    assert_eq!(claims.auth_time, now() - TimeDelta::minutes(10));
    // Without the name of its key, every key that fits is tried.
    let nameless = json!({"alg": "EdDSA"});
    assert!(read_it(&signed(&nameless, &body(), 1)).is_ok());
}

#[test]
fn what_is_not_signed_with_a_key_of_the_provider_in_an_accepted_way_is_refused() {
    let head = |member: &str, value: Value| {
        let mut head = head();
        head[member] = value;
        head
    };
    let not_accepted = "not accepted";
    for (head, words) in [
        (head("alg", json!("none")), not_accepted),
        (head("alg", json!("None")), not_accepted),
        (head("alg", json!("HS256")), not_accepted),
        (head("alg", json!("HS512")), not_accepted),
        (head("alg", json!("RS1")), not_accepted),
        (head("alg", json!("RS256")), "signature is wrong"),
        (head("alg", json!("ES256")), "signature is wrong"),
        (head("kid", json!("for-es256")), "signature is wrong"),
        (head("kid", json!("other-use")), "not among"),
        (head("kid", json!("shared")), "not among"),
        (head("kid", json!("another")), "not among"),
        (head("crit", json!(["b64"])), "another kind"),
        (head("typ", json!("at+jwt")), "another kind"),
    ] {
        refused(read_it(&signed(&head, &body(), 1)), words);
    }
    refused(
        read_it(&signed(&super::tests::head(), &body(), 2)),
        "signature is wrong",
    );
}

#[test]
fn the_public_key_is_no_secret_to_sign_with() {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let head = json!({"alg": "HS256", "kid": "one"});
    let text = format!(
        "{}.{}",
        base64(head.to_string()),
        base64(body().to_string())
    );
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(pair(1).public_key().as_ref()).unwrap();
    mac.update(text.as_bytes());
    let token = format!("{text}.{}", base64(mac.finalize().into_bytes()));
    refused(read_it(&token), "not accepted");
}

#[test]
fn a_text_that_was_changed_or_cut_is_refused() {
    let token = signed(&head(), &body(), 1);
    let mut other = body();
    other["sub"] = json!("ada-1");
    let parts: Vec<&str> = token.split('.').collect();
    let swapped = format!("{}.{}.{}", parts[0], base64(other.to_string()), parts[2]);
    refused(read_it(&swapped), "signature is wrong");
    refused(
        read_it(&format!("{}.{}.", parts[0], parts[1])),
        "signature is wrong",
    );
    for text in [
        "",
        ".",
        "..",
        "a.b",
        parts[0],
        &token[1..],
        &"x".repeat(TOKEN_MAX + 1),
    ] {
        refused(read_it(text), "not a signed token");
    }
    refused(read_it(&format!("{token}.")), "not valid");
}

#[test]
fn a_token_for_somebody_else_is_refused() {
    for (claim, value, words) in [
        ("iss", json!("https://login.example/"), "another issuer"),
        ("iss", json!("https://evil.example"), "another issuer"),
        ("aud", json!("other"), "another client"),
        ("aud", json!(["lockbox", "other"]), "several audiences"),
        ("aud", json!([]), "several audiences"),
        ("azp", json!("other"), "given to another client"),
        ("nonce", json!("n-2"), "another attempt"),
        ("nonce", Value::Null, "another attempt"),
        ("sub", json!(""), "subject"),
        ("sub", json!("k\u{131}m"), "subject"),
        ("sub", json!(7), "not readable"),
        ("amr", json!("mfa"), "not readable"),
    ] {
        refused(with(&[(claim, value)]), words);
    }
}

#[test]
fn a_token_counts_for_its_time_and_a_minute_around_it() {
    let at = |seconds: i64| json!(now().timestamp() + seconds);
    for (claim, good, bad, words) in [
        ("exp", -59, -60, "expired"),
        ("iat", 60, 61, "in the future"),
        ("iat", -599, -600, "too old"),
        ("nbf", 60, 61, "not valid yet"),
        ("auth_time", 60, 61, "in the future"),
        ("auth_time", -3660, -3661, "older than was asked for"),
    ] {
        assert!(with(&[(claim, at(good))]).is_ok(), "{claim} {good}");
        refused(with(&[(claim, at(bad))]), words);
    }
    refused(with(&[("exp", json!(i64::MAX))]), "out of range");
    refused(with(&[("exp", Value::Null)]), "not readable");
    assert!(with(&[("exp", json!(Moment::MAX_UTC.timestamp()))]).is_ok());
    for value in [Moment::MAX_UTC, Moment::MIN_UTC] {
        assert!(with(&[("auth_time", json!(value.timestamp()))]).is_err());
    }
    // What was asked for by its age says its time.
    refused(with(&[("auth_time", Value::Null)]), "send auth_time");
    // Nobody has shown a factor later than now.
    let claims = with(&[("auth_time", at(30))]).unwrap();
    assert_eq!(claims.auth_time, now());
}

#[test]
fn only_a_plain_true_verifies_an_address() {
    for value in [json!(false), json!("true"), json!(1), Value::Null] {
        let claims = with(&[("email_verified", value.clone())]).unwrap();
        assert_eq!(claims.verified_email(), None, "{value}");
    }
    let claims = with(&[("email", json!("Kim <kim@fabrikam.example>"))]).unwrap();
    assert_eq!(claims.verified_email(), None);
}

#[test]
fn a_second_factor_is_what_the_token_says_of_it() {
    let says = |amr: Value, acr: Value| {
        let claims = with(&[("amr", amr), ("acr", acr)]).unwrap();
        claims.has_second_factor(&["urn:strong"])
    };
    assert!(says(json!(["mfa"]), Value::Null));
    assert!(says(json!(["mca"]), Value::Null));
    assert!(says(json!([]), json!("urn:strong")));
    assert!(says(json!(["otp"]), json!("urn:strong")));
    let (had, known) = (
        ["otp", "hwk", "sc", "swk"],
        ["pwd", "pin", "fpt", "face", "iris", "user"],
    );
    for one in had {
        for other in known {
            assert!(says(json!([other, one]), Value::Null), "{other} and {one}");
        }
    }
    // One factor is one, by however many words, and two things had are no proof of who has them.
    for one in had.iter().chain(&known) {
        assert!(!says(json!([one]), Value::Null), "{one} alone");
    }
    assert!(!says(json!(had), Value::Null));
    assert!(!says(json!(known), Value::Null));
    assert!(!says(json!(["pwd"]), json!("urn:weak")));
    assert!(!says(json!([]), Value::Null));
    assert!(!says(json!(["MFA", "pwd mfa"]), json!("urn:strong ")));
}

#[test]
fn groups_are_a_list_of_names() {
    let groups = |value: Value| {
        let claims = with(&[("groups", value)]).unwrap();
        claims
            .groups("groups")
            .map(|groups| groups.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(groups(json!(["a", "b"])).unwrap(), ["a", "b"]);
    assert_eq!(groups(json!("a")).unwrap(), ["a"]);
    assert!(groups(Value::Null).unwrap().is_empty());
    for value in [json!(7), json!({"a": true}), json!(["a", 7])] {
        assert!(groups(value.clone()).is_err(), "{value}");
    }
}

#[test]
fn another_answer_adds_and_changes_nothing() {
    let mut claims = with(&[]).unwrap();
    let answer = json!({"sub": "kim-1", "email": "evil@fabrikam.example", "groups": ["a"]});
    claims.learn(answer.as_object().unwrap().clone()).unwrap();
    let email = claims.verified_email().unwrap();
    assert_eq!(email.as_str(), "kim@fabrikam.example");
    assert_eq!(claims.groups("groups").unwrap(), ["a"]);
    // Nor does one answer verify what the other names.
    for (token, answer) in [
        (
            json!({"email": "kim@fabrikam.example"}),
            json!({"email_verified": true}),
        ),
        (
            json!({"email_verified": true}),
            json!({"email": "kim@fabrikam.example"}),
        ),
        (
            json!({"email": "kim@fabrikam.example", "email_verified": false}),
            json!({"email": "kim@fabrikam.example", "email_verified": true}),
        ),
        (
            json!({"email_verified": true}),
            json!({"email": "kim@fabrikam.example", "email_verified": false}),
        ),
    ] {
        let mut claims = with(&[]).unwrap();
        claims.more = token.as_object().unwrap().clone();
        let mut answer = answer.as_object().unwrap().clone();
        answer.insert("sub".to_owned(), json!("kim-1"));
        claims.learn(answer).unwrap();
        assert_eq!(claims.verified_email(), None, "{token}");
    }
    let mut claims = with(&[]).unwrap();
    claims.more = Map::new();
    let answer = json!({"sub": "kim-1", "email": "kim@fabrikam.example", "email_verified": true});
    claims.learn(answer.as_object().unwrap().clone()).unwrap();
    assert!(
        claims.verified_email().is_some(),
        "one answer names it and verifies it"
    );
    for sub in [json!("ada-1"), Value::Null] {
        let answer = json!({"sub": sub, "groups": ["b"]});
        assert!(claims.learn(answer.as_object().unwrap().clone()).is_err());
    }
}
