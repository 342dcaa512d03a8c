//! Every address of both doors, from the URL tables that the doors are made of: a new one is tried by the walls' stories
//! at once.

use lockbox::domain::request::Request;
use lockbox::url_table::Address;
use serde_json::{Value, json};

use super::World;
use super::visitor::Visitor;

/// An address of either door, and what it takes.
#[derive(Debug, Clone)]
pub struct Place {
    /// As it stands in the table: `/requests/{reference}/approval`.
    pub pattern: String,
    /// Whether it takes GET and HEAD.
    pub reads: bool,
    /// Whether it takes POST.
    pub posts: bool,
}

/// Where somebody signs in. Each address is named: a new one below `/sign-in` is no door until it stands here.
pub const AT_THE_DOOR: [&str; 8] = [
    "/sign-in",
    "/sign-in/second-factor",
    "/sign-in/passkey",
    "/sign-in/recovery",
    "/sign-in/sso",
    "/sign-in/sso/{organisation}",
    "/sign-in/sso/{organisation}/callback",
    "/sign-in/authenticator",
];

/// What else is there for everybody, named in the same way.
pub const OPEN: [&str; 13] = [
    "/join",
    "/set-up",
    "/password/forgotten",
    "/password/reset",
    "/passkey/request",
    "/static/{hash}/{name}",
    "/help",
    "/help/api",
    "/problems/{kind}",
    "/support/data-access-requests",
    "/support/customer-lockbox-requests",
    "/support/service-requests",
    "/settings/security-privacy",
];

impl Place {
    fn of(address: &Address) -> Self {
        Self {
            pattern: address.pattern().to_owned(),
            reads: address.reads(),
            posts: address.posts(),
        }
    }

    /// The address of the side door with this pattern.
    pub fn of_side_door(pattern: &str) -> Self {
        let mut places = side_door().into_iter();
        places.find(|place| place.pattern == pattern).unwrap()
    }

    /// The methods that do something here, as far as a request's words can say.
    pub fn methods(&self) -> Vec<&'static str> {
        let of = |takes: bool, method| takes.then_some(method);
        [of(self.reads, "GET"), of(self.posts, "POST")]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Whether it is about one request.
    pub fn is_of_a_request(&self) -> bool {
        self.pattern.contains("{reference}")
    }

    /// Whether it is an address of the side door that needs no key.
    pub fn is_for_everybody(&self) -> bool {
        [
            "/.well-known/authzen-configuration",
            "/.well-known/jwks.json",
            "/api/v1/openapi.json",
        ]
        .contains(&self.pattern.as_str())
    }

    /// Whether it is there for somebody who is not signed in.
    pub fn is_public(&self) -> bool {
        AT_THE_DOOR.contains(&self.pattern.as_str()) || OPEN.contains(&self.pattern.as_str())
    }

    /// Whether it is where somebody signs in or out.
    pub fn is_at_the_door(&self) -> bool {
        AT_THE_DOOR.contains(&self.pattern.as_str()) || self.pattern == "/sign-out"
    }

    /// The path for a reference.
    pub fn path(&self, reference: &str) -> String {
        self.pattern
            .replace("{reference}", reference)
            .replace("{service}", "telemetry")
            .replace("{webhook}", "00000000-0000-4000-8000-000000000000")
            .replace("{delivery}", "00000000-0000-4000-8000-000000000000")
            .replace("{passkey}", "00000000-0000-4000-8000-000000000000")
            .replace("{organisation}", "fabrikam")
            .replace("{hash}", "0123456789abcdef")
            .replace("{name}", "app.css")
            .replace("{rest:.*}", "mailbox/kim")
            .replace("{kind}", "unfit")
            .replace("{seq}", "0")
            .replace("{key}", "00000000-0000-4000-8000-000000000000")
            .replace("{tenant}", "fabrikam")
            .replace("{person}", "00000000-0000-4000-8000-000000000000")
            .replace("{case}", "00000000-0000-4000-8000-000000000000")
    }

    /// Who may send its form, and a request of Ivo's in the state that the form is for.
    pub fn doer(&self, world: &World) -> (&'static str, Request) {
        match self.pattern.as_str() {
            "/requests/{reference}/endorsement" => ("rosa", world.filed()),
            "/requests/new" | "/requests/{reference}/withdrawal" => ("ivo", world.filed()),
            "/tenants/{tenant}/administrator"
            | "/tenants/{tenant}/entitlement"
            | "/tenants/{tenant}/suspension"
            | "/tenants/{tenant}/resumption"
            | "/new-tenant"
            | "/new-service"
            | "/services/{service}" => ("pat", world.filed()),
            "/requests/{reference}/start" => ("ivo", world.approved()),
            "/requests/{reference}/end" | "/requests/{reference}/pass" => ("ivo", world.active()),
            "/requests/{reference}/revocation" => ("kim", world.approved()),
            _ => ("kim", world.endorsed()),
        }
    }

    /// A body that this address of the side door takes, complete and well-formed.
    pub fn body(&self) -> Value {
        match self.pattern.as_str() {
            "/api/v1/data-access-requests" => json!({
                "tenant": "fabrikam",
                "service": "exchange-online",
                "engineer": "ivo@provider.example",
                "support_case": {"number": "4417", "title": "Calendar invitations vanish"},
                "reason": "To see.",
                "scope": {"description": "Kim's calendar", "objects": ["mailbox/kim"], "actions": ["read"]},
                "duration": "PT1H",
            }),
            "/api/v1/data-access-requests/{reference}/withdrawal"
            | "/api/v1/data-access-requests/{reference}/end"
            | "/api/v1/support-cases/{case}/close" => json!({}),
            "/api/v1/support-cases" => json!({
                "tenant": "fabrikam",
                "number": "8801",
                "title": "Search finds old versions",
                "description": "Since October.",
            }),
            "/api/v1/support-cases/{case}/comments" => json!({"comment": "It goes on."}),
            "/access/v1/evaluation" => json!({
                "subject": {"type": "engineer", "id": "ivo@provider.example"},
                "action": {"name": "read"},
                "resource": mailbox(),
            }),
            "/access/v1/evaluations" => json!({
                "subject": {"type": "engineer", "id": "ivo@provider.example"},
                "evaluations": [{"action": {"name": "read"}, "resource": mailbox()}],
                "options": {"evaluations_semantic": "deny_on_first_deny"},
            }),
            "/access/v1/search/subject" => json!({
                "subject": {"type": "engineer"},
                "action": {"name": "read"},
                "resource": mailbox(),
                "page": {"token": "", "limit": 10},
            }),
            "/access/v1/search/resource" => json!({
                "subject": {"type": "engineer", "id": "ivo@provider.example"},
                "action": {"name": "read"},
                "resource": {"type": "service", "properties": {"tenant": "fabrikam"}},
                "page": {"token": "", "limit": 10},
            }),
            "/access/v1/search/action" => json!({
                "subject": {"type": "engineer", "id": "ivo@provider.example"},
                "resource": mailbox(),
                "page": {"token": "", "limit": 10},
            }),
            "/api/v1/activity" => json!({
                "activity": [{"request": "LBX-0000-0000", "at": "2026-11-21T17:30:00Z", "action": "read", "object": "mailbox/kim"}],
            }),
            unknown => panic!("the stories know no body for {unknown}"),
        }
    }

    /// A form it takes, but for the token: complete and well-formed, so that nothing but rights and state can be
    /// against it. `version` is the version of the request that is claimed to have been seen.
    #[expect(clippy::too_many_lines, reason = "each form in a line or two")]
    pub fn fields(&self, version: u32) -> Vec<(String, String)> {
        let version = version.to_string();
        let fields: &[(&str, &str)] = match self.pattern.as_str() {
            "/sign-in" => &[
                ("email", "kim@fabrikam.example"),
                ("password", "kim-demo-password"),
            ],
            "/sign-in/second-factor" => &[("verification_code", "000000")],
            "/sign-in/passkey" => &[("passkey", "{}")],
            "/sign-in/recovery" => &[("recovery_code", "0000-0000-0000-0000")],
            "/security/authenticator-app" => &[("app", "-"), ("verification_code", "000000")],
            "/security/password" => &[
                ("current", "not the present one"),
                ("password", "orbit velvet cactus lantern"),
            ],
            "/security/passkeys/new" => &[("name", "A phone"), ("passkey", "{}")],
            "/security/passkeys/{passkey}" => &[("name", "A phone")],
            "/sign-in/authenticator" => &[("app", ""), ("verification_code", "000000")],
            "/requests/new" => &[
                ("tenant", "fabrikam"),
                ("service", "teams"),
                ("case", ""),
                ("scope", "Kim's chats"),
                ("reason", "To see."),
                ("duration", "PT1H"),
                ("follows", ""),
            ],
            "/requests/{reference}/endorsement" | "/requests/{reference}/start" => {
                &[("version", &version)]
            }
            "/requests/{reference}/approval" => &[
                ("version", &version),
                ("duration", "PT1H"),
                ("note", "Only today."),
            ],
            "/requests/{reference}/rejection" | "/requests/{reference}/revocation" => {
                &[("version", &version), ("reason", "Enough.")]
            }
            "/people/{person}/removal"
            | "/people/{person}/second-factor"
            | "/people/{person}/single-sign-on"
            | "/people/{person}/deciding"
            | "/people/{person}/invitation"
            | "/people/recovery"
            | "/api-keys/{key}/revocation"
            | "/requests/{reference}/withdrawal"
            | "/requests/{reference}/end"
            | "/requests/{reference}/pass"
            | "/settings/customer-lockbox/off"
            | "/settings/customer-lockbox/trial"
            | "/settings/customer-lockbox/waiting"
            | "/settings/notifications/test"
            | "/settings/webhooks/{webhook}/on"
            | "/settings/webhooks/{webhook}/off"
            | "/settings/webhooks/{webhook}/secret"
            | "/settings/webhooks/{webhook}/removal"
            | "/settings/webhooks/{webhook}/test"
            | "/settings/webhooks/{webhook}/deliveries/{delivery}"
            | "/security/passkeys/{passkey}/removal"
            | "/security/recovery-codes"
            | "/security/sessions/end-others"
            | "/session/stay"
            | "/support/cases/{case}/closing"
            | "/sign-out" => &[],
            "/api-keys/new" => &[
                ("name", "siem"),
                ("requests:read", "on"),
                ("services", ""),
                ("days", "365"),
            ],
            "/support/cases/new" => &[
                ("title", "Calendar invitations vanish"),
                ("description", "Since Tuesday."),
            ],
            "/support/cases/{case}/comments" => &[("comment", "It goes on.")],
            "/security/sessions/end" => &[("session", "0123456789abcdef")],
            "/settings/customer-lockbox" => &[("lockbox", "on")],
            "/settings/notifications" => &[("links", "on"), ("reminders", "on")],
            "/settings/single-sign-on" => &[
                ("issuer", "https://login.fabrikam.example/"),
                ("client_id", "lockbox"),
                ("secret", "a-client-secret-of-a-story"),
                ("claim", "groups"),
                ("groups", "Lockbox approvers = access approver"),
                ("strong", "urn:strong"),
            ],
            "/settings/webhooks/new" | "/settings/webhooks/{webhook}/change" => &[
                ("url", "https://localhost:8443/in"),
                ("description", "The SIEM"),
                ("requests", "on"),
            ],
            "/settings/single-sign-on/switch" => &[("wanted", "off")],
            "/settings/customer-lockbox/limits" => &[
                ("version", "720-240-240-1-any time"),
                ("time_to_answer", "PT12H"),
                ("longest_access", "PT8H"),
                ("time_to_start", "PT4H"),
                ("approvals_needed", "1"),
            ],
            "/settings/customer-lockbox/access-hours" => &[
                ("version", "720-240-240-1-any time"),
                ("hours", "any"),
                ("mon_from", "08:00"),
                ("mon_to_2", ""),
            ],
            "/settings/customer-lockbox/protection" => &[("delay", "24")],
            "/settings/customer-lockbox/services/{service}" => &[("wanted", "asked")],
            "/settings/customer-lockbox/terms" => &[("terms", "0"), ("uncovered", "")],
            other => fields_of_people(other),
        };
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }
}

fn mailbox() -> Value {
    json!({"type": "service", "id": "exchange-online", "properties": {"tenant": "fabrikam", "object": "mailbox/kim"}})
}

/// The same, for the forms by which people come and are changed.
fn fields_of_people(pattern: &str) -> &'static [(&'static str, &'static str)] {
    match pattern {
        "/join" => &[
            ("link", ""),
            ("password", "four words that do not belong"),
            ("app", ""),
            ("verification_code", "000000"),
        ],
        "/set-up" => &[
            ("link", ""),
            ("name", "Pat Reyes"),
            ("email", "pat@provider.example"),
            ("password", "four words that do not belong"),
            ("app", ""),
            ("verification_code", "000000"),
        ],
        "/password/forgotten" => &[("email", "nobody@fabrikam.example")],
        "/password/reset" => &[("link", ""), ("password", "four words that do not belong")],
        "/tenants/{tenant}/administrator" => &[("email", "sam@contoso.example"), ("name", "Noa")],
        "/tenants/{tenant}/entitlement" => &[("given", "plan"), ("plan", "Enterprise E5")],
        "/tenants/{tenant}/suspension" => &[("reason", "Unpaid.")],
        "/tenants/{tenant}/resumption" => &[],
        "/new-tenant" => &[
            ("key", "wingtip"),
            ("name", "Wingtip Toys"),
            ("zone", "Europe/Berlin"),
            ("given", "plan"),
            ("plan", "Enterprise E5"),
        ],
        "/new-service" => &[("key", "planner"), ("name", "Planner"), ("covered", "on")],
        "/services/{service}" => &[("wanted", "covered")],
        "/people/invitation" => &[
            ("email", "leo@fabrikam.example"),
            ("name", "Leo Novak"),
            ("auditor", "on"),
        ],
        "/people/{person}/roles" => &[("seen", "auditor"), ("access_approver", "on")],
        unknown => panic!("the stories know no form for {unknown}"),
    }
}

/// The portal's table, without the demo's own pages.
pub fn portal() -> Vec<Place> {
    lockbox::web::url_table().iter().map(Place::of).collect()
}

/// The side door's table.
pub fn side_door() -> Vec<Place> {
    lockbox::api::url_table().iter().map(Place::of).collect()
}

impl Visitor<'_> {
    /// The token of this visitor's forms.
    pub async fn token(&self) -> String {
        let page = self.get("/help").await;
        let fields = page.form("Sign out").fields;
        fields
            .into_iter()
            .find(|(name, _)| name == "csrf")
            .unwrap()
            .1
    }

    /// Sends these fields by this method, with headers besides; follows nothing.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        fields: &[(String, String)],
        headers: &[(&str, &str)],
    ) -> super::Page {
        let mut request = self.client.request(method.parse().unwrap(), self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !["GET", "HEAD"].contains(&method) {
            request = request.form(fields);
        }
        self.read(request, path).await
    }
}

/// The fields with a token before them.
pub fn with_token(token: &str, fields: &[(String, String)]) -> Vec<(String, String)> {
    let mut all = vec![("csrf".to_owned(), token.to_owned())];
    all.extend_from_slice(fields);
    all
}

impl World {
    /// Everybody of the demo, by the first part of their address.
    pub fn everybody(&self) -> Vec<String> {
        self.demo
            .people
            .iter()
            .map(|account| account.email.split('@').next().unwrap().to_owned())
            .collect()
    }
}
