//! The resource group of a KeyPair.

use crate::{
    diagnostic::{Diagnostic, FieldCode},
    manifest::{
        raw::{RawKeyPair, Text},
        shown::shown,
        tree::At,
    },
    model::{ResourceGroupId, names::is_resource_group_id},
};

use super::fields::Scope;

/// `resourceGroup` below `at`; nothing if it is written wrong.
pub(super) fn resource_group(
    scope: &mut Scope<'_>,
    spec: Option<&RawKeyPair>,
    at: At<'_>,
) -> Option<Option<ResourceGroupId>> {
    let Some(Text(text)) = spec.and_then(|spec| spec.resource_group.as_ref()) else {
        return (!at.lost("resourceGroup")).then_some(None);
    };
    if is_resource_group_id(text) {
        return Some(Some(ResourceGroupId::new(text.as_str())));
    }
    let message = format!("{}: {} is not the id of a resource group", scope.subject, shown(text));
    let at = at.key("resourceGroup");
    let problem = Diagnostic::error(FieldCode::InvalidResourceGroup, at.place(), message);
    scope.problem(
        problem
            .field("spec.resourceGroup")
            .found(text)
            .help("write the id of the group, such as `rg-acfmxazb4ph6aiy`, and not its name"),
    );
    None
}
