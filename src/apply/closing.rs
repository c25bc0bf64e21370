//! What the pairs must show that a run has made, changed or deleted, before the run ends: otherwise a
//! plan that is made at once could find less than there is, and do things twice (L1).
//!
//! A step that reads a pair anyway confirms it; what is left at the end is read region by region, all
//! pairs at once.

use std::collections::BTreeMap;

use super::fresh::Looks;
use crate::model::{
    CloudName, Fingerprint, ObservedPair, Region, ResourceGroupId, Tags, Timestamp,
};

/// The pairs that a run has written and not seen since.
#[derive(Debug, Default)]
pub(super) struct Closing {
    regions: BTreeMap<Region, BTreeMap<CloudName, Expected>>,
    /// When the last of them was written.
    written: Option<Timestamp>,
    looks: Option<Looks>,
    /// When they are looked at next.
    next_at: Option<Timestamp>,
    /// How many looks have not been answered.
    asked: usize,
}

/// What a read of a pair must show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Expected {
    is_gone: bool,
    /// That of its key, if it was made.
    fingerprint: Option<Fingerprint>,
    /// The values of tags that were set, and none for those that were removed.
    tags: BTreeMap<String, Option<String>>,
    /// The resource group that it was put into.
    resource_group: Option<ResourceGroupId>,
}

impl Expected {
    fn is_shown_by(&self, pair: Option<&ObservedPair>) -> bool {
        let Some(pair) = pair.filter(|_| !self.is_gone) else {
            return self.is_gone && pair.is_none();
        };
        let has_key = self.fingerprint.is_none() || pair.fingerprint == self.fingerprint;
        let group = self.resource_group.as_ref();
        let has_group = group.is_none_or(|group| pair.resource_group.as_ref() == Some(group));
        has_key
            && has_group
            && self.tags.iter().all(|(key, value)| pair.tags.get(key) == value.as_ref())
    }
}

impl Closing {
    /// A pair was made of a key.
    pub(super) fn made(&mut self, region: &Region, name: &CloudName, key: Fingerprint) {
        let fingerprint = Some(key);
        self.put(region, name, Expected { fingerprint, ..Expected::default() });
    }

    /// A pair was deleted.
    pub(super) fn deleted(&mut self, region: &Region, name: &CloudName) {
        self.put(region, name, Expected { is_gone: true, ..Expected::default() });
    }

    /// Tags of a pair were set.
    pub(super) fn tagged(&mut self, region: &Region, name: &CloudName, tags: &Tags) {
        let tags = tags.iter().map(|(key, value)| (key.clone(), Some(value.clone())));
        self.entry(region, name).tags.extend(tags);
    }

    /// Tags of a pair were removed.
    pub(super) fn untagged(&mut self, region: &Region, name: &CloudName, keys: &[String]) {
        self.entry(region, name).tags.extend(keys.iter().map(|key| (key.clone(), None)));
    }

    /// A pair was put into a resource group.
    pub(super) fn grouped(&mut self, region: &Region, name: &CloudName, group: &ResourceGroupId) {
        self.entry(region, name).resource_group = Some(group.clone());
    }

    fn put(&mut self, region: &Region, name: &CloudName, expected: Expected) {
        *self.entry(region, name) = expected;
    }

    fn entry(&mut self, region: &Region, name: &CloudName) -> &mut Expected {
        self.regions.entry(region.clone()).or_default().entry(name.clone()).or_default()
    }

    /// When that was; everything before it shows by then.
    pub(super) fn written(&mut self, now: Timestamp) {
        self.written = Some(now);
    }

    /// A read has shown a pair.
    pub(super) fn saw(&mut self, region: &Region, pair: &ObservedPair) {
        if let Some(pairs) = self.regions.get_mut(region) {
            pairs.retain(|name, expected| *name != pair.name || !expected.is_shown_by(Some(pair)));
            self.regions.retain(|_, pairs| !pairs.is_empty());
        }
    }

    /// A look was answered with all pairs of a region, or failed.
    pub(super) fn looked(&mut self, region: &Region, seen: Option<&[ObservedPair]>) {
        self.asked = self.asked.saturating_sub(1);
        let Some(seen) = seen else { return };
        let seen: BTreeMap<_, _> = seen.iter().map(|pair| (&pair.name, pair)).collect();
        if let Some(pairs) = self.regions.get_mut(region) {
            pairs.retain(|name, expected| !expected.is_shown_by(seen.get(name).copied()));
        }
        self.regions.retain(|_, pairs| !pairs.is_empty());
    }

    /// Whether something does not show that this run has written.
    pub(super) fn is_open(&self) -> bool {
        self.asked > 0 || !self.regions.is_empty()
    }

    /// When it is looked at next.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.next_at.filter(|_| self.asked == 0 && self.is_open())
    }

    /// Begins a look if one is due, and answers at which regions. When the time is over in which a
    /// write shows, nothing is looked at any more.
    pub(super) fn look(&mut self, now: Timestamp) -> Look {
        if self.asked > 0 || self.regions.is_empty() || self.next_at.is_some_and(|at| at > now) {
            return Look::None;
        }
        let is_first = self.looks.is_none();
        let looks = self.looks.get_or_insert(Looks::since(self.written.unwrap_or(now)));
        if !is_first && self.next_at.is_none() {
            return Look::Over(self.unshown());
        }
        self.next_at = looks.next(now);
        self.asked = self.regions.len();
        Look::At(self.regions.keys().cloned().collect())
    }

    /// The pairs that do not show.
    pub(super) fn unshown(&self) -> BTreeMap<Region, Vec<CloudName>> {
        let of_region = |(region, pairs): (&Region, &BTreeMap<CloudName, _>)| {
            (region.clone(), pairs.keys().cloned().collect())
        };
        self.regions.iter().map(of_region).collect()
    }

    /// Nothing is waited for any more.
    pub(super) fn give_up(&mut self) {
        self.regions.clear();
    }
}

/// What is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing now.
    None,
    /// The pairs of these regions.
    At(Vec<Region>),
    /// Nothing any more, although these pairs do not show.
    Over(BTreeMap<Region, Vec<CloudName>>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region() -> Region {
        Region::new("cn-hangzhou").expect("a region")
    }

    fn web() -> CloudName {
        CloudName::new("web")
    }

    fn key(byte: u8) -> Fingerprint {
        Fingerprint::from_bytes([byte; 16])
    }

    fn pair(byte: u8, tags: &[(&str, &str)]) -> ObservedPair {
        let tag = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        ObservedPair {
            name: web(),
            fingerprint: Some(key(byte)),
            creation_time: None,
            resource_group: None,
            tags: tags.iter().map(tag).collect(),
        }
    }

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1000)
    }

    #[test]
    fn a_pair_shows_when_it_is_as_it_was_written_last() {
        let mut closing = Closing::default();
        closing.made(&region(), &web(), key(7));
        closing.tagged(&region(), &web(), &pair(7, &[("team", "web")]).tags);
        closing.untagged(&region(), &web(), &["old".to_owned()]);
        for unlike in [
            pair(8, &[("team", "web")]),
            pair(7, &[("team", "ops")]),
            pair(7, &[]),
            pair(7, &[("team", "web"), ("old", "yes")]),
        ] {
            closing.saw(&region(), &unlike);
            assert!(closing.is_open(), "{unlike:?}");
        }
        closing.saw(&region(), &pair(7, &[("team", "web"), ("others", "yes")]));
        assert!(!closing.is_open());
        closing.deleted(&region(), &web());
        closing.saw(&region(), &pair(7, &[]));
        assert!(closing.is_open(), "it shows although it was deleted");
        closing.looked(&region(), Some(&[]));
        assert!(!closing.is_open());
    }

    #[test]
    fn a_look_is_at_all_pairs_of_a_region_and_comes_back_for_a_minute() {
        let mut closing = Closing::default();
        assert_eq!(closing.look(second(0)), Look::None);
        closing.made(&region(), &web(), key(7));
        closing.written(second(10));
        let mut moments = Vec::new();
        let mut now = second(30);
        loop {
            match closing.look(now) {
                Look::At(regions) => assert_eq!(regions, [region()]),
                Look::Over(left) => break assert_eq!(left[&region()], [web()]),
                Look::None => panic!("it is due"),
            }
            assert_eq!((closing.look(now), closing.next_at()), (Look::None, None), "it is asked");
            closing.looked(&region(), Some(&[]));
            moments.push(now.milliseconds() / 1000);
            now = closing.next_at().unwrap_or(now);
        }
        assert_eq!(moments, [30, 31, 33, 37, 45, 61, 70]);
        closing.give_up();
        assert!(!closing.is_open());
    }
}
