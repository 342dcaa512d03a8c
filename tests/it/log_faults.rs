//! Every fault that somebody who writes the database can plant in the logs and the state rows, in SQL.
//!
//! Planted one at a time in the world of `acts::verify_log`'s tests, or in any other whose tenant `fabrikam` has a
//! log that goes the same way. Foreign keys must not be enforced while planting: SQLite does not by itself, PostgreSQL
//! does not after `SET session_replication_role = replica`.

/// Which database's SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// One fault.
#[derive(Debug, Clone)]
pub struct Fault {
    /// What it does, in words.
    pub name: String,
    /// How it is planted.
    pub plant: Plant,
    /// Words that one finding must have, all of them.
    pub found: Vec<String>,
    /// The column it is about, if it is one: `people.email`.
    pub column: Option<String>,
}

/// How a fault is planted.
#[derive(Debug, Clone)]
pub enum Plant {
    /// By these statements.
    Sql(String),
    /// By changing `from` to `to` in the text of Fabrikam's entry `seq`, and its leaf so that they belong together.
    Reseal {
        /// Its place.
        seq: i64,
        /// What its text has.
        from: &'static str,
        /// What it has then.
        to: &'static str,
    },
}

/// Another deployment's verifier key.
const ANOTHER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// Fabrikam's entries: 13 is a rejection, 23 the last one.
const FABRIKAM: &str = "Fabrikam (fabrikam)";

/// What may be changed without a finding: bookkeeping, and what only the server key could tell.
pub const HARMLESS: [(&str, &str); 12] = [
    (
        "authenticators.last_step",
        "UPDATE authenticators SET last_step = 7",
    ),
    ("passkeys.counter", "UPDATE passkeys SET counter = 7"),
    (
        "passkeys.last_used_at",
        "UPDATE passkeys SET last_used_at = since",
    ),
    ("answered_challenges", "DELETE FROM answered_challenges"),
    (
        "signing_keys.sealed_seed",
        "UPDATE signing_keys SET sealed_seed = {bytes}",
    ),
    (
        "signing_keys.made_at",
        "UPDATE signing_keys SET made_at = made_at {tick}",
    ),
    (
        "pass_keys.sealed_seed",
        "UPDATE pass_keys SET sealed_seed = {bytes}",
    ),
    ("outbox", "DELETE FROM outbox"),
    ("deliveries", "DELETE FROM deliveries"),
    ("sessions", "DELETE FROM sessions"),
    ("one_time_links", "DELETE FROM one_time_links"),
    ("sign_ins", "DELETE FROM sign_ins"),
];

/// Every fault, in this database's SQL.
#[must_use]
pub fn faults(dialect: Dialect) -> Vec<Fault> {
    let mut all = entries();
    all.extend(heads());
    all.extend(keys());
    all.extend(columns());
    all.extend(rows());
    for fault in &mut all {
        if let Plant::Sql(sql) = &mut fault.plant {
            *sql = render(sql, dialect);
        }
    }
    all
}

/// Statements with their `{…}` in this database's SQL.
#[must_use]
pub fn render(sql: &str, dialect: Dialect) -> String {
    let bytes = "aa".repeat(32);
    let id = "0190aaaa0000700080000000000000aa";
    let nil = "0".repeat(32);
    let (tick, bytes, id, nil) = match dialect {
        Dialect::Sqlite => (
            "+ 1".to_owned(),
            format!("x'{bytes}'"),
            format!("x'{id}'"),
            format!("x'{nil}'"),
        ),
        Dialect::Postgres => (
            "+ interval '1 microsecond'".to_owned(),
            format!("'\\x{bytes}'::bytea"),
            format!("'{id}'::uuid"),
            format!("'{nil}'::uuid"),
        ),
    };
    sql.replace(
        "{fabrikam}",
        "(SELECT id FROM tenants WHERE key = 'fabrikam')",
    )
    .replace(
        "{contoso}",
        "(SELECT id FROM tenants WHERE key = 'contoso')",
    )
    .replace("{columns}", "log, seq, at, act, request_id, body, leaf")
    .replace("{tick}", &tick)
    .replace("{bytes}", &bytes)
    .replace("{id}", &id)
    .replace("{nil}", &nil)
}

fn fault(name: &str, sql: &str, found: &[&str]) -> Fault {
    Fault {
        name: name.to_owned(),
        plant: Plant::Sql(sql.to_owned()),
        found: found.iter().map(|words| (*words).to_owned()).collect(),
        column: None,
    }
}

fn in_fabrikam(name: &str, sql: &str, found: &str) -> Fault {
    fault(name, sql, &[FABRIKAM, found])
}

impl Fault {
    fn of_column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }
}

fn entries() -> Vec<Fault> {
    let entry = |column: &str, value: &str, found: &str| {
        let sql = format!(
            "UPDATE audit_entries SET {column} = {value} WHERE log = {{fabrikam}} AND seq = 13"
        );
        let name = format!("an entry's {column} becomes {value}");
        in_fabrikam(&name, &sql, found).of_column(&format!("audit_entries.{column}"))
    };
    let text = "entry 13: the text and the stored hash do not belong together";
    let place = "the text belongs to another place of the log";
    vec![
        entry("at", "at {tick}", "entry 13: not what the text says: at"),
        entry("act", "'request.approved'", "entry 13: not what the text says: act"),
        entry("request_id", "{id}", "entry 13: not what the text says: request_id"),
        entry("request_id", "NULL", "entry 13: not what the text says: request_id"),
        entry("leaf", "{bytes}", text),
        entry("body", "replace(body, 'Not today', 'Of course')", text),
        entry("body", "replace(body, 'Not today', 'Of course')", "entries 0 to 15: the change is among them"),
        entry("body", "body || ' '", "entry 13: the text is not in canonical form"),
        entry("body", "replace(body, '\"outcome\":\"done\"', '\"outcome\":\"fine\"')", "entry 13: the text is not in canonical form"),
        entry("body", "'nonsense'", "entry 13: no audit entry of version 1"),
        entry("log", "{contoso}", "entry 13: missing"),
        entry("log", "{id}", "entry 13: missing"),
        entry("seq", "1000", "entry 13: missing"),
        fault(
            "an entry moves to a log that is not there",
            "UPDATE audit_entries SET log = {id} WHERE log = {fabrikam} AND seq = 13",
            &["tenant 0190aaaa-0000-7000-8000-0000000000aa, head: it is gone"],
        ),
        Fault {
            name: "an entry's text changes and its hash with it".to_owned(),
            plant: Plant::Reseal { seq: 13, from: "Not today", to: "Of course" },
            found: vec![FABRIKAM.to_owned(), "entries 0 to 15: the change is among them".to_owned()],
            column: None,
        },
        Fault {
            name: "the last entry's text changes and its hash with it".to_owned(),
            plant: Plant::Reseal { seq: 23, from: "\"name\":\"Ana\"", to: "\"name\":\"Eva\"" },
            found: vec![FABRIKAM.to_owned(), "entries 16 to 23: the change is among them".to_owned()],
            column: None,
        },
        in_fabrikam("an entry in the middle is deleted", "DELETE FROM audit_entries WHERE log = {fabrikam} AND seq = 13", "entry 13: missing"),
        in_fabrikam("three entries are deleted", "DELETE FROM audit_entries WHERE log = {fabrikam} AND seq BETWEEN 11 AND 13", "entries 11 to 13: missing"),
        in_fabrikam("the first entry is deleted", "DELETE FROM audit_entries WHERE log = {fabrikam} AND seq = 0", "entry 0: missing"),
        in_fabrikam("the last entry is deleted", "DELETE FROM audit_entries WHERE log = {fabrikam} AND seq = 23", "entry 23: missing: the signed head knows 24 entries"),
        in_fabrikam("every entry of a log is deleted", "DELETE FROM audit_entries WHERE log = {fabrikam}", "entries 0 to 23: missing: the signed head knows 24 entries"),
        in_fabrikam(
            "an entry is deleted and the gap closed",
            "DELETE FROM audit_entries WHERE log = {fabrikam} AND seq = 13;
             UPDATE audit_entries SET seq = seq + 1000 WHERE log = {fabrikam} AND seq > 13;
             UPDATE audit_entries SET seq = seq - 1001 WHERE log = {fabrikam} AND seq > 1000",
            &format!("entries 13 to 22: {place}"),
        ),
        in_fabrikam(
            "an entry is inserted at the end",
            "INSERT INTO audit_entries ({columns}) SELECT log, 24, at, act, request_id, body, leaf FROM audit_entries WHERE log = {fabrikam} AND seq = 13",
            "entry 24: beyond what the signed head knows",
        ),
        in_fabrikam(
            "an entry is inserted in the middle",
            "UPDATE audit_entries SET seq = seq + 1000 WHERE log = {fabrikam} AND seq > 12;
             UPDATE audit_entries SET seq = seq - 999 WHERE log = {fabrikam} AND seq > 1000;
             INSERT INTO audit_entries ({columns}) SELECT log, 13, at, act, request_id, body, leaf FROM audit_entries WHERE log = {fabrikam} AND seq = 12",
            &format!("entries 13 to 23: {place}"),
        ),
        in_fabrikam(
            "two entries change places",
            "UPDATE audit_entries SET seq = 1000 WHERE log = {fabrikam} AND seq = 12;
             UPDATE audit_entries SET seq = 12 WHERE log = {fabrikam} AND seq = 13;
             UPDATE audit_entries SET seq = 13 WHERE log = {fabrikam} AND seq = 1000",
            &format!("entries 12 to 13: {place}"),
        ),
        fault("an entry of the provider's log changes", "UPDATE audit_entries SET body = replace(body, 'Max', 'Tom') WHERE log = {nil} AND seq = 6", &["Provider, entry 6: the text and the stored hash"]),
        fault("the provider's last entry is deleted", "DELETE FROM audit_entries WHERE log = {nil} AND seq = 14", &["Provider, entry 14: missing"]),
    ]
}

fn heads() -> Vec<Fault> {
    let head = |column: &str, value: &str, found: &str| {
        let sql = format!("UPDATE audit_heads SET {column} = {value} WHERE log = {{fabrikam}}");
        let name = format!("a head's {column} becomes {value}");
        in_fabrikam(&name, &sql, found).of_column(&format!("audit_heads.{column}"))
    };
    vec![
        head(
            "size",
            "23",
            "head: it says 23 entries, and its signed checkpoint 24",
        ),
        head(
            "peaks",
            "{bytes}",
            "head: its peaks are not those of the tree that was signed",
        ),
        head(
            "last_at",
            "last_at {tick}",
            "head: last_at is not the time of the last entry",
        ),
        head(
            "checkpoint",
            "replace(checkpoint, '24', '23')",
            "head: the checkpoint's signature is not valid",
        ),
        head("checkpoint", "'nonsense'", "head: not a signed note"),
        head(
            "checkpoint",
            "(SELECT checkpoint FROM audit_heads WHERE log = {contoso})",
            "head: the checkpoint is another log's",
        ),
        head("log", "{id}", "head: it is gone"),
        in_fabrikam(
            "a head is deleted",
            "DELETE FROM audit_heads WHERE log = {fabrikam}",
            "head: it is gone",
        ),
        fault(
            "the provider's head is deleted",
            "DELETE FROM audit_heads WHERE log = {nil}",
            &["Provider, head: it is gone"],
        ),
        in_fabrikam(
            "a whole log is deleted",
            "DELETE FROM audit_entries WHERE log = {fabrikam}; DELETE FROM audit_heads WHERE log = {fabrikam}",
            "its log is gone",
        ),
        fault(
            "a head is added",
            "INSERT INTO audit_heads (log, size, peaks, last_at, checkpoint) SELECT {id}, size, peaks, last_at, checkpoint FROM audit_heads WHERE log = {fabrikam}",
            &[
                "tenant 0190aaaa-0000-7000-8000-0000000000aa: no entry of the provider's log enrolled this tenant",
            ],
        ),
    ]
}

fn keys() -> Vec<Fault> {
    vec![
        fault(
            "the key's name changes",
            "UPDATE signing_keys SET name = 'elsewhere.example'",
            &["signing key: the stored name is not"],
        )
        .of_column("signing_keys.name"),
        fault(
            "another key is stored",
            &format!("UPDATE signing_keys SET public_key = '{ANOTHER_KEY}'"),
            &[FABRIKAM, "head: the checkpoint is not signed by this key"],
        )
        .of_column("signing_keys.public_key"),
        fault(
            "nonsense is stored as the key",
            "UPDATE signing_keys SET public_key = 'nonsense'",
            &["the stored public key was changed"],
        ),
        fault(
            "a key is added",
            "INSERT INTO signing_keys (name, public_key, sealed_seed, made_at) SELECT 'x', public_key, sealed_seed, made_at FROM signing_keys",
            &["signing key: there is more than one"],
        ),
    ]
}

/// One row of each state table: what it is told by, and what a finding calls it.
const CHANGED: [(&str, &str, &str); 11] = [
    ("tenants", "key = 'fabrikam'", "fabrikam ("),
    ("services", "key = 'teams'", "teams ("),
    ("people", "email = 'kim@fabrikam.example'", "Kim ("),
    (
        "single_sign_on",
        "client_id = 'lockbox'",
        "https://login.tailspin.example/ (",
    ),
    ("identity_links", "subject = 'tai-1'", "tai-1 ("),
    ("webhooks", "description = 'The SIEM'", "The SIEM ("),
    ("api_keys", "name = 'helpdesk'", "helpdesk ("),
    ("pass_keys", "1 = 1", ""),
    ("support_cases", "number = '4711'", "4711 ("),
    ("case_comments", "text = 'It goes on.'", ""),
    ("requests", "state_kind = 'active'", "LBX-"),
];

/// What the columns of those rows become.
const CHANGES: &[(&str, &str)] = &[
    ("tenants.id", "{id}"),
    ("services.id", "{id}"),
    ("people.id", "{id}"),
    ("api_keys.id", "{id}"),
    ("support_cases.id", "{id}"),
    ("case_comments.id", "{id}"),
    ("requests.id", "{id}"),
    ("tenants.key", "'fabrikam-2'"),
    ("tenants.name", "'Fabricam'"),
    ("tenants.zone", "'Asia/Tokyo'"),
    ("tenants.zone", "'Nowhere/At-All'"),
    ("tenants.lockbox", "'{\"lockbox\":\"off\"}'"),
    (
        "tenants.lockbox",
        "(SELECT lockbox FROM tenants WHERE key = 'contoso')",
    ),
    (
        "tenants.limits",
        "'{\"time_to_answer\":720,\"longest_access\":1440,\"time_to_start\":240,\"approvals_needed\":1}'",
    ),
    ("tenants.entitlement", "'{\"entitlement\":\"none\"}'"),
    ("tenants.trial", "'{\"trial\":\"had\"}'"),
    (
        "tenants.suspended_at",
        "(SELECT since FROM authenticators LIMIT 1)",
    ),
    ("tenants.mail_links", "NOT mail_links"),
    (
        "tenants.recovery",
        "'{\"name\":\"Eve\",\"email\":\"eve@x.example\",\"started\":\"2026-11-21T17:30:00Z\",\"due\":\"2026-11-24T17:30:00Z\"}'",
    ),
    ("tenants.weakening_hours", "weakening_hours + 24"),
    (
        "tenants.pending",
        r#"'{"what":{"weakening":"turn_off"},"asked_by":"00000000-0000-0000-0000-000000000001","asked":"2026-11-21T17:30:00Z","due":"2026-11-22T17:30:00Z"}'"#,
    ),
    ("tenants.mail_reminders", "NOT mail_reminders"),
    ("services.key", "'teams-2'"),
    ("services.name", "'Groups'"),
    ("services.covered", "NOT covered"),
    ("people.email", "'kim@elsewhere.example'"),
    ("people.name", "'Tim'"),
    ("people.tenant_id", "{contoso}"),
    ("people.tenant_id", "NULL"),
    ("people.zone", "'Asia/Tokyo'"),
    ("people.joined_at", "joined_at {tick}"),
    ("people.joined_at", "NULL"),
    ("people.removed_at", "joined_at"),
    ("single_sign_on.id", "{id}"),
    ("single_sign_on.log", "{fabrikam}"),
    ("single_sign_on.issuer", "'https://evil.example/'"),
    ("single_sign_on.issuer", "'http://evil.example/'"),
    ("single_sign_on.client_id", "'other'"),
    ("single_sign_on.client_secret_sealed", "{bytes}"),
    (
        "single_sign_on.group_roles",
        "'{\"claim\":\"groups\",\"roles\":[[\"everybody\",\"global_administrator\"]]}'",
    ),
    ("single_sign_on.strong", "'[\"0\"]'"),
    ("single_sign_on.stage", "'{\"stage\":\"tested\"}'"),
    (
        "single_sign_on.set_by",
        "(SELECT id FROM people WHERE email = 'kim@fabrikam.example')",
    ),
    ("single_sign_on.set_by", "NULL"),
    ("webhooks.id", "{id}"),
    ("webhooks.log", "{fabrikam}"),
    ("webhooks.url", "'https://evil.example/'"),
    ("webhooks.url", "'nowhere'"),
    ("webhooks.description", "'Another SIEM'"),
    ("webhooks.wants", "'[\"all\"]'"),
    ("webhooks.wants", "'[\"nothing\"]'"),
    ("webhooks.stage", "'{\"stage\":\"off\"}'"),
    ("webhooks.secret_sealed", "{bytes}"),
    ("webhooks.former_sealed", "secret_sealed"),
    ("webhooks.former_sealed", "NULL"),
    ("webhooks.former_until", "former_until {tick}"),
    ("webhooks.former_until", "NULL"),
    ("identity_links.person_id", "{id}"),
    ("identity_links.issuer", "'https://evil.example/'"),
    ("identity_links.subject", "'ari-1'"),
    ("identity_links.since", "since {tick}"),
    ("api_keys.name", "'servicedesk'"),
    ("api_keys.secret_sha256", "{bytes}"),
    (
        "api_keys.scopes",
        "'[\"requests:write\",\"requests:read\",\"access:read\"]'",
    ),
    ("api_keys.owner_id", "NULL"),
    ("api_keys.tenant_id", "{contoso}"),
    ("api_keys.bounds", "'{}'"),
    (
        "api_keys.made_by",
        "(SELECT id FROM people WHERE email = 'max@lockbox.example')",
    ),
    ("api_keys.expires_at", "expires_at {tick}"),
    ("api_keys.expires_at", "NULL"),
    ("api_keys.revoked_at", "expires_at"),
    ("pass_keys.signs_from", "signs_from {tick}"),
    ("support_cases.tenant_id", "{contoso}"),
    ("support_cases.number", "'4712'"),
    ("support_cases.title", "'Something else'"),
    ("support_cases.description", "'Something else'"),
    ("support_cases.opened_by", "'{\"kind\":\"system\"}'"),
    ("support_cases.opened_at", "opened_at {tick}"),
    ("support_cases.changed_by", "'{\"kind\":\"system\"}'"),
    ("support_cases.changed_at", "opened_at"),
    ("support_cases.closed_by", "'{\"kind\":\"system\"}'"),
    ("support_cases.closed_at", "opened_at"),
    ("case_comments.tenant_id", "{contoso}"),
    (
        "case_comments.case_id",
        "(SELECT id FROM support_cases WHERE number = '4711')",
    ),
    ("case_comments.said_by", "'{\"kind\":\"system\"}'"),
    ("case_comments.said_at", "said_at {tick}"),
    ("case_comments.text", "'It is gone.'"),
    ("requests.reference", "'LBX-0000-0000'"),
    ("requests.tenant_id", "{contoso}"),
    (
        "requests.filed_by",
        "'{\"by\":\"key\",\"key\":\"0190aaaa-0000-7000-8000-0000000000aa\",\"owner\":null}'",
    ),
    ("requests.case_id", "NULL"),
    ("requests.reason", "'Because'"),
    ("requests.scope", "'{\"description\":\"Everything\"}'"),
    ("requests.asked_minutes", "asked_minutes + 1"),
    ("requests.filed_at", "filed_at {tick}"),
    ("requests.quorum", "quorum + 1"),
    ("requests.endorsement", "NULL"),
    ("requests.state_kind", "'approved'"),
    (
        "requests.state",
        "(SELECT state FROM requests WHERE state_kind = 'approved')",
    ),
    ("requests.deadline", "deadline {tick}"),
    ("requests.deadline", "NULL"),
    ("requests.version", "version + 1"),
    ("requests.reminders", "'[]'"),
    ("requests.remind_at", "remind_at {tick}"),
    ("requests.remind_at", "NULL"),
    ("requests.follows", "reference"),
    (
        "requests.service_id",
        "(SELECT id FROM services WHERE key = 'teams')",
    ),
    (
        "requests.engineer_id",
        "(SELECT id FROM people WHERE email = 'max@lockbox.example')",
    ),
];

/// What the columns of the rows that belong to Kim become, and what a finding says is not what the log says.
const CHANGES_OF_KIM: &[(&str, &str, &str)] = &[
    ("person_roles.role", "'auditor'", "roles"),
    ("person_roles.role", "'nonsense'", "roles"),
    ("person_roles.since", "since {tick}", "roles"),
    ("person_roles.person_id", "{id}", "roles"),
    (
        "passwords.hash",
        "(SELECT hash FROM passwords WHERE person_id = (SELECT id FROM people WHERE email = 'ana@lockbox.example'))",
        "password",
    ),
    ("passwords.person_id", "{id}", "password"),
    ("authenticators.sealed", "{bytes}", "second_factor"),
    (
        "authenticators.since",
        "since {tick}",
        "second_factor_since",
    ),
    (
        "authenticators.person_id",
        "{id}",
        "second_factor, second_factor_since",
    ),
];

/// What the columns of the rows that belong to Ana become, and what a finding says is not what the log says.
const CHANGES_OF_ANA: &[(&str, &str, &str)] = &[
    ("passkeys.id", "{id}", "passkeys"),
    ("passkeys.person_id", "{id}", "passkeys"),
    ("passkeys.name", "'Another phone'", "passkeys"),
    ("passkeys.credential_id", "{bytes}", "passkeys"),
    (
        "passkeys.credential",
        "replace(credential, 'required', 'preferred')",
        "passkeys",
    ),
    ("passkeys.since", "since {tick}", "passkeys"),
    ("recovery_codes.person_id", "{id}", "recovery_codes"),
    ("recovery_codes.since", "since {tick}", "recovery_codes"),
];

/// Each column of each state table, changed in one row.
fn columns() -> Vec<Fault> {
    let change = |(changed, value): &(&str, &str)| {
        let (table, column) = changed.split_once('.').unwrap_or_default();
        let of_table = |(of, ..): &&(&str, &str, &str)| *of == table;
        let (_, row, name) = CHANGED.iter().find(of_table).copied().unwrap_or_default();
        let words = match column {
            "id" | "person_id" => ": the log says there is one, and the row is missing".to_owned(),
            _ => format!(": not what the log says: {column}"),
        };
        fault(
            &format!("{changed} becomes {value}"),
            &format!("UPDATE {table} SET {column} = {value} WHERE {row}"),
            &[&format!("{table}, {name}"), &words],
        )
        .of_column(changed)
    };
    let of_person = |name: &str, email: &str, (changed, value, found): &(&str, &str, &str)| {
        let (table, column) = changed.split_once('.').unwrap_or_default();
        // Of Kim's roles, the one as administrator.
        let role = if table == "person_roles" {
            "AND role = 'global_administrator'"
        } else {
            ""
        };
        fault(
            &format!("{changed} becomes {value}"),
            &format!("UPDATE {table} SET {column} = {value} WHERE person_id = (SELECT id FROM people WHERE email = '{email}') {role}"),
            &[&format!("people, {name} ("), &format!(": not what the log says: {found}")],
        )
        .of_column(changed)
    };
    let of_kim = |changed| of_person("Kim", "kim@fabrikam.example", changed);
    let of_ana = |changed| of_person("Ana", "ana@lockbox.example", changed);
    let changes = CHANGES.iter().map(change);
    let of_people = CHANGES_OF_KIM.iter().map(of_kim);
    let of_people = of_people.chain(CHANGES_OF_ANA.iter().map(of_ana));
    changes.chain(of_people).collect()
}

/// A row too many and a row too few in each state table.
fn rows() -> Vec<Fault> {
    const UNEXPLAINED: &str =
        "0190aaaa-0000-7000-8000-0000000000aa: no entry of a log explains this row";
    let added = |table: &str, sql: &str| {
        fault(
            &format!("a row is added to {table}"),
            sql,
            &[&format!("{table}, {UNEXPLAINED}")],
        )
    };
    let removed = |table: &str, row: &str, name: &str| {
        let sql = format!("DELETE FROM {table} WHERE {row}");
        fault(
            &format!("a row of {table} is deleted: {row}"),
            &sql,
            &[&format!("{table}, {name}"), "the row is missing"],
        )
    };
    let kim = "(SELECT id FROM people WHERE email = 'kim@fabrikam.example')";
    let ari = "(SELECT id FROM people WHERE email = 'ari@fabrikam.example')";
    vec![
        added("tenants", "INSERT INTO tenants (id, key, name, zone, lockbox, limits, entitlement, trial, suspended_at) SELECT {id}, 'x', name, zone, lockbox, limits, entitlement, trial, suspended_at FROM tenants WHERE key = 'contoso'"),
        added("services", "INSERT INTO services (id, key, name, covered) VALUES ({id}, 'x', 'X', true)"),
        added(
            "people",
            "INSERT INTO people (id, email, name, tenant_id, zone) SELECT {id}, 'x@x.example', name, tenant_id, zone FROM people WHERE email = 'kim@fabrikam.example'",
        ),
        added("person_roles", "INSERT INTO person_roles (person_id, role, since) SELECT {id}, role, since FROM person_roles LIMIT 1"),
        added("passwords", "INSERT INTO passwords (person_id, hash) SELECT {id}, hash FROM passwords LIMIT 1"),
        added("authenticators", "INSERT INTO authenticators (person_id, sealed, since, last_step) SELECT {id}, sealed, since, 0 FROM authenticators LIMIT 1"),
        added("passkeys", "INSERT INTO passkeys (id, person_id, name, credential_id, credential, since, counter) SELECT {id}, person_id, name, {bytes}, credential, since, 0 FROM passkeys"),
        added("recovery_codes", "INSERT INTO recovery_codes (person_id, code_sha256, since) SELECT {id}, code_sha256, since FROM recovery_codes LIMIT 1"),
        fault("a recovery code is put back, or another one in", "INSERT INTO recovery_codes (person_id, code_sha256, since) SELECT DISTINCT person_id, {bytes}, since FROM recovery_codes", &["people, Ana (", ": not what the log says: recovery_codes"])
            .of_column("recovery_codes.code_sha256"),
        fault("a recovery code is taken away", "DELETE FROM recovery_codes WHERE code_sha256 = (SELECT min(code_sha256) FROM recovery_codes)", &["people, Ana (", ": not what the log says: recovery_codes"]),
        fault("somebody's passkey is deleted", "DELETE FROM passkeys", &["people, Ana (", ": not what the log says: passkeys"]),
        added("identity_links", "INSERT INTO identity_links (person_id, issuer, subject, since) SELECT {id}, issuer, 'x', since FROM identity_links"),
        fault(
            "somebody is linked whom no identity provider vouched for",
            &format!("INSERT INTO identity_links (person_id, issuer, subject, since) SELECT {ari}, issuer, 'x', since FROM identity_links"),
            &["identity_links, Ari (", ": no entry of a log explains this row"],
        ),
        added(
            "single_sign_on",
            "INSERT INTO single_sign_on (id, log, issuer, client_id, client_secret_sealed, group_roles, strong, stage)
             SELECT {id}, {fabrikam}, issuer, client_id, client_secret_sealed, group_roles, strong, stage FROM single_sign_on",
        ),
        added("api_keys", "INSERT INTO api_keys (id, name, secret_sha256, scopes, owner_id, bounds) SELECT {id}, 'x', {bytes}, scopes, owner_id, bounds FROM api_keys WHERE name = 'gate'"),
        added(
            "webhooks",
            "INSERT INTO webhooks (id, log, url, description, wants, stage, secret_sealed)
             SELECT {id}, log, url, 'x', wants, stage, secret_sealed FROM webhooks WHERE description = 'The SIEM'",
        ),
        added("pass_keys", "INSERT INTO pass_keys (id, sealed_seed, signs_from) SELECT {id}, sealed_seed, signs_from FROM pass_keys"),
        fault("a pass key takes another id", "UPDATE pass_keys SET id = {id}", &["pass_keys, ", "no entry of a log explains this row"])
            .of_column("pass_keys.id"),
        added("support_cases", "INSERT INTO support_cases (id, tenant_id, number, title) SELECT {id}, tenant_id, 'x', title FROM support_cases WHERE number = '4711'"),
        added(
            "requests",
            "INSERT INTO requests (id, reference, tenant_id, service_id, engineer_id, filed_by, case_id, reason, scope, asked_minutes, filed_at, quorum, endorsement, state_kind, state, deadline, version)
             SELECT {id}, 'LBX-0000-0000', tenant_id, service_id, engineer_id, filed_by, case_id, reason, scope, asked_minutes, filed_at, quorum, endorsement, state_kind, state, deadline, version
             FROM requests WHERE state_kind = 'active'",
        ),
        fault(
            "somebody is given one more role",
            &format!("INSERT INTO person_roles (person_id, role, since) SELECT {ari}, 'access_approver', since FROM person_roles WHERE person_id = {kim} LIMIT 1"),
            &["people, Ari (", ": not what the log says: roles"],
        ),
        fault("somebody's password is deleted", &format!("DELETE FROM passwords WHERE person_id = {ari}"), &["people, Ari (", ": not what the log says: password"]),
        fault("somebody's second factor is deleted", &format!("DELETE FROM authenticators WHERE person_id = {ari}"), &["people, Ari (", ": not what the log says: second_factor, second_factor_since"]),
        fault("somebody's role is deleted", &format!("DELETE FROM person_roles WHERE person_id = {ari}"), &["people, Ari (", ": not what the log says: roles"]),
        removed("tenants", "key = 'contoso'", "contoso ("),
        removed("services", "key = 'teams'", "teams ("),
        removed("people", "email = 'ana@lockbox.example'", "Ana ("),
        removed("single_sign_on", "client_id = 'lockbox'", "https://login.tailspin.example/ ("),
        removed("identity_links", "subject = 'tai-1'", "tai-1 ("),
        removed("webhooks", "description = 'The SIEM'", "The SIEM ("),
        removed("api_keys", "name = 'gate'", "gate ("),
        added("case_comments", "INSERT INTO case_comments (id, tenant_id, case_id, said_by, said_at, text) SELECT {id}, tenant_id, case_id, said_by, said_at, text FROM case_comments WHERE text = 'It goes on.'"),
        removed("support_cases", "number = '4711'", "4711 ("),
        removed("case_comments", "text = 'It goes on.'", ""),
        removed("requests", "state_kind = 'active'", "LBX-"),
        removed("requests", "state_kind = 'rejected'", "LBX-"),
    ]
}
