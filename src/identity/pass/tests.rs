use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::*;
use crate::identity::mac::hmac_sha256;

const ISSUER: &str = "https://lockbox.example";

fn now() -> Moment {
    DateTime::from_timestamp(1_795_282_200, 0).unwrap()
}

fn key(number: u8, signs_from: Moment) -> PassKey {
    PassKey::new(
        PassKeyId(Uuid::from_bytes([number; 16])),
        &[number; 32],
        signs_from,
    )
}

fn ring() -> KeyRing {
    KeyRing::new(vec![key(1, now() - TimeDelta::days(9))])
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn pass() -> Pass {
    Pass {
        id: PassId(Uuid::from_bytes([5; 16])),
        issuer: ISSUER.to_owned(),
        tenant: slug("fabrikam"),
        service: slug("files"),
        engineer: EmailAddress::parse("sam@provider.example").unwrap(),
        request: Reference::parse("LBX-7Q2M-9XKD").unwrap(),
        from: now(),
        until: now() + LASTS,
    }
}

fn text() -> String {
    let ring = ring();
    let signed = ring.signing_at(now()).unwrap().sign(&pass()).unwrap();
    signed.expose_secret().to_owned()
}

fn read_at(ring: &KeyRing, text: &str, now: Moment) -> Result<Pass, Unbelieved> {
    let (tenant, service) = (slug("fabrikam"), slug("files"));
    ring.read(
        text,
        &Expected {
            issuer: ISSUER,
            tenant: &tenant,
            service: &service,
            now,
        },
    )
}

fn read(text: &str) -> Result<Pass, Unbelieved> {
    read_at(&ring(), text, now())
}

fn encoded(part: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(part)
}

fn parts(text: &str) -> [String; 3] {
    let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
    parts.try_into().unwrap()
}

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// A token of any header and claims, signed by the right key: what only a fault of ours could make.
fn signed(header: &str, claims: &str) -> String {
    let signed = format!(
        "{}.{}",
        encoded(header.as_bytes()),
        encoded(claims.as_bytes())
    );
    let signature = SigningKey::from_bytes(&[1; 32]).sign(signed.as_bytes());
    format!("{signed}.{}", encoded(&signature.to_bytes()))
}

/// The right token with some members replaced, signed by the right key.
fn with(header: &[(&str, Value)], claims: &[(&str, Value)]) -> String {
    let [head, body, _] = parts(&text());
    let (mut head, mut body) = (json_of(&head), json_of(&body));
    for (of, changed) in [(&mut head, header), (&mut body, claims)] {
        for (name, value) in changed {
            of[*name] = value.clone();
        }
    }
    signed(&head.to_string(), &body.to_string())
}

#[test]
fn is_read_back() {
    assert_eq!(read(&text()), Ok(pass()));
    let [head, body, _] = parts(&text());
    let kid = "01010101-0101-0101-0101-010101010101";
    assert_eq!(
        json_of(&head),
        json!({"alg": "EdDSA", "kid": kid, "typ": "lockbox-access-pass+jwt"})
    );
    assert_eq!(
        json_of(&body),
        json!({
            "iss": ISSUER, "aud": "service:files", "sub": "sam@provider.example", "tenant": "fabrikam",
            "request": "LBX-7Q2M-9XKD", "iat": 1_795_282_200, "nbf": 1_795_282_200, "exp": 1_795_283_100,
            "jti": "05050505-0505-0505-0505-050505050505",
        })
    );
    assert_eq!(read(&with(&[], &[])), Ok(pass()));
}

#[test]
fn ends_at_its_second_and_begins_at_its_own() {
    let (ring, text) = (ring(), text());
    let last = now() + LASTS - TimeDelta::microseconds(1);
    assert!(read_at(&ring, &text, last).is_ok());
    assert_eq!(
        read_at(&ring, &text, now() + LASTS),
        Err(Unbelieved::Expired)
    );
    assert!(read_at(&ring, &text, now() - AHEAD_OF_US).is_ok());
    let before = now() - AHEAD_OF_US - TimeDelta::microseconds(1);
    assert_eq!(read_at(&ring, &text, before), Err(Unbelieved::NotYet));
    let made_later = with(&[], &[("iat", json!(1_795_282_203))]);
    assert_eq!(read(&made_later), Err(Unbelieved::NotYet));
    let for_long = with(&[], &[("exp", json!(1_795_283_101))]);
    assert_eq!(read(&for_long), Err(Unbelieved::Malformed));
}

#[test]
fn is_for_one_place_only() {
    for (member, value, why) in [
        ("aud", json!("service:mail"), Unbelieved::OtherPlace),
        ("aud", json!("files"), Unbelieved::OtherPlace),
        ("aud", json!(["service:files"]), Unbelieved::Malformed),
        ("tenant", json!("contoso"), Unbelieved::OtherPlace),
        (
            "iss",
            json!("https://lockbox.example/"),
            Unbelieved::OtherIssuer,
        ),
        (
            "iss",
            json!("https://other.example"),
            Unbelieved::OtherIssuer,
        ),
    ] {
        assert_eq!(read(&with(&[], &[(member, value)])), Err(why), "{member}");
    }
}

#[test]
fn no_other_algorithm_or_kind_is_believed() {
    for alg in [
        "none", "None", "HS256", "ES256", "RS256", "eddsa", "Ed25519", "",
    ] {
        let other = with(&[("alg", json!(alg))], &[]);
        assert_eq!(read(&other), Err(Unbelieved::OtherKind), "{alg}");
    }
    for typ in ["JWT", "at+jwt", "LOCKBOX-ACCESS-PASS+JWT", ""] {
        let other = with(&[("typ", json!(typ))], &[]);
        assert_eq!(read(&other), Err(Unbelieved::OtherKind), "{typ}");
    }
    let [head, body, _] = parts(&with(&[("alg", json!("none"))], &[]));
    assert_eq!(read(&format!("{head}.{body}.")), Err(Unbelieved::OtherKind));
    // The public key, which everybody has, used as if it were a shared secret.
    let [head, body, _] = parts(&with(&[("alg", json!("HS256"))], &[]));
    let public = key(1, now()).public();
    let code = hmac_sha256(&public, &[format!("{head}.{body}").as_bytes()]);
    let confused = format!("{head}.{body}.{}", encoded(&code));
    assert_eq!(read(&confused), Err(Unbelieved::OtherKind));
    // The same code under the header of a pass.
    let [head, body, _] = parts(&text());
    let code = hmac_sha256(&public, &[format!("{head}.{body}").as_bytes()]);
    let short = format!("{head}.{body}.{}", encoded(&code));
    assert_eq!(read(&short), Err(Unbelieved::Malformed));
}

#[test]
fn what_was_changed_or_not_signed_is_forged() {
    let [head, body, signature] = parts(&text());
    let mut edited = json_of(&body);
    edited["exp"] = json!(1_795_283_000);
    let edited = encoded(edited.to_string().as_bytes());
    let foreign = SigningKey::from_bytes(&[2; 32]);
    let foreign = foreign.sign(format!("{head}.{body}").as_bytes()).to_bytes();
    for forged in [
        format!("{head}.{edited}.{signature}"),
        format!("{head}..{signature}"),
        format!("{head}.{body}.{}", encoded(&[0; 64])),
        format!("{head}.{body}.{}", encoded(&foreign)),
    ] {
        assert_eq!(read(&forged), Err(Unbelieved::Forged), "{forged}");
    }
    for malformed in [
        format!("{head}.{body}."),
        format!("{head}.{body}"),
        format!("{head}.{body}.{signature}."),
        format!("{head}.{body}.{signature}="),
        format!(" {head}.{body}.{signature}"),
        "lbx_AAAA".to_owned(),
        String::new(),
        "é.é.é".to_owned(),
        format!("{head}.{body}.{signature}{}", "A".repeat(LONGEST)),
    ] {
        assert_eq!(read(&malformed), Err(Unbelieved::Malformed), "{malformed}");
    }
}

/// Each bit of a pass counts.
#[test]
fn every_changed_letter_is_noticed() {
    let whole = text();
    for place in 0..whole.len() {
        let mut changed = whole.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(read(&changed).is_err(), "{place}: {changed}");
    }
}

#[test]
fn a_member_stands_once_and_no_other_stands_there() {
    let [head, body, _] = parts(&text());
    let (head, body) = (json_of(&head).to_string(), json_of(&body).to_string());
    let more = |object: &str, member: &str| object.replacen('{', &format!("{{{member},"), 1);
    for (header, claims) in [
        (more(&head, r#""alg":"none""#), body.clone()),
        (
            more(&head, r#""kid":"01010101-0101-0101-0101-010101010101""#),
            body.clone(),
        ),
        (more(&head, r#""crit":["b64"]"#), body.clone()),
        (
            more(&head, r#""jku":"https://evil.example/""#),
            body.clone(),
        ),
        (head.clone(), more(&body, r#""sub":"eve@provider.example""#)),
        (head.clone(), more(&body, r#""exp":1795283100"#)),
        (head.clone(), more(&body, r#""admin":true"#)),
        (head.clone(), "{}".to_owned()),
        (head.clone(), format!("[{body}]")),
    ] {
        let read = read(&signed(&header, &claims));
        assert_eq!(read, Err(Unbelieved::Malformed), "{header} {claims}");
    }
    let nobody = with(&[], &[("sub", json!("nobody"))]);
    assert_eq!(read(&nobody), Err(Unbelieved::Malformed));
}

#[test]
fn keys_overlap_when_they_are_rotated() {
    let (old, new) = (now() - TimeDelta::days(9), now() + AHEAD);
    let ring = KeyRing::new(vec![key(2, new), key(1, old)]);
    let ids = |at| -> Vec<u8> {
        ring.believed_at(at)
            .map(|key| key.id.0.as_bytes()[0])
            .collect()
    };
    let signing = |at| ring.signing_at(at).map(|key| key.id.0.as_bytes()[0]);
    let moment = TimeDelta::microseconds(1);
    // The new one is shown before it signs, the old one is believed after it has signed its last.
    assert_eq!((signing(now()), ids(now())), (Some(1), vec![1, 2]));
    assert_eq!((signing(new), ids(new)), (Some(2), vec![1, 2]));
    assert_eq!(ids(new + OVERLAP - moment), [1, 2]);
    assert_eq!(ids(new + OVERLAP), [2]);
    assert_eq!(signing(old - moment), None);
    let last = new - moment;
    let (from, until) = life(last, new + LASTS).unwrap();
    let last = Pass {
        from,
        until,
        ..pass()
    };
    let last = ring.signing_at(new - moment).unwrap().sign(&last).unwrap();
    let in_its_last_moment = until - moment;
    assert!(read_at(&ring, last.expose_secret(), in_its_last_moment).is_ok());
    // A key that is not on the ring any more.
    let other = KeyRing::new(vec![key(2, old)]);
    assert_eq!(read_at(&other, &text(), now()), Err(Unbelieved::UnknownKey));
}

#[test]
fn the_keys_are_shown_without_their_secret() {
    let shown = serde_json::to_value(ring().shown_at(now())).unwrap();
    let x = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w";
    let kid = "01010101-0101-0101-0101-010101010101";
    let expected = json!({"keys": [
        {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}
    ]});
    assert_eq!(shown, expected);
}

#[test]
fn lives_in_whole_seconds_and_never_past_the_window() {
    let (second, part) = (TimeDelta::seconds(1), TimeDelta::milliseconds(400));
    let whole = Some((now(), now() + LASTS));
    assert_eq!(life(now(), now() + TimeDelta::hours(4)), whole);
    assert_eq!(life(now() + part, now() + TimeDelta::hours(4)), whole);
    let window = now() + second + part;
    assert_eq!(life(now(), window), Some((now(), now() + second)));
    assert_eq!(life(now() + second, window), None);
    assert_eq!(life(window, window), None);
}

#[test]
fn prints_nothing() {
    let shown = format!("{:?}", key(1, now()));
    assert_eq!(shown, "PassKey(01010101-0101-0101-0101-010101010101, …)");
}
