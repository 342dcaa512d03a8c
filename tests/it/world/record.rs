//! What the world's databases hold, read past the doors; people and processes that come later.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use diesel::connection::LoadConnection;
use diesel::connection::SimpleConnection;
use diesel::query_builder::SqlQuery;
use diesel::query_dsl::methods::LoadQuery;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use lockbox::acts::api_keys::{NewKey, issue_by_operator};
use lockbox::acts::enrol::{self, NewPerson};
use lockbox::acts::people::change_roles;
use lockbox::acts::sign_in::{Fresh, SignedIn, authenticator_of};
use lockbox::acts::switch_lockbox::{turn_off, turn_on};
use lockbox::acts::{ActError, Lockbox, coverage, decide, recover, suspend};
use lockbox::clock::Entropy;
use lockbox::demo::DemoAccount;
use lockbox::domain::audit::entry::{Actor, Author, Entry, Log};
use lockbox::domain::id::{PersonId, Reference};
use lockbox::domain::key::KeyScope;
use lockbox::domain::person::{Person, Role};
use lockbox::domain::request::Request;
use lockbox::domain::text::{EmailAddress, Line, Slug};
use lockbox::domain::time::Moment;
use lockbox::founding::{self, Opening};
use lockbox::identity::password::NewPassword;
use lockbox::store::conn::{DatabaseUrl, Manager};
use lockbox::store::{audit, people, requests, services, sessions};

use super::api::Answer;
use super::{Visitor, World, settings};

/// More entries than any story makes.
const ALL: i64 = 10_000;

impl World {
    /// A tenant's log, the oldest entry first.
    pub fn log_of(&self, tenant: &str) -> Vec<Entry> {
        self.entries_of(Log::Tenant(self.tenant(tenant).id))
    }

    /// The provider's log, the oldest entry first.
    pub fn log_of_provider(&self) -> Vec<Entry> {
        self.entries_of(Log::Provider)
    }

    /// Every entry of a log, the oldest first.
    pub fn entries_of(&self, log: Log) -> Vec<Entry> {
        let rows = self
            .lockbox
            .store
            .read(|conn| audit::stored_entries(conn, log, 0, ALL))
            .unwrap();
        rows.iter().map(|row| row.parse().unwrap()).collect()
    }

    /// How many entries all logs have together: while it stays, nothing of the domain has changed.
    pub fn entries(&self) -> u64 {
        let heads = self.lockbox.store.read(|conn| {
            let logs = audit::logs(conn, None, ALL)?;
            logs.into_iter()
                .map(|log| audit::head(conn, log))
                .collect::<Result<Vec<_>, _>>()
        });
        heads.unwrap().iter().map(|head| head.frontier.size()).sum()
    }

    /// How many rows every table has, whatever tables there are.
    pub fn rows(&self) -> BTreeMap<String, i64> {
        match &self.database {
            DatabaseUrl::Sqlite(path) => rows(
                &mut SqliteConnection::establish(path.to_str().unwrap()).unwrap(),
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
            ),
            DatabaseUrl::Postgres(url) => rows(
                &mut PgConnection::establish(url).unwrap(),
                "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'",
            ),
        }
    }

    /// Waits until the use of so many keys was noted.
    pub async fn used_keys(&self, count: i64) {
        for _ in 0..500 {
            if self.rows()["api_key_uses"] == count {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{} keys were used", self.rows()["api_key_uses"]);
    }

    /// The entries about a request, the oldest first.
    pub fn entries_about(&self, request: &Request) -> Vec<Entry> {
        let log = Log::Tenant(request.tenant);
        self.lockbox
            .store
            .read(|conn| audit::entries_about(conn, log, request.id, ALL))
            .unwrap()
    }

    /// Gives a person of the provider these roles.
    pub fn with_roles(&self, name: &str, roles: &[Role]) {
        let (by, who) = (self.fresh("pat"), self.person(name));
        change_roles(&self.lockbox, &by, who.id, &who.role_names(), roles).unwrap();
    }

    /// Every request there is.
    pub fn every_request(&self) -> Vec<Request> {
        self.lockbox
            .store
            .read(|conn| requests::page(conn, None, ALL))
            .unwrap()
    }

    /// Turns a tenant's lockbox on, if it is off, with every service covered that the provider covers.
    pub fn turn_on(&self, tenant: &str, by: &str) {
        let tenant = self.tenant(tenant);
        if !tenant.lockbox.is_on() {
            let services = self.lockbox.store.read(services::all).unwrap();
            let uncovered = services
                .iter()
                .filter(|service| !service.covered)
                .map(|service| service.id)
                .collect();
            turn_on(
                &self.lockbox,
                &self.fresh(by),
                tenant.id,
                &self.lockbox.terms.version.sha256,
                &uncovered,
            )
            .unwrap();
        }
    }

    /// Lets a tenant go on, if it is suspended, and proposes not to cover a service, if it is proposed to be.
    pub fn put_back(&self, tenant: &str, service: &str) {
        if self.tenant(tenant).suspended.is_some() {
            suspend::resume(&self.lockbox, &operator(), &Slug::parse(tenant).unwrap()).unwrap();
        }
        let service = Slug::parse(service).unwrap();
        let found = self
            .lockbox
            .store
            .read(|conn| services::by_key(conn, &service));
        if found.unwrap().unwrap().covered {
            coverage::propose(&self.lockbox, &operator(), &service, false).unwrap();
        }
    }

    /// Begins to give a tenant another administrator, if that is not under way.
    pub fn recover(&self, tenant: &str) {
        if self.tenant(tenant).recovery.is_none() {
            let email = EmailAddress::parse("noa@elsewhere.example").unwrap();
            let (key, name) = (
                Slug::parse(tenant).unwrap(),
                Line::parse("Noa Weiss").unwrap(),
            );
            recover::start(&self.lockbox, &self.fresh("pat"), &key, &email, &name).unwrap();
        }
    }

    /// Stops that, if it is under way.
    pub fn recover_no_more(&self, tenant: &str, by: &str) {
        let tenant = self.tenant(tenant);
        if tenant.recovery.is_some() {
            recover::stop(&self.lockbox, &self.fresh(by), tenant.id).unwrap();
        }
    }

    /// How many sessions somebody has.
    pub fn open_sessions(&self, person: PersonId) -> usize {
        let now = self.now();
        let store = &self.lockbox.store;
        let open = store.read(|conn| sessions::of_person(conn, person, now));
        open.unwrap().len()
    }

    /// Turns a tenant's lockbox off, if it is on.
    pub fn turn_off(&self, tenant: &str, by: &str) {
        let tenant = self.tenant(tenant);
        if tenant.lockbox.is_on() {
            turn_off(&self.lockbox, &self.fresh(by), tenant.id).unwrap();
        }
    }

    /// The address of a request's page.
    #[expect(clippy::unused_self, reason = "stories ask the world")]
    pub fn page_of(&self, request: &Request) -> String {
        format!("/requests/{}", request.reference)
    }

    /// Brings a request of Ivo's to its end, so that he never has more than five open.
    pub fn close(&self, reference: &Reference) {
        let engineer = self.fresh("ivo");
        if decide::withdraw(&self.lockbox, &engineer, reference).is_err() {
            // Active, or over already.
            let _ = decide::finish(&self.lockbox, &engineer, reference);
        }
    }

    /// A reference that nobody was ever given.
    #[expect(clippy::unused_self, reason = "stories ask the world")]
    pub fn never_issued(&self) -> Reference {
        Reference::parse("LBX-0000-0000").unwrap()
    }

    /// Another process on the same database, with the same server key and the same time.
    pub fn another_process(&self) -> Lockbox {
        let settings = settings(&self.database, &self.folder);
        founding::open(Opening {
            connections: 2,
            password_cost: settings.password_cost.clone(),
            manager_time_to_answer: settings.manager_time_to_answer,
            webhooks: settings.webhooks.clone(),
            ..Opening::of(
                &self.database,
                &settings.secret_key,
                self.lockbox.store.clock().clone(),
                Entropy::seeded(8),
            )
        })
        .unwrap()
    }

    /// The operator adds a person; what they sign in with comes along.
    pub async fn enrol(
        &self,
        email: &str,
        name: &str,
        tenant: Option<&str>,
        roles: &[Role],
    ) -> Result<(Person, DemoAccount), ActError> {
        let password = "a-password-of-a-story";
        let new = NewPerson {
            email: EmailAddress::parse(email).unwrap(),
            name: Line::parse(name).unwrap(),
            roles: roles.to_vec(),
            tenant: tenant.map(|key| Slug::parse(key).unwrap()),
            zone: None,
            password: NewPassword::parse(password.to_owned()).unwrap(),
        };
        let (person, secret) = enrol::person(&self.lockbox, operator(), new).await?;
        self.secrets.know(password);
        self.secrets
            .know(secrecy::ExposeSecret::expose_secret(&secret.base32()));
        let account = DemoAccount {
            email: person.email.to_string(),
            password: password.to_owned(),
            totp_secret: secrecy::ExposeSecret::expose_secret(&secret.base32()).to_owned(),
            side: if tenant.is_some() {
                "tenant"
            } else {
                "provider"
            }
            .to_owned(),
            tenant: tenant.map(str::to_owned),
            roles: roles.to_vec(),
        };
        Ok((person, account))
    }

    /// This person, with a second factor shown this moment, for acts called directly.
    pub fn as_fresh(&self, person: &Person) -> Fresh {
        let now = self.now();
        SignedIn::with_app(person.clone(), "story", now)
            .fresh(now)
            .unwrap()
    }

    /// Somebody the demo does not know, signed in through the real pages.
    pub async fn signed_in_as(&self, account: &DemoAccount) -> Visitor<'_> {
        let visitor = self.visitor();
        let door = visitor.get("/sign-in").await;
        let page = visitor
            .submit(
                door.form("Sign in")
                    .with("email", &account.email)
                    .with("password", &account.password),
            )
            .await;
        let code = self.code_of(&account.email);
        let page = visitor
            .submit(page.form("Verify").with("verification_code", &code))
            .await;
        assert!(
            !page.path.starts_with("/sign-in"),
            "{} could not sign in:\n{}",
            account.email,
            page.words()
        );
        visitor
    }

    /// The verification code of this moment, used or not.
    fn code_of(&self, email: &str) -> String {
        let email = EmailAddress::parse(email).unwrap();
        let person = self
            .lockbox
            .store
            .read(|conn| people::by_email(conn, &email))
            .unwrap()
            .unwrap();
        let secret = authenticator_of(&self.lockbox, person.id).unwrap().unwrap();
        secret.code_at(u64::try_from(self.now().timestamp()).unwrap())
    }

    /// The request that the side door answered with.
    pub fn request_in(&self, answer: &Answer) -> Request {
        let reference = answer.body["reference"]
            .as_str()
            .unwrap_or_else(|| panic!("no request: {}", answer.body));
        self.stored(&Reference::parse(reference).unwrap())
    }

    /// An API key with these scopes, owned by a person or by nobody.
    pub fn new_key(&self, name: &str, scopes: &[KeyScope], owner: Option<&str>) -> String {
        let owner = owner.map(|owner| EmailAddress::parse(&self.account(owner).email).unwrap());
        self.issue(
            None,
            &NewKey {
                owner,
                ..NewKey::named(Line::parse(name).unwrap(), scopes)
            },
        )
    }

    /// An API key of a tenant, or of the provider.
    pub fn issue(&self, tenant: Option<&str>, new: &NewKey) -> String {
        let tenant = tenant.map(|key| Slug::parse(key).unwrap());
        let (_, text) =
            issue_by_operator(&self.lockbox, &operator(), tenant.as_ref(), new).unwrap();
        self.secrets.know(text.expose());
        text.expose().to_owned()
    }

    /// Shortly before a deadline, for signing in and opening pages; the story then sets the clock to the instant.
    pub fn a_minute_before(&self, deadline: Moment) {
        self.clock.set(deadline - TimeDelta::minutes(1));
    }
}

/// Rows of each of the tables that a query names.
fn rows<C>(conn: &mut C, tables: &str) -> BTreeMap<String, i64>
where
    C: LoadConnection,
    for<'q> SqlQuery: LoadQuery<'q, C, Name> + LoadQuery<'q, C, Count>,
{
    let tables: Vec<Name> = sql_query(tables).load(conn).unwrap();
    assert!(tables.len() > 10, "the tables were not found");
    tables
        .into_iter()
        .map(|Name { name }| {
            let count = sql_query(format!("SELECT count(*) AS count FROM {name}"));
            let Count { count } = count.get_result(conn).unwrap();
            (name, count)
        })
        .collect()
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Somebody on the command line.
pub fn operator() -> Author {
    Author::local(Actor::Operator {
        name: Line::parse("story").unwrap(),
    })
}

impl World {
    /// Changes a person's role past the acts and the log: nobody can take one away yet. The story changes it back.
    pub fn change_role(&self, name: &str, from: &str, to: &str) {
        let email = &self.account(name).email;
        let sql = format!(
            "UPDATE person_roles SET role = '{to}' WHERE role = '{from}' AND person_id = (SELECT id FROM people WHERE email = '{email}')"
        );
        let conn = &mut Manager(self.database.clone()).open().unwrap();
        conn.batch_execute(&sql).unwrap();
    }
}
