//! Inclusion proofs (RFC 6962, section 2.1.1): that a leaf stands at its place in a tree of a known root.
//!
//! A proof is the audit path of the RFC: the roots beside the way from the leaf up, the lowest first. No tree is held
//! whole to make one: leaves come one after another, and only the roots of the perfect subtrees so far are kept.

use std::collections::BTreeMap;
use std::ops::Range;

use super::merkle::{Hash, node_hash};

/// The root that a proof leads to from the leaf at `place` of a tree with `size` leaves, as RFC 9162, section 2.1.3.2,
/// computes it. Nothing where no tree of that size has such a proof for that place.
#[must_use]
pub fn root_by(leaf: Hash, place: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    let last = size.checked_sub(1).filter(|last| place <= *last)?;
    let (mut place, mut last, mut root) = (place, last, leaf);
    for beside in proof {
        if last == 0 {
            return None;
        }
        if is_right(place) || place == last {
            root = node_hash(beside, &root);
            // A node without a neighbour on its right goes up as it is, until it has one on its left.
            while !is_right(place) && place > 0 {
                (place, last) = (place >> 1, last >> 1);
            }
        } else {
            root = node_hash(&root, beside);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    (last == 0).then_some(root)
}

const fn is_right(place: u64) -> bool {
    place & 1 == 1
}

/// Makes proofs for some places of a tree, while its leaves come one after another.
///
/// Memory is a root for each bit set in the size, and up to 63 hashes for each place that is asked for.
#[derive(Debug, Clone)]
pub struct Prover {
    proofs: BTreeMap<u64, Vec<Hash>>,
    /// The perfect subtrees that the leaves fill so far, from the left: their leaves' places, and their roots.
    subtrees: Vec<Subtree>,
}

type Subtree = (Range<u64>, Hash);

/// What a [`Prover`] came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proofs {
    /// The root of the tree.
    pub root: Hash,
    /// By place, the proofs that were asked for. Places beyond the tree have none.
    pub by_place: BTreeMap<u64, Vec<Hash>>,
}

impl Prover {
    /// For these places.
    #[must_use]
    pub fn of(places: impl IntoIterator<Item = u64>) -> Self {
        Self {
            proofs: places
                .into_iter()
                .map(|place| (place, Vec::new()))
                .collect(),
            subtrees: Vec::new(),
        }
    }

    /// How many leaves there are so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.subtrees.last().map_or(0, |(leaves, _)| leaves.end)
    }

    /// Whether a place that is asked for lies among these leaves. Of others, the root of their subtree is enough.
    #[must_use]
    pub fn wants(&self, leaves: &Range<u64>) -> bool {
        self.proofs.range(leaves.clone()).next().is_some()
    }

    /// Asks for a proof of the leaf that comes next. Its place.
    pub fn ask_for_next(&mut self) -> u64 {
        let place = self.size();
        self.proofs.entry(place).or_default();
        place
    }

    /// Adds a leaf, by its hash, at the right.
    pub fn append(&mut self, leaf: Hash) {
        self.append_subtree(1, leaf);
    }

    /// Adds a perfect subtree of so many leaves, by its root. Its leaves are a power of two, and no more than the
    /// smallest subtree before it has, as with those of a [`Frontier`](super::merkle::Frontier).
    pub fn append_subtree(&mut self, leaves: u64, root: Hash) {
        let from = self.size();
        let mut subtree = (from..from.saturating_add(leaves), root);
        while let Some(left) = self.pop_of_size(count(&subtree.0)) {
            subtree = self.join(&left, &subtree);
        }
        self.subtrees.push(subtree);
    }

    /// The root and the proofs; nothing of a tree without leaves.
    #[must_use]
    pub fn finish(mut self) -> Option<Proofs> {
        let size = self.size();
        let mut whole = self.subtrees.pop()?;
        while let Some(left) = self.subtrees.pop() {
            whole = self.join(&left, &whole);
        }
        self.proofs.retain(|place, _| *place < size);
        Some(Proofs {
            root: whole.1,
            by_place: self.proofs,
        })
    }

    fn pop_of_size(&mut self, size: u64) -> Option<Subtree> {
        self.subtrees.pop_if(|(leaves, _)| count(leaves) == size)
    }

    /// The node above two others. Each is beside the way of the other's leaves.
    fn join(&mut self, (left, left_root): &Subtree, (right, right_root): &Subtree) -> Subtree {
        for (_, proof) in self.proofs.range_mut(left.clone()) {
            proof.push(*right_root);
        }
        for (_, proof) in self.proofs.range_mut(right.clone()) {
            proof.push(*left_root);
        }
        (left.start..right.end, node_hash(left_root, right_root))
    }
}

const fn count(leaves: &Range<u64>) -> u64 {
    leaves.end - leaves.start
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use ct_merkle::{InclusionProof, RootHash};
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::*;
    use crate::domain::audit::merkle::{Frontier, leaf_hash};

    type Oracle = MemoryBackedTree<Sha256, Vec<u8>>;

    fn leaf(place: u64) -> Vec<u8> {
        place.to_be_bytes().to_vec()
    }

    fn oracle(size: u64) -> Oracle {
        let mut oracle = Oracle::new();
        (0..size).for_each(|place| oracle.push(leaf(place)));
        oracle
    }

    fn frontier(size: u64) -> Frontier {
        let mut frontier = Frontier::empty();
        (0..size).for_each(|place| frontier.append(leaf_hash(&leaf(place))));
        frontier
    }

    fn proofs(size: u64, places: &[u64]) -> Proofs {
        let mut prover = Prover::of(places.iter().copied());
        (0..size).for_each(|place| prover.append(leaf_hash(&leaf(place))));
        prover.finish().unwrap()
    }

    fn bytes(proof: &[Hash]) -> Vec<u8> {
        proof.iter().flat_map(|hash| hash.0).collect()
    }

    #[test]
    fn agrees_with_another_implementation_at_every_size_and_place() {
        for size in 1..70 {
            let (oracle, all) = (oracle(size), (0..size).collect::<Vec<_>>());
            let made = proofs(size, &all);
            assert_eq!(made.root, frontier(size).root());
            for place in all {
                let theirs = oracle.prove_inclusion(usize::try_from(place).unwrap());
                assert_eq!(
                    bytes(&made.by_place[&place]),
                    theirs.as_bytes(),
                    "{place} of {size}"
                );
            }
        }
    }

    #[test]
    fn a_tree_without_leaves_proves_nothing() {
        assert_eq!(Prover::of([0, 1]).finish(), None);
        assert_eq!(
            proofs(3, &[1, 3, 900])
                .by_place
                .into_keys()
                .collect::<Vec<_>>(),
            [1]
        );
        let hash = leaf_hash(b"x");
        assert_eq!(root_by(hash, 0, 0, &[]), None);
        assert_eq!(root_by(hash, 1, 1, &[]), None);
        assert_eq!(root_by(hash, 0, 1, &[]), Some(hash));
        assert_eq!(root_by(hash, 0, 1, &[hash]), None);
        assert_eq!(root_by(hash, u64::MAX, u64::MAX, &[hash]), None);
        assert_eq!(root_by(hash, u64::MAX - 1, u64::MAX, &[hash; 400]), None);
    }

    proptest! {
        /// The other implementation takes our proofs, and we take its.
        #[test]
        fn proofs_lead_to_the_root_and_no_other_place_does(
            size in 1_u64..600,
            one in any::<prop::sample::Index>(),
            other in any::<prop::sample::Index>(),
        ) {
            let at = |index: prop::sample::Index| u64::try_from(index.index(usize::try_from(size).unwrap())).unwrap();
            let (place, other) = (at(one), at(other));
            let made = proofs(size, &[place, other]);
            let proof = &made.by_place[&place];
            let hash = leaf_hash(&leaf(place));
            prop_assert_eq!(root_by(hash, place, size, proof), Some(made.root));

            let oracle = oracle(size);
            let root: RootHash<Sha256> = oracle.root();
            let ours = InclusionProof::<Sha256>::from_bytes(bytes(proof));
            prop_assert!(root.verify_inclusion(&leaf(place), place, &ours).is_ok());
            let theirs = oracle.prove_inclusion(usize::try_from(place).unwrap());
            prop_assert_eq!(theirs.as_bytes(), bytes(proof));

            if other != place {
                prop_assert_ne!(root_by(hash, other, size, proof), Some(made.root));
                prop_assert_ne!(root_by(leaf_hash(&leaf(other)), place, size, proof), Some(made.root));
            }
            let mut longer = proof.clone();
            longer.push(hash);
            prop_assert_eq!(root_by(hash, place, size, &longer), None);
            if let Some((_, shorter)) = proof.split_last() {
                prop_assert_eq!(root_by(hash, place, size, shorter), None);
            }
        }

        /// Subtrees without a place that is asked for are taken by their roots, as a head keeps them.
        #[test]
        fn subtrees_that_nobody_asks_about_are_not_read(
            size in 1_u64..600,
            places in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        ) {
            let places: Vec<u64> = places.iter().map(|index| u64::try_from(index.index(usize::try_from(size).unwrap())).unwrap()).collect();
            let mut prover = Prover::of(places.clone());
            for (leaves, root) in frontier(size).subtrees() {
                if prover.wants(&leaves) {
                    leaves.for_each(|place| prover.append(leaf_hash(&leaf(place))));
                } else {
                    prover.append_subtree(leaves.end - leaves.start, root);
                }
            }
            prop_assert_eq!(prover.size(), size);
            prop_assert_eq!(prover.finish().unwrap(), proofs(size, &places));
        }

        /// Whether a leaf is asked about may be known only when it comes.
        #[test]
        fn leaves_asked_about_as_they_come_have_the_same_proofs(
            size in 1_u64..600,
            places in prop::collection::btree_set(0_u64..600, 0..9),
        ) {
            let mut prover = Prover::of([]);
            for place in 0..size {
                if places.contains(&place) {
                    prop_assert_eq!(prover.ask_for_next(), place);
                }
                prover.append(leaf_hash(&leaf(place)));
            }
            let places: Vec<u64> = places.into_iter().collect();
            prop_assert_eq!(prover.finish().unwrap(), proofs(size, &places));
        }

        /// Whatever stands in a file: no proof makes it panic.
        #[test]
        fn any_proof_is_judged(place in any::<u64>(), size in any::<u64>(), length in 0_usize..80) {
            let hash = leaf_hash(b"x");
            let root = root_by(hash, place, size, &vec![hash; length]);
            prop_assert!(root.is_none() || (place < size && length <= 64));
        }
    }
}
