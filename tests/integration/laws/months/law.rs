//! What the manifests of a story allow, as the oracle reads them, and as they are written.

use std::fmt::Write as _;

use keyform::model::{InstanceId, MaxUnavailable};
use proptest::prelude::*;

use super::{
    calendar::{HOUR, written},
    policy::{Policy, among, budget},
};
use crate::laws::scene::PROJECT;

/// The pairs, of which a story has as many as bindings.
pub(super) const PAIRS: [&str; 3] = ["web", "ops", "db"];

/// A binding with its instances.
#[derive(Clone, Debug)]
pub(super) struct Fleet {
    pub(super) policy: Policy,
    /// Its instances are those of the story with these numbers.
    pub(super) first: usize,
    pub(super) count: usize,
    /// Which pair it binds to.
    pub(super) pair: usize,
}

impl Fleet {
    pub(super) fn ids(&self) -> impl Iterator<Item = InstanceId> {
        (self.first..self.first + self.count).map(instance)
    }
}

pub(super) fn instance(number: usize) -> InstanceId {
    InstanceId::new(format!("i-{number:02}"))
}

/// A key pair.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) generation: u32,
    pub(super) keeps: bool,
    /// Until how many hours from the beginning.
    pub(super) urgent: Option<i64>,
}

/// A project, and the cloud that it is in.
#[derive(Clone, Debug)]
pub(super) struct Law {
    /// The beginning of the story, in milliseconds since 1970.
    pub(super) begin: i64,
    pub(super) fleets: Vec<Fleet>,
    pub(super) pairs: Vec<Pair>,
    /// How many of all instances may be down.
    unavailable: Option<MaxUnavailable>,
    pub(super) restarts_per_run: Option<usize>,
    /// Whether the service tells StartTime to the second, and whether a reboot moves it.
    is_precise: bool,
    pub(super) moves_start_time: bool,
}

/// Weeks in which clocks are changed, and some in which they are not.
const BEGINNINGS: [&str; 5] = [
    "2026-03-02T07:20:00Z",
    "2026-03-25T22:00:00Z",
    "2026-08-30T12:00:00Z",
    "2026-10-01T00:10:00Z",
    "2026-12-20T18:00:00Z",
];

impl Law {
    pub(super) fn any() -> impl Strategy<Value = Self> {
        let fleets = prop::collection::vec((Policy::any(), 1_usize..7, 0_usize..3), 2..4);
        let limits =
            (prop::option::weighted(0.4, budget()), prop::option::weighted(0.2, 2_usize..6));
        let cloud = (prop::bool::weighted(0.5), prop::bool::weighted(0.8));
        (prop::sample::select(&BEGINNINGS[..]), fleets, limits, cloud).prop_map(
            |(begin, fleets, (unavailable, restarts_per_run), (is_precise, moves_start_time))| {
                let begin = keyform::model::Timestamp::parse(begin).expect("a time");
                let mut first = 0;
                let fleets: Vec<_> = fleets
                    .into_iter()
                    .enumerate()
                    .map(|(index, (policy, count, pair))| {
                        let count = count.min(12 - first);
                        let fleet = Fleet { policy, first, count, pair: pair.min(index) };
                        first += count;
                        fleet
                    })
                    .filter(|fleet| fleet.count > 0)
                    .collect();
                let pair = Pair { generation: 1, keeps: true, urgent: None };
                Self {
                    begin: begin.milliseconds(),
                    pairs: vec![pair; fleets.len()],
                    fleets,
                    unavailable,
                    restarts_per_run,
                    is_precise,
                    moves_start_time,
                }
            },
        )
    }

    pub(super) fn count(&self) -> usize {
        self.fleets.iter().map(|fleet| fleet.count).sum()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = InstanceId> {
        (0..self.count()).map(instance)
    }

    pub(super) fn project(&self) -> String {
        let mut text = PROJECT.replace("name: laws", "name: months");
        let unavailable = self.unavailable.map(|most| format!("unavailable: {most}"));
        let per_run = self.restarts_per_run.map(|most| format!("restartsPerRun: {most}"));
        let limits: Vec<_> = unavailable.into_iter().chain(per_run).collect();
        if !limits.is_empty() {
            let _ = writeln!(text, "  limits: {{{}}}", limits.join(", "));
        }
        text
    }

    pub(super) fn inventory(&self) -> String {
        let precision = if self.is_precise { "second" } else { "minute" };
        let mut text = format!(
            "apiVersion: keyform/v1\nkind: Inventory\nspec:\n  restartTime: 30s\n  \
             startTimePrecision: {precision}\n  rebootMovesStartTime: {}\n  instances:\n",
            self.moves_start_time
        );
        for id in self.ids() {
            let _ = writeln!(text, "  - {{id: {id}, region: cn-hangzhou}}");
        }
        text
    }

    pub(super) fn manifests(&self) -> String {
        let mut text = String::new();
        for (name, pair) in PAIRS.iter().zip(&self.pairs) {
            let Pair { generation, keeps, urgent } = pair;
            let urgent = urgent.map_or_else(String::new, |hours| {
                let until = written(self.begin + hours * HOUR);
                format!(", urgent: {{reason: a leak, until: \"{until}\"}}")
            });
            let _ = write!(
                text,
                "---\napiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: {name}}}\nspec: \
                 {{generation: {generation}, keepPrevious: {keeps}{urgent}}}\n"
            );
        }
        for (index, fleet) in self.fleets.iter().enumerate() {
            let ids: Vec<_> = fleet.ids().map(|id| id.to_string()).collect();
            let (ids, policy) = (ids.join(", "), fleet.policy.text(self.begin));
            let _ = write!(
                text,
                "---\napiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: fleet-{index}}}\n\
                 spec: {{keyPair: {}, instances: [{ids}], restart: {{{policy}}}}}\n",
                PAIRS[fleet.pair]
            );
        }
        text
    }

    /// The name in the cloud of a pair of now.
    pub(super) fn name(&self, pair: usize) -> String {
        match self.pairs[pair].generation {
            1 => PAIRS[pair].to_owned(),
            generation => format!("{}-g{generation}", PAIRS[pair]),
        }
    }

    pub(super) fn is_urgent(&self, fleet: &Fleet, now: i64) -> bool {
        self.pairs[fleet.pair].urgent.is_some_and(|hours| now < self.begin + hours * HOUR)
    }

    /// Which instances may be down together, and how many: those of each binding, of the group, and
    /// of the project.
    pub(super) fn budgets(&self) -> Vec<(String, Vec<InstanceId>, usize)> {
        let mut budgets: Vec<_> = self
            .fleets
            .iter()
            .enumerate()
            .map(|(index, fleet)| {
                let most = among(fleet.policy.most, fleet.count);
                (format!("fleet-{index}"), fleet.ids().collect::<Vec<_>>(), most)
            })
            .collect();
        let grouped: Vec<_> = self.fleets.iter().filter(|fleet| fleet.policy.is_grouped).collect();
        let ids: Vec<_> = grouped.iter().flat_map(|fleet| fleet.ids()).collect();
        let most = grouped.iter().map(|fleet| among(fleet.policy.most, ids.len())).min();
        if let Some(most) = most.filter(|_| grouped.len() > 1) {
            budgets.push(("the group".to_owned(), ids, most));
        }
        if let Some(most) = self.unavailable {
            let most = among(most, self.count());
            budgets.push(("the project".to_owned(), self.ids().collect(), most));
        }
        budgets
    }
}
