//! What somebody signs in with.

use super::super::{
    AppOffer, CodeField, Field, MadeCodesPage, Message, NewAppPage, NewPasskeyPage,
    NewPasswordPage, PasskeyPage, PasskeyRemovalPage, PasskeyRow, Place, RecoveryCodesPage,
    RecoveryPage, SecurityPage, Tone,
};
use super::{Sample, administrator, before, sample, visitor};

const ID: &str = "0190aaaa-0000-7000-8000-0000000000aa";

pub(super) fn samples() -> Vec<Sample> {
    let mut all = overviews();
    all.extend(passkeys());
    all.extend(codes());
    all.extend(others());
    all
}

fn overviews() -> Vec<Sample> {
    let row = |name: &str, used| PasskeyRow {
        id: ID.to_owned(),
        name: name.to_owned(),
        since: before(90_000),
        used,
    };
    let nothing = SecurityPage {
        shell: administrator(Place::Elsewhere),
        app: None,
        passkeys: Vec::new(),
        zone: "Europe/Berlin (CET)".to_owned(),
        offered: false,
        codes_left: 0,
        codes_since: None,
    };
    let mut all = SecurityPage {
        app: Some(before(500_000)),
        passkeys: vec![
            row("Firefox on <b>Windows</b>", Some(before(10))),
            row(
                "The key on my key ring, which has a long name that must not break the page",
                None,
            ),
        ],
        offered: true,
        codes_left: 7,
        codes_since: Some(before(90_000)),
        ..nothing.clone()
    };
    let full = sample("security", &all);
    let words = "You came in by a recovery code.";
    all.shell.messages.push(Message::new(Tone::Warning, words));
    vec![
        full,
        sample("security-recovered", &all),
        sample("security-nothing", &nothing),
    ]
}

fn passkeys() -> Vec<Sample> {
    let fresh = NewPasskeyPage {
        shell: administrator(Place::Elsewhere),
        name: Field::of("Firefox on Windows"),
        code: None,
        problem: None,
    };
    let stale = NewPasskeyPage {
        code: Some(CodeField::default().or_passkey(true)),
        ..fresh.clone()
    };
    let refused = NewPasskeyPage {
        name: Field::default().refused("Enter the name."),
        problem: Some("That passkey could not be added. Try again.".to_owned()),
        ..fresh.clone()
    };
    let one = PasskeyPage {
        shell: administrator(Place::Elsewhere),
        id: ID.to_owned(),
        called: "The key on my key ring".to_owned(),
        since: before(90_000),
        used: Some(before(10)),
        name: Field::of("The key on my key ring"),
        code: Some(CodeField::refused("That passkey did not count.").or_passkey(true)),
    };
    let unused = PasskeyPage {
        used: None,
        name: Field::default().refused("Enter the name."),
        code: None,
        ..one.clone()
    };
    let removal = PasskeyRemovalPage {
        shell: administrator(Place::Elsewhere),
        id: ID.to_owned(),
        called: "The key on my key ring".to_owned(),
        code: Some(CodeField::default().or_passkey(true)),
        problem: None,
    };
    let last = PasskeyRemovalPage {
        code: None,
        problem: Some("This is your only second factor. Add another one first.".to_owned()),
        ..removal.clone()
    };
    vec![
        sample("new-passkey", &fresh),
        sample("new-passkey-stale", &stale),
        sample("new-passkey-refused", &refused),
        sample("passkey", &one),
        sample("passkey-unused", &unused),
        sample("remove-passkey", &removal),
        sample("remove-passkey-last", &last),
    ]
}

fn others() -> Vec<Sample> {
    let offered = NewAppPage {
        shell: administrator(Place::Elsewhere),
        app: Some(AppOffer {
            picture: "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\" width=\"180\" height=\"180\" role=\"img\" aria-label=\"QR code\"><path d=\"M0 0h4v4h-4z\"/></svg>".to_owned(),
            address: "otpauth://totp/Lockbox:ana%40fabrikam.example?secret=AAAA&issuer=Lockbox".to_owned(),
            secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".to_owned(),
            sealed: "c2VhbGVk".to_owned(),
        }),
        code: CodeField::default(),
    };
    let refused = NewAppPage {
        code: CodeField::refused("This code is not the one your app shows now."),
        ..offered.clone()
    };
    let first = NewAppPage {
        app: None,
        code: CodeField::default().or_passkey(true),
        ..offered.clone()
    };
    let password = NewPasswordPage {
        shell: administrator(Place::Elsewhere),
        email: "ana@fabrikam.example".to_owned(),
        current_error: None,
        password_error: None,
        code: None,
    };
    let wrong = NewPasswordPage {
        current_error: Some("This is not your present password.".to_owned()),
        password_error: Some("A password has at least 12 characters.".to_owned()),
        ..password.clone()
    };
    let stale = NewPasswordPage {
        code: Some(CodeField::default()),
        ..password.clone()
    };
    vec![
        sample("new-app", &offered),
        sample("new-app-refused", &refused),
        sample("new-app-first", &first),
        sample("new-password", &password),
        sample("new-password-refused", &wrong),
        sample("new-password-stale", &stale),
    ]
}

fn codes() -> Vec<Sample> {
    let form = RecoveryCodesPage {
        shell: administrator(Place::Elsewhere),
        left: 3,
        code: None,
    };
    let stale = RecoveryCodesPage {
        left: 0,
        code: Some(CodeField::default()),
        ..form.clone()
    };
    let made = MadeCodesPage {
        shell: administrator(Place::Elsewhere),
        address: "ana@fabrikam.example".to_owned(),
        made: before(0),
        codes: vec!["7Q2M-9XKD-0ABC-DEFG".to_owned(); 10],
    };
    let door = RecoveryPage {
        shell: visitor(),
        code: Field::default(),
        next: "/".to_owned(),
        back: "/sign-in/second-factor".to_owned(),
    };
    let refused = RecoveryPage {
        code: Field::default().refused("This recovery code is wrong or was used before."),
        ..door.clone()
    };
    vec![
        sample("recovery-codes", &form),
        sample("recovery-codes-stale", &stale),
        sample("made-codes", &made),
        sample("recovery", &door),
        sample("recovery-refused", &refused),
    ]
}
