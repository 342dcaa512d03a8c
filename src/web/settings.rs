//! Settings > Org settings > Security & privacy.

use actix_web::{HttpRequest, HttpResponse};

use super::guard::TenantMember;
use super::page::{Answer, moved, page};
use super::view::{Badge, Place, SettingRow, SettingsPage};
use crate::domain::rights::{Act, Subject, may};

/// `GET /settings`.
///
/// # Errors
/// 404 for the provider's people.
pub async fn show(member: TenantMember) -> Answer {
    let (who, tenant) = (member.person(), Subject::Tenant(member.tenant.id));
    may(who, Act::SeeSettings, tenant)?;
    page(&SettingsPage {
        shell: member.shell(Place::Settings),
        rows: vec![SettingRow {
            href: "/settings/customer-lockbox".to_owned(),
            name: "Customer Lockbox".to_owned(),
            description: "Require your approval before anybody of the provider sees your content."
                .to_owned(),
            state: if member.tenant.lockbox.is_on() {
                Badge::On
            } else {
                Badge::Off
            },
        }],
        read_only: may(who, Act::SwitchLockbox, tenant).is_err(),
    })
}

/// `GET /settings/security-privacy`: where the settings are in other portals.
pub async fn moved_here(request: HttpRequest) -> HttpResponse {
    moved("/settings", &request)
}
