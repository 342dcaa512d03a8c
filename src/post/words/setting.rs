//! What a mail says about the tenant's setting. It is the tenant's, and only its people hear of it.

use super::{Words, because, protection, way};
use crate::domain::notice::{Audience, Letter, NoticeKind, SettingChange};

/// The page a letter about the setting leads to: its address, its way in words, and what the button says.
pub(in crate::post) struct Page {
    /// The parts of its path.
    pub path: &'static [&'static str],
    pub(super) way: &'static str,
    pub(super) button: &'static str,
}

/// Where a letter about the setting leads.
pub(in crate::post) const fn page(letter: &Letter) -> Page {
    match (letter.kind, &letter.change) {
        (NoticeKind::Test, _) | (_, Some(SettingChange::Notifications(_))) => Page {
            path: &["settings", "notifications"],
            way: "Settings > Notifications",
            button: "Open setting",
        },
        (
            _,
            Some(
                SettingChange::RecoveryStarted { .. }
                | SettingChange::RecoveryReminded { .. }
                | SettingChange::RecoveryStopped { .. },
            ),
        ) => Page {
            path: &["people", "recovery"],
            way: "Home",
            button: "Look at it",
        },
        (_, Some(SettingChange::WeakeningAsked { .. })) => Page {
            path: &["settings", "customer-lockbox", "waiting"],
            way: "Home",
            button: "Look at it",
        },
        (NoticeKind::PersonChanged, _) => Page {
            path: match letter.audience {
                Audience::Person => &[],
                _ => &["people"],
            },
            way: match letter.audience {
                Audience::Person => "Home",
                _ => "People",
            },
            button: match letter.audience {
                Audience::Person => "Sign in",
                _ => "View people",
            },
        },
        (_, Some(SettingChange::RecoveryFinished)) => Page {
            path: &["people"],
            way: "People",
            button: "View people",
        },
        (_, Some(SettingChange::WebhookAdded { .. } | SettingChange::WebhookDisabled { .. })) => {
            Page {
                path: &["settings", "webhooks"],
                way: "Settings > Webhooks",
                button: "Open webhooks",
            }
        }
        (_, Some(SettingChange::SingleSignOn { .. } | SettingChange::SingleSignOnSet { .. })) => {
            Page {
                path: &["settings", "single-sign-on"],
                way: "Settings > Org settings > Security & privacy > Single sign-on",
                button: "Open setting",
            }
        }
        (_, Some(SettingChange::ApproverAdded { .. })) => Page {
            path: &["audit"],
            way: "Audit log",
            button: "View audit log",
        },
        _ => Page {
            path: &["settings", "customer-lockbox"],
            way: "Settings > Org settings > Security & privacy > Customer Lockbox",
            button: "Open setting",
        },
    }
}

/// The lockbox was switched.
pub(super) fn turned(letter: &Letter, on: bool) -> Words {
    let Letter { tenant, by, .. } = letter;
    let word = if on { "on" } else { "off" };
    let lead = format!("{by} turned {word} Customer Lockbox for {tenant}.");
    let otherwise = if on {
        format!(
            "From now on nobody of the provider's support sees your content before you approve it, except in services that {tenant} \
             accepted as not covered. Approvals given while it was off and not started were revoked. \
             Access that is already running goes on; you can revoke it."
        )
    } else {
        "From now on a support manager's endorsement is enough for access, and you are not asked. Every request is still \
         recorded and stays visible to you. Requests already waiting for you keep waiting."
            .to_owned()
    };
    of_setting(
        letter,
        &format!("Customer Lockbox was turned {word}"),
        lead,
        otherwise,
    )
}

/// Somebody tries whether mail arrives.
pub(super) fn test(letter: &Letter) -> Words {
    let lead = "You asked for this mail, and it has arrived.".to_owned();
    let otherwise = "Nothing is to be done.".to_owned();
    of_setting(
        letter,
        "This is a test of the mails of Customer Lockbox",
        lead,
        otherwise,
    )
}

/// What all mails about the setting share.
pub(super) fn of_setting(letter: &Letter, heading: &str, lead: String, otherwise: String) -> Words {
    let page = page(letter);
    let lead = match letter.asked {
        Some(asked) => format!("{lead} {}", protection::waited(letter, asked)),
        None => lead,
    };
    Words {
        subject: format!("{heading} for {}", letter.tenant),
        heading: heading.to_owned(),
        preheader: format!("{lead} {otherwise}"),
        lead,
        otherwise,
        button: page.button,
        way: way(letter, page.way),
        because: because(letter),
    }
}
