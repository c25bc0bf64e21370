//! What people filter a status by.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use wildmatch::WildMatch;

use crate::model::{BindingName, CloudName, Region};

/// What a status is restricted to: everything, if nothing is named. All filters hold together; of
/// the patterns of one filter, one is enough.
///
/// A pattern is a name with `*` and `?`. It may also be an address as a plan has it, such as
/// `binding/web-*` or `pair/cn-hangzhou/web`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
    /// Patterns for key pairs, by their names in the cloud.
    pub pairs: Vec<String>,
    /// Patterns for bindings.
    pub bindings: Vec<String>,
    /// Patterns for regions.
    pub regions: Vec<String>,
    /// Whether only instances are left for which something is still to come.
    pub pending: bool,
}

/// A pattern that matches nothing in the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The filter, as the command line has it.
    pub option: &'static str,
    /// The pattern.
    pub pattern: String,
}

impl Filter {
    /// Whether it leaves everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it leaves a region.
    #[must_use]
    pub fn takes_region(&self, region: &Region) -> bool {
        takes(&self.regions, |pattern| is_region(pattern, region))
    }

    /// Whether it leaves a binding.
    #[must_use]
    pub fn takes_binding(&self, binding: &BindingName) -> bool {
        takes(&self.bindings, |pattern| is_binding(pattern, binding))
    }

    /// Whether it leaves a pair of a region.
    #[must_use]
    pub fn takes_pair(&self, region: &Region, name: &CloudName) -> bool {
        self.takes_region(region) && takes(&self.pairs, |pattern| is_pair(pattern, region, name))
    }

    /// The first pattern that matches none of what the project has: most likely a slip.
    #[must_use]
    pub fn unmatched(
        &self,
        pairs: &BTreeSet<(Region, CloudName)>,
        bindings: &BTreeSet<(Region, BindingName)>,
    ) -> Option<Unmatched> {
        let regions: BTreeSet<&Region> = (pairs.iter().map(|(region, _)| region))
            .chain(bindings.iter().map(|(region, _)| region))
            .collect();
        let has_pair =
            |pattern: &str| pairs.iter().any(|(region, name)| is_pair(pattern, region, name));
        let has_binding =
            |pattern: &str| bindings.iter().any(|(_, name)| is_binding(pattern, name));
        let has_region = |pattern: &str| regions.iter().any(|region| is_region(pattern, region));
        let first = |option, patterns: &[String], has: &dyn Fn(&str) -> bool| {
            let pattern = patterns.iter().find(|pattern| !has(pattern))?;
            Some(Unmatched { option, pattern: pattern.clone() })
        };
        first("--pair", &self.pairs, &has_pair)
            .or_else(|| first("--binding", &self.bindings, &has_binding))
            .or_else(|| first("--region", &self.regions, &has_region))
    }
}

fn takes(patterns: &[String], is_so: impl Fn(&str) -> bool) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| is_so(pattern))
}

fn matches(pattern: &str, text: &str) -> bool {
    WildMatch::new(pattern).matches(text)
}

fn is_region(pattern: &str, region: &Region) -> bool {
    matches(pattern, region.as_str())
}

fn is_binding(pattern: &str, binding: &BindingName) -> bool {
    matches(pattern, binding.as_str()) || matches(pattern, &format!("binding/{binding}"))
}

fn is_pair(pattern: &str, region: &Region, name: &CloudName) -> bool {
    matches(pattern, name.as_str()) || matches(pattern, &format!("pair/{region}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(pairs: &[&str], bindings: &[&str], regions: &[&str]) -> Filter {
        let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Filter {
            pairs: owned(pairs),
            bindings: owned(bindings),
            regions: owned(regions),
            pending: false,
        }
    }

    fn region() -> Region {
        Region::new("cn-hangzhou").expect("a region")
    }

    #[test]
    fn a_pattern_is_a_name_or_an_address_and_one_of_several_is_enough() {
        for (patterns, is_taken) in [
            (&[][..], true),
            (&["web-g2"], true),
            (&["web"], false),
            (&["web*"], true),
            (&["web-g?"], true),
            (&["pair/cn-hangzhou/web-g2"], true),
            (&["pair/*/web-*"], true),
            (&["pair/cn-beijing/web-g2"], false),
            (&["ops", "web-*"], true),
        ] {
            let taken = filter(patterns, &[], &[]).takes_pair(&region(), &CloudName::new("web-g2"));
            assert_eq!(taken, is_taken, "{patterns:?}");
        }
        for (pattern, is_taken) in [
            ("web-fleet", true),
            ("binding/web-*", true),
            ("binding/api-*", false),
            ("fleet", false),
        ] {
            let taken = filter(&[], &[pattern], &[]).takes_binding(&BindingName::new("web-fleet"));
            assert_eq!(taken, is_taken, "{pattern}");
        }
        let elsewhere = filter(&["web-g2"], &[], &["cn-beijing"]);
        assert!(!elsewhere.takes_pair(&region(), &CloudName::new("web-g2")), "all filters hold");
    }

    #[test]
    fn the_first_pattern_without_any_match_is_named_with_its_option() {
        let pairs = BTreeSet::from([(region(), CloudName::new("web"))]);
        let bindings = BTreeSet::from([(region(), BindingName::new("web-fleet"))]);
        for (filter, expected) in [
            (filter(&["w*"], &["web-fleet"], &["cn-*"]), None),
            (filter(&["web", "wbe"], &[], &[]), Some(("--pair", "wbe"))),
            (filter(&[], &["binding/wbe*"], &[]), Some(("--binding", "binding/wbe*"))),
            (filter(&[], &[], &["cn-beijing"]), Some(("--region", "cn-beijing"))),
        ] {
            let found = filter.unmatched(&pairs, &bindings);
            let found = found.as_ref().map(|one| (one.option, one.pattern.as_str()));
            assert_eq!(found, expected, "{filter:?}");
        }
    }
}
