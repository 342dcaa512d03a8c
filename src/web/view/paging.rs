//! The way through a long list: by key, never by counting.

/// Links below a list. Both are whole addresses, with the view and the filters in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paging {
    /// The first page, where this is another one.
    pub first: Option<String>,
    /// The next page, where there is more.
    pub next: Option<String>,
}

impl Paging {
    /// Whether there is anywhere to go.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.first.is_some() || self.next.is_some()
    }
}
