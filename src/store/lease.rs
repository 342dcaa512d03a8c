//! What the night shift sends under a lease: letters, and deliveries to webhooks. Both tables have the same columns for
//! it, and one way to claim a row and to note what came of it.
//!
//! A claim is one UPDATE; of several processes that try at once one changes the row, and it is theirs until the lease
//! is over. Whoever's lease ran out meanwhile notes nothing any more.

/// What waits in a table: neither sent nor given up.
macro_rules! waiting {
    ($table:ident) => {
        $table::sent_at.is_null().and($table::given_up_at.is_null())
    };
}

/// Claims a row of a table until `lease_until`; these columns of it, if nobody else has it.
macro_rules! claim {
    ($table:ident, $conn:expr, $id:expr, $now:expr, $lease_until:expr, $columns:expr) => {{
        let free = $table::table.find($id).filter(
            $crate::store::lease::waiting!($table).and($table::lease_until.le(Stamp($now))),
        );
        diesel::update(free)
            .set((
                $table::lease_until.eq(Stamp($lease_until)),
                $table::attempts.eq($table::attempts + 1),
            ))
            .returning($columns)
            .get_result($conn)
            .optional()
    }};
}

/// Makes `Note`: what came of a row of a table; what is `None` stays as it is.
macro_rules! notes {
    ($table:ident { $($column:ident: $kind:ty),* $(,)? }) => {
        #[derive(Default, AsChangeset)]
        #[diesel(table_name = $table)]
        struct Note {
            last_error: Option<Option<String>>,
            due_at: Option<Stamp>,
            lease_until: Option<Stamp>,
            sent_at: Option<Stamp>,
            given_up_at: Option<Stamp>,
            $($column: Option<Option<$kind>>,)*
        }

        impl Note {
            /// It was taken.
            fn sent(at: Moment) -> Self {
                Self {
                    sent_at: Some(Stamp(at)),
                    last_error: Some(None),
                    ..Self::default()
                }
            }

            /// It was not taken, and is tried again then.
            fn failed(error: &str, try_again_at: Moment) -> Self {
                Self {
                    last_error: Some(Some(error.to_owned())),
                    due_at: Some(Stamp(try_again_at)),
                    lease_until: Some(Stamp(try_again_at)),
                    ..Self::default()
                }
            }

            /// It is not tried again.
            fn given_up(error: &str, at: Moment) -> Self {
                Self {
                    last_error: Some(Some(error.to_owned())),
                    given_up_at: Some(Stamp(at)),
                    ..Self::default()
                }
            }

            /// Only the lease that was taken last may note anything, and what was once sent stays sent.
            fn keep(self, conn: &mut Conn, id: Id, attempts: i32) -> Stored<()> {
                let mine = $table::table
                    .find(id)
                    .filter($table::attempts.eq(attempts).and($table::sent_at.is_null()));
                diesel::update(mine).set(self).execute(conn)?;
                Ok(())
            }
        }
    };
}

pub(super) use {claim, notes, waiting};
