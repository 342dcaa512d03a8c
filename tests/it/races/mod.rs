//! Two at once.
