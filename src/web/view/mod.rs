//! The pages as plain data: what each shows, and the template that shows it.
//!
//! This room knows no request, no database and no rule of the domain. Handlers fill these
//! structs, askama checks them against `templates/`, and a test renders every one of them in
//! every state. Words that never change stand in the templates; everything else is a field.

mod access_hours;
mod active_access;
mod api_keys;
mod approve;
mod audit;
mod badge;
mod confirm;
mod coverage;
mod deadline;
mod demo_mail;
mod device;
mod entitlement;
mod field;
mod help;
mod home;
mod icon;
mod joining;
mod limits;
mod lockbox;
mod markup;
mod new_request;
mod notifications;
mod outcome;
mod paging;
mod people;
mod person;
mod piece;
mod problem;
mod queue;
mod reference;
mod reject;
mod request;
mod requests;
mod revoke;
#[cfg(test)]
pub(crate) mod samples;
mod security;
mod services;
mod sessions;
mod settings;
mod shell;
mod sign_in;
mod single_sign_on;
mod standing;
mod support_cases;
mod tenants;
mod tone;
mod webhooks;
mod when;

pub use access_hours::{AccessHoursPage, HoursField, HoursOfDay};
pub use active_access::{AccessRow, ActiveAccessPage};
pub use api_keys::{ApiKeyPage, ApiKeyRow, ApiKeysPage, IssuedKeyPage, NewKeyPage};
pub use approve::ApprovePage;
pub use audit::{
    AuditEntryPage, AuditFilters, AuditHead, AuditPage, AuditRow, Origin, OwnRequest,
    RequestLogPage,
};
pub use badge::Badge;
pub use confirm::ConfirmPage;
pub use coverage::{CoveragePage, CoveredService};
pub use deadline::{Deadline, DeadlineLine, DeadlineOf};
pub use demo_mail::{DemoMailPage, DemoMailRow, DemoMailsPage};
pub use device::Device;
pub use entitlement::{Entitlement, TrialPage};
pub use field::{Choice, CodeField, ErrorSummary, Field, FieldError, Select};
pub use help::HelpPage;
pub use home::{HomePage, LiveAccess, LockboxStatus, RecentEvent, Step, WaitingRequest};
pub use icon::Icon;
pub use joining::{
    AppOffer, AuthenticatorPage, ForgottenPage, JoinPage, ResetPasswordPage, SetUpPage,
};
pub use limits::{LimitRow, LimitsForm};
pub use lockbox::{
    Acceptance, Changing, LockboxPage, NewDecider, ProtectionPage, Terms, TermsPage, TurnOffPage,
};
pub use new_request::NewRequestPage;
pub use notifications::{Gets, MailRow, NotificationsPage};
pub use outcome::{Outcome, OutcomePage};
pub use paging::Paging;
pub use people::{InvitePage, PeoplePage, PersonPage, PersonRow, RoleChoice, RolesPage};
pub use person::Person;
pub use problem::ProblemPage;
pub use queue::{LostMail, QueuePage};
pub use reference::{
    Reference, ReferenceAnswer, ReferenceMember, ReferenceOperation, ReferencePage,
    ReferenceProblem, ReferenceSubject,
};
pub use reject::RejectPage;
pub use request::{
    AccessPassPage, Activity, ActivityPage, Acts, DeedRow, Endorse, Grant, Happening, Previous,
    RequestPage, Start, TakePass, WhoCan, Window,
};
pub use requests::{ListTab, ListView, RequestFilters, RequestList, RequestRow, RequestsPage};
pub use revoke::RevokePage;
pub use security::{
    MadeCodesPage, NewAppPage, NewPasskeyPage, NewPasswordPage, PasskeyPage, PasskeyRemovalPage,
    PasskeyRow, RecoveryCodesPage, SecurityPage,
};
pub use services::{AddServicePage, ServiceRow, ServicesPage};
pub use sessions::{SessionRow, SessionsPage};
pub use settings::{SettingRow, SettingsPage};
pub use shell::{Account, Assets, Link, Message, NavItem, Place, SessionEnds, Shell, Side, Theme};
pub use sign_in::{DemoPerson, RecoveryPage, SecondFactorPage, SignInPage};
pub use single_sign_on::{OrganisationPage, SignOnStage, SingleSignOnPage, SwitchSignOnPage};
pub use standing::{Ending, Standing};
pub use support_cases::{
    CaseComment, CasePage, CaseRequest, CaseRow, CaseView, CasesPage, NewCasePage, RequestCase,
};
pub use tenants::{AppointPage, EnrolPage, EntitlePage, TenantPage, TenantRow, TenantsPage};
pub use tone::Tone;
pub use webhooks::{
    DeliveryRow, FactChoice, FactGroup, WebhookFormPage, WebhookPage, WebhookRow,
    WebhookSecretPage, WebhooksPage,
};
pub use when::{Cell, Iso, Plain, Relative, Stamp, Times, Urgency, When};
