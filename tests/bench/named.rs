//! What a request that is the copy of another has of its own.

use lockbox::store::conn::DatabaseUrl;

/// SQL that draws an id and a reference.
pub struct Named {
    /// The id.
    pub id: &'static str,
    /// The reference. Of a hundred thousand two may be the same, once in some hundred times.
    pub reference: String,
}

impl Named {
    /// As this database writes it.
    pub fn in_sql_of(url: &DatabaseUrl) -> Self {
        const LETTERS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let (id, place) = match url {
            DatabaseUrl::Postgres(_) => ("gen_random_uuid()", "floor(random() * 32)::int"),
            DatabaseUrl::Sqlite(_) => ("randomblob(16)", "abs(random() % 32)"),
        };
        let letter = format!("substr('{LETTERS}', 1 + {place}, 1)");
        let four = [letter.as_str(); 4].join(" || ");
        Self {
            id,
            reference: format!("'LBX-' || {four} || '-' || {four}"),
        }
    }
}
