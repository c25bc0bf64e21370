//! Which objects a person means by an address, a pattern or a short form.

use std::collections::BTreeSet;

use wildmatch::WildMatch;

use super::Known;
use crate::model::{Address, BindingName, CloudName, InstanceRef, KeyPairName, Presence};

/// That it is not clear which objects are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// Nothing is known of any.
    Unknown,
    /// It could be one of these.
    Ambiguous(Vec<String>),
}

/// The objects that are meant: by an address, by what `--target` takes, by that without its region,
/// or by a name or an id alone. A binding stands for its instances, a key pair for its key and its
/// pairs in all regions.
///
/// # Errors
/// [`Unclear`].
pub fn find(known: Known<'_>, written: &str) -> Result<Vec<Address>, Unclear> {
    let has_pattern = written.contains(['*', '?']);
    if let Some(address) = Address::parse(written).filter(|_| !has_pattern) {
        return Ok(vec![address]);
    }
    let found: BTreeSet<Address> = match written.split_once('/') {
        Some(("binding", name)) => {
            let pattern = WildMatch::new(name);
            instances_of(known, |binding| pattern.matches(binding.as_str()))
        }
        Some((kind, rest)) => {
            let everywhere = WildMatch::new(&format!("{kind}/*/{rest}"));
            let pattern = WildMatch::new(written);
            let is_short = !rest.contains('/');
            let is_meant = |address: &Address| {
                let text = address.to_string();
                pattern.matches(&text) || (is_short && everywhere.matches(&text))
            };
            addresses(known).into_iter().filter(is_meant).collect()
        }
        None => return by_name(known, written),
    };
    if found.is_empty() { Err(Unclear::Unknown) } else { Ok(found.into_iter().collect()) }
}

/// The objects of a name or an id, if these are of one kind.
fn by_name(known: Known<'_>, name: &str) -> Result<Vec<Address>, Unclear> {
    let pattern = WildMatch::new(name);
    let wanted = wanted_names(known, |key_pair| pattern.matches(key_pair.as_str()));
    let mut pairs = Vec::new();
    let mut instances = Vec::new();
    for address in addresses(known) {
        match &address {
            Address::Key(found) | Address::Pair(_, found)
                if pattern.matches(found.as_str()) || wanted.contains(found) =>
            {
                pairs.push(address);
            }
            Address::Instance(at) if pattern.matches(at.id.as_str()) => instances.push(address),
            Address::Key(_) | Address::Pair(..) | Address::Instance(_) | Address::Deferred(_) => {}
        }
    }
    let bindings: BTreeSet<_> =
        bindings(known).into_iter().filter(|one| pattern.matches(one.as_str())).collect();
    let kinds = [!pairs.is_empty(), !instances.is_empty(), !bindings.is_empty()];
    match kinds.into_iter().filter(|there| *there).count() {
        0 => Err(Unclear::Unknown),
        1 if !bindings.is_empty() => {
            Ok(instances_of(known, |one| bindings.contains(one)).into_iter().collect())
        }
        // An id in two regions is two instances.
        1 if instances.len() < 2 => Ok([pairs, instances].concat()),
        _ => {
            let objects = pairs.iter().chain(&instances).map(ToString::to_string);
            let bindings = bindings.iter().map(|name| format!("binding/{name}"));
            Err(Unclear::Ambiguous(objects.chain(bindings).collect()))
        }
    }
}

/// The names in the cloud of the generations that these key pairs want.
fn wanted_names(known: Known<'_>, is_meant: impl Fn(&KeyPairName) -> bool) -> BTreeSet<CloudName> {
    let pairs = known.desired.into_iter().flat_map(|desired| &desired.key_pairs);
    pairs.filter(|pair| is_meant(&pair.name)).map(|pair| pair.name_of(pair.generation)).collect()
}

/// All keys, pairs and instances that something is known about.
fn addresses(known: Known<'_>) -> BTreeSet<Address> {
    let Known { desired, recorded, observed, plan, project: _ } = known;
    let mut all = BTreeSet::new();
    for pair in desired.into_iter().flat_map(|desired| &desired.key_pairs) {
        let name = pair.name_of(pair.generation);
        all.extend(pair.regions.iter().map(|region| Address::Pair(region.clone(), name.clone())));
        all.insert(Address::Key(name));
    }
    all.extend(recorded.keys.keys().cloned().map(Address::Key));
    for (region, pairs) in &recorded.pairs {
        all.extend(pairs.keys().map(|name| Address::Pair(region.clone(), name.clone())));
    }
    for (region, seen) in &observed.regions {
        all.extend(seen.pairs.keys().map(|name| Address::Pair(region.clone(), name.clone())));
        all.extend(seen.instances.keys().map(|id| Address::Instance(id.in_region(region))));
    }
    all.extend(recorded.all_instances().map(|(at, _)| Address::Instance(at)));
    all.extend(plan.notes.iter().map(|note| note.address.clone()));
    all
}

fn bindings(known: Known<'_>) -> BTreeSet<BindingName> {
    let desired = known.desired.into_iter().flat_map(|desired| &desired.bindings);
    let recorded = known.recorded.all_instances().map(|(_, record)| record.binding.clone());
    desired.map(|binding| binding.name.clone()).chain(recorded).collect()
}

/// The instances that bindings have, or had when they were recorded.
fn instances_of(known: Known<'_>, is_meant: impl Fn(&BindingName) -> bool) -> BTreeSet<Address> {
    let has = |at: &InstanceRef| {
        let seen = known.observed.instance(at).and_then(Presence::seen);
        let desired = known.desired.into_iter().flat_map(|desired| &desired.bindings);
        let mut of_binding = desired.filter(|one| is_meant(&one.name) && one.region == at.region);
        let record = known.recorded.instance(at);
        of_binding.any(|binding| binding.chooses(&at.id, seen))
            || record.is_some_and(|record| is_meant(&record.binding))
    };
    let is_of = |address: &Address| match address {
        Address::Instance(at) => has(at),
        Address::Key(_) | Address::Pair(..) | Address::Deferred(_) => false,
    };
    addresses(known).into_iter().filter(is_of).collect()
}
