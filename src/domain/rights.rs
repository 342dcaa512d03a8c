//! Who may do what: one table for both doors.
//!
//! Rights say whether somebody may ask; [`decide`](super::request::decide) says what comes of it.

use std::ops::Deref;

use super::id::TenantId;
use super::person::{Person, Role, Side};
use super::request::Request;
use super::second_factor::SecondFactor;
use super::support_case::SupportCase;
use super::time::Moment;

/// Something a person can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// File a request for oneself.
    FileRequest,
    /// See one request.
    SeeRequest,
    /// See the requests of a tenant, as one of its people.
    SeeTenantRequests,
    /// See the provider's queue.
    SeeQueue,
    /// Stand behind a request as a manager.
    Endorse,
    /// Say no as a manager, before the customer is asked.
    RejectAsManager,
    /// Give access as the customer.
    Approve,
    /// Say no as the customer.
    RejectAsCustomer,
    /// Take access away.
    Revoke,
    /// Take back one's own request.
    Withdraw,
    /// Start one's own access.
    Start,
    /// Take an access pass for one's own access.
    TakePass,
    /// End one's own access.
    Finish,
    /// See the tenant's settings.
    SeeSettings,
    /// Switch the lockbox, accept terms, change what else the setting holds.
    SwitchLockbox,
    /// Stop a change that weakens the protection and waits, or somebody who is to decide and waits for that.
    StopWeakening,
    /// Set single sign-on, try it, switch it.
    SetSingleSignOn,
    /// See the webhooks of one's side, and what became of deliveries.
    SeeWebhooks,
    /// Add, change, test and remove them.
    SetWebhooks,
    /// Send a test mail to oneself.
    TestNotifications,
    /// See the people of one's side.
    SeePeople,
    /// Invite somebody to one's side.
    InvitePerson,
    /// Change a person's roles.
    ChangeRoles,
    /// Remove a person.
    RemovePerson,
    /// Take a person's second factors away, so that they can enrol anew.
    ResetSecondFactor,
    /// See the API keys of one's side.
    SeeApiKeys,
    /// Issue and revoke API keys of one's side.
    ManageApiKeys,
    /// Take away what an identity provider calls a person.
    UnlinkPerson,
    /// See the tenants, as the provider.
    SeeTenants,
    /// Enrol tenants, say what they are entitled to, suspend them and let them go on.
    EnrolTenants,
    /// See the services and what is proposed of them, as the provider.
    SeeServices,
    /// Add services and propose whether they are covered.
    AddServices,
    /// Invite a tenant's first administrator, or begin to make one where it lost all.
    AppointAdministrator,
    /// Stop what the provider began.
    StopRecovery,
    /// See support cases: a tenant's, or as the provider all of them.
    SeeCases,
    /// Open a support case for one's own tenant.
    OpenCase,
    /// Say something in a support case.
    CommentCase,
    /// Close a support case, and with it end what was asked for because of it.
    CloseCase,
    /// Read a log whole.
    ReadAuditLog,
    /// Read what a log says about one request.
    ReadLogOfRequest,
}

impl Act {
    /// Every act, for the grids.
    pub const ALL: [Self; 40] = [
        Self::FileRequest,
        Self::SeeRequest,
        Self::SeeTenantRequests,
        Self::SeeQueue,
        Self::Endorse,
        Self::RejectAsManager,
        Self::Approve,
        Self::RejectAsCustomer,
        Self::Revoke,
        Self::Withdraw,
        Self::Start,
        Self::TakePass,
        Self::Finish,
        Self::SeeSettings,
        Self::SwitchLockbox,
        Self::StopWeakening,
        Self::SetSingleSignOn,
        Self::SeeWebhooks,
        Self::SetWebhooks,
        Self::TestNotifications,
        Self::SeePeople,
        Self::InvitePerson,
        Self::ChangeRoles,
        Self::RemovePerson,
        Self::ResetSecondFactor,
        Self::SeeApiKeys,
        Self::ManageApiKeys,
        Self::UnlinkPerson,
        Self::SeeTenants,
        Self::EnrolTenants,
        Self::SeeServices,
        Self::AddServices,
        Self::AppointAdministrator,
        Self::StopRecovery,
        Self::SeeCases,
        Self::OpenCase,
        Self::CommentCase,
        Self::CloseCase,
        Self::ReadAuditLog,
        Self::ReadLogOfRequest,
    ];

    /// Whether nobody does it to a request of their own.
    #[must_use]
    pub const fn needs_another(self) -> bool {
        matches!(
            self,
            Self::Endorse
                | Self::RejectAsManager
                | Self::Approve
                | Self::RejectAsCustomer
                | Self::Revoke
        )
    }
}

/// What the act is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// The provider's side as a whole.
    Provider,
    /// One tenant.
    Tenant(TenantId),
    /// One person.
    Person(&'a Person),
    /// One request.
    Request(&'a Request),
    /// One support case.
    Case(&'a SupportCase),
}

impl Subject<'_> {
    /// A side as a whole.
    #[must_use]
    pub const fn of(side: Side) -> Self {
        match side {
            Side::Provider => Self::Provider,
            Side::Tenant(tenant) => Self::Tenant(tenant),
        }
    }
}

/// Somebody of whom it is asked what they may do.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    person: &'a Person,
    showed: Option<SecondFactor>,
}

impl<'a> Asker<'a> {
    /// Somebody who asks themselves and showed this second factor: it is judged with them.
    #[must_use]
    pub const fn showing(person: &'a Person, showed: SecondFactor) -> Self {
        Self {
            person,
            showed: Some(showed),
        }
    }
}

/// Somebody who does not ask themselves: what their roles allow them, once they show a second factor that counts.
impl<'a> From<&'a Person> for Asker<'a> {
    fn from(person: &'a Person) -> Self {
        Self {
            person,
            showed: None,
        }
    }
}

impl Deref for Asker<'_> {
    type Target = Person;
    fn deref(&self) -> &Person {
        self.person
    }
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// For this person the thing does not exist.
    #[error("there is no such thing")]
    NotThere,
    /// None of their roles allows it.
    #[error("none of your roles allows this")]
    NoRole,
    /// It is their own.
    #[error("nobody decides on what is their own")]
    Own,
    /// The role or the second factor that would allow it is newer than the request.
    #[error("your role or second factor is newer than this request, so it does not count for it")]
    TooNew,
}

/// Whether this person may do this to that.
///
/// # Errors
/// [`Denied`], with [`Denied::NotThere`] before anything else: who may not see a thing learns nothing of it.
pub fn may<'a>(who: impl Into<Asker<'a>>, act: Act, on: Subject<'_>) -> Result<(), Denied> {
    let who = who.into();
    if !within_sight(&who, on) {
        return Err(Denied::NotThere);
    }
    if !roles_for(act, who.side).iter().any(|role| who.is(*role)) {
        return Err(Denied::NoRole);
    }
    match on {
        Subject::Request(request) => on_request(who, act, request),
        Subject::Person(person) => on_person(who, act, person),
        Subject::Provider | Subject::Tenant(_) | Subject::Case(_) => Ok(()),
    }
}

/// The roles that allow an act, on the side of who asks.
#[must_use]
pub const fn roles_for(act: Act, side: Side) -> &'static [Role] {
    use Role::{
        AccessApprover, Auditor, Engineer, GlobalAdministrator, ProviderAdministrator,
        ProviderAuditor, SupportManager,
    };
    match (act, side) {
        (
            Act::FileRequest | Act::Withdraw | Act::Start | Act::TakePass | Act::Finish,
            Side::Provider,
        ) => &[Engineer],
        (Act::CommentCase | Act::CloseCase, Side::Provider) => &[Engineer, SupportManager],
        (Act::SeeRequest | Act::SeeQueue | Act::SeeCases, Side::Provider) => &[
            Engineer,
            SupportManager,
            ProviderAdministrator,
            ProviderAuditor,
        ],
        (Act::Endorse | Act::RejectAsManager | Act::Revoke, Side::Provider) => &[SupportManager],
        (
            Act::ReadAuditLog
            | Act::SeePeople
            | Act::SeeApiKeys
            | Act::SeeTenants
            | Act::SeeServices
            | Act::SeeSettings
            | Act::SeeWebhooks,
            Side::Provider,
        ) => &[ProviderAdministrator, ProviderAuditor],
        (
            Act::InvitePerson
            | Act::ChangeRoles
            | Act::RemovePerson
            | Act::ResetSecondFactor
            | Act::UnlinkPerson
            | Act::AppointAdministrator
            | Act::ManageApiKeys
            | Act::EnrolTenants
            | Act::AddServices
            | Act::SetSingleSignOn
            | Act::SetWebhooks,
            Side::Provider,
        ) => &[ProviderAdministrator],
        (Act::ReadLogOfRequest, Side::Provider) => &[Engineer, SupportManager, ProviderAuditor],
        (
            Act::SeeRequest
            | Act::SeeTenantRequests
            | Act::SeeSettings
            | Act::SeePeople
            | Act::StopRecovery
            | Act::SeeCases
            | Act::ReadAuditLog
            | Act::ReadLogOfRequest,
            Side::Tenant(_),
        ) => &[GlobalAdministrator, AccessApprover, Auditor],
        // Whoever gets the tenant's mails may try whether they arrive.
        (
            Act::Approve
            | Act::RejectAsCustomer
            | Act::Revoke
            | Act::OpenCase
            | Act::CommentCase
            | Act::CloseCase
            | Act::StopWeakening
            | Act::TestNotifications,
            Side::Tenant(_),
        ) => &[GlobalAdministrator, AccessApprover],
        // Addresses of webhooks may hold what only those should know who set them.
        (Act::SeeApiKeys | Act::SeeWebhooks, Side::Tenant(_)) => &[GlobalAdministrator, Auditor],
        (
            Act::SwitchLockbox
            | Act::SetSingleSignOn
            | Act::ManageApiKeys
            | Act::SetWebhooks
            | Act::InvitePerson
            | Act::ChangeRoles
            | Act::RemovePerson
            | Act::ResetSecondFactor
            | Act::UnlinkPerson,
            Side::Tenant(_),
        ) => &[GlobalAdministrator],
        _ => &[],
    }
}

/// Whether somebody of the provider sees the requests of every engineer, and not only their own.
#[must_use]
pub fn sees_every_request(who: &Person) -> bool {
    [
        Role::SupportManager,
        Role::ProviderAdministrator,
        Role::ProviderAuditor,
    ]
    .iter()
    .any(|role| who.is(*role))
}

fn within_sight(who: &Person, on: Subject<'_>) -> bool {
    match (who.side, on) {
        (Side::Provider, Subject::Provider | Subject::Case(_)) => true,
        (Side::Provider, Subject::Request(request)) => {
            request.engineer == who.id || sees_every_request(who)
        }
        (side, Subject::Person(person)) => side == person.side,
        (Side::Tenant(own), Subject::Tenant(tenant)) => own == tenant,
        (Side::Tenant(own), Subject::Request(request)) => own == request.tenant,
        (Side::Tenant(own), Subject::Case(case)) => own == case.tenant,
        (Side::Provider, Subject::Tenant(_)) | (Side::Tenant(_), Subject::Provider) => false,
    }
}

fn on_request(who: Asker<'_>, act: Act, request: &Request) -> Result<(), Denied> {
    match act {
        Act::Withdraw | Act::Start | Act::TakePass | Act::Finish if request.engineer != who.id => {
            Err(Denied::NoRole)
        }
        _ if act.needs_another() && request.is_own_of(who.id) => Err(Denied::Own),
        // Taking access away is the safe direction: a new role may do that at once.
        Act::Endorse
        | Act::RejectAsManager
        | Act::Approve
        | Act::RejectAsCustomer
        | Act::Start
        | Act::TakePass => {
            let since = who.showed.map(|showed| showed.since);
            let since = since.or(who.second_factor_since);
            let proven = since.is_some_and(|since| since <= request.filed_at);
            if !proven || !held_at(&who, act, request.filed_at) {
                return Err(Denied::TooNew);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Nobody changes their own roles, waiting ones among them, lets themselves out, or takes away the factor that proves who
/// they are.
fn on_person(who: Asker<'_>, act: Act, person: &Person) -> Result<(), Denied> {
    match act {
        Act::ChangeRoles
        | Act::StopWeakening
        | Act::RemovePerson
        | Act::ResetSecondFactor
        | Act::UnlinkPerson
            if who.id == person.id =>
        {
            Err(Denied::Own)
        }
        _ => Ok(()),
    }
}

fn held_at(who: &Person, act: Act, moment: Moment) -> bool {
    let roles = roles_for(act, who.side);
    who.roles
        .iter()
        .any(|held| roles.contains(&held.role) && held.since <= moment)
}
