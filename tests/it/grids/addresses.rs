//! Address × caller: what each answers, with a foreign tenant's people among the callers (PROOF 10).

use lockbox::domain::key::KeyScope;
use lockbox::domain::request::Request;

use super::Grid;
use crate::world::places::{self, Place, with_token};
use crate::world::{Api, World, stories};

stories! {
    /// Everybody of the demo, two tenants among them, and somebody who is not signed in.
    async fn every_address_answers_everybody_as_the_grid_says(world: &World) {
        let everybody = world.everybody();
        let mut rows: Vec<(String, Vec<String>)> = Vec::new();
        let mut open = OneInEachState { world, open: Vec::new() };
        for (column, name) in everybody.iter().map(Some).chain([None]).enumerate() {
            let (visitor, token) = match name {
                Some(name) => {
                    let visitor = world.signed_in(name).await;
                    let token = visitor.token().await;
                    (visitor, token)
                }
                None => (world.visitor(), String::new()),
            };
            let mut row = 0;
            for place in places::portal().iter().filter(|place| !place.is_at_the_door() && place.pattern != "/static/{hash}/{name}") {
                for method in place.methods() {
                    let states: &[&str] = if place.is_of_a_request() { &STATES } else { &STATES[..1] };
                    for state in states {
                        let request = open.request(state);
                        if place.pattern == "/people/recovery" {
                            // An administrator who signed in has stopped what was begun before.
                            world.recover("fabrikam");
                        }
                        let fields = if method == "POST" { with_token(&token, &place.fields(request.version)) } else { Vec::new() };
                        let answer = visitor.request(method, &place.path(request.reference.as_str()), &fields, &[]).await;
                        if column == 0 {
                            rows.push((label(place, method, state), Vec::new()));
                        }
                        rows[row].1.push(answer.status.as_u16().to_string());
                        row += 1;
                        if place.pattern == "/people/recovery" {
                            world.recover_no_more("fabrikam", "leo");
                        }
                        world.put_back("fabrikam", "telemetry");
                        world.turn_on("fabrikam", "kim");
                        world.turn_off("contoso", "sam");
                    }
                }
            }
        }
        let mut grid = Grid::of(everybody.iter().map(String::as_str).chain(["nobody"]));
        for (label, cells) in rows {
            grid.row(label, cells);
        }
        insta::assert_snapshot!("every_address_answers_everybody", grid.text());
    }

    /// Every scope alone, all of them together, a key that was never issued, and none.
    async fn the_side_door_opens_to_the_right_scope_as_the_grid_says(world: &World) {
        let request = world.active();
        let mut keys: Vec<(&str, String)> = KeyScope::ALL.map(|scope| (scope.as_str(), world.new_key(scope.as_str(), &[scope], None))).into();
        keys.push(("all", world.new_key("all", &KeyScope::ALL, None)));
        keys.push(("unknown", format!("lbx_{}", "0".repeat(keys[0].1.len() - 4))));
        keys.push(("none", String::new()));
        let mut grid = Grid::of(keys.iter().map(|(name, _)| *name));
        for place in places::side_door() {
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE"] {
                let path = place.path(request.reference.as_str());
                let mut cells = Vec::new();
                for (_, key) in &keys {
                    let answer = Api::new(world, key).send(method, &path, place.posts.then(|| place.body())).await;
                    cells.push(answer.status.as_u16().to_string());
                }
                grid.row(format!("{method:<6} {}", place.pattern), cells);
            }
        }
        insta::assert_snapshot!("the_side_door_opens_to_the_right_scope", grid.text());
    }
}

fn label(place: &Place, method: &str, state: &str) -> String {
    let state = if place.is_of_a_request() {
        format!(", {state}")
    } else {
        String::new()
    };
    let pattern = place.pattern.replace("{reference}", "…");
    format!("{method:<4} {pattern}{state}")
}

const STATES: [&str; 4] = [
    "waiting for manager",
    "waiting for customer",
    "approved",
    "active",
];

/// One open request of Ivo's in each state, made anew where a caller has moved it on.
struct OneInEachState<'w> {
    world: &'w World,
    open: Vec<(String, Request)>,
}

impl OneInEachState<'_> {
    fn request(&mut self, state: &str) -> Request {
        let Self { world, open } = self;
        open.retain(|(_, request)| world.stored(&request.reference) == *request);
        if let Some((_, request)) = open.iter().find(|(known, _)| known == state) {
            return request.clone();
        }
        for moved_on in world
            .every_request()
            .iter()
            .filter(|request| !open.iter().any(|(_, kept)| kept == *request))
        {
            world.close(&moved_on.reference);
        }
        let request = match state {
            "waiting for manager" => world.filed(),
            "waiting for customer" => world.endorsed(),
            "approved" => world.approved(),
            _ => world.active(),
        };
        open.push((state.to_owned(), request.clone()));
        request
    }
}
