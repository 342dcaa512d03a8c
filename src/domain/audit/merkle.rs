//! The Merkle tree of RFC 6962 (section 2.1), grown at its right edge.
//!
//! A log's head needs only the tree's *frontier*: the roots of the perfect subtrees that its leaves fill,
//! largest first, one for each bit set in the size. Appending and the root take O(log n).

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::domain::hex::hex;

/// Bytes in a hash.
const LENGTH: usize = 32;
/// What is hashed before a leaf, and before two nodes: no leaf can pass for a node.
const LEAF: [u8; 1] = [0];
const NODE: [u8; 1] = [1];

/// A SHA-256 hash. Shown and serialised as base64 (RFC 4648, section 4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; LENGTH]);

/// The text is not the base64 of 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash is the base64 of 32 bytes")]
pub struct NotAHash;

impl Hash {
    /// The hash as 64 hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| NotAHash)?;
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// The hash of a leaf: SHA-256 of 0x00 and the leaf.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    sha256(&[&LEAF, leaf])
}

/// The hash of the node above two others: SHA-256 of 0x01, the left and the right one.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&NODE, &left.0, &right.0])
}

/// The right edge of a tree: enough to append to it and to know its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

/// Why stored bytes are not a frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAFrontier {
    /// The bytes are not one hash for each bit set in the size.
    #[error("a tree of {size} leaves has {} peaks of 32 bytes, not {bytes} bytes", size.count_ones())]
    Peaks {
        /// The size they were said to belong to.
        size: u64,
        /// How many bytes there are.
        bytes: usize,
    },
    /// The size is beyond 2^63 - 1, which no database column holds.
    #[error("a tree has at most 2^63 - 1 leaves, not {0}")]
    Size(u64),
}

impl Frontier {
    /// The tree without leaves.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            size: 0,
            peaks: Vec::new(),
        }
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, by its hash, at the right.
    pub fn append(&mut self, leaf: Hash) {
        // Two subtrees of one size become one of twice the size, as when adding one in binary.
        let mut peak = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                peak = node_hash(&left, &peak);
            }
        }
        self.peaks.push(peak);
        self.size += 1;
    }

    /// The root of the tree; SHA-256 of nothing where it has no leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        let peaks = self.peaks.iter().rev().copied();
        peaks
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(|| sha256(&[]))
    }

    /// The perfect subtrees that the leaves fill, from the left: the places of their leaves, and their roots.
    pub fn subtrees(&self) -> impl Iterator<Item = (Range<u64>, Hash)> {
        let mut from = 0;
        let sizes = (0..u64::BITS).rev().map(|bit| self.size & (1 << bit));
        let filled = sizes.filter(|size| *size > 0);
        filled.zip(&self.peaks).map(move |(size, peak)| {
            let leaves = from..from + size;
            from = leaves.end;
            (leaves, *peak)
        })
    }

    /// The peaks, largest subtree first, 32 bytes each: at most 2,016 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.peaks.iter().flat_map(|peak| peak.0).collect()
    }

    /// Reads what [`Frontier::to_bytes`] wrote of a tree of this size.
    ///
    /// # Errors
    ///
    /// [`NotAFrontier`] where the number of peaks does not belong to the size, or no log is that long.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, NotAFrontier> {
        if i64::try_from(size).is_err() {
            return Err(NotAFrontier::Size(size));
        }
        let (peaks, rest) = bytes.as_chunks::<LENGTH>();
        if !rest.is_empty() || u32::try_from(peaks.len()) != Ok(size.count_ones()) {
            return Err(NotAFrontier::Peaks {
                size,
                bytes: bytes.len(),
            });
        }
        let peaks = peaks.iter().copied().map(Hash).collect();
        Ok(Self { size, peaks })
    }
}

fn sha256(parts: &[&[u8]]) -> Hash {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    Hash(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    fn frontier<'a>(leaves: impl IntoIterator<Item = &'a Vec<u8>>) -> Frontier {
        let mut frontier = Frontier::empty();
        for leaf in leaves {
            frontier.append(leaf_hash(leaf));
        }
        frontier
    }

    /// The definition of RFC 6962, section 2.1, word for word.
    fn by_definition(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => sha256(&[]),
            [leaf] => leaf_hash(leaf),
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(k);
                node_hash(&by_definition(left), &by_definition(right))
            }
        }
    }

    /// The leaves and roots of the Certificate Transparency reference implementation.
    #[test]
    fn agrees_with_the_reference_vectors() {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Frontier::empty();
        assert_eq!(tree.root().hex(), roots[0]);
        for (leaf, root) in leaves.iter().zip(&roots[1..]) {
            tree.append(leaf_hash(leaf));
            assert_eq!(tree.root().hex(), *root, "size {}", tree.size());
        }
    }

    #[test]
    fn agrees_with_another_implementation_at_every_size() {
        let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let mut tree = Frontier::empty();
        for n in 0_u32..600 {
            assert_eq!(tree.root().0[..], oracle.root().as_bytes()[..], "size {n}");
            assert_eq!(tree.size(), u64::from(n));
            let leaf = n.to_be_bytes().to_vec();
            tree.append(leaf_hash(&leaf));
            oracle.push(leaf);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..300)) {
            let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
            leaves.iter().cloned().for_each(|leaf| oracle.push(leaf));
            let root = frontier(&leaves).root();
            prop_assert_eq!(root, by_definition(&leaves));
            prop_assert_eq!(root.0.to_vec(), oracle.root().as_bytes().to_vec());
        }

        #[test]
        fn goes_on_from_its_bytes(
            leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..300),
            at in any::<prop::sample::Index>(),
        ) {
            let at = at.index(leaves.len() + 1);
            let stored = frontier(&leaves[..at]);
            let mut read = Frontier::from_bytes(stored.size(), &stored.to_bytes()).unwrap();
            prop_assert_eq!(&read, &stored);
            for leaf in &leaves[at..] {
                read.append(leaf_hash(leaf));
            }
            prop_assert_eq!(read, frontier(&leaves));
        }

        #[test]
        fn takes_only_as_many_peaks_as_the_size_has(size in 0..=i64::MAX.unsigned_abs(), bytes in 0_usize..2200) {
            let read = Frontier::from_bytes(size, &vec![0; bytes]);
            let peaks = usize::try_from(size.count_ones()).unwrap();
            prop_assert_eq!(read.is_ok(), bytes == peaks * 32);
        }
    }

    #[test]
    fn names_the_leaves_of_its_subtrees() {
        let leaves: Vec<Vec<u8>> = (0..13).map(|n| vec![n]).collect();
        let subtrees: Vec<_> = frontier(&leaves).subtrees().collect();
        let ranges: Vec<_> = subtrees.iter().map(|(range, _)| range.clone()).collect();
        assert_eq!(ranges, [0..8, 8..12, 12..13]);
        assert_eq!(subtrees[1].1, by_definition(&leaves[8..12]));
        assert_eq!(Frontier::empty().subtrees().count(), 0);
    }

    #[test]
    fn refuses_what_no_log_can_have() {
        let longest = i64::MAX.unsigned_abs();
        let mut full = Frontier::from_bytes(longest, &[0; 63 * 32]).unwrap();
        full.append(Hash([1; 32]));
        assert_eq!(full.peaks.len(), 1);
        assert_eq!(
            Frontier::from_bytes(longest + 1, &[0; 32]),
            Err(NotAFrontier::Size(longest + 1))
        );
        let error = Frontier::from_bytes(3, &[0; 32]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a tree of 3 leaves has 2 peaks of 32 bytes, not 32 bytes"
        );
    }

    #[test]
    fn a_hash_is_written_as_base64() {
        let hash = Frontier::empty().root();
        let text = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(hash.to_string(), text);
        assert_eq!(format!("{hash:?}"), format!("Hash({text})"));
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
        for wrong in [
            "",
            "47DE",
            &text[1..],
            &text.replace("FU=", "FV="),
            &hash.hex(),
        ] {
            assert_eq!(wrong.parse::<Hash>(), Err(NotAHash), "{wrong}");
        }
    }
}
