//! The audit log: entries, their Merkle tree (RFC 6962) and signed checkpoints.

pub mod canonical;
pub mod checkpoint;
pub mod entry;
pub mod evidence;
pub mod fold;
pub mod inclusion;
pub mod merkle;
