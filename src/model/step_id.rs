//! The identity of a step in its plan.

use std::{
    fmt,
    ops::{Index, IndexMut},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id of a step: its place in the plan, from 0.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct StepId(usize);

impl StepId {
    /// The id of the step at a place.
    #[must_use]
    pub const fn new(place: usize) -> Self {
        Self(place)
    }

    /// The place of the step in its plan.
    #[must_use]
    pub const fn place(self) -> usize {
        self.0
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One value for each step of a plan.
#[derive(Clone, Debug)]
pub struct PerStep<T>(Vec<T>);

impl<T> PerStep<T> {
    /// As many values as there are steps, each made for its id.
    pub fn new(steps: usize, value: impl FnMut(StepId) -> T) -> Self {
        Self((0..steps).map(StepId).map(value).collect())
    }

    /// The ids of the steps.
    pub fn ids(&self) -> impl Iterator<Item = StepId> + use<T> {
        (0..self.0.len()).map(StepId)
    }

    /// The values in the order of the steps.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
}

impl<T> Index<StepId> for PerStep<T> {
    type Output = T;

    fn index(&self, id: StepId) -> &T {
        &self.0[id.0]
    }
}

impl<T> IndexMut<StepId> for PerStep<T> {
    fn index_mut(&mut self, id: StepId) -> &mut T {
        &mut self.0[id.0]
    }
}
