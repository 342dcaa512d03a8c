//! Every secret that a world hands out or takes, so that at its end none of them stands in the log. Pages, mails, cookies,
//! forms and answers are looked through as they pass by, at every door and in real browsers: a new page is among them
//! without anybody remembering.

use std::collections::BTreeSet;
use std::sync::Mutex;

use lockbox::demo::DemoFile;

use super::identity_provider::CLIENT;
use super::page::{Form, Page};
use super::{World, journal};

/// What is shorter stands in a log by chance.
const LENGTH_MIN: usize = 12;

/// The fields of forms whose values are secrets. What was typed for a code is looked for with its field's name.
const FIELDS: [&str; 9] = [
    "app",
    "code",
    "csrf",
    "current",
    "link",
    "passkey",
    "password",
    "recovery_code",
    "secret",
];

/// What stands before a secret on a page or in an address, and what after it.
const MARKS: [(&str, char); 7] = [
    ("name=\"csrf\" value=\"", '"'),
    ("name=\"app\" value=\"", '"'),
    ("name=\"link\" value=\"", '"'),
    ("Secret <code>", '<'),
    ("<li><code>", '<'),
    ("state=", '&'),
    ("nonce=", '&'),
];

/// How secrets begin that are known wherever they stand: API keys, secrets of webhooks, access passes.
const SHAPES: [&str; 3] = ["lbx_", "whsec_", "eyJ"];

/// The secrets of a world, and where its log begins.
pub struct Secrets {
    known: Mutex<BTreeSet<String>>,
    begin: usize,
}

impl Secrets {
    /// None yet. From now on the log is kept.
    pub fn of_nobody() -> Self {
        journal::keep();
        Self {
            known: Mutex::default(),
            begin: journal::length(),
        }
    }

    /// This is one.
    pub fn know(&self, secret: &str) {
        let bare: String = secret.chars().filter(|c| !" -".contains(*c)).collect();
        if bare.len() >= LENGTH_MIN {
            self.known.lock().unwrap().insert(secret.to_owned());
            self.known.lock().unwrap().insert(bare);
        }
    }

    /// A verification code, which alone is too short to be looked for.
    pub fn know_code(&self, code: &str) {
        let mut known = self.known.lock().unwrap();
        known.insert(format!("code={code}"));
        known.insert(format!("code: {code}"));
        known.insert(format!("code\":\"{code}"));
    }

    /// What a form sends.
    pub fn know_form(&self, form: &Form) {
        for (name, value) in &form.fields {
            self.know_typed(name, value);
        }
    }

    /// What was typed into the field of this name.
    pub fn know_typed(&self, name: &str, value: &str) {
        if FIELDS.contains(&name) {
            self.know(value);
        }
        if name == "verification_code" && value.len() == 6 {
            self.know_code(value);
        }
    }

    /// What an answer gives away: on its page, in its cookies, in where it leads.
    pub fn know_page(&self, page: &Page) {
        let leads = page.headers.get("location");
        let leads = leads.and_then(|to| to.to_str().ok()).unwrap_or_default();
        for text in [page.html.as_str(), leads] {
            self.know_text(text);
        }
        for cookie in page.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (_, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.know(value);
        }
    }

    /// What an answer for machines gives away, by its shape.
    pub fn know_shaped(&self, text: &str) {
        for found in shaped(text) {
            self.know(found);
        }
    }

    /// What a page or an address gives away: by its shape, or by what stands before it.
    pub fn know_text(&self, text: &str) {
        self.know_shaped(text);
        for (before, after) in MARKS {
            for found in text.split(before).skip(1) {
                self.know(found.split(after).next().unwrap_or_default());
            }
        }
    }

    /// The link of a mail.
    fn know_mail(&self, mail: &str) {
        // Quoted-printable breaks lines and writes = as =3D.
        let text = mail.replace("=\r\n", "").replace("=3D", "=");
        for found in text.split("?link=").skip(1) {
            let token: String = found
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
                .collect();
            self.know(&token);
        }
    }

    /// Those that stand in the log.
    fn found(&self) -> Vec<String> {
        let known = self.known.lock().unwrap();
        let found = journal::found_since(self.begin, known.iter());
        found.into_iter().cloned().collect()
    }
}

/// The secrets of this text that show by their shape what they are.
fn shaped(text: &str) -> impl Iterator<Item = &str> {
    let of_secret = |c: char| c.is_ascii_alphanumeric() || "-_.+/=".contains(c);
    let places = SHAPES
        .into_iter()
        .flat_map(move |begins| text.match_indices(begins));
    let found = places.map(move |(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c: char| !of_secret(c)).unwrap_or(rest.len());
        rest[..end].trim_end_matches('.')
    });
    found.filter(|found| found.len() >= LENGTH_MIN)
}

/// Fails if the log of another process shows a secret: one that its shape gives away, or one of these.
pub fn assert_shows_none<'s>(log: &str, known: impl IntoIterator<Item = &'s str>) {
    let shown: Vec<&str> = shaped(log).collect();
    assert!(shown.is_empty(), "secrets stand in the log: {shown:?}");
    for secret in known {
        assert!(!log.contains(secret), "{secret} stands in the log");
    }
}

/// What somebody of the demo signs in with, and the demo's key.
pub fn of_demo(demo: &DemoFile) -> impl Iterator<Item = &str> {
    let people = demo.people.iter();
    let people = people.flat_map(|account| [&account.password, &account.totp_secret]);
    people.chain([&demo.api_key]).map(String::as_str)
}

impl World {
    /// Fails if a secret of this world stands in the log. Accounts of the demo have secrets, and so has everything that
    /// visitors were shown and sent.
    pub fn assert_log_is_clean(&self) {
        let secrets = &self.secrets;
        secrets.know(CLIENT.1);
        for secret in of_demo(&self.demo) {
            secrets.know(secret);
        }
        for mail in self.mails.lock().unwrap().iter() {
            secrets.know_mail(&String::from_utf8_lossy(&mail.formatted()));
        }
        let found = secrets.found();
        assert!(found.is_empty(), "secrets stand in the log: {found:?}");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_log_is_clean();
        }
    }
}

#[test]
fn what_passes_by_is_found_in_the_log() {
    let secrets = Secrets::of_nobody();
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert(
        "set-cookie",
        "lockbox=by-a-cookie-1234; Path=/".parse().unwrap(),
    );
    secrets.know_page(&Page {
        status: reqwest::StatusCode::OK,
        path: "/".to_owned(),
        headers,
        html: r#"<input name="csrf" value="by-a-form-of-a-page"><p>Secret <code>ABCD EFGH IJKL</code></p>"#
            .to_owned(),
    });
    secrets.know_form(&Form {
        action: String::new(),
        method: String::new(),
        fields: vec![
            ("password".to_owned(), "by what was typed".to_owned()),
            ("email".to_owned(), "no-secret@fabrikam.example".to_owned()),
        ],
    });
    secrets.know_mail("https://localhost/join?link=3Dby-a-m=\r\nail-of-ours\r\n");
    secrets.know_code("004711");
    secrets.know_typed("recovery_code", "typed at a browser");
    secrets.know_typed("verification_code", "004712");
    secrets.know_typed("note", "no secret: only the calendar");
    for text in [
        "<dd><code>lbx_by-a-page-of-a-browser</code></dd>",
        "A pass: eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ4In0.c2lnbmVk.",
        "https://localhost/callback?state=by-an-address-of-ours&code=x",
    ] {
        secrets.know_text(text);
    }
    secrets.know_shaped("{\"secret\":\"whsec_by/an+answer==\"}");
    assert_eq!(secrets.found(), Vec::<String>::new());
    tracing::info!(
        "no-secret@fabrikam.example came 004711 times, with no secret: only the calendar"
    );
    assert_eq!(secrets.found(), Vec::<String>::new());
    for said in [
        "by-a-cookie-1234",
        "by-a-form-of-a-page",
        "ABCDEFGHIJKL",
        "by what was typed",
        "by-a-mail-of-ours",
        "verification_code=004711",
        "typed at a browser",
        "code: 004712",
        "lbx_by-a-page-of-a-browser",
        "whsec_by/an+answer==",
        "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJ4In0.c2lnbmVk",
        "by-an-address-of-ours",
    ] {
        let before = secrets.found().len();
        tracing::info!("{said}");
        assert!(secrets.found().len() > before, "{said}");
    }
}

#[test]
#[should_panic(expected = "secrets stand in the log")]
fn a_secret_in_the_log_of_another_process_is_found_by_its_shape() {
    assert_shows_none("one line\na call with lbx_AAAABBBBCCCCDDDD came", []);
}

#[test]
fn a_log_without_secrets_shows_none() {
    assert_shows_none("keys begin with lbx_ and passes with eyJ", ["a-password"]);
}
