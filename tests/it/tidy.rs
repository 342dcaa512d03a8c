//! The laws that the compiler cannot keep, read off the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms a room may know besides itself. `clock` belongs to nobody: it hands in time and dice.
const DOORS: [(&str, &[&str]); 10] = [
    ("domain", &[]),
    ("outside", &[]),
    ("identity", &["domain", "outside"]),
    ("store", &["domain", "clock"]),
    ("post", &["domain", "outside"]),
    ("acts", &["domain", "outside", "identity", "store", "clock"]),
    ("work", &["domain", "store", "post", "acts"]),
    // The doors open keys and seal tokens in forms, so they know identity; never each other.
    ("web", &["domain", "identity", "store", "acts", "url_table"]),
    ("api", &["domain", "identity", "store", "acts", "url_table"]),
    (
        "ops",
        &["domain", "identity", "store", "acts", "clock", "url_table"],
    ),
];

/// Who may keep books outside an act: sessions, uses of keys, second-factor steps, claims, leases, records of activity
/// until a fact seals them, the founding.
const BOOKKEEPERS: [&str; 18] = [
    "src/store/",
    "src/web/session.rs",
    "src/acts/activity/recorder.rs",
    "src/acts/api_keys/",
    "src/acts/forgotten_password.rs",
    "src/acts/password.rs",
    "src/acts/recovery_codes.rs",
    "src/acts/restore.rs",
    "src/acts/rotate_key.rs",
    "src/acts/sessions.rs",
    "src/acts/show_passkey.rs",
    "src/acts/sign_in.rs",
    "src/acts/single_sign_on/",
    "src/acts/tries.rs",
    "src/acts/webhooks.rs",
    "src/api/data_access_requests/",
    "src/work/",
    "src/founding.rs",
];

fn sources(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path
                .extension()
                .is_some_and(|ending| ending == "rs" || ending == "html")
            {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(&root.join(folder), &mut found);
    found.sort();
    found
        .iter()
        .map(|path| {
            (
                path.strip_prefix(root).unwrap().display().to_string(),
                fs::read_to_string(path).unwrap(),
            )
        })
        .collect()
}

/// The part of a file that is no test.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or(text)
}

/// The rooms a text names as `crate::room`, in one line or in a braced list.
fn rooms_named(text: &str) -> Vec<String> {
    let word = |rest: &str| {
        rest.chars()
            .take_while(|c| c.is_ascii_lowercase() || *c == '_')
            .collect::<String>()
    };
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut rooms = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => rooms.extend(
                list.split('}')
                    .next()
                    .unwrap_or_default()
                    .split(',')
                    .map(|item| word(item.trim())),
            ),
            None => rooms.push(word(rest)),
        }
    }
    rooms
}

fn breaches(path: &str, text: &str) -> Vec<String> {
    let Some((room, allowed)) = DOORS
        .iter()
        .find(|(room, _)| path.starts_with(&format!("src/{room}/")))
    else {
        return Vec::new();
    };
    rooms_named(product(text))
        .into_iter()
        .filter(|named| named != room && !named.is_empty() && !allowed.contains(&named.as_str()))
        .map(|named| format!("{path} knows {named}"))
        .collect()
}

#[test]
fn every_room_knows_only_the_rooms_it_may() {
    let found: Vec<String> = sources("src")
        .iter()
        .filter(|(path, _)| !path.ends_with("tests.rs"))
        .flat_map(|(path, text)| breaches(path, text))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_planted_breach_is_found() {
    assert_eq!(
        breaches("src/domain/fact.rs", "use crate::store::Store;"),
        ["src/domain/fact.rs knows store"]
    );
    assert_eq!(
        breaches("src/web/home.rs", "use crate::{acts, api::key};"),
        ["src/web/home.rs knows api"]
    );
    assert!(
        breaches(
            "src/web/home.rs",
            "use crate::acts::Lockbox;\n// see crate::api"
        )
        .is_empty()
    );
}

#[test]
fn only_acts_write_and_only_bookkeepers_keep_books() {
    for (path, text) in sources("src")
        .iter()
        .filter(|(path, _)| !path.ends_with("tests.rs"))
    {
        let text = in_one_line(product(text));
        assert!(
            !text.contains("store.write(") || path.starts_with("src/acts/"),
            "{path} writes"
        );
        assert!(
            !text.contains("store.keep(")
                || BOOKKEEPERS.iter().any(|keeper| path.starts_with(keeper)),
            "{path} keeps books"
        );
    }
    let broken = "lockbox\n        .store\n        .write(log, &author, |tx| {";
    assert!(in_one_line(broken).contains("store.write("));
}

/// However its lines are broken.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect()
}

/// What acts is a person who pressed a button; a passkey's answer alone is handed in by the page.
#[test]
fn no_page_submits_itself() {
    for (path, text) in sources("templates") {
        for word in ["http-equiv", "<script>", "onload", "onsubmit"] {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
    let script = fs::read_to_string("static/app.js").unwrap();
    assert_eq!(script.matches("requestSubmit(").count(), 1);
    assert_eq!(script.matches(".submit(").count(), 0);
}

#[test]
fn only_the_store_speaks_sql() {
    for (path, text) in sources("src")
        .iter()
        .filter(|(path, _)| !path.starts_with("src/store/") && !path.ends_with("tests.rs"))
    {
        let text = product(text);
        for word in [
            "diesel::sql_query",
            "diesel::insert_into",
            "diesel::update",
            "diesel::delete",
            "diesel::prelude",
        ] {
            assert!(!text.contains(word), "{path} says {word}");
        }
    }
}

#[test]
fn the_time_and_the_dice_are_read_in_one_file() {
    for (path, text) in sources("src")
        .iter()
        .filter(|(path, _)| path != "src/clock.rs")
    {
        for word in [
            "Utc::now(",
            "SystemTime::now(",
            "Instant::now(",
            "getrandom::",
            "thread_rng",
            "new_v4(",
            "now_v7(",
        ] {
            assert!(!product(text).contains(word), "{path} says {word}");
        }
    }
}

#[test]
fn lints_are_expected_and_never_allowed() {
    for (path, text) in sources("src")
        .iter()
        .chain(&sources("tests"))
        .filter(|(path, _)| path != "tests/it/tidy.rs")
    {
        assert!(
            !text.contains("#[allow(") && !text.contains("#![allow("),
            "{path} allows a lint; expect it, with a reason"
        );
    }
}

#[test]
fn rooms_are_named_for_their_subject() {
    for (path, _) in sources("src") {
        for word in ["util", "helper", "manager", "common", "misc"] {
            assert!(!path.contains(word), "{path}");
        }
    }
}

#[test]
fn both_databases_have_the_same_migrations_and_columns() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let names = |database: &str| {
        let mut names: Vec<String> = fs::read_dir(root.join(database))
            .unwrap()
            .flatten()
            .map(|e| e.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
    let words = |database: &str, migration: &str| {
        let text = fs::read_to_string(root.join(database).join(migration).join("up.sql")).unwrap();
        let mut alone = false;
        let shared = text.lines().filter(|line| {
            // What one of the two does alone; that both come to the same is shown in `upgrades`.
            if ["-- SQLite alone:", "-- PostgreSQL alone:"]
                .iter()
                .any(|mark| line.starts_with(mark))
            {
                alone = true;
            } else if line.starts_with("-- Both databases:") {
                alone = false;
            }
            !alone
        });
        let bare: Vec<&str> = shared
            .filter(|line| !line.trim_start().starts_with("--"))
            .collect();
        let bare = bare.join("\n");
        // How rows are carried over is each dialect's own affair; what comes of it is shown in `upgrades`.
        let statements = bare
            .split(';')
            .filter(|statement| !statement.trim_start().starts_with("UPDATE"));
        let words = statements.flat_map(str::split_whitespace);
        words.map(neutral).collect::<Vec<_>>().join(" ")
    };
    for migration in names("sqlite") {
        assert_eq!(
            words("sqlite", &migration),
            words("postgres", &migration),
            "{migration}"
        );
    }
}

/// A word of a migration without what the two databases must call differently.
fn neutral(word: &str) -> &str {
    match word.trim_end_matches(',') {
        // The same moment.
        "'epoch'" | "0" => "0",
        "UUID" | "BLOB" | "BYTEA" | "TIMESTAMPTZ" | "BIGINT" | "JSONB" | "TEXT" => "COLUMN",
        _ => word,
    }
}
