//! What every page wears: the top bar, the navigation, the messages.

use super::icon::Icon;
use super::tone::Tone;
use super::when::{Times, When};

/// Where webhooks are, on either side.
const WEBHOOKS: &str = "/settings/webhooks";

/// The frame around a page.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Where the style sheet, the script and the icon are.
    pub assets: Assets,
    /// The token that every form sends back as `csrf`.
    pub csrf: String,
    /// The present and the zone of whoever looks.
    pub times: Times,
    /// Light, dark, or as the device says.
    pub theme: Theme,
    /// Who is signed in; without anybody the page has no navigation.
    pub account: Option<Account>,
    /// When the session ends, for whoever is signed in.
    pub ends: Option<SessionEnds>,
    /// What happened just before, shown once above the page.
    pub messages: Vec<Message>,
    /// Whether this is the demo, which says so and links its mails.
    pub demo: bool,
}

/// When a session ends.
#[derive(Clone, Copy, Debug)]
pub struct SessionEnds {
    /// Unless it is used until then.
    pub idle: When,
    /// However much it is used.
    pub longest: When,
}

impl Shell {
    /// The navigation of whoever is signed in.
    #[must_use]
    pub fn nav(&self) -> Vec<NavItem> {
        self.account
            .as_ref()
            .map_or_else(Vec::new, |account| account.nav(self.demo))
    }

    /// Whether the provider's side is shown, which has its own accent.
    #[must_use]
    pub fn provider(&self) -> bool {
        self.account
            .as_ref()
            .is_some_and(|account| account.side == Side::Provider)
    }

    /// The last words of the page's title.
    #[must_use]
    pub fn title_end(&self) -> String {
        self.account.as_ref().map_or_else(String::new, |account| {
            format!(" - {}", account.organisation)
        })
    }
}

/// The addresses of the static files, with the hash of their content in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub css: String,
    /// The script.
    pub js: String,
    /// The icon.
    pub icon: String,
}

/// Which colours a person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The value of `data-theme`, if the person chose.
    #[must_use]
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// Which side of the lockbox a person is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A customer's.
    Tenant,
    /// The provider's.
    Provider,
}

/// Where support cases are.
const CASES: &str = "/support/cases";

/// Who is signed in.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether one place of the navigation is there"
)]
#[derive(Clone, Debug)]
pub struct Account {
    /// The person's name.
    pub name: String,
    /// The person's roles in words: "Global administrator, access approver".
    pub roles: String,
    /// The tenant's or the provider's name.
    pub organisation: String,
    /// The side.
    pub side: Side,
    /// Whether this person files requests, and so sees "New request" in the queue.
    pub files_requests: bool,
    /// Whether this person may read a log, or what it says about a request, and so sees "Audit log".
    pub reads_audit: bool,
    /// Whether this person may see the settings of their side.
    pub sees_settings: bool,
    /// Whether this person may see the people of their side.
    pub sees_people: bool,
    /// Whether this person may see the API keys of their side.
    pub sees_api_keys: bool,
    /// Whether this person may see the webhooks of their side.
    pub sees_webhooks: bool,
    /// Where in the navigation this page is.
    pub place: Place,
}

impl Account {
    #[expect(clippy::too_many_lines, reason = "each place of the navigation once")]
    fn nav(&self, demo: bool) -> Vec<NavItem> {
        let item = |place, href, label, icon| NavItem {
            href,
            label,
            icon,
            under: None,
            heads: false,
            current: self.place == place,
        };
        let mut items = Vec::with_capacity(6);
        match self.side {
            Side::Tenant => {
                items.push(item(Place::Home, "/", "Home", Icon::Home));
                items.push(NavItem {
                    under: Some("Support"),
                    ..item(
                        Place::Requests,
                        "/requests",
                        "Data access requests",
                        Icon::Lock,
                    )
                });
                items.push(NavItem {
                    under: Some("Support"),
                    ..item(Place::Cases, CASES, "Support cases", Icon::Speech)
                });
                items.push(NavItem {
                    under: Some("Settings"),
                    ..item(Place::Settings, "/settings", "Org settings", Icon::Sliders)
                });
                if self.sees_people {
                    items.push(NavItem {
                        under: Some("Settings"),
                        ..item(Place::People, "/people", "People", Icon::Person)
                    });
                }
                if self.sees_api_keys {
                    items.push(NavItem {
                        under: Some("Settings"),
                        ..item(Place::ApiKeys, "/api-keys", "API keys", Icon::Key)
                    });
                }
                items.push(NavItem {
                    under: Some("Settings"),
                    ..item(
                        Place::Notifications,
                        "/settings/notifications",
                        "Notifications",
                        Icon::Mail,
                    )
                });
                if self.sees_webhooks {
                    items.push(NavItem {
                        under: Some("Settings"),
                        ..item(Place::Webhooks, WEBHOOKS, "Webhooks", Icon::Send)
                    });
                }
            }
            Side::Provider => {
                items.push(item(Place::Queue, "/queue", "Queue", Icon::Tray));
                items.push(item(
                    Place::ActiveAccess,
                    "/active-access",
                    "Active access",
                    Icon::Unlock,
                ));
                items.push(item(Place::Cases, CASES, "Support cases", Icon::Speech));
                if self.sees_people {
                    items.push(item(Place::Tenants, "/tenants", "Tenants", Icon::Home));
                    items.push(item(Place::Services, "/services", "Services", Icon::Lock));
                    items.push(item(Place::People, "/people", "People", Icon::Person));
                }
                if self.sees_api_keys {
                    items.push(item(Place::ApiKeys, "/api-keys", "API keys", Icon::Key));
                }
                if self.sees_settings {
                    items.push(item(
                        Place::Settings,
                        "/settings/single-sign-on",
                        "Single sign-on",
                        Icon::Sliders,
                    ));
                }
                if self.sees_webhooks {
                    items.push(item(Place::Webhooks, WEBHOOKS, "Webhooks", Icon::Send));
                }
            }
        }
        if self.reads_audit {
            items.push(item(Place::Audit, "/audit", "Audit log", Icon::Log));
        }
        items.push(item(Place::Help, "/help", "Help", Icon::Question));
        if demo {
            items.push(item(
                Place::DemoMails,
                "/demo/mail",
                "Demo mails",
                Icon::Mail,
            ));
        }
        let mut above = None;
        for item in &mut items {
            item.heads = item.under != above;
            above = item.under;
        }
        items
    }
}

/// A place in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Home, a tenant's.
    Home,
    /// Data access requests, a tenant's.
    Requests,
    /// Support cases.
    Cases,
    /// Org settings, a tenant's; single sign-on, the provider's.
    Settings,
    /// People.
    People,
    /// API keys.
    ApiKeys,
    /// Tenants, the provider's.
    Tenants,
    /// Notifications, a tenant's.
    Notifications,
    /// Webhooks of either side.
    Webhooks,
    /// The queue, the provider's.
    Queue,
    /// Active access, the provider's.
    ActiveAccess,
    /// Services, the provider's.
    Services,
    /// The audit log.
    Audit,
    /// Help.
    Help,
    /// The demo's mails.
    DemoMails,
    /// No place of the navigation.
    Elsewhere,
}

/// One link of the navigation.
#[derive(Clone, Copy, Debug)]
pub struct NavItem {
    /// Where it leads.
    pub href: &'static str,
    /// What it says.
    pub label: &'static str,
    /// The icon before it.
    pub icon: Icon,
    /// The heading it stands under, as in the admin center.
    pub under: Option<&'static str>,
    /// Whether it is the first under that heading.
    pub heads: bool,
    /// Whether it is the page shown.
    pub current: bool,
}

/// A message bar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// How it is meant.
    pub tone: Tone,
    /// One or two sentences.
    pub text: String,
    /// Where to go from it.
    pub link: Option<Link>,
}

impl Message {
    /// A message without a link.
    #[must_use]
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
            link: None,
        }
    }
}

/// A link with its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Where it leads: a path of this portal.
    pub href: String,
    /// What it says.
    pub text: String,
}

impl Link {
    /// A link.
    #[must_use]
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            text: text.into(),
        }
    }
}
