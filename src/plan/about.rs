//! What a step is about: its instances, its binding and wave, its pair, its region.

use super::step::{Action, Item};
use crate::model::{Address, BindingName, CloudName, InstanceRef, Region, ResourceGroupId};

/// The address of a binding, as `--target` names it.
pub(super) fn binding_address(name: &BindingName) -> String {
    format!("binding/{name}")
}

impl Action {
    /// The resource group that the step puts a pair into, if it does.
    #[must_use]
    pub fn resource_group(&self) -> Option<&ResourceGroupId> {
        match self {
            Self::ImportPair { resource_group, .. } | Self::CreatePair { resource_group, .. } => {
                resource_group.as_ref()
            }
            Self::GroupPair { resource_group, .. } => Some(resource_group),
            _ => None,
        }
    }

    /// The instances of the step.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        match self {
            Self::Attach { items, .. }
            | Self::Detach { items, .. }
            | Self::Restart { items, .. }
            | Self::Prove { items, .. }
            | Self::Defer { items, .. } => items,
            Self::MakeKey { .. }
            | Self::ImportPair { .. }
            | Self::CreatePair { .. }
            | Self::AdoptPair { .. }
            | Self::TagPair { .. }
            | Self::UntagPair { .. }
            | Self::GroupPair { .. }
            | Self::Gate { .. }
            | Self::DeletePair { .. }
            | Self::RetireKey { .. }
            | Self::Record { .. } => &[],
        }
    }

    /// The instances of the step, each in its region.
    pub fn instances(&self) -> impl Iterator<Item = InstanceRef> {
        self.items().iter().filter_map(|item| Some(item.id.in_region(self.region()?)))
    }

    /// The binding of the step, if it is about the instances of one.
    #[must_use]
    pub fn binding(&self) -> Option<&BindingName> {
        match self {
            Self::Attach { binding, .. }
            | Self::Detach { binding, .. }
            | Self::Restart { binding, .. }
            | Self::Prove { binding, .. }
            | Self::Defer { binding, .. }
            | Self::Gate { binding, .. } => Some(binding),
            Self::MakeKey { .. }
            | Self::ImportPair { .. }
            | Self::CreatePair { .. }
            | Self::AdoptPair { .. }
            | Self::TagPair { .. }
            | Self::UntagPair { .. }
            | Self::GroupPair { .. }
            | Self::DeletePair { .. }
            | Self::RetireKey { .. }
            | Self::Record { .. } => None,
        }
    }

    /// The binding of the step and its region, if it is about the instances of one.
    #[must_use]
    pub fn fleet(&self) -> Option<(&Region, &BindingName)> {
        self.region().zip(self.binding())
    }

    /// The wave of its binding that the step is a part of, if it is one of a wave. A gate is the
    /// end of its wave.
    #[must_use]
    pub fn wave(&self) -> Option<usize> {
        match self {
            Self::Attach { wave, .. }
            | Self::Detach { wave, .. }
            | Self::Restart { wave, .. }
            | Self::Prove { wave, .. }
            | Self::Gate { wave, .. } => Some(*wave),
            Self::MakeKey { .. }
            | Self::ImportPair { .. }
            | Self::CreatePair { .. }
            | Self::AdoptPair { .. }
            | Self::TagPair { .. }
            | Self::UntagPair { .. }
            | Self::GroupPair { .. }
            | Self::Defer { .. }
            | Self::DeletePair { .. }
            | Self::RetireKey { .. }
            | Self::Record { .. } => None,
        }
    }

    /// The pair that the step makes, changes, deletes, binds to or unbinds from; none for one that
    /// is about instances alone.
    #[must_use]
    pub fn pair(&self) -> Option<(&Region, &CloudName)> {
        match self {
            Self::ImportPair { region, name, .. }
            | Self::CreatePair { region, name, .. }
            | Self::AdoptPair { region, name, .. }
            | Self::TagPair { region, name, .. }
            | Self::UntagPair { region, name, .. }
            | Self::GroupPair { region, name, .. }
            | Self::Attach { region, name, .. }
            | Self::Detach { region, name, .. }
            | Self::Defer { region, name: Some(name), .. }
            | Self::DeletePair { region, name } => Some((region, name)),
            Self::MakeKey { .. }
            | Self::Restart { .. }
            | Self::Prove { .. }
            | Self::Gate { .. }
            | Self::Defer { name: None, .. }
            | Self::RetireKey { .. }
            | Self::Record { .. } => None,
        }
    }

    /// Whether the step changes the binding of its instances.
    #[must_use]
    pub fn is_rebind(&self) -> bool {
        matches!(self, Self::Attach { .. } | Self::Detach { .. })
    }

    /// The object that the step is about, as `--target` names it: a key, a pair, or the binding of
    /// its instances; none for a record of several.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        match self {
            Self::MakeKey { name, .. } | Self::RetireKey { name, .. } => {
                Some(Address::Key(name.clone()).to_string())
            }
            Self::ImportPair { region, name, .. }
            | Self::CreatePair { region, name, .. }
            | Self::AdoptPair { region, name, .. }
            | Self::TagPair { region, name, .. }
            | Self::UntagPair { region, name, .. }
            | Self::GroupPair { region, name, .. }
            | Self::DeletePair { region, name } => {
                Some(Address::Pair(region.clone(), name.clone()).to_string())
            }
            Self::Attach { binding, .. }
            | Self::Detach { binding, .. }
            | Self::Restart { binding, .. }
            | Self::Prove { binding, .. }
            | Self::Defer { binding, .. }
            | Self::Gate { binding, .. } => Some(binding_address(binding)),
            Self::Record { .. } => None,
        }
    }

    /// The region of the step, if it is about one.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::ImportPair { region, .. }
            | Self::CreatePair { region, .. }
            | Self::AdoptPair { region, .. }
            | Self::TagPair { region, .. }
            | Self::UntagPair { region, .. }
            | Self::GroupPair { region, .. }
            | Self::Attach { region, .. }
            | Self::Detach { region, .. }
            | Self::Restart { region, .. }
            | Self::Prove { region, .. }
            | Self::Defer { region, .. }
            | Self::Gate { region, .. }
            | Self::DeletePair { region, .. } => Some(region),
            Self::MakeKey { .. } | Self::RetireKey { .. } | Self::Record { .. } => None,
        }
    }
}
