//! The objects that a filter leaves.

use std::collections::BTreeSet;

use super::filter::Filter;
use crate::model::{Address, BindingName, CloudName, InstanceRef, Region};

/// What a filter asks of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which instance.
    pub at: InstanceRef,
    /// The binding that it belongs to, or will.
    pub binding: BindingName,
    /// The pairs that it is bound to, or will be.
    pub pairs: Vec<CloudName>,
    /// Whether something is still to come for it.
    pub is_pending: bool,
}

impl Subject {
    /// Whether a filter leaves it.
    #[must_use]
    pub fn is_taken_by(&self, filter: &Filter) -> bool {
        let region = &self.at.region;
        let has_pair = || self.pairs.iter().any(|name| filter.takes_pair(region, name));
        filter.takes_region(region)
            && filter.takes_binding(&self.binding)
            && (filter.pairs.is_empty() || has_pair())
            && (!filter.pending || self.is_pending)
    }
}

/// The objects that a filter leaves. Instances are found by their binding and their pair, pairs by
/// their name and, if the filter is about instances, by these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    instances: BTreeSet<InstanceRef>,
    pairs: BTreeSet<(Region, CloudName)>,
    keys: BTreeSet<CloudName>,
}

impl Part {
    /// Finds what a filter leaves of a project's instances and pairs. An instance may be there
    /// several times: as it is recorded, as it is wanted, and as a plan would leave it.
    #[must_use]
    pub fn of(
        filter: &Filter,
        subjects: &[Subject],
        pairs: &BTreeSet<(Region, CloudName)>,
    ) -> Self {
        let taken: Vec<_> = subjects.iter().filter(|subject| subject.is_taken_by(filter)).collect();
        let of_instances: BTreeSet<(Region, CloudName)> = taken
            .iter()
            .flat_map(|subject| {
                subject.pairs.iter().map(|name| (subject.at.region.clone(), name.clone()))
            })
            .collect();
        let is_about_instances = !filter.bindings.is_empty() || filter.pending;
        let pairs: BTreeSet<_> = pairs
            .union(&of_instances)
            .filter(|(region, name)| filter.takes_pair(region, name))
            .filter(|pair| !is_about_instances || of_instances.contains(*pair))
            .cloned()
            .collect();
        Self {
            instances: taken.into_iter().map(|subject| subject.at.clone()).collect(),
            keys: pairs.iter().map(|(_, name)| name.clone()).collect(),
            pairs,
        }
    }

    /// Whether an object is among them.
    #[must_use]
    pub fn covers(&self, address: &Address) -> bool {
        match address {
            Address::Instance(at) | Address::Deferred(at) => self.instances.contains(at),
            Address::Pair(region, name) => self.pairs.contains(&(region.clone(), name.clone())),
            Address::Key(name) => self.keys.contains(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::InstanceId;

    fn region() -> Region {
        Region::new("cn-hangzhou").expect("a region")
    }

    fn subject(id: &str, binding: &str, pairs: &[&str], is_pending: bool) -> Subject {
        Subject {
            at: InstanceId::new(id).in_region(&region()),
            binding: BindingName::new(binding),
            pairs: pairs.iter().map(|&name| CloudName::new(name)).collect(),
            is_pending,
        }
    }

    /// What a filter leaves of two bindings and four pairs, as addresses.
    fn left(filter: &Filter) -> Vec<String> {
        let subjects = [
            subject("i-1", "web-fleet", &["web"], false),
            subject("i-2", "web-fleet", &["web", "web-g2"], true),
            subject("i-3", "api-fleet", &["api"], false),
        ];
        let names = ["web", "web-g2", "api", "spare"];
        let pairs = names.map(|name| (region(), CloudName::new(name))).into();
        let part = Part::of(filter, &subjects, &pairs);
        let instances = subjects.iter().map(|one| Address::Instance(one.at.clone()));
        let pairs = names.map(|name| Address::Pair(region(), CloudName::new(name)));
        let keys = names.map(|name| Address::Key(CloudName::new(name)));
        let all = instances.chain(pairs).chain(keys);
        all.filter(|address| part.covers(address)).map(|address| address.to_string()).collect()
    }

    #[test]
    fn filters_leave_instances_and_the_pairs_that_belong_to_them() {
        assert_eq!(left(&Filter::default()).len(), 3 + 4 + 4, "without a filter all are left");
        let binding = Filter { bindings: vec!["api-*".to_owned()], ..Filter::default() };
        let api = ["instance/cn-hangzhou/i-3", "pair/cn-hangzhou/api", "key/api"];
        assert_eq!(left(&binding), api);
        let pending = Filter { pending: true, ..Filter::default() };
        let rotating = [
            "instance/cn-hangzhou/i-2",
            "pair/cn-hangzhou/web",
            "pair/cn-hangzhou/web-g2",
            "key/web",
            "key/web-g2",
        ];
        assert_eq!(left(&pending), rotating);
        let spare = Filter { pairs: vec!["spare".to_owned()], ..Filter::default() };
        assert_eq!(left(&spare), ["pair/cn-hangzhou/spare", "key/spare"], "bound nowhere");
        let both = Filter { pairs: vec!["web-g2".to_owned()], ..pending };
        assert_eq!(left(&both).len(), 3, "i-2 with one of its pairs and its key");
        let elsewhere = Filter { regions: vec!["cn-beijing".to_owned()], ..Filter::default() };
        assert_eq!(left(&elsewhere), Vec::<String>::new());
    }
}
