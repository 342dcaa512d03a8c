//! Settings > Org settings > Security & privacy.

use actix_web::{HttpRequest, HttpResponse};

use super::guard::TenantMember;
use super::page::{Answer, moved, page};
use super::view::{Badge, Place, SettingRow, SettingsPage};
use crate::domain::rights::{Act, Subject, may};
use crate::store::single_sign_on;

/// `GET /settings`.
///
/// # Errors
/// 404 for the provider's people.
pub async fn show(member: TenantMember) -> Answer {
    let (who, tenant) = (member.person(), Subject::Tenant(member.tenant.id));
    may(who, Act::SeeSettings, tenant)?;
    let side = who.side;
    let sign_on = member
        .lockbox()
        .reading(move |conn| single_sign_on::of(conn, side))
        .await?;
    let row = |href: &str, name: &str, description: &str, on| SettingRow {
        href: href.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        state: if on { Badge::On } else { Badge::Off },
    };
    page(&SettingsPage {
        shell: member.shell(Place::Settings),
        rows: vec![
            row(
                "/settings/customer-lockbox",
                "Customer Lockbox",
                "Require your approval before anybody at the provider sees your content.",
                member.tenant.lockbox.is_on(),
            ),
            row(
                "/settings/single-sign-on",
                "Single sign-on",
                "Let your own identity provider say who your people are.",
                sign_on.is_some_and(|(sign_on, _)| sign_on.is_on()),
            ),
        ],
        read_only: may(who, Act::SwitchLockbox, tenant).is_err(),
    })
}

/// `GET /settings/security-privacy`: where the settings are in other portals.
pub async fn moved_here(request: HttpRequest) -> HttpResponse {
    moved("/settings", &request)
}
