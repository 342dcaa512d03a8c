//! The tables, as both migrations make them.

macro_rules! tables {
    ($($name:ident ($($key:ident),+) { $($column:ident -> $kind:ty),+ $(,)? })+) => {
        $(diesel::table! {
            use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
            use crate::store::column::sql::{Id, Json, Stamp};
            $name ($($key),+) { $($column -> $kind,)+ }
        })+
        diesel::allow_tables_to_appear_in_same_query!($($name),+);
    };
}

tables! {
    signing_keys (name) { name -> Text, public_key -> Text, sealed_seed -> Binary, made_at -> Stamp }
    pass_keys (id) { id -> Id, sealed_seed -> Binary, signs_from -> Stamp }
    audit_heads (log) { log -> Id, size -> BigInt, peaks -> Binary, last_at -> Stamp, checkpoint -> Text }
    audit_entries (log, seq) { log -> Id, seq -> BigInt, at -> Stamp, act -> Text, request_id -> Nullable<Id>, body -> Text, leaf -> Binary }
    tenants (id) {
        id -> Id, key -> Text, name -> Text, zone -> Text, lockbox -> Json, limits -> Json,
        entitlement -> Json, trial -> Json, suspended_at -> Nullable<Stamp>,
        mail_links -> Bool, mail_reminders -> Bool, recovery -> Nullable<Json>,
        weakening_hours -> Integer, pending -> Nullable<Json>,
    }
    services (id) { id -> Id, key -> Text, name -> Text, covered -> Bool }
    people (id) {
        id -> Id, email -> Text, name -> Text, tenant_id -> Nullable<Id>, zone -> Text,
        joined_at -> Nullable<Stamp>, removed_at -> Nullable<Stamp>,
    }
    person_roles (person_id, role) { person_id -> Id, role -> Text, since -> Stamp }
    passwords (person_id) { person_id -> Id, hash -> Text }
    authenticators (person_id) { person_id -> Id, sealed -> Binary, since -> Stamp, last_step -> BigInt }
    passkeys (id) {
        id -> Id, person_id -> Id, name -> Text, credential_id -> Binary, credential -> Text, since -> Stamp,
        counter -> BigInt, last_used_at -> Nullable<Stamp>,
    }
    recovery_codes (person_id, code_sha256) { person_id -> Id, code_sha256 -> Binary, since -> Stamp }
    answered_challenges (challenge_sha256) { challenge_sha256 -> Binary, answered_at -> Stamp }
    api_keys (id) {
        id -> Id, tenant_id -> Nullable<Id>, name -> Text, secret_sha256 -> Binary, scopes -> Json, owner_id -> Nullable<Id>,
        bounds -> Json, made_by -> Nullable<Id>, expires_at -> Nullable<Stamp>, revoked_at -> Nullable<Stamp>,
    }
    api_key_uses (key_id) { key_id -> Id, at -> Stamp }
    support_cases (id) {
        id -> Id, tenant_id -> Id, number -> Text, title -> Text, description -> Nullable<Text>, opened_by -> Json, opened_at -> Stamp,
        changed_by -> Nullable<Json>, changed_at -> Nullable<Stamp>, closed_by -> Nullable<Json>, closed_at -> Nullable<Stamp>,
    }
    case_comments (id) { id -> Id, tenant_id -> Id, case_id -> Id, said_by -> Json, said_at -> Stamp, text -> Text }
    requests (id) {
        id -> Id, reference -> Text, tenant_id -> Id, service_id -> Id, engineer_id -> Id, filed_by -> Json, case_id -> Nullable<Id>,
        reason -> Text, scope -> Json, asked_minutes -> Integer, filed_at -> Stamp, quorum -> Integer, endorsement -> Nullable<Json>,
        state_kind -> Text, state -> Json, deadline -> Nullable<Stamp>, version -> Integer,
        reminders -> Json, remind_at -> Nullable<Stamp>, follows -> Nullable<Text>,
    }
    sessions (key_sha256) {
        key_sha256 -> Binary, person_id -> Nullable<Id>, state -> Text, seen_at -> Stamp, expires_at -> Stamp, visit -> Text,
        single_sign_on -> Bool, half_in -> Bool, at_known_device -> Bool,
    }
    one_time_links (person_id, kind) {
        person_id -> Id, kind -> Text, token_sha256 -> Binary, sealed -> Nullable<Binary>, made_at -> Stamp, expires_at -> Stamp,
    }
    sign_ins (person_id) { person_id -> Id, at -> Stamp }
    forgotten_passwords (email) { email -> Text, asked_at -> Stamp }
    devices (cookie_sha256, person_id) { cookie_sha256 -> Binary, person_id -> Id, used_at -> Stamp }
    tries (subject) { subject -> Binary, tried -> Integer, since -> Stamp }
    single_sign_on (id) {
        id -> Id, log -> Id, issuer -> Text, client_id -> Text, client_secret_sealed -> Binary, group_roles -> Json, strong -> Json, stage -> Json,
        set_by -> Nullable<Id>,
    }
    identity_links (person_id) { person_id -> Id, issuer -> Text, subject -> Text, since -> Stamp }
    used_sign_ons (state_sha256) { state_sha256 -> Binary, used_at -> Stamp }
    idempotency_keys (api_key_id, idempotency_key) {
        api_key_id -> Id, idempotency_key -> Text, body_sha256 -> Binary, made_at -> Stamp, lease_until -> Stamp, answer -> Nullable<Text>,
    }
    activity (id) {
        id -> Id, tenant_id -> Id, request_id -> Id, happened_at -> Stamp, recorded_at -> Stamp, action -> Text,
        object -> Nullable<Text>, known_by -> Text, recorded_by -> Text, sealed_in -> Nullable<BigInt>,
    }
    outbox (id) {
        id -> Id, letter -> Json, written_at -> Stamp, due_at -> Stamp, lease_until -> Stamp, attempts -> Integer,
        last_error -> Nullable<Text>, sent_at -> Nullable<Stamp>, given_up_at -> Nullable<Stamp>,
    }
    webhooks (id) {
        id -> Id, log -> Id, url -> Text, description -> Text, wants -> Json, stage -> Json,
        secret_sealed -> Binary, former_sealed -> Nullable<Binary>, former_until -> Nullable<Stamp>,
    }
    deliveries (id) {
        id -> Id, webhook_id -> Id, event_id -> Text, act -> Text, event -> Json, written_at -> Stamp, due_at -> Stamp,
        lease_until -> Stamp, attempts -> Integer, status -> Nullable<Integer>, last_error -> Nullable<Text>,
        sent_at -> Nullable<Stamp>, given_up_at -> Nullable<Stamp>,
    }
}

diesel::joinable!(requests -> services (service_id));
diesel::joinable!(requests -> people (engineer_id));
diesel::joinable!(requests -> tenants (tenant_id));
diesel::joinable!(person_roles -> people (person_id));
diesel::joinable!(authenticators -> people (person_id));
diesel::joinable!(passwords -> people (person_id));
diesel::joinable!(identity_links -> people (person_id));
diesel::joinable!(api_key_uses -> api_keys (key_id));
diesel::joinable!(sign_ins -> people (person_id));
diesel::joinable!(one_time_links -> people (person_id));
