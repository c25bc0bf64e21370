//! What the manifests and the inventory of a world say.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::programs::Programs;

/// The instances of every world.
pub(super) const INSTANCES: [&str; 6] = ["i-1", "i-2", "i-3", "i-4", "i-5", "i-6"];

pub(super) const PAIRS: [&str; 2] = ["web", "ops"];
pub(super) const FOREIGN: &str = "theirs";

/// What the manifests say.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// Of the pairs `web` and `ops`: the generation, or that it is not declared.
    pub(super) pairs: [Option<u32>; 2],
    /// Whether the service makes the keys of the pair.
    pub(super) created: [bool; 2],
    pub(super) keep_previous: bool,
    /// Per instance, by which pair's binding it is listed.
    pub(super) listed: [Option<usize>; 6],
    /// Whether the binding of `web` selects by a tag in the place of listing.
    pub(super) selects: bool,
    /// Whether an instance that leaves the selector is forgotten, and not unbound.
    pub(super) forgets: bool,
    pub(super) max_unavailable: u32,
    /// When the instances of both bindings are restarted, and what else the policies say.
    pub(super) policy: &'static str,
    pub(super) replace_foreign: bool,
}

/// What a restart policy may say. The worlds begin on 2026-11-23 at ten.
pub(super) const POLICIES: [&str; 8] = [
    "when: now",
    "when: now, canary: 1",
    "when: now, group: tier",
    "when: now, maxFailures: 1, settle: 20s",
    "when: now, timeout: 90s",
    "when: manual",
    "when: window, timeout: 2m, windows: [{start: \"10:00\", duration: 1h, timeZone: UTC}]",
    "when: now, timeout: 2m, deny: [{from: \"2026-11-23T10:20:00Z\", to: \"2026-11-23T10:40:00Z\", \
     reason: lunch}]",
];

/// Which instances have the tag that is selected by.
pub(super) type Roles = [bool; 6];

pub(super) fn wish() -> impl Strategy<Value = Wish> {
    let pair = prop_oneof![1 => Just(None), 5 => (1_u32..4).prop_map(Some)];
    let listed = prop_oneof![2 => Just(None), 4 => Just(Some(0_usize)), 2 => Just(Some(1))];
    (
        [pair.clone(), pair],
        prop::array::uniform2(prop::bool::weighted(0.2)),
        any::<bool>(),
        prop::array::uniform6(listed),
        prop::bool::weighted(0.3),
        any::<bool>(),
        1_u32..4,
        prop::sample::select(&POLICIES[..]),
        prop::bool::weighted(0.3),
    )
        .prop_map(
            |(
                pairs,
                created,
                keep_previous,
                listed,
                selects,
                forgets,
                max_unavailable,
                policy,
                replace_foreign,
            )| {
                Wish {
                    pairs,
                    created,
                    keep_previous,
                    listed,
                    selects,
                    forgets,
                    max_unavailable,
                    policy,
                    replace_foreign,
                }
            },
        )
}

impl Wish {
    pub(super) fn manifests(&self, programs: &Programs) -> String {
        let mut text = String::new();
        for (index, name) in PAIRS.iter().enumerate() {
            let Some(generation) = self.pairs[index] else { continue };
            let _ = write!(
                text,
                "---\napiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: {name}}}\nspec: \
                 {{generation: {generation}, keepPrevious: {}, createInCloud: {}}}\n",
                self.keep_previous, self.created[index]
            );
            let listed: Vec<_> = INSTANCES
                .iter()
                .zip(&self.listed)
                .filter(|(_, listed)| **listed == Some(index))
                .map(|(id, _)| *id)
                .collect();
            let chosen = if self.selects && index == 0 {
                let on_leave = if self.forgets { "forget" } else { "detach" };
                format!("selector: {{tags: {{role: web}}, allowEmpty: true, onLeave: {on_leave}}}")
            } else {
                format!("instances: [{}]", listed.join(", "))
            };
            let _ = write!(
                text,
                "---\napiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: {name}-fleet}}\n\
                 spec: {{keyPair: {name}, {chosen}, replaceForeign: {}, restart: \
                 {{maxUnavailable: {}, {}{}}}{}}}\n",
                self.replace_foreign,
                self.max_unavailable,
                self.policy,
                programs.hooks(),
                programs.proof()
            );
        }
        text
    }
}

/// What people call the instances, and have written into a tag: each would command a terminal, forge a
/// line or turn a text in another way.
const NAMES: [&str; 6] = [
    r"\e]0;owned\a",
    r"\nSummary\n  0 restarts",
    r"\x9b2J\x9bH",
    r"\u202Egnp.exe",
    r"w\u200Beb\0\r",
    r"\u2066\U000E0041\t",
];

pub(super) fn inventory(roles: &Roles) -> String {
    let mut text = "apiVersion: keyform/v1\nkind: Inventory\nspec:\n  restartTime: 30s\n  \
                    startTimePrecision: second\n  instances:\n"
        .to_owned();
    for ((id, name), is_web) in INSTANCES.iter().zip(NAMES).zip(roles) {
        let role = if *is_web { "web" } else { "db" };
        let tags = format!("{{role: {role}, \"note{name}\": \"{name}\"}}");
        let _ =
            writeln!(text, "  - {{id: {id}, name: \"{name}\", region: cn-hangzhou, tags: {tags}}}");
    }
    text
}
