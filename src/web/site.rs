//! What the front door knows of the deployment.

use std::sync::{Arc, LazyLock};

use url::Url;

use super::assets;
use super::view::{Assets, DemoPerson, Reference};
use crate::acts::Lockbox;
use crate::identity::csrf::CsrfKey;
use crate::identity::passkey::RelyingParty;
use crate::identity::passkey::challenge::ChallengeKey;

/// Makes the demo's list of people, with their codes of this half minute.
pub type DemoPeople = Box<dyn Fn(&Lockbox) -> Vec<DemoPerson> + Send + Sync>;

/// The reference of the side door, made when somebody first asks for it: nobody waits for it at the start.
pub type LazyReference = LazyLock<Arc<Reference>, Box<dyn FnOnce() -> Arc<Reference> + Send>>;

/// The deployment as the front door sees it.
pub struct Site {
    /// The one address from which links are made.
    pub base_url: Url,
    /// What the provider is called.
    pub provider_name: String,
    /// Where the static files are.
    pub assets: Assets,
    /// The key of the tokens in forms.
    pub csrf: CsrfKey,
    /// The portal as passkeys know it; none where its address is a number.
    pub passkeys: Option<RelyingParty>,
    /// What the side door says of itself, as people read it.
    pub api: LazyReference,
    /// Only in the demo: its people and its mails.
    pub demo: Option<DemoSite>,
}

/// What only the demo shows.
pub struct DemoSite {
    /// Its people.
    pub people: DemoPeople,
    /// The folder its mails are written to.
    pub mail_folder: std::path::PathBuf,
}

impl Site {
    /// A deployment without a demo.
    #[must_use]
    pub fn new(
        base_url: Url,
        provider_name: String,
        csrf: CsrfKey,
        challenges: ChallengeKey,
    ) -> Self {
        Self {
            passkeys: RelyingParty::at(&base_url, challenges),
            base_url,
            provider_name,
            assets: assets::addresses(),
            csrf,
            api: LazyLock::new(Box::new(Arc::default)),
            demo: None,
        }
    }

    /// Whether the portal is reached over TLS: then cookies are `Secure` and `__Host-`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }
}
