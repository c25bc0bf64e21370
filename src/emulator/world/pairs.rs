//! DescribeKeyPairs, CreateKeyPair, ImportKeyPair, DeleteKeyPairs, JoinResourceGroup.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::{
    Decision, World, WorldPair,
    filters::{have_all, matches, numbered},
    refusal::Refusal,
    tags,
};
use crate::{
    ecs::{
        Code, KeyPair, KeyPairPage, NumberedPage, PairOptions, PrivateKeyBody, Response,
        limits::{DELETE_KEY_PAIRS_MAX, DESCRIBE_KEY_PAIRS_MAX, KEY_PAIRS_MAX},
    },
    emulator::{
        event::Fact,
        switches::{PrivateKeyForm, Switches},
    },
    keys::{PrivateKey, PublicKey, blob_fingerprint},
    model::{
        CloudName, Fingerprint, Region, ServiceTime, Tags,
        names::{NAME_LENGTH_MAX, check_name, is_resource_group_id},
    },
};

/// DescribeKeyPairs: a page of the pairs whose names match, by name. A name that does not exist is
/// an empty page. The code for a page size out of 1 to 50 is not documented.
pub(super) fn describe(
    world: &World,
    region: &Region,
    pattern: Option<&CloudName>,
    (number, size): (usize, usize),
    options: &PairOptions,
) -> Decision {
    let page = NumberedPage { number, size };
    if page.number == 0 {
        return Err(Refusal::out_of_range("PageNumber"));
    }
    if !(1..=DESCRIBE_KEY_PAIRS_MAX).contains(&page.size) {
        return Err(Refusal::out_of_range("PageSize"));
    }
    let pattern = pattern.map_or("", CloudName::as_str);
    let fingerprint = options.fingerprint.as_deref().map(Fingerprint::parse);
    let passes = |pair: &&WorldPair| {
        matches(pattern, pair.name.as_str())
            && fingerprint.is_none_or(|wanted| wanted == Some(told_of(pair)))
            && options.resource_group_id.as_ref().is_none_or(|id| *id == pair.resource_group_id)
            && have_all(&options.tags, &pair.tags)
    };
    let matching = || world.region(region).pairs().filter(passes);
    let key_pairs = numbered(matching(), page).map(|pair| KeyPair {
        key_pair_name: pair.name.clone(),
        key_pair_finger_print: written(told_of(pair), world.switches.fingerprint_colons),
        creation_time: (!world.switches.absent_creation_time)
            .then(|| ServiceTime::new(pair.created, world.time_precision)),
        tags: pair.tags.clone(),
        resource_group_id: pair.resource_group_id.clone(),
        public_key: options.include_public_key.then(|| pair.public_key.clone()),
    });
    let page = KeyPairPage { key_pairs: key_pairs.collect(), total_count: matching().count() };
    Ok((Response::KeyPairs(page), None))
}

/// What a pair is made of beside its key.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewPair<'a> {
    pub(super) region: &'a Region,
    pub(super) name: &'a CloudName,
    pub(super) tags: &'a Tags,
    /// Its resource group; `None` for the default one.
    pub(super) group: Option<&'a str>,
}

/// ImportKeyPair. Which of several errors is answered is not documented; the name comes first.
pub(super) fn import(world: &World, new: NewPair<'_>, public_key_body: &str) -> Decision {
    if public_key_body.is_empty() {
        return Err(Refusal::missing("PublicKeyBody"));
    }
    check_new(new, is_name)?;
    let is_lenient = world.switches.lenient_public_keys;
    let fingerprint = match PublicKey::parse(public_key_body) {
        Ok(public_key) => Some(public_key.fingerprint()),
        Err(_) if is_lenient => blob_fingerprint(public_key_body),
        Err(_) => None,
    };
    let Some(fingerprint) = fingerprint else {
        let message = "The PublicKeyBody format is not supported.";
        return Err(Refusal::new(400, Code::PUBLIC_KEY_MALFORMED, message));
    };
    check_room(world, new)?;
    let fact = made(new, fingerprint, None, public_key_body.to_owned());
    Ok((Response::Imported { fingerprint: written_of_made(world, fingerprint) }, Some(fact)))
}

/// CreateKeyPair, with a key that the caller has made, since this has no randomness. The fact has
/// the public half only: the private key is in the answer, and nowhere else.
pub(super) fn create(world: &World, new: NewPair<'_>, key: Option<&PrivateKey>) -> Decision {
    check_new(new, is_created_name)?;
    check_room(world, new)?;
    let Some(key) = key else {
        let message = "The request processing has failed due to some unknown error.";
        return Err(Refusal::new(500, Code::INTERNAL_ERROR, message));
    };
    let public = key.public_key();
    let fingerprint = public.fingerprint();
    let text = match world.switches.private_key_form {
        PrivateKeyForm::Pkcs1 => key.pkcs1_pem(),
        PrivateKeyForm::Pkcs8 => key.pem(),
        PrivateKeyForm::Bare => without_label(&key.pkcs1_pem()),
    };
    let told = world.switches.created_fingerprint_of_der.then(|| key.fingerprint_of_der());
    let response = Response::Created {
        key_pair_id: format!("ssh-{}", &fingerprint.hex()[..20]),
        fingerprint: written_of_made(world, told.unwrap_or(fingerprint)),
        private_key: PrivateKeyBody::new(text),
    };
    Ok((response, Some(made(new, fingerprint, told, public.openssh().to_owned()))))
}

/// The base64 of a PEM, without its first and its last line.
fn without_label(pem: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(pem.len()));
    pem.lines().filter(|line| !line.starts_with("-----")).for_each(|line| text.push_str(line));
    text
}

fn made(
    new: NewPair<'_>,
    fingerprint: Fingerprint,
    told: Option<Fingerprint>,
    public_key: String,
) -> Fact {
    Fact::Imported {
        region: new.region.clone(),
        key_pair_name: new.name.clone(),
        fingerprint,
        told,
        public_key,
        tags: new.tags.clone(),
        resource_group_id: new.group.unwrap_or_default().to_owned(),
    }
}

/// Checks what does not depend on the pairs that are there.
fn check_new(new: NewPair<'_>, is_name: fn(&str) -> bool) -> Result<(), Refusal> {
    if !is_name(new.name.as_str()) {
        let message = "Specified Key Pair name is not valid.";
        return Err(Refusal::new(400, Code::KEY_PAIR_NAME_MALFORMED, message));
    }
    tags::check(new.tags)?;
    tags::check_quota(new.tags)?;
    new.group.map_or(Ok(()), check_group)
}

fn check_room(world: &World, new: NewPair<'_>) -> Result<(), Refusal> {
    let here = world.region(new.region);
    if here.pair_named(new.name).is_some() {
        return Err(Refusal::new(400, Code::KEY_PAIR_EXISTS, "The key pair already exist."));
    }
    if here.pair_count() >= KEY_PAIRS_MAX {
        return Err(Refusal::new(403, Code::KEY_PAIR_QUOTA, "The key pair quota exceeds."));
    }
    Ok(())
}

/// Every group exists whose id has the form of one. An empty id is none, as at the service.
fn check_group(id: &str) -> Result<(), Refusal> {
    if is_resource_group_id(id) {
        return Ok(());
    }
    let message = "The ResourceGroup provided does not exist in our records.";
    Err(Refusal::new(404, Code::RESOURCE_GROUP_NOT_FOUND, message))
}

/// JoinResourceGroup.
pub(super) fn join_group(world: &World, region: &Region, name: &CloudName, id: &str) -> Decision {
    check_group(id)?;
    let (region, key_pair_name) = (region.clone(), name.clone());
    if world.region(&region).pair_named(name).is_none() {
        return Err(tags::no_such_resource());
    }
    let resource_group_id = id.to_owned();
    Ok((Response::Done, Some(Fact::Grouped { region, key_pair_name, resource_group_id })))
}

/// DeleteKeyPairs: all or, if an instance is bound to one of them, none. What the service does with
/// some of several is not documented, and neither is a name that does not exist: here it is deleted
/// already, unless a switch says otherwise.
pub(super) fn delete(world: &World, region: &Region, names: &[CloudName]) -> Decision {
    if names.is_empty() {
        return Err(Refusal::missing("KeyPairNames"));
    }
    if names.len() > DELETE_KEY_PAIRS_MAX {
        let message = "Exceeding the allowed amount of instance which will be deleted.";
        return Err(Refusal::new(403, Code::KEY_PAIR_LIMIT, message));
    }
    let here = world.region(region);
    let instances = here.instances(None).filter_map(|(_, life)| here.bound(life));
    let bound: BTreeSet<_> = instances.map(|pair| &pair.name).collect();
    let is_bound = |name: &CloudName| bound.contains(name);
    let deletes_some = world.switches.mixed_delete_deletes && !names.iter().all(is_bound);
    if names.iter().any(is_bound) && !deletes_some {
        let message =
            "The specified parameter \"KeyPairNames\" attached to instances can not be deleted.";
        return Err(Refusal::new(400, Code::KEY_PAIR_BOUND, message));
    }
    if world.switches.unknown_pair_refuses && names.iter().any(|n| here.pair_named(n).is_none()) {
        let message = "The specified KeyPairName does not exist in our records.";
        return Err(Refusal::new(404, Code::DELETED_PAIR_NOT_FOUND, message));
    }
    let goes = |name: &&CloudName| here.pair_named(name).is_some() && !is_bound(name);
    let known: Vec<_> = names.iter().filter(goes).cloned().collect();
    let changes = !known.is_empty();
    let fact = Fact::Deleted { region: region.clone(), key_pair_names: known };
    Ok((Response::Done, changes.then_some(fact)))
}

/// The print that the service tells of a pair.
fn told_of(pair: &WorldPair) -> Fingerprint {
    pair.told.unwrap_or(pair.fingerprint)
}

/// A print as the answer to the making of a pair has it.
fn written_of_made(world: &World, fingerprint: Fingerprint) -> String {
    let Switches { fingerprint_colons, made_fingerprint_colons, .. } = world.switches;
    written(fingerprint, fingerprint_colons || made_fingerprint_colons)
}

/// A print, with or without a colon between its bytes.
fn written(fingerprint: Fingerprint, has_colons: bool) -> String {
    let hex = fingerprint.hex();
    if !has_colons {
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

/// The rule of CreateKeyPair (R11). Older Chinese pages also allow a Chinese letter first.
fn is_created_name(text: &str) -> bool {
    check_name(text, NAME_LENGTH_MAX).is_ok()
}

/// The rule of ImportKeyPair, wider than R11: also a dot, and letters of any script.
fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_alphabetic() || c.is_ascii_digit() || ":_-.".contains(c);
    (2..=NAME_LENGTH_MAX).contains(&text.chars().count())
        && text.starts_with(char::is_alphabetic)
        && text.chars().all(allowed)
}
