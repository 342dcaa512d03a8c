//! What somebody could show at a gate instead of the right pass, each by its name; and what they could ask for with the
//! right one so that the gate and the system behind it read it differently. PROOF rows 3, 10, 13.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use chrono::TimeDelta;
use lockbox::acts::decide;
use lockbox::domain::request::Request;
use lockbox::domain::text::Prose;
use lockbox::identity::sealed::Place;
use lockbox::store::pass_keys;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::forward_auth::{active_with, is};
use crate::world::gate::{Gate, answered, pass_for};
use crate::world::{World, stories};

/// A pass taken to pieces.
struct Pieces {
    header: Value,
    claims: Value,
    signature: String,
    /// The deployment's own key: what only a fault of ours, or a thief, could sign with.
    key: Ed25519KeyPair,
    /// Its public half, which everybody is shown.
    public: Vec<u8>,
}

impl Pieces {
    fn of(world: &World, pass: &str) -> Self {
        let [header, claims, signature] = parts(pass);
        let (header, claims) = (json_of(&header), json_of(&claims));
        let stored = world.lockbox.store.read(pass_keys::all).unwrap();
        let stored = stored
            .iter()
            .find(|stored| json!(stored.id) == header["kid"])
            .unwrap();
        let place = Place {
            table: "pass_keys",
            column: "sealed_seed",
            row: stored.id.0.as_bytes(),
        };
        let opened = world.lockbox.secret_key.open(&place, &stored.sealed_seed);
        let opened = opened.unwrap();
        let seed = opened.expose_secret().as_slice();
        let key = Ed25519KeyPair::from_seed_unchecked(seed).unwrap();
        let public = key.public_key().as_ref().to_vec();
        Self {
            header,
            claims,
            signature,
            key,
            public,
        }
    }

    /// The right header with other members; `null` takes a member away.
    fn header(&self, changes: &[(&str, Value)]) -> Value {
        changed(&self.header, changes)
    }

    /// The right claims with other members.
    fn claims(&self, changes: &[(&str, Value)]) -> Value {
        changed(&self.claims, changes)
    }

    /// Signed by the deployment's own key.
    fn signed(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        let signature = self.key.sign(text.as_bytes());
        format!("{text}.{}", encoded(signature.as_ref()))
    }

    fn with_header(&self, changes: &[(&str, Value)]) -> String {
        self.signed(&self.header(changes), &self.claims)
    }

    fn with_claims(&self, changes: &[(&str, Value)]) -> String {
        self.signed(&self.header, &self.claims(changes))
    }

    /// Other claims under the signature of the right ones.
    fn edited(&self, changes: &[(&str, Value)]) -> String {
        let text = unsigned(&self.header, &self.claims(changes));
        format!("{text}.{}", self.signature)
    }

    fn seconds(&self, claim: &str) -> i64 {
        self.claims[claim].as_i64().unwrap()
    }
}

fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn parts(pass: &str) -> [String; 3] {
    let parts: Vec<String> = pass.split('.').map(str::to_owned).collect();
    parts.try_into().unwrap()
}

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn changed(object: &Value, changes: &[(&str, Value)]) -> Value {
    let mut object = object.as_object().unwrap().clone();
    for (name, value) in changes {
        if value.is_null() {
            object.remove(*name).expect("a member that is there");
        } else {
            object.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(object)
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let (header, claims) = (header.to_string(), claims.to_string());
    format!(
        "{}.{}",
        encoded(header.as_bytes()),
        encoded(claims.as_bytes())
    )
}

/// Signed by a key that is not the deployment's.
fn signed_elsewhere(header: &Value, claims: &Value) -> String {
    let text = unsigned(header, claims);
    let key = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    format!("{text}.{}", encoded(key.sign(text.as_bytes()).as_ref()))
}

/// With a code by the public key, as if it were a shared secret.
fn with_code(of: &Pieces, header: &Value) -> String {
    let text = unsigned(header, &of.claims);
    let secret = hmac::Key::new(hmac::HMAC_SHA256, &of.public);
    let code = hmac::sign(&secret, text.as_bytes());
    format!("{text}.{}", encoded(code.as_ref()))
}

/// Signed on P-256, by somebody's key.
fn signed_on_p256(of: &Pieces, header: &Value) -> String {
    let text = unsigned(header, &of.claims);
    let (kind, dice) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let key = EcdsaKeyPair::generate_pkcs8(kind, &dice).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(kind, key.as_ref(), &dice).unwrap();
    let signature = key.sign(&dice, text.as_bytes()).unwrap();
    format!("{text}.{}", encoded(signature.as_ref()))
}

fn enough() -> Prose {
    Prose::parse("Enough seen.").unwrap()
}

/// Ivo's live access to one mailbox, for reading.
fn reading_one_mailbox(world: &World) -> Request {
    active_with(world, &["mailbox/kim@fabrikam.example"], &["read"])
}

stories! {
    async fn what_was_not_signed_here_as_it_is_is_not_believed(world: &World) {
        let request = world.active();
        let gate = Gate::of(world, "exchange-online");
        let (pass, another) = (pass_for(world, &request), pass_for(world, &request));
        let of = &Pieces::of(world, &pass);
        let right = unsigned(&of.header, &of.claims);
        let [_, _, signature_of_another] = parts(&another);
        let nobodys = json!("00000000-0000-7000-8000-000000000000");
        let alg = |name: &str| of.header(&[("alg", json!(name))]);
        let without_signature = |header: &Value| format!("{}.", unsigned(header, &of.claims));
        for (name, text, why) in [
            ("another key", signed_elsewhere(&of.header, &of.claims), "pass_forged"),
            ("another key under a kid of its own", signed_elsewhere(&of.header(&[("kid", nobodys.clone())]), &of.claims), "pass_key_unknown"),
            ("an unknown kid", of.with_header(&[("kid", nobodys)]), "pass_key_unknown"),
            ("a kid that is no id", of.with_header(&[("kid", json!("../../etc/passwd"))]), "pass_malformed"),
            ("no kid", of.with_header(&[("kid", Value::Null)]), "pass_malformed"),
            ("the signature of another pass", format!("{right}.{signature_of_another}"), "pass_forged"),
            ("a signature of zeros", format!("{right}.{}", encoded(&[0; 64])), "pass_forged"),
            ("an empty signature", format!("{right}."), "pass_malformed"),
            ("no signature", right.clone(), "pass_malformed"),
            ("a fourth part", format!("{right}.{}.{}", of.signature, of.signature), "pass_malformed"),
            ("a later end", of.edited(&[("exp", json!(of.seconds("exp") + 60))]), "pass_forged"),
            ("another engineer", of.edited(&[("sub", json!("mina@provider.example"))]), "pass_forged"),
            ("another request", of.edited(&[("request", json!("LBX-0000-0000"))]), "pass_forged"),
            ("another service", of.edited(&[("aud", json!("service:teams"))]), "pass_forged"),
            ("another tenant", of.edited(&[("tenant", json!("contoso"))]), "pass_forged"),
            ("alg none without a signature", without_signature(&alg("none")), "pass_of_other_kind"),
            ("alg none with the right key's signature", of.with_header(&[("alg", json!("none"))]), "pass_of_other_kind"),
            ("alg nOnE", without_signature(&alg("nOnE")), "pass_of_other_kind"),
            ("alg HS256 with the public key as its secret", with_code(of, &alg("HS256")), "pass_of_other_kind"),
            ("a code by the public key under the right header", with_code(of, &of.header), "pass_malformed"),
            ("alg ES256", signed_on_p256(of, &alg("ES256")), "pass_of_other_kind"),
            ("a signature on P-256 under the right header", signed_on_p256(of, &of.header), "pass_forged"),
            ("alg RS256", of.with_header(&[("alg", json!("RS256"))]), "pass_of_other_kind"),
            ("alg eddsa", of.with_header(&[("alg", json!("eddsa"))]), "pass_of_other_kind"),
            ("alg in an array", of.with_header(&[("alg", json!(["EdDSA"]))]), "pass_malformed"),
            ("no alg", of.with_header(&[("alg", Value::Null)]), "pass_malformed"),
            ("typ JWT", of.with_header(&[("typ", json!("JWT"))]), "pass_of_other_kind"),
            ("typ of an access token", of.with_header(&[("typ", json!("at+jwt"))]), "pass_of_other_kind"),
            ("typ as a whole media type", of.with_header(&[("typ", json!("application/lockbox-access-pass+jwt"))]), "pass_of_other_kind"),
            ("no typ", of.with_header(&[("typ", Value::Null)]), "pass_of_other_kind"),
            ("a key that it brings along", of.with_header(&[("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(&of.public)}))]), "pass_malformed"),
            ("an address of keys", of.with_header(&[("jku", json!("https://evil.example/jwks.json"))]), "pass_malformed"),
            ("something critical", of.with_header(&[("crit", json!(["b64"])), ("b64", json!(false))]), "pass_malformed"),
        ] {
            assert_eq!(gate.asks(&text, "GET", "/").await, is(401, why), "{name}");
        }
        for right in [&pass, &another, &of.with_claims(&[])] {
            assert_eq!(gate.asks(right, "GET", "/").await, is(200, ""));
        }
    }

    async fn what_our_own_key_never_signs_is_not_believed_either(world: &World) {
        let request = world.active();
        let gate = Gate::of(world, "exchange-online");
        let of = &Pieces::of(world, &pass_for(world, &request));
        let (from, until) = (of.seconds("nbf"), of.seconds("exp"));
        for claim in ["iss", "aud", "sub", "tenant", "request", "iat", "nbf", "exp", "jti"] {
            for (name, value) in [("none", Value::Null), ("of another type", json!({}))] {
                let text = of.with_claims(&[(claim, value)]);
                assert_eq!(gate.asks(&text, "GET", "/").await, is(401, "pass_malformed"), "{claim}: {name}");
            }
        }
        for (name, changes, why) in [
            ("a claim more", vec![("admin", json!(true))], "pass_malformed"),
            ("the audience of another service", vec![("aud", json!("service:teams"))], "pass_for_other_place"),
            ("the audience without its kind", vec![("aud", json!("exchange-online"))], "pass_for_other_place"),
            ("several audiences", vec![("aud", json!(["service:exchange-online", "service:teams"]))], "pass_malformed"),
            ("another tenant", vec![("tenant", json!("contoso"))], "pass_for_other_place"),
            ("another issuer", vec![("iss", json!("https://lockbox.evil.example"))], "pass_of_other_issuer"),
            ("an issuer with a slash more", vec![("iss", json!(format!("{}/", of.claims["iss"].as_str().unwrap())))], "pass_of_other_issuer"),
            ("an end in this second", vec![("iat", json!(from - 900)), ("nbf", json!(from - 900)), ("exp", json!(from))], "pass_expired"),
            ("an end long ago", vec![("iat", json!(from - 9_000)), ("nbf", json!(from - 9_000)), ("exp", json!(from - 8_100))], "pass_expired"),
            ("a beginning that is to come", vec![("nbf", json!(from + 3))], "pass_not_valid_yet"),
            ("made in the future", vec![("iat", json!(from + 3))], "pass_not_valid_yet"),
            ("a life beyond 15 minutes", vec![("exp", json!(until + 1))], "pass_malformed"),
            ("an end beyond all time", vec![("exp", json!(i64::MAX))], "pass_malformed"),
            ("an end in parts of a second", vec![("exp", json!(1.5))], "pass_malformed"),
            ("an end in words", vec![("exp", json!(until.to_string()))], "pass_malformed"),
            ("an engineer who is no address", vec![("sub", json!("ivo"))], "pass_malformed"),
            ("a reference that is none", vec![("request", json!("LBX-1"))], "pass_malformed"),
            ("an id that is none", vec![("jti", json!("1"))], "pass_malformed"),
        ] {
            let text = of.with_claims(&changes);
            assert_eq!(gate.asks(&text, "GET", "/").await, is(401, why), "{name}");
        }
        // Who comes and under which request counts, even where the deployment's own key says so.
        for (name, claim, other) in [
            ("an engineer without access", "sub", "mina@provider.example"),
            ("an engineer whom nobody knows", "sub", "nobody@provider.example"),
            ("a request that never was", "request", "LBX-0000-0000"),
        ] {
            let text = of.with_claims(&[(claim, json!(other))]);
            assert_eq!(gate.asks(&text, "GET", "/").await, is(403, "no_active_access"), "{name}");
        }
        assert_eq!(gate.asks(&of.with_claims(&[]), "GET", "/").await, is(200, ""));
    }

    async fn a_pass_shown_again_elsewhere_or_later_opens_nothing(world: &World) {
        let (over, live) = (world.active(), world.active());
        let gate = Gate::of(world, "exchange-online");
        let (of_over, pass) = (pass_for(world, &over), pass_for(world, &live));
        decide::revoke(&world.lockbox, &world.fresh("kim"), &over.reference, enough()).unwrap();
        assert_eq!(gate.asks(&of_over, "GET", "/").await, is(403, "no_active_access"), "for another request that is live");
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(200, ""), "as often as it is shown while it is live");
        for (name, address) in [
            ("another service", "/forward-auth/fabrikam/teams"),
            ("another tenant", "/forward-auth/contoso/exchange-online"),
            ("a service that is not there", "/forward-auth/fabrikam/nothing"),
        ] {
            let elsewhere = Gate::of(world, "exchange-online").at(address);
            assert_eq!(elsewhere.asks(&pass, "GET", "/").await, is(401, "pass_for_other_place"), "{name}");
        }
        world.pass(TimeDelta::minutes(15));
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(401, "pass_expired"), "after its time, though the access is live");
        assert_eq!(gate.asks(&pass_for(world, &live), "GET", "/").await, is(200, ""));
        decide::finish(&world.lockbox, &world.fresh("ivo"), &live.reference).unwrap();
        let again = world.active();
        assert_eq!(gate.asks(&pass_for(world, &again), "GET", "/").await, is(200, ""));
        assert_eq!(gate.asks(&pass, "GET", "/").await, is(401, "pass_expired"));
    }

    async fn who_shows_two_passes_or_none_in_its_place_is_refused(world: &World) {
        let request = world.active();
        let gate = Gate::of(world, "exchange-online");
        let [one, two] = [(); 2].map(|()| pass_for(world, &request));
        let [bearer_one, bearer_two] = [&one, &two].map(|pass| format!("Bearer {pass}"));
        let (basic, listed) = (format!("Basic {one}"), format!("{bearer_one}, {bearer_two}"));
        let (cookie, in_query) = (format!("X-Lockbox-Pass={one}"), format!("/?access_token={one}"));
        let [one, two, bearer_one, bearer_two] = [&one, &two, &bearer_one, &bearer_two].map(String::as_str);
        let [basic, listed, cookie, in_query] = [&basic, &listed, &cookie, &in_query].map(String::as_str);
        let get = [("x-original-method", "GET"), ("x-original-uri", "/")];
        for (name, shown, why) in [
            ("the same one twice", vec![("authorization", bearer_one), ("authorization", bearer_one)], "pass_twice"),
            ("two in Authorization", vec![("authorization", bearer_one), ("authorization", bearer_two)], "pass_twice"),
            ("two in X-Lockbox-Pass", vec![("x-lockbox-pass", one), ("x-lockbox-pass", two)], "pass_twice"),
            ("one in each header", vec![("authorization", bearer_one), ("x-lockbox-pass", two)], "pass_twice"),
            ("a right one and a wrong one", vec![("authorization", bearer_one), ("x-lockbox-pass", "x")], "pass_twice"),
            ("two in one header", vec![("authorization", listed)], "pass_malformed"),
            ("another scheme", vec![("authorization", basic)], "pass_missing"),
            ("no scheme", vec![("authorization", one)], "pass_missing"),
            ("a cookie", vec![("cookie", cookie)], "pass_missing"),
            ("nothing", vec![], "pass_missing"),
            ("an empty one", vec![("x-lockbox-pass", "")], "pass_malformed"),
        ] {
            let headers: Vec<(&str, &str)> = shown.into_iter().chain(get).collect();
            assert_eq!(answered(&gate.call("GET", &headers).await), is(401, why), "{name}");
        }
        let by_query = [("x-original-method", "GET"), ("x-original-uri", in_query)];
        assert_eq!(answered(&gate.call("GET", &by_query).await), is(401, "pass_missing"), "the query");
        let two_keys = [("authorization", bearer_one), ("x-lockbox-key", world.demo.api_key.as_str()), get[0], get[1]];
        assert_eq!(answered(&gate.call("GET", &two_keys).await), is(401, ""), "two keys of the proxy");
        assert_eq!(gate.asks(one, "GET", "/").await, is(200, ""));
    }

    /// None of these leaves the one mailbox, and none enters it by a way that another reader takes for a different one.
    async fn no_spelling_of_a_path_leads_out_of_the_scope(world: &World) {
        let request = reading_one_mailbox(world);
        let pass = pass_for(world, &request);
        let gate = Gate::of(world, "exchange-online");
        let (unclear, outside) = ("request_unclear", "out_of_scope");
        for (name, target, why) in [
            ("dots", "/mailbox/kim@fabrikam.example/../ada", unclear),
            ("encoded dots", "/mailbox/kim@fabrikam.example/%2e%2e/ada", unclear),
            ("encoded dots in capitals", "/mailbox/kim@fabrikam.example/%2E%2E/ada", unclear),
            ("encoded dots in both cases", "/mailbox/kim@fabrikam.example/%2e%2E/ada", unclear),
            ("one dot encoded", "/mailbox/kim@fabrikam.example/.%2e/ada", unclear),
            ("dots encoded twice", "/mailbox/kim@fabrikam.example/%252e%252e/ada", unclear),
            ("dots encoded as IIS reads them", "/mailbox/kim@fabrikam.example/%u002e%u002e/ada", unclear),
            ("dots in overlong UTF-8", "/mailbox/kim@fabrikam.example/%c0%ae%c0%ae/ada", unclear),
            ("wide dots", "/mailbox/kim@fabrikam.example/%EF%BC%8E%EF%BC%8E/ada", unclear),
            ("dots with a parameter", "/mailbox/kim@fabrikam.example/..;/ada", unclear),
            ("encoded dots with an encoded parameter", "/mailbox/kim@fabrikam.example/%2e%2e%3b/ada", unclear),
            ("dots with a space", "/mailbox/kim@fabrikam.example/..%20/ada", unclear),
            ("three dots", "/mailbox/kim@fabrikam.example/.../ada", unclear),
            ("dots at the end", "/mailbox/kim@fabrikam.example/..", unclear),
            ("a dot", "/mailbox/./kim@fabrikam.example", unclear),
            ("an encoded slash", "/mailbox%2fkim@fabrikam.example", unclear),
            ("an encoded slash in capitals", "/mailbox%2Fkim@fabrikam.example", unclear),
            ("encoded slashes around dots", "/mailbox/kim@fabrikam.example%2f..%2Fada", unclear),
            ("a slash encoded twice", "/mailbox/kim@fabrikam.example%252f..%252fada", unclear),
            ("a wide slash", "/mailbox/kim@fabrikam.example%EF%BC%8F..%EF%BC%8Fada", unclear),
            ("a doubled slash", "/mailbox//kim@fabrikam.example", unclear),
            ("a doubled slash at the front", "//mailbox/kim@fabrikam.example", unclear),
            ("a doubled slash at the end", "/mailbox/kim@fabrikam.example//", unclear),
            ("a doubled slash after dots", "/mailbox/kim@fabrikam.example/..//ada", unclear),
            ("a backslash", "/mailbox\\kim@fabrikam.example", unclear),
            ("backslashes around dots", "/mailbox/kim@fabrikam.example\\..\\ada", unclear),
            ("an encoded backslash", "/mailbox/kim@fabrikam.example%5c..%5Cada", unclear),
            ("an encoded NUL", "/mailbox/kim@fabrikam.example%00/../ada", unclear),
            ("an encoded new line", "/mailbox/kim@fabrikam.example%0d%0aX-Y:z", unclear),
            ("an encoded question mark", "/mailbox/kim@fabrikam.example%3f/../ada", unclear),
            ("an encoded number sign", "/mailbox/kim@fabrikam.example%23/../ada", unclear),
            ("a number sign", "/mailbox/kim@fabrikam.example#/../ada", unclear),
            ("half an encoding", "/mailbox/kim@fabrikam.example%2", unclear),
            ("a whole address", "http://content.example/mailbox/kim@fabrikam.example", unclear),
            ("an asterisk", "*", unclear),
            ("no slash at the front", "mailbox/kim@fabrikam.example", unclear),
            ("nothing", "", unclear),
            ("a parameter on the name", "/mailbox/kim@fabrikam.example;v=1", outside),
            ("a parameter on the folder", "/mailbox;v=1/kim@fabrikam.example", outside),
            ("a dot after the name", "/mailbox/kim@fabrikam.example.", outside),
            ("a space after the name", "/mailbox/kim@fabrikam.example%20", outside),
            ("capitals", "/MAILBOX/kim@fabrikam.example", outside),
            ("a longer name", "/mailbox/kim@fabrikam.example2", outside),
            ("the folder above", "/mailbox/", outside),
            ("another mailbox behind a query", "/mailbox/ada?/mailbox/kim@fabrikam.example", outside),
        ] {
            assert_eq!(gate.asks(&pass, "GET", target).await, is(403, why), "{name}: {target}");
        }
        for (name, target) in [
            ("as it is", "/mailbox/kim@fabrikam.example"),
            ("with a letter encoded", "/mailbox/%6bim%40fabrikam.example/a"),
            ("with the same letter in capitals", "/mailbox/%6Bim@fabrikam.example/a"),
            ("with a query that is nobody's path", "/mailbox/kim@fabrikam.example?next=/../ada"),
            ("with a parameter below it", "/mailbox/kim@fabrikam.example/a;v=1"),
        ] {
            assert_eq!(gate.asks(&pass, "GET", target).await, is(200, ""), "{name}: {target}");
        }
    }

    async fn no_header_and_no_odd_method_makes_a_reading_a_writing(world: &World) {
        let request = reading_one_mailbox(world);
        let pass = pass_for(world, &request);
        let gate = Gate::of(world, "exchange-online");
        let inside = "/mailbox/kim@fabrikam.example";
        let bearer = format!("Bearer {pass}");
        let held = [("authorization", bearer.as_str()), ("x-original-method", "GET"), ("x-original-uri", inside)];
        assert_eq!(answered(&gate.call("GET", &held).await), is(200, ""));
        for more in [
            ("x-http-method-override", "PUT"),
            ("X-HTTP-Method-Override", "GET"),
            ("x-http-method", "DELETE"),
            ("x-method-override", "DELETE"),
            ("x-method-override", ""),
            ("x-original-url", "/mailbox/ada"),
            ("x-rewrite-url", "/mailbox/ada"),
            ("x-original-uri", "/mailbox/ada"),
            ("x-original-uri", inside),
            ("x-forwarded-uri", "/mailbox/ada"),
            ("x-original-method", "PUT"),
            ("x-original-method", "GET"),
            ("x-forwarded-method", "PUT"),
        ] {
            let headers: Vec<(&str, &str)> = held.into_iter().chain([more]).collect();
            assert_eq!(answered(&gate.call("GET", &headers).await), is(403, "request_unclear"), "{more:?}");
        }
        for (method, why) in [
            ("PUT", "out_of_scope"),
            ("POST", "out_of_scope"),
            ("PATCH", "out_of_scope"),
            ("DELETE", "out_of_scope"),
            ("TRACE", "out_of_scope"),
            ("CONNECT", "out_of_scope"),
            ("PROPFIND", "out_of_scope"),
            ("GETX", "out_of_scope"),
            ("get", "request_unclear"),
            ("Get", "request_unclear"),
            ("GET,PUT", "request_unclear"),
            ("GET PUT", "request_unclear"),
            ("", "request_unclear"),
        ] {
            assert_eq!(gate.asks(&pass, method, inside).await, is(403, why), "{method}");
        }
        // What the proxy's own call is made with says nothing of the request that it holds.
        for method in ["POST", "PUT", "DELETE"] {
            assert_eq!(answered(&gate.call(method, &held).await), is(200, ""), "{method}");
        }
    }
}
