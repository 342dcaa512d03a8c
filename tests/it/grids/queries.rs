//! Address × what stands in it: queries and references that are none of ours (PROOF 10 and 20).

use super::Grid;
use crate::world::places;
use crate::world::stories;

/// Queries that no page of ours makes. Where a page takes a query, its names are among them.
const QUERIES: [(&str, &str); 15] = [
    ("?", ""),
    ("=", "="),
    ("&&&", "&&&"),
    ("lone %", "%zz&view=%"),
    ("no UTF-8", "view=%ff&after=%ff&before=%ff&next=%ff"),
    ("NUL", "view=%00&after=%00&before=%00&next=%00"),
    (
        "twice",
        "view=all&view=active&after=1&after=2&before=1&before=2",
    ),
    ("nested", "view[]=all&view[a][b]=all"),
    (
        "unknown",
        "view=nothing&after=nothing&before=nothing&next=nothing",
    ),
    ("-1", "after=-1&before=-1"),
    (
        "2^64",
        "after=18446744073709551616&before=18446744073709551616",
    ),
    (
        "2^63-1",
        "view=all&after=9223372036854775807-00000000-0000-4000-8000-000000000000&before=9223372036854775807",
    ),
    (
        "-2^63",
        "view=all&after=-9223372036854775808-00000000-0000-4000-8000-000000000000&before=-9223372036854775808",
    ),
    (
        "year -1",
        "view=all&after=-99999999999999999-00000000-0000-4000-8000-000000000000",
    ),
    ("8,000", "@8000"),
];

/// What stands where a reference, a name or an id should.
const REFERENCES: [(&str, &str); 12] = [
    ("unknown", "LBX-0000-0000"),
    ("small", "lbx-0000-0000"),
    ("blank", "%20"),
    ("NUL", "LBX-0000-0000%00"),
    ("line", "LBX-0000-0000%0a"),
    ("no UTF-8", "%ff%fe"),
    ("lone %", "%zz"),
    ("slash", "..%2f..%2fCargo.toml"),
    ("quote", "'%20OR%201=1--"),
    ("turned", "%e2%80%aeLBX-0000-0000"),
    ("uuid", "00000000-0000-4000-8000-000000000000"),
    ("2,000", "@2000"),
];

stories! {
    async fn an_odd_query_is_answered_as_the_grid_says(world: &World) {
        let request = world.endorsed();
        let (kim, noor) = (world.signed_in("kim").await, world.signed_in("noor").await);
        let mut grid = Grid::of(QUERIES.map(|(name, _)| name));
        for place in places::portal().iter().filter(|place| place.reads) {
            for (who, visitor) in [("kim", &kim), ("noor", &noor)] {
                let mut cells = Vec::new();
                for (_, query) in QUERIES {
                    let query = if query == "@8000" { "view=".to_owned() + &"x".repeat(8_000) } else { query.to_owned() };
                    let path = format!("{}?{query}", place.path(request.reference.as_str()));
                    let page = visitor.get_one(&path).await;
                    assert!(!page.status.is_server_error(), "{path}: {}", page.words());
                    cells.push(page.status.as_u16().to_string());
                }
                grid.row(format!("{} as {who}", place.pattern), cells);
            }
        }
        insta::assert_snapshot!("an_odd_query", grid.text());
    }

    async fn an_odd_reference_is_answered_as_the_grid_says(world: &World) {
        let kim = world.signed_in("kim").await;
        let token = kim.token().await;
        let before = world.entries();
        let mut grid = Grid::of(REFERENCES.map(|(name, _)| name));
        for place in places::portal().iter().chain(&places::side_door()).filter(|place| place.pattern.contains('{')) {
            for method in place.methods() {
                let mut cells = Vec::new();
                for (_, reference) in REFERENCES {
                    let reference = if reference == "@2000" { "A".repeat(2_000) } else { reference.to_owned() };
                    let path = with_odd(&place.pattern, &reference);
                    let status = if path.starts_with("/api/") {
                        world.api().send(method, &path, None).await.status
                    } else {
                        let fields = if method == "POST" { places::with_token(&token, &place.fields(1)) } else { Vec::new() };
                        kim.request(method, &path, &fields, &[]).await.status
                    };
                    assert!(status.is_client_error(), "{method} {path}: {status}");
                    cells.push(status.as_u16().to_string());
                }
                grid.row(format!("{method:<4} {}", place.pattern), cells);
            }
        }
        assert_eq!(world.entries(), before);
        insta::assert_snapshot!("an_odd_reference", grid.text());
    }
}

/// The pattern with this in the place of everything that varies.
fn with_odd(pattern: &str, odd: &str) -> String {
    let parts = pattern.split('{').enumerate();
    parts
        .map(|(at, part)| match part.split_once('}') {
            Some((_, rest)) if at > 0 => [odd, rest].concat(),
            _ => part.to_owned(),
        })
        .collect()
}
