//! JSON body × what is wrong with it: one member at a time, and the whole of it (PROOF 4 and 20). A new address of the
//! side door is in both tables as soon as the stories know a body for it.

use lockbox::domain::id::Reference;
use lockbox::domain::key::KeyScope;
use serde_json::{Value, json};

use super::Grid;
use crate::world::places::{self, Place};
use crate::world::{Api, World, stories};

/// What is put in place of one member's value, as it stands in the body; `None` leaves the member out.
const WRONG: [(&str, Option<&str>); 22] = [
    ("missing", None),
    ("null", Some("null")),
    ("true", Some("true")),
    ("0", Some("0")),
    ("-1", Some("-1")),
    ("1e999", Some("1e999")),
    ("\"\"", Some("\"\"")),
    ("blank", Some("\" \\t \"")),
    ("NUL", Some("\"a\\u0000b\"")),
    ("escape", Some("\"a\\u001b[31mb\"")),
    ("turned", Some("\"a\\u202eb\"")),
    ("surrogate", Some("\"a\\ud800b\"")),
    ("raw line", Some("\"a\nb\"")),
    ("markup", Some("\"<script>alert(1)</script>\"")),
    ("PT0M", Some("\"PT0M\"")),
    ("10 years", Some("\"PT87600H\"")),
    ("unknown", Some("\"nobody-knows-this\"")),
    ("[]", Some("[]")),
    ("{}", Some("{}")),
    ("twice", Some("@twice")),
    ("2,001", Some("@2001")),
    ("deep", Some("@deep")),
];

/// A reference that was never given.
const NOWHERE: &str = "LBX-0000-0000";

/// A text that stands in no body, for the place of what is wrong.
const HERE: &str = "@here";

stories! {
    /// Every member × everything in [`WRONG`].
    async fn a_wrong_member_is_answered_as_the_grid_says(world: &World) {
        let key = world.new_key("all", &KeyScope::ALL, None);
        let api = Api::new(world, &key);
        let mut grid = Grid::of(["right"].into_iter().chain(WRONG.map(|(name, _)| name)));
        for place in places::side_door().iter().filter(|place| place.posts) {
            let (path, right) = (path_of(world, place), place.body());
            for pointer in pointers(&right) {
                let mut cells = vec![answer(world, &api, &path, right.to_string()).await];
                for (_, value) in WRONG {
                    cells.push(answer(world, &api, &path, changed(&right, &pointer, value)).await);
                }
                grid.row(format!("{} {}", place.pattern.trim_start_matches("/api"), pointer.trim_start_matches('/')), cells);
            }
        }
        insta::assert_snapshot!("a_wrong_member", grid.text());
    }

    /// Every address × bodies that are no JSON, none of ours, too large or too deep.
    async fn a_wrong_json_is_answered_as_the_grid_says(world: &World) {
        let key = world.new_key("all", &KeyScope::ALL, None);
        let api = Api::new(world, &key);
        let names = ["right", "nothing", "null", "[]", "a text", "half", "rest", "BOM", "NaN", "comment", "other member", "60,000 deep", "12,000 {", "no UTF-8", "64 KiB + 1", "10 MB"];
        let mut grid = Grid::of(names);
        for place in places::side_door().iter().filter(|place| place.posts) {
            let (path, right) = (path_of(world, place), place.body().to_string());
            let mut cells = Vec::new();
            for name in names {
                let body: Vec<u8> = match name {
                    "right" => right.clone().into(),
                    "nothing" => Vec::new(),
                    "null" | "[]" | "NaN" => name.into(),
                    "a text" => "\"approved\"".into(),
                    "half" => right[..right.len() / 2].into(),
                    "rest" => format!("{right}{right}").into(),
                    "BOM" => format!("\u{feff}{right}").into(),
                    "comment" => format!("{right}// approved").into(),
                    "other member" => format!("{{\"status\":\"approved\",{}", &right[1..]).into(),
                    "60,000 deep" => "[".repeat(60_000).into(),
                    "12,000 {" => "{\"a\":".repeat(12_000).into(),
                    "no UTF-8" => [&right.as_bytes()[..right.len() - 2], b"\xff\xfe\"}"].concat(),
                    "64 KiB + 1" => format!("{right}{}", " ".repeat(64 * 1024 + 1 - right.len())).into(),
                    _ => " ".repeat(10 * 1024 * 1024).into(),
                };
                cells.push(answer(world, &api, &path, body).await);
            }
            grid.row(&place.pattern, cells);
        }
        insta::assert_snapshot!("a_wrong_json", grid.text());
    }
}

/// The address, with an open case of Kim's in its place, and a reference that was never given.
fn path_of(world: &World, place: &Place) -> String {
    let case = world.case_of("kim").id.to_string();
    let pattern = place.pattern.replace("{case}", &case);
    pattern.replace("{reference}", NOWHERE)
}

/// The status of the answer, after all that must hold whatever it is; of an access question, the decision.
async fn answer(world: &World, api: &Api<'_>, path: &str, body: impl Into<Vec<u8>>) -> String {
    let (body, before) = (body.into(), world.entries());
    let told = String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
    let Some(answer) = api.try_post_bytes(path, body.clone()).await else {
        assert!(body.len() > 1024 * 1024, "no answer to {told}");
        assert_eq!(world.entries(), before);
        return "413".to_owned();
    };
    if answer.status.is_success() {
        if let Some(filed) = answer.body["reference"].as_str() {
            world.close(&Reference::parse(filed).unwrap());
        }
        let decision = answer.body["decision"].as_bool();
        assert_ne!(decision, Some(true), "nobody has access: {told}");
        let decision = decision.map_or("", |_| " no");
        return format!("{}{decision}", answer.status.as_u16());
    }
    assert!(answer.status.is_client_error(), "{told}: {}", answer.body);
    assert_eq!(
        answer.headers["content-type"], "application/problem+json",
        "{told}"
    );
    assert_eq!(
        answer.body["status"],
        json!(answer.status.as_u16()),
        "{told}"
    );
    assert!(
        answer.body["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty())
    );
    assert_eq!(world.entries(), before, "{told}");
    answer.status.as_u16().to_string()
}

/// Where every value of a body is, the members of objects and the elements of lists alike.
fn pointers(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(all) => all
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    inner
        .into_iter()
        .flat_map(|(name, value)| {
            let here = format!("/{name}");
            let below = pointers(value)
                .into_iter()
                .map(|below| format!("{here}{below}"))
                .collect::<Vec<_>>();
            [here.clone()].into_iter().chain(below)
        })
        .collect()
}

fn changed(right: &Value, pointer: &str, value: Option<&str>) -> String {
    let mut body = right.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let Some(value) = value else {
        match body.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.remove(name)),
            Value::Array(all) => drop(all.remove(name.parse().unwrap())),
            other => panic!("{other} has no members"),
        }
        return body.to_string();
    };
    let was = body.pointer(pointer).unwrap().to_string();
    *body.pointer_mut(pointer).unwrap() = json!(HERE);
    let is_member = body.pointer(parent).unwrap().is_object();
    let value = match value {
        "@twice" if is_member => format!("{was},\"{name}\":{was}"),
        "@twice" => format!("{was},{was}"),
        "@2001" => json!("x".repeat(2_001)).to_string(),
        "@deep" => format!("{}{}", "[".repeat(2_000), "]".repeat(2_000)),
        value => value.to_owned(),
    };
    body.to_string().replace(&json!(HERE).to_string(), &value)
}
