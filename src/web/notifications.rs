//! Settings > Notifications: links and reminders, who gets which mail, and a test.

use actix_web::HttpRequest;
use serde::Deserialize;

use super::error::WebError;
use super::form::{Nothing, Posted};
use super::guard::{Confirmation, TenantMember};
use super::page::{Answer, form_page, page, see_other};
use super::view::{CodeField, Gets, MailRow, Message, NotificationsPage, Place, Tone};
use super::words;
use crate::acts::{ActError, Flaw, notifications};
use crate::domain::notice::{Audience, NoticeKind};
use crate::domain::notification_setting::NotificationSetting;
use crate::domain::person::Role;
use crate::domain::rights::{Act, Subject, may};
use crate::store::people;

/// The form as it is sent in: a switch that is off sends nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    links: Option<String>,
    reminders: Option<String>,
    #[serde(default, rename = "version")]
    #[expect(
        dead_code,
        reason = "both switches are sent in, so nothing hangs on what they were before"
    )]
    any_version: String,
}

/// `GET /settings/notifications`, and what was done just before it: `?saved`, `?tested`, said only to who may do it.
///
/// # Errors
/// 404 for the provider's people.
pub async fn show(member: TenantMember, request: HttpRequest) -> Answer {
    let mut view = view(&member, member.tenant.notifications).await?;
    let done = match request.query_string() {
        "saved" if view.may_change => {
            Some("Saved. Every administrator and approver gets a mail about it.".to_owned())
        }
        "tested" => view
            .test_to
            .as_ref()
            .map(|address| format!("A test is on its way to {address}.")),
        _ => None,
    };
    let messages = &mut view.shell.messages;
    messages.extend(done.map(|words| Message::new(Tone::Good, words)));
    page(&view)
}

/// `POST /settings/notifications`.
///
/// # Errors
/// 403 for whoever may not change it, 422 for any other value of a switch than `on`, and whatever the act says.
pub async fn save(member: TenantMember, posted: Posted<Wanted>) -> Answer {
    let tenant = member.tenant.id;
    may(member.person(), Act::SwitchLockbox, Subject::Tenant(tenant))?;
    let wanted = NotificationSetting {
        links: is_on("links", posted.fields.links.as_deref())?,
        reminders: is_on("reminders", posted.fields.reminders.as_deref())?,
    };
    let by = match member.confirm(posted.code.as_deref()).await? {
        Confirmation::Fresh(by) => by,
        Confirmation::Ask(code) => return asked(&member, wanted, code).await,
    };
    let done = member
        .lockbox()
        .acting(move |lockbox| notifications::change_notifications(lockbox, &by, tenant, wanted))
        .await;
    told(&member, done, "/settings/notifications?saved").await
}

/// `POST /settings/notifications/test`.
///
/// # Errors
/// 403 for whoever gets no such mails, and whatever the act says.
pub async fn send_test(member: TenantMember, _posted: Posted<Nothing>) -> Answer {
    let (by, tenant) = (member.who.clone(), member.tenant.id);
    may(
        member.person(),
        Act::TestNotifications,
        Subject::Tenant(tenant),
    )?;
    let done = member
        .lockbox()
        .acting(move |lockbox| notifications::send_test(lockbox, &by, tenant))
        .await;
    told(&member, done, "/settings/notifications?tested").await
}

/// On to the page that says what was done, or the page again, saying why nothing was.
async fn told(member: &TenantMember, done: Result<(), ActError>, then: &str) -> Answer {
    match done {
        Ok(()) => Ok(see_other(then)),
        Err(ActError::Unfit(flaws)) => {
            let mut view = view(member, member.tenant.notifications).await?;
            view.code = None;
            let message = Message::new(Tone::Info, Flaw::sentences(&flaws));
            view.shell.messages.push(message);
            page(&view)
        }
        Err(error) => Err(error.into()),
    }
}

async fn asked(member: &TenantMember, wanted: NotificationSetting, code: CodeField) -> Answer {
    let mut view = view(member, wanted).await?;
    view.code = Some(code);
    form_page(true, &view)
}

fn is_on(field: &'static str, value: Option<&str>) -> Result<bool, WebError> {
    match value {
        None => Ok(false),
        Some("on") => Ok(true),
        Some(_) => {
            let flaw = Flaw::of(field, "A switch is either on or left out.");
            Err(ActError::Unfit(vec![flaw]).into())
        }
    }
}

async fn view(
    member: &TenantMember,
    setting: NotificationSetting,
) -> Result<NotificationsPage, WebError> {
    let (who, tenant) = (member.person(), Subject::Tenant(member.tenant.id));
    may(who, Act::SeeSettings, tenant)?;
    let may_change = may(who, Act::SwitchLockbox, tenant).is_ok();
    let id = member.tenant.id;
    let deciders = member
        .lockbox()
        .reading(move |conn| people::approvers(conn, id))
        .await?;
    let administrators = deciders
        .iter()
        .filter(|person| person.is(Role::GlobalAdministrator));
    Ok(NotificationsPage {
        shell: member.shell(Place::Notifications),
        version: words::mails(member.tenant.notifications),
        links: setting.links,
        reminders: setting.reminders,
        may_change,
        administrators: administrators.map(words::person).collect(),
        mails: mails(setting),
        test_to: may(who, Act::TestNotifications, tenant)
            .is_ok()
            .then(|| who.email.to_string()),
        code: member.code_field().filter(|_| may_change),
    })
}

/// Who gets which mail, as the letters are written.
fn mails(setting: NotificationSetting) -> Vec<MailRow> {
    NoticeKind::ALL
        .into_iter()
        .filter(|kind| *kind != NoticeKind::Test)
        .map(|kind| {
            let gets = |audience| match kind.audiences().contains(&audience) {
                true if kind.is_reminder()
                    && audience == Audience::Approvers
                    && !setting.reminders =>
                {
                    Gets::TurnedOff
                }
                true => Gets::Yes,
                false => Gets::No,
            };
            MailRow {
                name: words::notice(kind).to_owned(),
                approvers: gets(Audience::Approvers),
                engineer: gets(Audience::Engineer),
                manager: gets(Audience::Manager),
            }
        })
        .collect()
}
