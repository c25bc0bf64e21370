//! What concerns several documents: names, references, and claims to instances.

mod removals;

use std::collections::HashMap;

use crate::{
    diagnostic::{Diagnostic, Place, ReferenceCode},
    model::{InstanceId, Proof, Region},
};

use super::{
    Desired, DesiredBinding, DesiredInstance, Project,
    resolve::{BindingDraft, Generations, Given, KeyPairDraft, RemovalDraft, WrittenProof},
    shown::{list, shown},
    suggest::suggest,
};

/// All documents but the Project, as far as each could be resolved.
#[derive(Debug)]
pub(super) struct Drafts {
    pub(super) key_pairs: Vec<KeyPairDraft>,
    pub(super) bindings: Vec<BindingDraft>,
    pub(super) removals: Vec<RemovalDraft>,
    /// Whether every document of the project is among them.
    pub(super) complete: bool,
}

impl Drafts {
    /// Reports what is wrong with the documents together, and with the generations that the Project
    /// gives.
    pub(super) fn validate(&self, generations: &Generations, problems: &mut Vec<Diagnostic>) {
        let pairs = || {
            self.key_pairs.iter().filter_map(|pair| Some((pair.written.as_deref()?, &pair.place)))
        };
        let bindings = self
            .bindings
            .iter()
            .filter_map(|binding| Some((binding.written.as_deref()?, &binding.place)));
        let removals = self
            .removals
            .iter()
            .filter_map(|removal| Some((removal.written.as_deref()?, &removal.place)));
        unique("KeyPair", pairs(), problems);
        unique("Binding", bindings, problems);
        unique("Removal", removals, problems);
        case_twins(pairs(), problems);
        let known: HashMap<&str, &KeyPairDraft> = self
            .key_pairs
            .iter()
            .filter_map(|pair| Some((pair.written.as_deref()?, pair)))
            .collect();
        for binding in &self.bindings {
            self.reference(binding, &known, problems);
        }
        self.claims(problems);
        removals::removals(&self.removals, &known, problems);
        let unknown = generations.iter().filter(|(name, _)| !known.contains_key(name.as_str()));
        for (name, (_, place)) in unknown.filter(|_| self.complete) {
            let message = format!(
                "the Project gives a generation to KeyPair {}, which is not there",
                shown(name)
            );
            problems.push(not_there(place, message, name, &known));
        }
    }

    fn reference(
        &self,
        binding: &BindingDraft,
        known: &HashMap<&str, &KeyPairDraft>,
        problems: &mut Vec<Diagnostic>,
    ) {
        let Some((name, place)) = &binding.key_pair else { return };
        match known.get(name.as_str()) {
            Some(pair) => {
                if let Some(regions) = &pair.regions {
                    let problem = region_of(binding, name, regions).err().flatten();
                    problems.extend(problem.map(|problem| *problem));
                }
                problems.extend(proof_without_key(binding, name, place, pair));
            }
            None if self.complete => problems.push(self.dangling(binding, name, place, known)),
            // It may be declared by what could not be read.
            None => {}
        }
    }

    fn dangling(
        &self,
        binding: &BindingDraft,
        name: &str,
        place: &Place,
        known: &HashMap<&str, &KeyPairDraft>,
    ) -> Diagnostic {
        let message =
            format!("{} refers to KeyPair {}, which is not there", binding.subject, shown(name));
        let removed = self.removals.iter().find_map(|removal| {
            let (pair, place) = removal.key_pair.as_ref()?;
            (pair == name).then_some((removal, place))
        });
        match removed {
            None => not_there(place, message, name, known),
            Some((removal, removed)) => {
                Diagnostic::error(ReferenceCode::KeyPairRemoved, place.clone(), message)
                    .found(name)
                    .label("no such key pair")
                    .related(removed.clone(), format!("{} lets go of it", removal.subject))
                    .help("take the Binding out too, or bind its instances to another pair")
            }
        }
    }

    /// One pair per instance (R6): no two bindings may claim the same.
    fn claims(&self, problems: &mut Vec<Diagnostic>) {
        let mut claimed: HashMap<&InstanceId, (&BindingDraft, &DesiredInstance)> = HashMap::new();
        for binding in &self.bindings {
            for instance in binding.listed() {
                let Some((other, before)) = claimed.get(&instance.id) else {
                    claimed.insert(&instance.id, (binding, instance));
                    continue;
                };
                // Two of one name are a problem of their own, and may be one binding twice.
                if other.written.is_some() && other.written == binding.written {
                    continue;
                }
                let message = format!(
                    "instance {} is claimed by {} and by {}",
                    shown(instance.id.as_str()),
                    other.subject,
                    binding.subject
                );
                problems.push(
                    Diagnostic::error(
                        ReferenceCode::InstanceClaimedTwice,
                        binding.place_of(instance),
                        message,
                    )
                    .found(instance.id.as_str())
                    .label("claimed again here")
                    .related(other.place_of(before), "claimed here")
                    .help("an instance has one key pair: take it out of one of the two"),
                );
            }
        }
    }

    /// What is desired. Only for drafts in which nothing is wrong: others are left out.
    pub(super) fn into_desired(self, project: Project) -> Desired {
        let regions: HashMap<String, Vec<Region>> = self
            .key_pairs
            .iter()
            .filter_map(|pair| Some((pair.written.clone()?, pair.regions.clone()?)))
            .collect();
        let mut bindings: Vec<DesiredBinding> = self
            .bindings
            .into_iter()
            .filter_map(|binding| {
                let pair = regions.get(&binding.key_pair.as_ref()?.0)?;
                let region = region_of(&binding, "", pair).ok()?.clone();
                binding.desired(region)
            })
            .collect();
        let mut key_pairs: Vec<_> =
            self.key_pairs.into_iter().filter_map(|pair| pair.pair).collect();
        key_pairs.sort_by(|left, right| left.name.cmp(&right.name));
        bindings.sort_by(|left, right| left.name.cmp(&right.name));
        let mut removals: Vec<_> =
            self.removals.into_iter().filter_map(|removal| removal.removal).collect();
        removals.sort_by(|left, right| left.cloud_name.cmp(&right.cloud_name));
        Desired { project, key_pairs, bindings, removals }
    }
}

/// The region of a binding: its own, or the only one of its pair. The error is `None` if the
/// problem was reported already.
fn region_of<'a>(
    binding: &'a BindingDraft,
    pair: &str,
    regions: &'a [Region],
) -> Result<&'a Region, Option<Box<Diagnostic>>> {
    let names: Vec<&str> = regions.iter().map(Region::as_str).collect();
    match (&binding.region, regions) {
        (Given::Broken, _) => Err(None),
        (Given::Absent, [only]) => Ok(only),
        (Given::Absent, _) => {
            let message =
                format!("{} does not say in which region its instances are", binding.subject);
            let help = format!("KeyPair {} is in {}: add the `region`", shown(pair), list(&names));
            Err(Some(
                Diagnostic::error(ReferenceCode::RegionNotGiven, binding.place.clone(), message)
                    .help(help)
                    .into(),
            ))
        }
        (Given::Value((region, _)), regions) if regions.contains(region) => Ok(region),
        (Given::Value((region, place)), _) => {
            let message = format!(
                "{} is in region {}, where KeyPair {} is not",
                binding.subject,
                shown(region.as_str()),
                shown(pair)
            );
            let meant = suggest(region.as_str(), names.iter().copied());
            let guess = meant
                .map_or_else(|| "the".to_owned(), |name| format!("did you mean `{name}`? The"));
            let help = format!(
                "{guess} pair is in {}; add the region to its `regions` to have it there",
                list(&names)
            );
            let problem = Diagnostic::error(ReferenceCode::RegionNotOfPair, place.clone(), message);
            let problem = problem.found(region.as_str()).expected(&names).suggestion(meant);
            Err(Some(problem.help(help).into()))
        }
    }
}

/// A proof by ssh is made with the private key, which keyform does not have of a given pair.
fn proof_without_key(
    binding: &BindingDraft,
    name: &str,
    place: &Place,
    pair: &KeyPairDraft,
) -> Option<Diagnostic> {
    let Given::Value(Some(WrittenProof { proof: Proof::Ssh(_), place: ssh, by_default })) =
        &binding.proof
    else {
        return None;
    };
    let given = pair.given.clone()?;
    let pair = format!("KeyPair {}", shown(name));
    let subject = &binding.subject;
    let key = "its public key was given, so that keyform does not have the private one";
    Some(if *by_default {
        let message =
            format!("{subject} has the Project's proof by `ssh`, which cannot be made with {pair}");
        Diagnostic::error(ReferenceCode::ProofWithoutKey, place.clone(), message)
            .related(ssh.clone(), "the proof is here")
            .related(given, key)
            .help(
                "add `proof: none` to the Binding, or a proof of its own by a program that logs \
                 on with the key that you have: `proof: {command: [check-logon]}`",
            )
    } else {
        let message = format!("{subject} has a proof by `ssh`, which cannot be made with {pair}");
        Diagnostic::error(ReferenceCode::ProofWithoutKey, ssh.clone(), message)
            .related(given, key)
            .help(
                "let a program log on with the key that you have: `proof: {command: \
             [check-logon]}`; or write `proof: none`",
            )
    })
}

/// A KeyPair is named that no manifest declares.
fn not_there(
    place: &Place,
    message: String,
    name: &str,
    known: &HashMap<&str, &KeyPairDraft>,
) -> Diagnostic {
    let mut names: Vec<&str> = known.keys().copied().collect();
    names.sort_unstable();
    let meant = suggest(name, names.iter().copied());
    let help = match meant {
        Some(near) => format!("did you mean {}?", shown(near)),
        None if names.is_empty() => "this project has no KeyPair yet: add one".to_owned(),
        None if names.len() <= 10 => format!("the project has {}", list(&names)),
        None => format!("add a KeyPair {}, or name another", shown(name)),
    };
    Diagnostic::error(ReferenceCode::UnknownKeyPair, place.clone(), message)
        .found(name)
        .suggestion(meant)
        .label("no such key pair")
        .help(help)
}

fn unique<'a>(
    kind: &str,
    named: impl Iterator<Item = (&'a str, &'a Place)>,
    problems: &mut Vec<Diagnostic>,
) {
    let mut first: HashMap<&str, &Place> = HashMap::new();
    for (name, place) in named {
        let Some(before) = first.get(name) else {
            first.insert(name, place);
            continue;
        };
        let message = format!("there are two {kind} manifests with the name {}", shown(name));
        problems.push(
            Diagnostic::error(ReferenceCode::DuplicateName, place.clone(), message)
                .found(name)
                .label("and again here")
                .related((*before).clone(), "first here")
                .help("rename one of the two, or merge them"),
        );
    }
}

/// The private keys of two such pairs would share a file where names have no case.
fn case_twins<'a>(
    named: impl Iterator<Item = (&'a str, &'a Place)>,
    problems: &mut Vec<Diagnostic>,
) {
    let mut first: HashMap<String, (&str, &Place)> = HashMap::new();
    for (name, place) in named {
        let (other, before) = *first.entry(name.to_lowercase()).or_insert((name, place));
        if other == name {
            continue;
        }
        let message = format!(
            "the KeyPair names {} and {} differ only in upper and lower case",
            shown(other),
            shown(name)
        );
        problems.push(
            Diagnostic::error(ReferenceCode::NamesDifferInCase, place.clone(), message)
                .found(name)
                .related(before.clone(), "the other is here")
                .help("rename one: on some file systems their private keys would be one file"),
        );
    }
}
