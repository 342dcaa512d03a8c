//! Turns to ask identity providers: so many at the same time, and few of them for one, so that one that hangs holds up
//! its own people and nobody else's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::text::Issuer;

/// Most questions asked at the same time.
const AT_ONCE: usize = 32;
/// Most of them for one identity provider, wherever its description sends them.
const FOR_ONE: usize = 4;

/// Who is being asked at this moment, and how often: no more of them than there are turns.
#[derive(Clone, Default)]
pub struct Turns(Arc<Mutex<HashMap<Issuer, usize>>>);

/// A turn to ask. It ends with this value.
pub struct Turn {
    turns: Turns,
    issuer: Issuer,
}

impl Turns {
    /// A turn to ask for this identity provider; nothing while there is none. There is no queue.
    #[must_use]
    pub fn take(&self, issuer: &Issuer) -> Option<Turn> {
        let mut taken = self.taken();
        let for_one = taken.get(issuer).copied().unwrap_or_default();
        if for_one >= FOR_ONE || taken.values().sum::<usize>() >= AT_ONCE {
            return None;
        }
        taken.insert(issuer.clone(), for_one + 1);
        Some(Turn {
            turns: self.clone(),
            issuer: issuer.clone(),
        })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Issuer, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.turns.taken();
        match taken.get_mut(&self.issuer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.issuer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(number: usize) -> Issuer {
        Issuer::parse(&format!("https://login-{number}.example")).unwrap()
    }

    #[test]
    fn one_has_four_turns_and_all_have_thirty_two() {
        let turns = Turns::default();
        let mut taken: Vec<Turn> = (0..4).filter_map(|_| turns.take(&issuer(0))).collect();
        assert_eq!(taken.len(), 4);
        assert!(turns.take(&issuer(0)).is_none(), "one has no more");
        taken.extend((4..32).filter_map(|count| turns.take(&issuer(count / 4))));
        assert_eq!(taken.len(), 32);
        assert!(turns.take(&issuer(8)).is_none(), "nobody has more");
        taken.remove(0);
        assert!(turns.take(&issuer(8)).is_some());
        drop(taken);
        assert!(
            turns.taken().is_empty(),
            "who is not asked is not remembered"
        );
    }
}
