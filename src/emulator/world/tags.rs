//! TagResources, UntagResources and ListTagResources, and the rules for tags.

use std::collections::BTreeSet;

use super::{Decision, World, filters::have_all, refusal::Refusal};
use crate::{
    ecs::{Code, Response, TagFilter, TagPage, limits::TAG_RESOURCES_MAX},
    emulator::event::Fact,
    model::{CloudName, Region, Tags, tags::TAGS_MAX},
};

/// How many tags a page of ListTagResources has.
const LIST_PAGE: usize = 50;

/// TagResources: on all pairs or, if one of them cannot take the tags, on none.
pub(super) fn tag(world: &World, region: &Region, names: &[CloudName], tags: &Tags) -> Decision {
    check_counts(names.len(), tags.len())?;
    check(tags)?;
    for name in names {
        let Some(pair) = world.region(region).pair_named(name) else {
            return Err(no_such_resource());
        };
        for key in tags.keys().filter(|key| !pair.tags.contains_key(*key)) {
            if pair.tags.keys().any(|known| known.to_lowercase() == key.to_lowercase()) {
                let message = format!("The tag key {key} differs from another only in case.");
                return Err(Refusal::new(403, Code::TAG_KEY_CLASH, message));
            }
        }
        let mut all = pair.tags.clone();
        all.extend(tags.clone());
        check_quota(&all)?;
    }
    let (region, key_pair_names) = (region.clone(), names.to_vec());
    Ok((Response::Done, Some(Fact::Tagged { region, key_pair_names, tags: tags.clone() })))
}

/// UntagResources: tags that a pair does not have are no error.
pub(super) fn untag(
    world: &World,
    region: &Region,
    names: &[CloudName],
    tag_keys: &[String],
    all: bool,
) -> Decision {
    if all && !tag_keys.is_empty() {
        let message = "The specified parameters All and TagKey conflict.";
        return Err(Refusal::new(403, Code::PARAMETER_CONFLICT, message));
    }
    check_counts(names.len(), if all { 1 } else { tag_keys.len() })?;
    if names.iter().any(|name| world.region(region).pair_named(name).is_none()) {
        return Err(no_such_resource());
    }
    let here = world.region(region);
    let tag_keys: BTreeSet<_> = if all {
        let pairs = names.iter().filter_map(|name| here.pair_named(name));
        pairs.flat_map(|pair| pair.tags.keys().cloned()).collect()
    } else {
        tag_keys.iter().cloned().collect()
    };
    let (region, key_pair_names) = (region.clone(), names.to_vec());
    let tag_keys = tag_keys.into_iter().collect();
    Ok((Response::Done, Some(Fact::Untagged { region, key_pair_names, tag_keys })))
}

/// ListTagResources: the tags of these pairs, or of all pairs that have these tags. A pair that does
/// not exist has none. The size of a page is not documented for this version of the call.
pub(super) fn list(
    world: &World,
    region: &Region,
    names: &[CloudName],
    wanted: &[TagFilter],
    next_token: Option<&str>,
) -> Decision {
    if names.is_empty() && wanted.is_empty() {
        let message = "The specified ResourceIds and Tags cannot both be empty.";
        return Err(Refusal::new(403, Code::TAGS_AND_RESOURCES_EMPTY, message));
    }
    check_counts(1.max(names.len()), 1.max(wanted.len()))?;
    let start = match next_token {
        None | Some("") => 0,
        Some(token) => token.parse::<usize>().map_err(|_| {
            Refusal::new(403, Code::NEXT_TOKEN, "The specified NextToken is invalid.")
        })?,
    };
    let pairs = world.region(region).pairs().filter(|pair| {
        (names.is_empty() || names.contains(&pair.name)) && have_all(wanted, &pair.tags)
    });
    let mut rows = pairs
        .flat_map(|pair| pair.tags.iter().map(|(k, v)| (pair.name.clone(), k.clone(), v.clone())))
        .skip(start);
    let tags: Vec<_> = rows.by_ref().take(LIST_PAGE).collect();
    let next_token = rows.next().map(|_| (start + tags.len()).to_string());
    Ok((Response::Tags(TagPage { tags, next_token }), None))
}

/// Checks the tags of one call: each by itself, and that no two keys are alike.
pub(super) fn check(tags: &Tags) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for (key, value) in tags {
        let reserved = key.starts_with("aliyun") || key.starts_with("acs:");
        if !(1..=128).contains(&key.chars().count()) || reserved || has_address(key) {
            let message = "The specified Tag.n.Key is not valid.";
            return Err(Refusal::new(400, Code::TAG_KEY_MALFORMED, message));
        }
        if value.chars().count() > 128 || has_address(value) {
            let message = "The specified Tag.n.Value is not valid.";
            return Err(Refusal::new(400, Code::TAG_VALUE_MALFORMED, message));
        }
        if !seen.insert(key.to_lowercase()) {
            let message = "The Tag.N.Key contain duplicate key.";
            return Err(Refusal::new(400, Code::TAG_KEY_DUPLICATE, message));
        }
    }
    Ok(())
}

/// Checks that a resource may have all these tags.
pub(super) fn check_quota(tags: &Tags) -> Result<(), Refusal> {
    if tags.len() > TAGS_MAX {
        let message = format!("A resource has at most {TAGS_MAX} tags.");
        return Err(Refusal::new(403, Code::TAG_QUOTA, message));
    }
    Ok(())
}

/// The service answers 404 for what is missing here.
fn check_counts(resources: usize, tags: usize) -> Result<(), Refusal> {
    let refusal = |status, code, parameter: &str| {
        let message = format!("The specified parameter \"{parameter}\" is not valid.");
        Err(Refusal::new(status, code, message))
    };
    match (resources, tags) {
        (0, _) => refusal(404, Code::MISSING_RESOURCE_IDS, "ResourceIds"),
        (_, 0) => refusal(404, Code::MISSING_TAGS, "Tags"),
        (resources, _) if resources > TAG_RESOURCES_MAX => {
            refusal(400, Code::TOO_MANY_RESOURCES, "ResourceIds")
        }
        (_, tags) if tags > TAGS_MAX => refusal(400, Code::TOO_MANY_TAGS, "Tags"),
        _ => Ok(()),
    }
}

fn has_address(text: &str) -> bool {
    text.contains("http://") || text.contains("https://")
}

pub(super) fn no_such_resource() -> Refusal {
    Refusal::new(404, Code::RESOURCE_NOT_FOUND, "The specified ResourceId does not exist.")
}
