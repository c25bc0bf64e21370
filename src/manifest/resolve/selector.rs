//! Selectors: that of a Binding, and what the Project adds to each.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    diagnostic::{Diagnostic, Place, ReferenceCode},
    manifest::{
        OnLeave, Selector,
        raw::{RawDefaultSelector, RawSelector, RawTags},
        shown::shown,
        tree::At,
    },
    model::Tags,
};

use super::{
    Given,
    fields::{Scope, word},
    inventory::instance_tags,
};

/// Tags that every selector has besides its own, each with the place of its value.
pub(in crate::manifest) type DefaultTags = BTreeMap<String, (String, Place)>;

/// `selector` below the Project's `defaults`.
pub(super) fn default_selector(
    scope: &mut Scope<'_>,
    raw: Option<&RawDefaultSelector>,
    at: At<'_>,
) -> Given<DefaultTags> {
    let Some(raw) = raw else {
        return if at.lost("selector") { Given::Broken } else { Given::Absent };
    };
    let at = at.key("selector");
    let Some(tags) = tags(scope, raw.tags.as_ref(), at) else { return Given::Broken };
    let placed = tags.into_iter().map(|(key, value)| {
        let place = at.key("tags").key(&key).place();
        (key, (value, place))
    });
    Given::Value(placed.collect())
}

/// The `selector` of a Binding, of which `at` is the value.
pub(super) fn selector(
    scope: &mut Scope<'_>,
    raw: &RawSelector,
    at: At<'_>,
    defaults: &Given<DefaultTags>,
    file: &Arc<str>,
) -> Option<Selector> {
    let words = [("forget", OnLeave::Forget), ("detach", OnLeave::Detach)];
    let on_leave = word(scope, raw.on_leave.as_ref(), at, "onLeave", &words);
    let own = tags(scope, raw.tags.as_ref(), at)?;
    Some(Selector {
        tags: merged(scope, own, defaults, at)?,
        allow_empty: raw.allow_empty.unwrap_or(false),
        on_leave: on_leave.unwrap_or_default(),
        origin: at.origin(file),
    })
}

/// `tags` below `at`, which may be the system's too, such as those of Auto Scaling.
fn tags(scope: &mut Scope<'_>, raw: Option<&RawTags>, at: At<'_>) -> Option<Tags> {
    let Some(RawTags(tags)) = raw else {
        // A tag may have been meant by what is no field of a selector.
        return (!at.lost_any()).then(Tags::new);
    };
    let before = scope.problems.len();
    let tags = instance_tags(scope, tags.clone(), at);
    (scope.problems.len() == before).then_some(tags)
}

/// A selector's own tags with those of all; together they are at least one.
fn merged(
    scope: &mut Scope<'_>,
    mut tags: Tags,
    defaults: &Given<DefaultTags>,
    at: At<'_>,
) -> Option<Tags> {
    match defaults {
        Given::Broken => return None,
        Given::Absent => {}
        Given::Value(defaults) => {
            for (key, (value, place)) in defaults {
                match tags.get(key) {
                    Some(own) if own != value => contradiction(scope, key, own, value, at, place),
                    Some(_) => {}
                    None => drop(tags.insert(key.clone(), value.clone())),
                }
            }
        }
    }
    if tags.is_empty() {
        let message = format!("{} selects instances by no tag", scope.subject);
        scope.problem(
            Diagnostic::error(ReferenceCode::SelectorWithoutTags, at.key_place(), message).help(
                "write at least one tag that its instances have: `selector: {tags: {role: web}}`; \
             `defaults: {selector: {tags: …}}` of the Project counts too",
            ),
        );
        return None;
    }
    Some(tags)
}

fn contradiction(
    scope: &mut Scope<'_>,
    key: &str,
    own: &str,
    default: &str,
    at: At<'_>,
    default_place: &Place,
) {
    let message = format!(
        "{} selects by another value of the tag {} than the Project",
        scope.subject,
        shown(key)
    );
    scope.problem(
        Diagnostic::error(
            ReferenceCode::SelectorContradiction,
            at.key("tags").key(key).place(),
            message,
        )
        .found(key)
        .label(format!("{} here", shown(own)))
        .related(default_place.clone(), format!("{} for every selector", shown(default)))
        .help(
            "no instance has both values: leave the tag out here, or take it out of the \
                 Project's `defaults`",
        ),
    );
}
