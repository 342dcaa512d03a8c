//! Person × act: every role alone, those together that matter, one's own and others' things, roles newer than the
//! request, and people of another tenant (PROOF 3, 10 and 22).

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::TimeDelta;
use chrono_tz::Tz;
use lockbox::domain::audit::entry::Actor;
use lockbox::domain::id::{CaseId, KeyId, PersonId};
use lockbox::domain::person::{Person, Role, RoleHeld, Side};
use lockbox::domain::request::FiledBy;
use lockbox::domain::rights::{Act, Asker, Denied, Subject, may};
use lockbox::domain::second_factor::SecondFactor;
use lockbox::domain::support_case::{CaseOpened, SupportCase};
use lockbox::domain::text::{EmailAddress, Line};
use lockbox::domain::time::Moment;
use uuid::Uuid;

use super::{ANOTHER_TENANT, THE_ENGINEER, THE_TENANT, filed};
use crate::world::beginning;

/// Who may do what to a request, to a tenant and to the provider's side. What is not listed, nobody may: they hold no
/// role for it. Where nothing is listed, the thing does not exist for them.
#[test]
fn everybody_may_do_what_the_grid_says_and_nothing_else() {
    let (request, filed_by_key) = (filed(FiledBy::Engineer), filed(by_key()));
    let case = opened();
    let other = person(
        PersonId(Uuid::from_u128(5)),
        Side::Tenant(THE_TENANT),
        &[Role::Auditor],
        before(),
    );
    let subjects = [
        ("A request", Subject::Request(&request)),
        (
            "A request that a key somebody owns filed",
            Subject::Request(&filed_by_key),
        ),
        ("A support case", Subject::Case(&case)),
        ("A tenant", Subject::Tenant(request.tenant)),
        ("Another person of the tenant", Subject::Person(&other)),
        ("The provider's side", Subject::Provider),
    ];
    let mut text = String::new();
    for (subject, on) in subjects {
        writeln!(text, "{subject}").unwrap();
        for (name, person) in everybody() {
            if subject.ends_with("owns filed") && person.id == SOMEBODY {
                continue;
            }
            writeln!(text, "  {name:<52}{}", acts_of(asker(&name, &person), on)).unwrap();
        }
    }
    insta::assert_snapshot!("everybody_and_every_act", text);
}

/// A role on the wrong side gives nothing: an engineer's is worth nothing in a tenant, an approver's nothing at the
/// provider.
#[test]
fn a_role_counts_on_its_own_side_alone() {
    let request = filed(FiledBy::Engineer);
    for role in Role::ALL {
        let wrong = if role.is_providers() {
            Side::Tenant(request.tenant)
        } else {
            Side::Provider
        };
        let person = person(SOMEBODY, wrong, &[role], before());
        for act in Act::ALL {
            for on in [
                Subject::Request(&request),
                Subject::Case(&opened()),
                Subject::Tenant(request.tenant),
                Subject::Provider,
            ] {
                assert!(
                    may(&person, act, on).is_err(),
                    "{role} on {wrong:?}: {act:?}"
                );
            }
        }
    }
}

/// Nobody changes themselves as they may change others, and nobody's own roles go by their own hand.
#[test]
fn what_may_be_done_to_others_is_not_done_to_oneself() {
    let roles = [Role::GlobalAdministrator, Role::AccessApprover];
    let who = person(SOMEBODY, Side::Tenant(THE_TENANT), &roles, before());
    for act in [
        Act::ChangeRoles,
        Act::StopWeakening,
        Act::RemovePerson,
        Act::ResetSecondFactor,
        Act::UnlinkPerson,
    ] {
        let done = may(&who, act, Subject::Person(&who));
        assert_eq!(done, Err(Denied::Own), "{act:?}");
    }
}

/// A case of the tenant.
fn opened() -> SupportCase {
    let opened = CaseOpened {
        id: CaseId(Uuid::from_u128(14)),
        tenant: THE_TENANT,
        number: Line::parse("4417").unwrap(),
        title: Line::parse("Calendar invitations vanish").unwrap(),
        description: None,
    };
    SupportCase::opened(&opened, &Actor::System, beginning())
}

const SOMEBODY: PersonId = PersonId(Uuid::from_u128(1));
const THE_KEYS_OWNER: PersonId = PersonId(Uuid::from_u128(3));

fn before() -> Moment {
    beginning() - TimeDelta::days(1)
}

/// The very instant of filing still counts; a microsecond later is newer than the request.
fn after() -> Moment {
    beginning() + TimeDelta::microseconds(1)
}

fn everybody() -> Vec<(String, Person)> {
    use Role::{AccessApprover, Auditor, Engineer, GlobalAdministrator, SupportManager};
    let (own, foreign) = (Side::Tenant(THE_TENANT), Side::Tenant(ANOTHER_TENANT));
    let mut everybody = Vec::new();
    let mut add = |name: &str, person| everybody.push((name.to_owned(), person));
    for role in Role::ALL {
        let side = if role.is_providers() {
            Side::Provider
        } else {
            own
        };
        add(&role.to_string(), person(SOMEBODY, side, &[role], before()));
    }
    let provider = |id, roles: &[Role]| person(id, Side::Provider, roles, before());
    add("nobody of the provider", provider(SOMEBODY, &[]));
    add("nobody of the tenant", person(SOMEBODY, own, &[], before()));
    add("its engineer", provider(THE_ENGINEER, &[Engineer]));
    add(
        "its engineer, engineer no more",
        provider(THE_ENGINEER, &[]),
    );
    add(
        "its engineer, support manager too",
        provider(THE_ENGINEER, &[Engineer, SupportManager]),
    );
    add(
        "its engineer, in every role of the provider",
        provider(THE_ENGINEER, &Role::ALL[..4]),
    );
    add(
        "support manager, engineer of others",
        provider(SOMEBODY, &[Engineer, SupportManager]),
    );
    add(
        "support manager who owns the key",
        provider(THE_KEYS_OWNER, &[SupportManager]),
    );
    add(
        "access approver, auditor too",
        person(SOMEBODY, own, &[AccessApprover, Auditor], before()),
    );
    for role in [SupportManager, GlobalAdministrator, AccessApprover] {
        let side = if role.is_providers() {
            Side::Provider
        } else {
            own
        };
        add(
            &format!("{role} since the filing"),
            person(SOMEBODY, side, &[role], beginning()),
        );
        add(
            &format!("{role} since after the filing"),
            person(SOMEBODY, side, &[role], after()),
        );
        add(
            &format!("{role}, second factor {SINCE_AFTER}"),
            person(SOMEBODY, side, &[role], before()),
        );
        let none = Person {
            second_factor_since: None,
            ..person(SOMEBODY, side, &[role], before())
        };
        add(&format!("{role} without a second factor"), none);
    }
    let mut risen = person(
        SOMEBODY,
        own,
        &[GlobalAdministrator, AccessApprover],
        before(),
    );
    risen.roles[0].since = after();
    add("access approver, administrator since after it", risen);
    for role in [GlobalAdministrator, AccessApprover, Auditor] {
        add(
            &format!("another tenant's {role}"),
            person(SOMEBODY, foreign, &[role], before()),
        );
    }
    everybody
}

fn person(id: PersonId, side: Side, roles: &[Role], since: Moment) -> Person {
    Person {
        id,
        email: EmailAddress::parse("somebody@example.org").unwrap(),
        name: Line::parse("Somebody").unwrap(),
        side,
        roles: roles
            .iter()
            .map(|role| RoleHeld { role: *role, since })
            .collect(),
        second_factor_since: Some(before()),
        zone: Tz::UTC,
        joined: Some(before()),
        removed: None,
    }
}

/// What is said of those who show a second factor they gained after the filing.
const SINCE_AFTER: &str = "since after it";

/// Everybody shows a second factor as old as their account, but for those who are said to show a newer one.
fn asker<'a>(name: &str, person: &'a Person) -> Asker<'a> {
    if person.second_factor_since.is_none() {
        return person.into();
    }
    let newer = name.contains("second factor") && name.ends_with(SINCE_AFTER);
    Asker::showing(
        person,
        SecondFactor::app(if newer { after() } else { before() }),
    )
}

fn acts_of(person: Asker<'_>, on: Subject<'_>) -> String {
    let mut answers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut unseen = 0;
    for act in Act::ALL {
        let answer = match may(person, act, on) {
            Ok(()) => "",
            Err(Denied::Own) => "; own: ",
            Err(Denied::TooNew) => "; too new: ",
            Err(Denied::NoRole) => continue,
            Err(Denied::NotThere) => {
                unseen += 1;
                continue;
            }
        };
        answers.entry(answer).or_default().push(format!("{act:?}"));
    }
    assert!(
        unseen == 0 || unseen == Act::ALL.len(),
        "who may not see a thing learns nothing of it, whatever they try"
    );
    if unseen > 0 {
        return "is not there".to_owned();
    }
    if answers.is_empty() {
        return "nothing".to_owned();
    }
    let acts_by_answer = answers
        .into_iter()
        .map(|(answer, acts)| [answer.to_owned(), acts.join(", ")].concat());
    acts_by_answer.collect::<Vec<_>>().concat()
}

fn by_key() -> FiledBy {
    FiledBy::Key {
        key: KeyId(Uuid::from_u128(20)),
        owner: Some(THE_KEYS_OWNER),
        made_by: None,
    }
}
