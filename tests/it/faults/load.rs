//! Requests that go their whole way while something breaks, and what was acknowledged of them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::rt::task::JoinHandle;
use actix_web::rt::{spawn, time::sleep};
use lockbox::acts::Lockbox;
use lockbox::acts::sign_in::authenticator_of;
use lockbox::demo::DemoAccount;
use lockbox::domain::audit::entry::Log;
use lockbox::domain::request::Request;
use lockbox::domain::text::EmailAddress;
use lockbox::store::{audit, people, requests};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::house::House;
use crate::races::race::letters_for;
use crate::world::page::{Form, Page};

/// Older than this, a second factor is shown again before it is too old.
const FRESH: Duration = Duration::from_secs(200);

/// Engineers who file, and those who decide, at work.
pub struct Load {
    done: Rc<Done>,
    hands: Vec<JoinHandle<()>>,
}

/// What was acknowledged: of each request, the acts.
#[derive(Default)]
struct Done {
    acts: RefCell<BTreeMap<String, Vec<&'static str>>>,
    lost: Cell<usize>,
    enough: Cell<bool>,
}

impl Load {
    /// Begins. The hands take the servers by turns.
    pub async fn begin(house: &House, base_urls: &[&str]) -> Self {
        let done = Rc::new(Done::default());
        let mut people = BTreeMap::new();
        for name in ["ivo", "mina", "rosa", "kim", "ada"] {
            let person = Person::signed_in(house, base_urls[0], name, &done).await;
            people.insert(name, Rc::new(person));
        }
        let services = ["exchange-online", "onedrive", "sharepoint-online", "teams"];
        let work = |(place, service): (usize, &&'static str)| {
            let hand = Hand {
                base_url: base_urls[place % base_urls.len()].to_owned(),
                api_key: house.demo.api_key.clone(),
                engineer: if place < 2 { "ivo" } else { "mina" },
                service,
                people: people.clone(),
                done: Rc::clone(&done),
            };
            spawn(hand.work())
        };
        let hands = services.iter().enumerate().map(work).collect();
        Self { done, hands }
    }

    /// How many requests were filed so far.
    pub fn filed(&self) -> usize {
        self.done.acts.borrow().len()
    }

    /// How many answers never came so far.
    pub fn lost(&self) -> usize {
        self.done.lost.get()
    }

    /// Waits until this many more requests were filed.
    pub async fn goes_on(&self, more: usize) {
        let enough = self.filed() + more;
        for _ in 0..3_000 {
            if self.filed() >= enough {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("the work does not go on");
    }

    /// Everybody finishes what they began; then everything stored is what was acknowledged, and nothing else. Says how
    /// many letters there must be about these requests.
    pub async fn end(self, house: &House, what: &str) -> usize {
        self.done.enough.set(true);
        for hand in self.hands {
            hand.await.unwrap();
        }
        let acknowledged = self.done.acts.borrow().clone();
        let store = &house.lockbox.store;
        let all = store
            .read(|conn| requests::page(conn, None, 1_000_000))
            .unwrap();
        let stored: BTreeMap<String, Vec<&str>> = all
            .iter()
            .map(|request| (request.reference.to_string(), acts(house, request)))
            .collect();
        println!(
            "FAULTS {what}: {} requests, {} acts, {} answers lost",
            acknowledged.len(),
            acknowledged.values().map(Vec::len).sum::<usize>(),
            self.done.lost.get()
        );
        assert_eq!(
            stored, acknowledged,
            "what was acknowledged, and nothing else"
        );
        house.assert_whole();
        let letters = |request| letters_for(&entries(house, request), request).len();
        all.iter().map(letters).sum()
    }
}

fn entries(house: &House, request: &Request) -> Vec<lockbox::domain::audit::entry::Entry> {
    let log = Log::Tenant(request.tenant);
    let store = &house.lockbox.store;
    store
        .read(|conn| audit::entries_about(conn, log, request.id, 100))
        .unwrap()
}

fn acts(house: &House, request: &Request) -> Vec<&'static str> {
    let entries = entries(house, request);
    entries.iter().map(|entry| entry.fact.act()).collect()
}

/// One who files for an engineer and a service of their own, and sees to it that the request goes its way.
struct Hand {
    base_url: String,
    api_key: String,
    engineer: &'static str,
    service: &'static str,
    people: BTreeMap<&'static str, Rc<Person>>,
    done: Rc<Done>,
}

impl Hand {
    async fn work(self) {
        for count in 0.. {
            if self.done.enough.get() {
                return;
            }
            if let Some(reference) = self.file(count).await {
                self.see_through(&reference, count).await;
            }
        }
    }

    /// Files under an idempotency key. Nothing was filed where the claim of a process that died still holds, which is
    /// checked at the end.
    async fn file(&self, count: usize) -> Option<String> {
        let body = json!({
            "tenant": "fabrikam", "service": self.service, "engineer": self.people[self.engineer].account.email,
            "support_case": null, "reason": "Invitations vanish.", "scope": {"description": "Kim's calendar"},
            "duration": "PT1H",
        });
        let key = format!("{}-{count}", self.service);
        let (status, body) = self
            .answered("/api/v1/data-access-requests", &body, &key)
            .await;
        if status == StatusCode::CONFLICT {
            return None;
        }
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let reference = body["reference"].as_str().unwrap().to_owned();
        self.note(&reference, "request.filed");
        Some(reference)
    }

    /// One request in four each is used and given back, used and revoked, rejected, or taken back.
    async fn see_through(&self, reference: &str, count: usize) {
        let why = ("reason", "Enough.");
        self.act(
            "rosa",
            reference,
            "endorsement",
            &[("version", "1")],
            "request.endorsed",
        )
        .await;
        match count % 4 {
            2 => {
                self.act(
                    "ada",
                    reference,
                    "rejection",
                    &[("version", "2"), why],
                    "request.rejected",
                )
                .await;
            }
            3 => {
                self.act(
                    self.engineer,
                    reference,
                    "withdrawal",
                    &[],
                    "request.withdrawn",
                )
                .await;
            }
            way => {
                let hour = [("version", "2"), ("duration", "PT1H")];
                self.act("kim", reference, "approval", &hour, "request.approved")
                    .await;
                assert_eq!(self.access().await, None, "approved is not started");
                self.act(
                    self.engineer,
                    reference,
                    "start",
                    &[("version", "3")],
                    "access.started",
                )
                .await;
                assert_eq!(self.access().await.as_deref(), Some(reference));
                if way == 0 {
                    self.act(self.engineer, reference, "end", &[], "access.ended")
                        .await;
                } else {
                    self.act("kim", reference, "revocation", &[why], "request.revoked")
                        .await;
                }
            }
        }
        assert_eq!(self.access().await, None, "{reference} is over");
    }

    async fn act(
        &self,
        who: &str,
        reference: &str,
        act: &str,
        fields: &[(&str, &str)],
        noted: &'static str,
    ) {
        let path = format!("/requests/{reference}/{act}");
        self.people[who].act(&self.base_url, &path, fields).await;
        self.note(reference, noted);
    }

    fn note(&self, reference: &str, act: &'static str) {
        let mut acts = self.done.acts.borrow_mut();
        acts.entry(reference.to_owned()).or_default().push(act);
    }

    /// Under which request the engineer has access to the service now.
    async fn access(&self) -> Option<String> {
        let question = json!({
            "subject": {"type": "engineer", "id": self.people[self.engineer].account.email},
            "action": {"name": "access"},
            "resource": {"type": "service", "id": self.service, "properties": {"tenant": "fabrikam"}},
        });
        loop {
            let (status, body) = self.answered("/access/v1/evaluation", &question, "").await;
            assert_eq!(status, StatusCode::OK, "{body}");
            if body["context"]["reason"] != json!("undecidable") {
                return body["context"]["request"].as_str().map(str::to_owned);
            }
            self.done.lose().await;
        }
    }

    /// Asks until there is an answer that is none of a fault.
    async fn answered(&self, path: &str, body: &Value, key: &str) -> (StatusCode, Value) {
        loop {
            let mut post = Client::new()
                .post(format!("{}{path}", self.base_url))
                .bearer_auth(&self.api_key)
                .json(body);
            if !key.is_empty() {
                post = post.header("Idempotency-Key", key);
            }
            if let Ok(answer) = post.send().await
                && !answer.status().is_server_error()
            {
                let status = answer.status();
                if let Ok(body) = answer.json().await {
                    return (status, body);
                }
            }
            self.done.lose().await;
        }
    }
}

impl Done {
    async fn lose(&self) {
        self.lost.set(self.lost.get() + 1);
        sleep(Duration::from_millis(20)).await;
    }
}

/// Somebody with a browser.
struct Person {
    account: DemoAccount,
    lockbox: Lockbox,
    client: Client,
    done: Rc<Done>,
    /// The token of the forms, and when the second factor was shown.
    visit: Mutex<Option<(String, Instant)>>,
}

impl Person {
    async fn signed_in(house: &House, base_url: &str, name: &str, done: &Rc<Done>) -> Self {
        let of_this_name = |account: &&DemoAccount| account.email.starts_with(name);
        let account = house.demo.people.iter().find(of_this_name).unwrap();
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none());
        let person = Self {
            account: account.clone(),
            lockbox: house.lockbox.clone(),
            client: client.build().unwrap(),
            done: Rc::clone(done),
            visit: Mutex::default(),
        };
        person.token(base_url).await;
        person
    }

    /// Sends a form until it is taken. Whoever sent it more than once may be told that it was taken before.
    async fn act(&self, base_url: &str, path: &str, fields: &[(&str, &str)]) {
        let mut in_doubt = false;
        loop {
            let csrf = self.token(base_url).await;
            let pairs = [("csrf", csrf.as_str())]
                .into_iter()
                .chain(fields.iter().copied());
            let form = Form {
                action: path.to_owned(),
                method: "post".to_owned(),
                fields: pairs
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect(),
            };
            match self.send(base_url, &form).await {
                None => in_doubt = true,
                Some(page) if page.status == StatusCode::CONFLICT && in_doubt => return,
                Some(page) if page.status == StatusCode::SEE_OTHER && !at_the_door(&page) => return,
                Some(page) if at_the_door(&page) => *self.visit.lock().await = None,
                Some(page) => panic!("{path}: {} {}", page.status, page.words()),
            }
            if in_doubt {
                self.done.lose().await;
            }
        }
    }

    /// The token of the forms, after signing in where that must be.
    async fn token(&self, base_url: &str) -> String {
        let mut visit = self.visit.lock().await;
        loop {
            match visit.as_ref() {
                Some((token, since)) if since.elapsed() < FRESH => return token.clone(),
                _ => {
                    *visit = self
                        .sign_in(base_url)
                        .await
                        .map(|token| (token, Instant::now()));
                }
            }
            if visit.is_none() {
                // A code counts once; the next one comes within half a minute.
                sleep(Duration::from_secs(1)).await;
            }
        }
    }

    /// Password and code, on the real pages; nothing when something broke on the way.
    async fn sign_in(&self, base_url: &str) -> Option<String> {
        self.read(self.client.get(format!("{base_url}/sign-in")))
            .await
            .map(drop)?;
        if let Some(page) = self.read(self.client.get(format!("{base_url}/help"))).await
            && page.has_button("Sign out")
        {
            self.send(base_url, &page.form("Sign out")).await?;
        }
        let door = self
            .read(self.client.get(format!("{base_url}/sign-in")))
            .await?;
        let account = &self.account;
        let first = door
            .form("Sign in")
            .with("email", &account.email)
            .with("password", &account.password);
        self.send(base_url, &first).await?;
        let second = self
            .read(self.client.get(format!("{base_url}/sign-in/second-factor")))
            .await?;
        if !second.has_button("Verify") {
            return None;
        }
        let code = code_of(&self.lockbox, &account.email)?;
        self.send(
            base_url,
            &second.form("Verify").with("verification_code", &code),
        )
        .await?;
        let page = self
            .read(self.client.get(format!("{base_url}/help")))
            .await?;
        let fields = page
            .has_button("Sign out")
            .then(|| page.form("Sign out").fields)?;
        fields
            .into_iter()
            .find(|(name, _)| name == "csrf")
            .map(|(_, token)| token)
    }

    async fn send(&self, base_url: &str, form: &Form) -> Option<Page> {
        let post = self.client.post(format!("{base_url}{}", form.action));
        self.read(
            post.header("sec-fetch-site", "same-origin")
                .form(&form.fields),
        )
        .await
    }

    /// An answer; nothing when there is none, or one of a fault.
    async fn read(&self, request: reqwest::RequestBuilder) -> Option<Page> {
        let answer = request.send().await.ok()?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let path = answer.url().path().to_owned();
        let html = answer.text().await.ok()?;
        (!status.is_server_error()).then_some(Page {
            status,
            path,
            headers,
            html,
        })
    }
}

fn at_the_door(page: &Page) -> bool {
    let to = page.headers.get("location");
    to.is_some_and(|to| to.to_str().unwrap().starts_with("/sign-in"))
}

fn code_of(lockbox: &Lockbox, email: &str) -> Option<String> {
    let email = EmailAddress::parse(email).unwrap();
    let found = lockbox.store.read(|conn| people::by_email(conn, &email));
    let person = found.ok()?.unwrap();
    let secret = authenticator_of(lockbox, person.id).unwrap().unwrap();
    Some(secret.code_at(u64::try_from(lockbox.store.clock().now().timestamp()).unwrap()))
}
