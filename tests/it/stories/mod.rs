//! Journeys over HTTP, each on both databases.

mod main_loop;
