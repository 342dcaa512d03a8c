//! The product from outside: the real application, real databases, real HTTP.
#![cfg(test)]

mod browser;
mod command_line;
mod faults;
mod grids;
mod operated;
mod races;
mod restored;
mod stories;
mod tidy;
mod upgrades;
mod world;
