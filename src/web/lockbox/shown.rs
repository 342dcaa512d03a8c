//! The setting page as one person sees it.

use super::limits::{LimitsTyped, form, rows};
use super::{switching, terms_in_force, version};
use crate::domain::entitlement::{self, Trial};
use crate::domain::lockbox::Lockbox;
use crate::domain::person::{Person, Role, roles_in_words};
use crate::domain::rights::{Act, Subject, may};
use crate::domain::service::Service;
use crate::domain::tenant::Tenant;
use crate::store::{Stored, people, services};
use crate::web::error::WebError;
use crate::web::guard::TenantMember;
use crate::web::view::{
    Acceptance, Changing, CoveredService, Entitlement, LockboxPage, NewDecider, Place, Times,
};
use crate::web::words;

/// The page; with `typed`, what somebody wanted the limits to be.
pub(super) async fn view(
    member: &TenantMember,
    typed: Option<LimitsTyped>,
) -> Result<LockboxPage, WebError> {
    let (who, tenant) = (member.person(), &member.tenant);
    may(who, Act::SeeSettings, Subject::Tenant(tenant.id))?;
    let accepted_by = match &tenant.lockbox {
        Lockbox::On { accepted_by, .. } => Some(*accepted_by),
        Lockbox::Off => None,
    };
    let (id, now) = (tenant.id, member.now());
    let (services, deciders, sure, waiting, accepted_by) = member
        .lockbox()
        .reading(move |conn| {
            let accepted_by = match accepted_by {
                Some(person) => people::by_id(conn, person)?,
                None => None,
            };
            let deciders = people::approvers(conn, id)?;
            let sure = people::with_own_factor(conn, &deciders)?.len();
            Stored::Ok((
                services::all(conn)?,
                deciders,
                sure,
                people::waiting_to_decide(conn, id, now)?,
                accepted_by,
            ))
        })
        .await?;
    let administrators = deciders
        .iter()
        .filter(|person| person.is(Role::GlobalAdministrator));
    let changing = match (tenant.suspended, switching(member)) {
        (Some(_), _) => Changing::Suspended,
        (None, Ok(())) => Changing::Open,
        (None, Err(_)) => Changing::NotYou,
    };
    let may_change = changing == Changing::Open;
    let typed = typed.unwrap_or_else(|| LimitsTyped::shown(member));
    let manager = member.lockbox().manager_time_to_answer;
    Ok(LockboxPage {
        shell: member.shell(Place::Settings),
        version: version(tenant),
        on: tenant.lockbox.is_on(),
        changing,
        administrators: administrators.map(words::person).collect(),
        terms: terms_in_force(&member.lockbox().terms),
        accepted: acceptance(tenant, accepted_by.as_ref(), member.times()),
        services: services
            .iter()
            .map(|service| covered(tenant, service, may_change))
            .collect(),
        entitlement: entitlement(tenant, member.times()),
        may_turn_on: tenant.entitlement.counts(member.now()),
        limits: rows(&tenant.limits, manager),
        access_hours: access_hours(tenant),
        limits_form: may_change.then(|| form(typed, deciders.len(), manager)),
        delay: super::protection::words(tenant.delay),
        new_deciders: waiting
            .iter()
            .filter_map(|person| new_decider(member, person))
            .collect(),
        deciders: deciders.len(),
        sure,
        needed: usize::from(tenant.limits.approvals_needed),
        problem: None,
    })
}

/// Somebody whose deciding waits.
fn new_decider(member: &TenantMember, person: &Person) -> Option<NewDecider> {
    let now = member.now();
    let from = person.decides_from(now)?;
    let may_stop = may(member.person(), Act::StopWeakening, Subject::Person(person));
    Some(NewDecider {
        name: person.name.to_string(),
        roles: roles_in_words(&person.waits_to_decide(now)),
        from: member.times().at(from),
        stop: may_stop
            .is_ok()
            .then(|| format!("/people/{}/deciding", person.id)),
    })
}

/// When access may be started and go on, as a sentence without its full stop.
fn access_hours(tenant: &Tenant) -> String {
    let hours = &tenant.limits.access_hours;
    if hours.is_any_time() {
        "Access can be started and goes on at any time".to_owned()
    } else {
        let hours = hours.in_zone(tenant.zone);
        format!("Nobody is let in outside {hours}, and access that runs ends with these hours")
    }
}

/// Whether the customer is asked about a service; while the lockbox is off, whether it would be.
fn covered(tenant: &Tenant, service: &Service, may_change: bool) -> CoveredService {
    let (covered, proposed) = match &tenant.lockbox {
        Lockbox::On { uncovered, .. } => {
            let covered = !uncovered.contains(&service.id);
            (covered, covered && !service.covered)
        }
        Lockbox::Off => (service.covered, false),
    };
    let can_be_changed = may_change && tenant.lockbox.is_on() && (proposed || !covered);
    let change = || format!("/settings/customer-lockbox/services/{}", service.key);
    CoveredService {
        name: service.name.to_string(),
        covered,
        proposed,
        change: can_be_changed.then(change),
    }
}

fn entitlement(tenant: &Tenant, times: Times) -> Entitlement {
    use entitlement::Entitlement as Has;
    match (&tenant.entitlement, tenant.trial) {
        (Has::Included { plan }, _) => Entitlement::Included {
            plan: plan.as_ref().map(ToString::to_string),
        },
        (has @ Has::Trial { until }, _) if has.counts(times.now) => Entitlement::Trial {
            until: times.at(*until),
        },
        (Has::Trial { until }, _) => Entitlement::TrialOver {
            since: times.at(*until),
        },
        (Has::None, Trial::Asked { at, .. }) => Entitlement::Asked { at: times.at(at) },
        (Has::None, Trial::Offered) => Entitlement::TrialOffered,
        (Has::None, Trial::Had) => Entitlement::Nothing,
    }
}

fn acceptance(tenant: &Tenant, by: Option<&Person>, times: Times) -> Option<Acceptance> {
    let Lockbox::On {
        terms, accepted_at, ..
    } = &tenant.lockbox
    else {
        return None;
    };
    Some(Acceptance {
        version: terms.version.clone(),
        sha256: terms.sha256.clone(),
        by: words::person(by?),
        at: times.at(*accepted_at),
    })
}
