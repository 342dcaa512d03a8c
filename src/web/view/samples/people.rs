//! People, and getting in for the first time or again.

use super::super::{
    AppOffer, AppointPage, AuthenticatorPage, CodeField, ConfirmPage, Field, ForgottenPage,
    InvitePage, JoinPage, Message, Paging, PeoplePage, PersonPage, PersonRow, Place,
    ResetPasswordPage, RoleChoice, RolesPage, SetUpPage, TenantPage, TenantRow, TenantsPage, Tone,
};
use super::{
    Sample, administrator, after, auditor, before, provider_administrator, sample, visitor,
};
use crate::identity::qr;

const HOSTILE: &str = "<script>alert(1)</script> O'Neill-Überlang, die Erste ihres Namens";

fn row(name: &str, roles: &str) -> PersonRow {
    PersonRow {
        href: "/people/0190aaaa-0000-7000-8000-0000000000aa".to_owned(),
        name: name.to_owned(),
        email: "ana@fabrikam.example".to_owned(),
        roles: roles.to_owned(),
        invited: false,
        second_factor: Some(before(60 * 24 * 40)),
        by_sign_on: false,
        last: Some(before(25)),
    }
}

fn invited() -> PersonRow {
    PersonRow {
        invited: true,
        second_factor: None,
        last: None,
        ..row(HOSTILE, "auditor")
    }
}

fn people() -> PeoplePage {
    PeoplePage {
        shell: administrator(Place::People),
        people: vec![
            row("Ana Silva", "global administrator, access approver"),
            PersonRow {
                by_sign_on: true,
                ..row("Noa Weiss", "access approver")
            },
            invited(),
        ],
        may_manage: true,
        few: Some("One person alone can decide data access requests. Invite somebody else as access approver, so that none expires unanswered.".to_owned()),
        zone: "Europe/Berlin (CET)".to_owned(),
        paging: Paging {
            first: None,
            next: Some("/people?after=x".to_owned()),
        },
    }
}

fn person() -> PersonPage {
    PersonPage {
        shell: administrator(Place::People),
        person: row("Kim Okafor", "access approver"),
        known_to: Some((
            "https://login.fabrikam.example/".to_owned(),
            before(60 * 24 * 3),
        )),
        joined: Some(before(60 * 24 * 40)),
        invited_until: None,
        can_be_invited: false,
        decides_from: Some(after(60 * 70)),
        may_stop: true,
        may_change: true,
        why_not: None,
    }
}

pub(super) fn tenant_row(recovery: bool) -> TenantRow {
    TenantRow {
        href: "/tenants/fabrikam".to_owned(),
        name: HOSTILE.to_owned(),
        key: "fabrikam".to_owned(),
        suspended: recovery.then(|| before(60 * 24)),
        entitlement: "Included in Enterprise E5".to_owned(),
        trial_asked: (!recovery).then(|| before(90)),
        recovery: recovery.then(|| ("Noa Weiss".to_owned(), after(60 * 70))),
    }
}

fn tenants() -> TenantsPage {
    TenantsPage {
        shell: provider_administrator(Place::Tenants),
        wanted: String::new(),
        tenants: vec![tenant_row(false), tenant_row(true)],
        may_enrol: true,
        paging: Paging::default(),
    }
}

fn tenant(empty: bool) -> TenantPage {
    TenantPage {
        shell: provider_administrator(Place::Tenants),
        tenant: tenant_row(!empty),
        zone: "Europe/Berlin".to_owned(),
        empty,
        may_appoint: true,
        may_enrol: true,
    }
}

fn appoint(first: bool) -> AppointPage {
    AppointPage {
        shell: provider_administrator(Place::Tenants),
        tenant: tenant_row(false),
        first,
        email: Field::of("noa"),
        name: Field::default().refused("Enter a name."),
        code: Some(CodeField::default()),
        problem: (!first).then(|| "A new administrator is being made already.".to_owned()),
    }
}

fn roles(chosen: bool) -> Vec<RoleChoice> {
    let role = |name, label: &str, hint, chosen| RoleChoice {
        name,
        label: label.to_owned(),
        hint,
        chosen,
    };
    vec![
        role(
            "access_approver",
            "Access approver",
            "Decides requests.",
            chosen,
        ),
        role("auditor", "Auditor", "Reads everything.", false),
    ]
}

fn app() -> AppOffer {
    AppOffer {
        picture: qr::svg("otpauth://totp/Lockbox:ana@fabrikam.example?secret=JBSWY3DPEHPK3PXP")
            .unwrap(),
        address: "otpauth://totp/Lockbox:ana@fabrikam.example?secret=JBSWY3DPEHPK3PXP".to_owned(),
        secret: "JBSW Y3DP EHPK 3PXP".to_owned(),
        sealed: "c2VhbGVk".to_owned(),
    }
}

fn joining() -> JoinPage {
    JoinPage {
        shell: visitor(),
        name: HOSTILE.to_owned(),
        email: "noa@fabrikam.example".to_owned(),
        roles: "access approver".to_owned(),
        organisation: "Fabrikam".to_owned(),
        link: "token".to_owned(),
        password_error: None,
        app: app(),
        code: CodeField::default(),
    }
}

fn removal() -> ConfirmPage {
    let crumb = |href: &str, words: &str| (href.to_owned(), words.to_owned());
    ConfirmPage {
        shell: administrator(Place::People),
        crumbs: vec![crumb("/people", "People"), crumb("/people/x", HOSTILE)],
        title: format!("Remove {HOSTILE}?"),
        lede: "They can no longer sign in.".to_owned(),
        wanted: None,
        reason: None,
        follows: vec!["Their 2 pending approvals no longer count.".to_owned()],
        action: "/people/x/removal".to_owned(),
        button: "Remove".to_owned(),
        danger: true,
        back: "/people/x".to_owned(),
        code: Some(CodeField::default()),
        problem: None,
    }
}

pub(super) fn samples() -> Vec<Sample> {
    let mut read = PeoplePage {
        shell: auditor(Place::People),
        may_manage: false,
        few: None,
        ..people()
    };
    read.shell
        .messages
        .push(Message::new(Tone::Good, "Invited."));
    let own = PersonPage {
        may_stop: false,
        may_change: false,
        why_not: Some("This is you.".to_owned()),
        ..person()
    };
    let waiting = PersonPage {
        person: invited(),
        joined: None,
        invited_until: Some(after(60)),
        can_be_invited: true,
        ..person()
    };
    let without_way_in = PersonPage {
        invited_until: Some(after(60)),
        can_be_invited: true,
        ..person()
    };
    let invite = |refused: bool| InvitePage {
        shell: administrator(Place::People),
        email: if refused {
            Field::of("noa").refused("Enter a mail address.")
        } else {
            Field::default()
        },
        name: Field::of(HOSTILE),
        roles: roles(refused),
        roles_error: refused.then(|| "Choose at least one role.".to_owned()),
        code: refused.then(|| CodeField::refused("Enter the code.")),
    };
    vec![
        sample("tenants", &tenants()),
        sample("tenant", &tenant(true)),
        sample("tenant-recovery", &tenant(false)),
        sample("appoint-first", &appoint(true)),
        sample("appoint-another", &appoint(false)),
        sample("people", &people()),
        sample("people-reader", &read),
        sample("person", &person()),
        sample("person-own", &own),
        sample("person-invited", &waiting),
        sample("person-without-way-in", &without_way_in),
        sample("invite", &invite(false)),
        sample("invite-refused", &invite(true)),
        sample(
            "roles",
            &RolesPage {
                shell: administrator(Place::People),
                href: "/people/x".to_owned(),
                name: HOSTILE.to_owned(),
                seen: "auditor".to_owned(),
                roles: roles(true),
                roles_error: Some("Kim is the last one.".to_owned()),
                code: None,
            },
        ),
        sample("removal", &removal()),
        sample(
            "removal-refused",
            &ConfirmPage {
                problem: Some("Ana Silva is the last global administrator.".to_owned()),
                code: None,
                ..removal()
            },
        ),
    ]
    .into_iter()
    .chain(at_the_door())
    .collect()
}

fn at_the_door() -> Vec<Sample> {
    let refused = JoinPage {
        password_error: Some("This password is easy to guess.".to_owned()),
        code: CodeField::refused("This code is wrong."),
        ..joining()
    };
    vec![
        sample("join", &joining()),
        sample("join-refused", &refused),
        sample(
            "set-up",
            &SetUpPage {
                shell: visitor(),
                link: "token".to_owned(),
                email: Field::default(),
                name: Field::default(),
                password_error: None,
                app: app(),
                code: CodeField::default(),
            },
        ),
        sample(
            "authenticator",
            &AuthenticatorPage {
                shell: visitor(),
                app: app(),
                code: CodeField::default(),
                next: "/requests".to_owned(),
            },
        ),
        sample(
            "forgotten",
            &ForgottenPage {
                shell: visitor(),
                said: false,
            },
        ),
        sample(
            "forgotten-said",
            &ForgottenPage {
                shell: visitor(),
                said: true,
            },
        ),
        sample(
            "reset-password",
            &ResetPasswordPage {
                shell: visitor(),
                email: "noa@fabrikam.example".to_owned(),
                link: "token".to_owned(),
                password_error: Some("This password is easy to guess.".to_owned()),
            },
        ),
    ]
}
