//! DescribeKeyPairs, ImportKeyPair, DeleteKeyPairs.

use super::{Decision, World, refusal::Refusal, tags};
use crate::{
    ecs::{
        Code, KeyPair, KeyPairPage, Response,
        limits::{DELETE_KEY_PAIRS_MAX, DESCRIBE_KEY_PAIRS_MAX, KEY_PAIRS_MAX},
    },
    emulator::event::Fact,
    keys::PublicKey,
    model::{CloudName, Fingerprint, Region, ServiceTime, Tags, names::NAME_LENGTH_MAX},
};

/// DescribeKeyPairs: a page of the pairs whose names match, by name. A name that does not exist is
/// an empty page. The code for a page size out of 1 to 50 is not documented.
pub(super) fn describe(
    world: &World,
    region: &Region,
    pattern: Option<&CloudName>,
    page_number: usize,
    page_size: usize,
) -> Decision {
    if page_number == 0 {
        return Err(Refusal::out_of_range("PageNumber"));
    }
    if !(1..=DESCRIBE_KEY_PAIRS_MAX).contains(&page_size) {
        return Err(Refusal::out_of_range("PageSize"));
    }
    let pattern = pattern.map_or("", CloudName::as_str);
    let matching = || world.region(region).pairs().filter(|p| matches(pattern, p.name.as_str()));
    let page = matching().skip((page_number - 1).saturating_mul(page_size)).take(page_size);
    let key_pairs = page.map(|pair| KeyPair {
        key_pair_name: pair.name.clone(),
        key_pair_finger_print: render_fingerprint(world, pair.fingerprint),
        creation_time: Some(ServiceTime::new(pair.created, world.time_precision)),
        tags: pair.tags.clone(),
    });
    let page = KeyPairPage { key_pairs: key_pairs.collect(), total_count: matching().count() };
    Ok((Response::KeyPairs(page), None))
}

/// ImportKeyPair. Which of several errors is answered is not documented; the name comes first.
pub(super) fn import(
    world: &World,
    region: &Region,
    name: &CloudName,
    public_key_body: &str,
    tags: &Tags,
) -> Decision {
    if public_key_body.is_empty() {
        return Err(Refusal::missing("PublicKeyBody"));
    }
    if !is_name(name.as_str()) {
        let message = "Specified Key Pair name is not valid.";
        return Err(Refusal::new(400, Code::KEY_PAIR_NAME_MALFORMED, message));
    }
    tags::check(tags)?;
    tags::check_quota(tags)?;
    let Ok(public_key) = PublicKey::parse(public_key_body) else {
        let message = "The PublicKeyBody format is not supported.";
        return Err(Refusal::new(400, Code::PUBLIC_KEY_MALFORMED, message));
    };
    let fingerprint = public_key.fingerprint();
    let here = world.region(region);
    if here.pair_named(name).is_some() {
        return Err(Refusal::new(400, Code::KEY_PAIR_EXISTS, "The key pair already exist."));
    }
    if here.pair_count() >= KEY_PAIRS_MAX {
        return Err(Refusal::new(403, Code::KEY_PAIR_QUOTA, "The key pair quota exceeds."));
    }
    let fact = Fact::Imported {
        region: region.clone(),
        key_pair_name: name.clone(),
        fingerprint,
        public_key: public_key_body.to_owned(),
        tags: tags.clone(),
    };
    Ok((Response::Imported { fingerprint: render_fingerprint(world, fingerprint) }, Some(fact)))
}

/// DeleteKeyPairs: all or, if an instance is bound to one of them, none. What the service does with
/// some of several is not documented, and neither is a name that does not exist: here it is deleted
/// already.
pub(super) fn delete(world: &World, region: &Region, names: &[CloudName]) -> Decision {
    if names.is_empty() {
        return Err(Refusal::missing("KeyPairNames"));
    }
    if names.len() > DELETE_KEY_PAIRS_MAX {
        let message = "Exceeding the allowed amount of instance which will be deleted.";
        return Err(Refusal::new(403, Code::KEY_PAIR_LIMIT, message));
    }
    let here = world.region(region);
    let mut bound = here.instances(None).filter_map(|(_, life)| here.bound(life));
    if bound.any(|pair| names.contains(&pair.name)) {
        let message =
            "The specified parameter \"KeyPairNames\" attached to instances can not be deleted.";
        return Err(Refusal::new(400, Code::KEY_PAIR_BOUND, message));
    }
    let known: Vec<_> = names.iter().filter(|n| here.pair_named(n).is_some()).cloned().collect();
    let changes = !known.is_empty();
    let fact = Fact::Deleted { region: region.clone(), key_pair_names: known };
    Ok((Response::Done, changes.then_some(fact)))
}

/// A print in the form that the switch asks for.
fn render_fingerprint(world: &World, fingerprint: Fingerprint) -> String {
    let hex = fingerprint.hex();
    if !world.switches.fingerprint_colons {
        return hex;
    }
    let mut text = String::with_capacity(47);
    for (index, digit) in hex.chars().enumerate() {
        if index > 0 && index % 2 == 0 {
            text.push(':');
        }
        text.push(digit);
    }
    text
}

/// Whether a name matches a pattern with a wildcard `*` at either end. An empty pattern is no
/// filter.
fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, None) => pattern.is_empty() || name == pattern,
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (Some(_), Some(_)) => name.contains(pattern.trim_matches('*')),
    }
}

/// The rule of ImportKeyPair, wider than R11: also a dot, and letters of any script.
fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_alphabetic() || c.is_ascii_digit() || ":_-.".contains(c);
    (2..=NAME_LENGTH_MAX).contains(&text.chars().count())
        && text.starts_with(char::is_alphabetic)
        && text.chars().all(allowed)
}
