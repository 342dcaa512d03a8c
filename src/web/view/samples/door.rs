//! Sign-in, errors, help and the demo's mails.

use super::super::{
    CodeField, DemoMailPage, DemoMailRow, DemoMailsPage, DemoPerson, Field, HelpPage, Link,
    Message, Place, ProblemPage, ReferencePage, SecondFactorPage, Shell, SignInPage, Tone,
};
use super::{Sample, administrator, before, engineer, sample, times, visitor};

pub(super) fn samples() -> Vec<Sample> {
    let sign_in = SignInPage {
        shell: visitor(),
        email: Field::default(),
        problem: None,
        next: "/requests/LBX-7Q2M-9XKD".to_owned(),
        passkeys: true,
        demo: Vec::new(),
    };
    let refused = SignInPage {
        email: Field::of("ana@fabrikam.example\"><script>alert(1)</script>"),
        problem: Some("The address, the password or both are wrong.".to_owned()),
        ..sign_in.clone()
    };
    let left = SignInPage {
        shell: Shell {
            messages: vec![Message::new(Tone::Good, "You are signed out.")],
            ..visitor()
        },
        ..sign_in.clone()
    };
    let demo = SignInPage {
        shell: Shell {
            demo: true,
            ..visitor()
        },
        demo: people(),
        ..sign_in.clone()
    };
    let code = SecondFactorPage {
        shell: visitor(),
        code: CodeField::default(),
        lost: "/sign-in/recovery?next=%2Frequests%2FLBX-7Q2M-9XKD".to_owned(),
        next: "/requests/LBX-7Q2M-9XKD".to_owned(),
    };
    let wrong_code = SecondFactorPage {
        code: CodeField::refused("That code is wrong or was used. Enter the one shown now."),
        ..code.clone()
    };
    let with_passkey = SecondFactorPage {
        code: CodeField::default().or_passkey(true),
        ..code.clone()
    };
    let mut samples = vec![
        sample("second-factor-passkey", &with_passkey),
        sample("sign-in", &sign_in),
        sample("sign-in-refused", &refused),
        sample("sign-in-left", &left),
        sample("sign-in-demo", &demo),
        sample("second-factor", &code),
        sample("second-factor-refused", &wrong_code),
        sample("help", &help(administrator(Place::Help))),
        sample("help-visitor", &help(visitor())),
        sample("help-api", &reference(administrator(Place::Help))),
        sample("help-api-visitor", &reference(visitor())),
        sample("help-provider", &help(engineer(Place::Help))),
    ];
    samples.extend(problems());
    samples.extend(mails());
    samples
}

fn people() -> Vec<DemoPerson> {
    [
        (
            "Ana Silva",
            "Global administrator",
            "Fabrikam",
            "ana@fabrikam.example",
        ),
        (
            "Kim Okafor",
            "Access approver",
            "Fabrikam",
            "kim@fabrikam.example",
        ),
        ("Otto Berg", "Auditor", "Fabrikam", "otto@fabrikam.example"),
        (
            "Jordan Park",
            "Engineer",
            "Northwind Cloud",
            "jordan@northwind.example",
        ),
        (
            "Ines Moreau",
            "Support manager",
            "Northwind Cloud",
            "ines@northwind.example",
        ),
    ]
    .map(|(name, roles, organisation, email)| DemoPerson {
        name: name.to_owned(),
        roles: roles.to_owned(),
        organisation: organisation.to_owned(),
        email: email.to_owned(),
        password: "correct horse battery".to_owned(),
        code: "482913".to_owned(),
    })
    .into()
}

fn reference(shell: Shell) -> ReferencePage {
    let document = serde_json::json!({
        "servers": [{"url": "https://lockbox.example"}],
        "tags": [{"name": "Data access requests"}],
        "paths": {"/api/v1/data-access-requests/{reference}/withdrawal": {"post": {
            "operationId": "withdrawDataAccessRequest",
            "tags": ["Data access requests"],
            "summary": "Takes back a request",
            "description": "Takes back what the key filed and waits or was approved.",
            "security": [{"key": ["requests:write"]}],
            "parameters": [{
                "name": "reference", "in": "path", "required": true, "description": "The request's reference.",
                "schema": {"type": "string", "examples": ["LBX-7Q2M-9XKD"]},
            }],
            "requestBody": {"content": {"application/json": {
                "schema": {
                    "type": "object", "required": ["reason"],
                    "properties": {
                        "reason": {"type": "string", "minLength": 1, "maxLength": 2000, "description": "Why."},
                        "objects": {"type": ["array", "null"], "maxItems": 100, "items": {"type": "string"}},
                    },
                },
                "example": {"reason": "It's done."},
            }}},
            "responses": {
                "200": {
                    "description": "It is done.",
                    "headers": {"X-Request-ID": {"description": "The call's id.", "schema": {"type": "string"}}},
                    "content": {"application/json": {"schema": {
                        "type": "object", "properties": {"state": {"enum": ["withdrawn"]}},
                    }}},
                },
                "404": {"description": "There is nothing here."},
            },
        }}},
        "x-problems": [{
            "type": "/problems/not-found", "title": "There is nothing here", "status": 404,
            "happened": "There is nothing at this address.", "safe": "Nothing was changed.", "advice": "Look at it.",
        }],
    });
    ReferencePage {
        shell,
        all: crate::web::reference::made(&document),
    }
}

fn help(shell: Shell) -> HelpPage {
    HelpPage {
        shell,
        answer_time: "12 hours".to_owned(),
        start_time: "4 hours".to_owned(),
        longest_access: "4 hours".to_owned(),
        access_hours: Some("Mon\u{2013}Fri 08:00\u{2013}18:00 (Europe/Berlin)".to_owned()),
    }
}

fn problems() -> Vec<Sample> {
    let page = |status| ProblemPage::new(administrator(Place::Elsewhere), status);
    let request = || Link::new("/requests/LBX-7Q2M-9XKD", "Open LBX-7Q2M-9XKD");
    vec![
        sample("problem-400", &page(400)),
        sample("problem-403", &page(403)),
        sample("problem-404", &page(404)),
        sample("problem-404-visitor", &ProblemPage::new(visitor(), 404)),
        sample("problem-405", &page(405)),
        sample(
            "problem-409",
            &page(409)
                .because("Kim Okafor approved at 21:14.")
                .with_link(request()),
        ),
        sample(
            "problem-joined-elsewhere",
            &ProblemPage::new(visitor(), 409).joined_elsewhere(),
        ),
        sample("problem-410", &page(410).with_link(request())),
        sample("problem-413", &page(413)),
        sample("problem-422", &page(422)),
        sample("problem-429", &ProblemPage::new(visitor(), 429)),
        sample("problem-500", &page(500)),
        sample("problem-503", &page(503).of_call("3f0c9a5d71e2b846")),
    ]
}

fn mails() -> Vec<Sample> {
    let subject = "Action needed by 02:25 CET: data access request LBX-7Q2M-9XKD (Exchange Online)";
    let list = DemoMailsPage {
        shell: Shell {
            demo: true,
            ..visitor()
        },
        mails: vec![
            DemoMailRow {
                href: "/demo/mail/2.eml".to_owned(),
                subject: subject.to_owned(),
                to: "ana@fabrikam.example".to_owned(),
                when: before(3),
            },
            DemoMailRow {
                href: "/demo/mail/1.eml".to_owned(),
                subject: subject.to_owned(),
                to: "kim@fabrikam.example".to_owned(),
                when: before(3),
            },
        ],
        zone: times().zone_words(),
    };
    let none = DemoMailsPage {
        mails: Vec::new(),
        ..list.clone()
    };
    let mail = DemoMailPage {
        shell: Shell {
            demo: true,
            ..administrator(Place::DemoMails)
        },
        subject: subject.to_owned(),
        to: "ana@fabrikam.example".to_owned(),
        when: before(3),
        text: "Jordan Park, engineer, asks for 4 hours of access.\n\nWhat data   Kim's calendar \
               <and nothing else>\nWhy         Invitations vanish after the move\n\nReview the \
               request:\nhttp://localhost:8080/requests/LBX-7Q2M-9XKD\n"
            .to_owned(),
        links: vec![Link::new(
            "/requests/LBX-7Q2M-9XKD",
            "http://localhost:8080/requests/LBX-7Q2M-9XKD",
        )],
    };
    vec![
        sample("demo-mails", &list),
        sample("demo-mails-none", &none),
        sample("demo-mail", &mail),
    ]
}
