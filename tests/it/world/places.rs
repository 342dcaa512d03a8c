//! Every address of both doors, read from the URL tables themselves: a new one is tried by the walls' stories at once.

use super::World;
use super::visitor::Visitor;

/// An address of the portal, and what it takes.
#[derive(Debug, Clone)]
pub struct Place {
    /// As it stands in the table: `/requests/{reference}/approval`.
    pub pattern: String,
    /// Whether it takes GET and HEAD.
    pub reads: bool,
    /// Whether it takes POST.
    pub posts: bool,
}

impl Place {
    /// Whether it is about one request.
    pub fn is_of_a_request(&self) -> bool {
        self.pattern.contains("{reference}")
    }

    /// Whether it is there for somebody who is not signed in.
    pub fn is_public(&self) -> bool {
        self.pattern.starts_with("/static/")
            || self.pattern.starts_with("/sign-in")
            || self.pattern.starts_with("/support/")
            || ["/help", "/settings/security-privacy"].contains(&self.pattern.as_str())
    }

    /// The path for a reference.
    pub fn path(&self, reference: &str) -> String {
        self.pattern
            .replace("{reference}", reference)
            .replace("{hash}", "0123456789abcdef")
            .replace("{name}", "app.css")
    }

    /// A form it takes, but for the token: complete and well-formed, so that nothing but rights and state can be
    /// against it. `version` is the version of the request that is claimed to have been seen.
    pub fn fields(&self, version: u32) -> Vec<(String, String)> {
        let version = version.to_string();
        let fields: &[(&str, &str)] = match self.pattern.as_str() {
            "/sign-in" => &[
                ("email", "kim@fabrikam.example"),
                ("password", "kim-demo-password"),
            ],
            "/sign-in/second-factor" => &[("verification_code", "000000")],
            "/requests/new" => &[
                ("tenant", "fabrikam"),
                ("service", "teams"),
                ("case_number", "4417"),
                ("case_title", "Calendar invitations vanish"),
                ("scope", "Kim's chats"),
                ("reason", "To see."),
                ("duration", "PT1H"),
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
            "/requests/{reference}/withdrawal"
            | "/requests/{reference}/end"
            | "/settings/customer-lockbox/off"
            | "/sign-out" => &[],
            "/settings/customer-lockbox" => &[("lockbox", "on")],
            "/settings/customer-lockbox/terms" => &[("terms", "0"), ("uncovered", "")],
            unknown => panic!("the stories know no form for {unknown}"),
        };
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }
}

/// The portal's table, without the demo's own pages.
pub fn portal() -> Vec<Place> {
    let table = include_str!("../../../src/web/mod.rs");
    let places: Vec<Place> = table
        .split("at(\"")
        .skip(1)
        .map(|rest| {
            let (pattern, routes) = rest.split_once('"').unwrap();
            let routes = routes.split("\n    ]").next().unwrap();
            Place {
                pattern: pattern.to_owned(),
                reads: routes.contains("read()"),
                posts: routes.contains("post()"),
            }
        })
        .filter(|place| !place.pattern.starts_with("/demo/"))
        .collect();
    let resources = table.matches("resource(").count();
    assert_eq!(
        resources, 1,
        "every address of the portal is made by at(\"…\")"
    );
    assert!(
        places.len() > 25 && places.iter().all(|place| place.reads || place.posts),
        "{places:#?}"
    );
    places
}

/// The side door's table: method and path.
pub fn side_door() -> [(&'static str, &'static str); 3] {
    let table = include_str!("../../../src/api/mod.rs");
    assert_eq!(
        table.matches("web::resource(").count(),
        3,
        "a new address of the side door belongs into this list"
    );
    [
        ("POST", "/api/v1/data-access-requests"),
        ("GET", "/api/v1/data-access-requests/{reference}"),
        ("POST", "/access/v1/evaluation"),
    ]
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
