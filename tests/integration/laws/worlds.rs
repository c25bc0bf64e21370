//! L1, L3, L5, L6, L8, L9 and L10 in random worlds: manifests, records and the cloud are each changed
//! on their own, runs fail and are killed, and somebody else does what people do.
//!
//! The oracle is the world: which keys its guests accept, and who is down, at every call. How many
//! worlds there are is `KEYFORM_TEST_WORLDS`; a failure is shrunk to the shortest story.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keyform::{
    apply::Report,
    driver::Clock,
    ecs::{CallError, Request, Response, Transport},
    emulator::{Act, Fact, Failure, Fault, When},
    model::{
        Address, BindingName, CloudName, Fingerprint, InstanceId, InstanceStatus, RestartWhen,
        Tags, ownership,
    },
    plan::{Action, Fleet, Plan},
    session::Applied,
};
use proptest::prelude::*;

use super::{
    scene::{PROJECT, Scene, region},
    trials::Trials,
};

/// The instances of every world.
const INSTANCES: [&str; 6] = ["i-1", "i-2", "i-3", "i-4", "i-5", "i-6"];

/// What the manifests say.
#[derive(Clone, Debug)]
struct Wish {
    /// Of the pairs `web` and `ops`: the generation, or that it is not declared.
    pairs: [Option<u32>; 2],
    keep_previous: bool,
    /// Per instance, by which pair's binding it is listed.
    listed: [Option<usize>; 6],
    /// Whether the binding of `web` selects by a tag in the place of listing.
    selects: bool,
    max_unavailable: u32,
    /// When the instances of both bindings are restarted, and what else the policies say.
    policy: &'static str,
    replace_foreign: bool,
}

/// What a restart policy may say. The worlds begin on 2026-11-23 at ten.
const POLICIES: [&str; 8] = [
    "when: now",
    "when: now, canary: 1",
    "when: now, group: tier",
    "when: now, maxFailures: 1, settle: 20s",
    "when: now, timeout: 90s",
    "when: manual",
    "when: window, timeout: 2m, windows: [{start: \"10:00\", duration: 1h, timeZone: UTC}]",
    "when: now, timeout: 2m, deny: [{from: \"2026-11-23T10:20:00Z\", to: \"2026-11-23T10:40:00Z\", \
     reason: lunch}]",
];

/// Which instances have the tag that is selected by.
type Roles = [bool; 6];

/// Something that happens.
#[derive(Clone, Debug)]
enum Happening {
    /// The manifests change.
    Write(Wish),
    /// The tags of the instances change.
    Tag(Roles),
    /// The program runs, and its calls fail so.
    Run(Trouble),
    /// Somebody binds an instance to a pair of this project, or to a foreign one.
    Bind {
        instance: usize,
        pair: usize,
    },
    /// Somebody unbinds an instance from whatever it is bound to.
    Unbind(usize),
    /// Somebody restarts, stops or starts an instance.
    Restart(usize),
    Stop(usize),
    Start(usize),
    /// Somebody removes a tag of ours from a pair.
    Untag(usize),
    /// Time passes, in minutes.
    Pass(u32),
    /// The state is lost.
    LoseState,
}

#[derive(Clone, Debug)]
enum Trouble {
    None,
    /// The machine stops after a call.
    KilledAfter(usize),
    /// A call fails before or after it took effect.
    Fails(usize, bool),
    /// An instance is refused.
    Refuses(usize),
}

fn wish() -> impl Strategy<Value = Wish> {
    let pair = prop_oneof![1 => Just(None), 5 => (1_u32..4).prop_map(Some)];
    let listed = prop_oneof![2 => Just(None), 4 => Just(Some(0_usize)), 2 => Just(Some(1))];
    (
        [pair.clone(), pair],
        any::<bool>(),
        prop::array::uniform6(listed),
        prop::bool::weighted(0.3),
        1_u32..4,
        prop::sample::select(&POLICIES[..]),
        prop::bool::weighted(0.3),
    )
        .prop_map(
            |(pairs, keep_previous, listed, selects, max_unavailable, policy, replace_foreign)| {
                Wish {
                    pairs,
                    keep_previous,
                    listed,
                    selects,
                    max_unavailable,
                    policy,
                    replace_foreign,
                }
            },
        )
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        3 => Just(Trouble::None),
        3 => (0_usize..40).prop_map(Trouble::KilledAfter),
        3 => (0_usize..40, any::<bool>()).prop_map(|(call, after)| Trouble::Fails(call, after)),
        1 => (0..INSTANCES.len()).prop_map(Trouble::Refuses),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    let instance = || 0..INSTANCES.len();
    prop_oneof![
        4 => wish().prop_map(Happening::Write),
        1 => prop::array::uniform6(any::<bool>()).prop_map(Happening::Tag),
        8 => trouble().prop_map(Happening::Run),
        1 => (instance(), 0_usize..3).prop_map(|(instance, pair)| Happening::Bind { instance, pair }),
        1 => instance().prop_map(Happening::Unbind),
        1 => instance().prop_map(Happening::Restart),
        1 => instance().prop_map(Happening::Stop),
        1 => instance().prop_map(Happening::Start),
        1 => (0_usize..2).prop_map(Happening::Untag),
        2 => (0_u32..30).prop_map(Happening::Pass),
        1 => Just(Happening::LoseState),
    ]
}

const PAIRS: [&str; 2] = ["web", "ops"];
const FOREIGN: &str = "theirs";

impl Wish {
    fn manifests(&self) -> String {
        let mut text = String::new();
        for (index, name) in PAIRS.iter().enumerate() {
            let Some(generation) = self.pairs[index] else { continue };
            let _ = write!(
                text,
                "---\napiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: {name}}}\nspec: \
                 {{generation: {generation}, keepPrevious: {}}}\n",
                self.keep_previous
            );
            let listed: Vec<_> = INSTANCES
                .iter()
                .zip(&self.listed)
                .filter(|(_, listed)| **listed == Some(index))
                .map(|(id, _)| *id)
                .collect();
            let chosen = if self.selects && index == 0 {
                "selector: {tags: {role: web}, allowEmpty: true, onLeave: detach}".to_owned()
            } else {
                format!("instances: [{}]", listed.join(", "))
            };
            let _ = write!(
                text,
                "---\napiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: {name}-fleet}}\n\
                 spec: {{keyPair: {name}, {chosen}, replaceForeign: {}, restart: \
                 {{maxUnavailable: {}, {}}}}}\n",
                self.replace_foreign, self.max_unavailable, self.policy
            );
        }
        text
    }
}

fn inventory(roles: &Roles) -> String {
    let mut text = "apiVersion: keyform/v1\nkind: Inventory\nspec:\n  restartTime: 30s\n  \
                    startTimePrecision: second\n  instances:\n"
        .to_owned();
    for (id, is_web) in INSTANCES.iter().zip(roles) {
        let role = if *is_web { "web" } else { "db" };
        let _ = writeln!(text, "  - {{id: {id}, region: cn-hangzhou, tags: {{role: {role}}}}}");
    }
    text
}

fn ids() -> impl Iterator<Item = InstanceId> {
    INSTANCES.into_iter().map(InstanceId::new)
}

/// What the oracle knows beside the world itself.
#[derive(Default)]
struct Known {
    /// Instances that a plan or somebody else has unbound: their passwords may come back.
    unbound: BTreeSet<InstanceId>,
    /// What each guest accepted when it was last looked at.
    guests: BTreeMap<InstanceId, Option<Fingerprint>>,
    /// The plan that runs.
    plan: Option<Plan>,
    /// The keys and files of the last look into the vault.
    seen: Option<(Vec<Fingerprint>, Vec<PathBuf>)>,
    broken: Option<String>,
}

/// Looks at the world before and after each call.
struct Oracle {
    inner: Arc<dyn Transport>,
    scene: Scene,
    known: Arc<Mutex<Known>>,
}

/// The world at one moment.
struct Sight {
    /// The key that each guest accepts.
    guests: BTreeMap<InstanceId, Option<Fingerprint>>,
    down: BTreeSet<InstanceId>,
    /// The keys of the pairs of this project.
    ours: BTreeMap<CloudName, Fingerprint>,
    foreign: Vec<(CloudName, Fingerprint, Tags)>,
}

impl Sight {
    /// How many of some fleets are down, with those that are restarted now. One that several
    /// bindings want counts once.
    fn count(&self, fleets: &[&Fleet], restarted: &[InstanceId]) -> usize {
        let is_down = |fleet: &Fleet, id: &InstanceId| {
            restarted.contains(id) || (self.down.contains(id) && !fleet.stopped.contains(id))
        };
        let down = |fleet: &&'_ Fleet| {
            let down = fleet.instances.iter().filter(|id| is_down(fleet, id));
            down.cloned().collect::<Vec<_>>()
        };
        fleets.iter().flat_map(down).collect::<BTreeSet<_>>().len()
    }
}

fn look(scene: &Scene) -> Sight {
    scene.world(|world, now| {
        let region = region();
        let mut sight = Sight {
            guests: BTreeMap::new(),
            down: BTreeSet::new(),
            ours: BTreeMap::new(),
            foreign: Vec::new(),
        };
        for id in ids() {
            if world.status(now, &region, &id) != Some(InstanceStatus::Running) {
                sight.down.insert(id.clone());
            }
            let effective = world.guest(now, &region, &id).and_then(|guest| guest.effective);
            sight.guests.insert(id, effective);
        }
        for pair in world.pairs(&region) {
            if pair.name.as_str() == FOREIGN {
                let foreign = (pair.name.clone(), pair.fingerprint, pair.tags.clone());
                sight.foreign.push(foreign);
            } else if pair.tags.contains_key(ownership::TAG_LINEAGE) {
                sight.ours.insert(pair.name.clone(), pair.fingerprint);
            }
        }
        sight
    })
}

impl Oracle {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn break_law(&self, law: String) {
        self.known().broken.get_or_insert(law);
    }

    /// L2 and L3: every key that a guest accepts is held, and so is that of every pair of ours; and
    /// no guest goes back to passwords unless that was shown, or somebody else's doing.
    fn keys_are_held(&self, sight: &Sight) {
        let before = std::mem::replace(&mut self.known().guests, sight.guests.clone());
        for (id, effective) in before {
            let lost = effective.is_some() && sight.guests[&id].is_none();
            if lost && !self.known().unbound.contains(&id) {
                self.break_law(format!("L3: {id} accepts passwords, which no plan has shown"));
            }
        }
        let theirs: BTreeSet<_> = sight.foreign.iter().map(|(_, print, _)| *print).collect();
        let accepted = sight.guests.values().flatten().chain(sight.ours.values());
        let others: BTreeSet<_> = accepted.filter(|print| !theirs.contains(print)).collect();
        // Reading the vault takes longer than looking, and most looks show what the last one did.
        let known: Vec<Fingerprint> = others.iter().map(|print| **print).collect();
        let files: Vec<_> = self.scene.disk.files().into_keys().collect();
        let seen = (known, files);
        if self.known().seen.as_ref() == Some(&seen) {
            return;
        }
        let held = self.scene.held();
        for print in others {
            if !held.contains(print) {
                self.break_law(format!("L2, L3: nobody has the key {print}"));
            }
        }
        self.known().seen = Some(seen);
    }

    /// A binding of which instances are restarted outside of its windows, while that is denied, or
    /// although people restart them.
    fn restarted_out_of_time(&self, restarted: &[InstanceId]) -> Option<BindingName> {
        let now = self.scene.clock.now();
        let may_not = |fleet: &&Fleet| {
            let is_own = fleet.instances.iter().any(|id| restarted.contains(id));
            let policy = &fleet.restart;
            let is_open = policy.calendar_if(fleet.urgent).open_at(now).is_some();
            is_own && (policy.when == RestartWhen::Manual || !is_open)
        };
        let known = self.known();
        let mut fleets = known.plan.iter().flat_map(|plan| &plan.fleets);
        fleets.find(may_not).map(|fleet| fleet.binding.clone())
    }

    /// L9: with those that are restarted now, no more of a binding are down than it allows.
    fn budget_is_kept(&self, sight: &Sight, restarted: &[InstanceId]) {
        let mut broken = None;
        if let Some(plan) = &self.known().plan {
            let mut keeps = |fleets: &[&Fleet], most: usize| {
                let count = sight.count(fleets, restarted);
                let own = |fleet: &&Fleet| fleet.instances.iter().any(|id| restarted.contains(id));
                if count > most && fleets.iter().any(own) {
                    broken = Some(format!("L9: {count} of {} are down", fleets[0].binding));
                }
            };
            for fleet in &plan.fleets {
                keeps(&[fleet], fleet.unavailable_max);
            }
            for limit in &plan.limits {
                let fleets = plan.fleets.iter().filter(|fleet| limit.covers(fleet));
                keeps(&fleets.collect::<Vec<_>>(), limit.unavailable_max);
            }
        }
        if let Some(fleet) = self.restarted_out_of_time(restarted) {
            broken = Some(format!("L9: {fleet} is restarted when its policy forbids it"));
        }
        if let Some(id) = restarted.iter().find(|id| sight.down.contains(*id)) {
            broken = Some(format!("L9: {id} is restarted while it is down"));
        }
        if let Some(broken) = broken {
            self.break_law(broken);
        }
    }

    /// L5: a write is one of the plan's.
    fn is_planned(&self, request: &Request) {
        let known = self.known();
        let Some(plan) = &known.plan else { return };
        let has =
            |wanted: &dyn Fn(&Action) -> bool| plan.steps.iter().any(|step| wanted(&step.action));
        let within = |ids: &[InstanceId], action: &Action| {
            ids.iter().all(|id| action.items().iter().any(|item| item.id == *id))
        };
        let planned = match request {
            Request::ImportKeyPair { key_pair_name, .. } => {
                has(&|a| matches!(a, Action::ImportPair { name, .. } if name == key_pair_name))
            }
            Request::DeleteKeyPairs { key_pair_names, .. } => has(
                &|a| matches!(a, Action::DeletePair { name, .. } if key_pair_names == std::slice::from_ref(name)),
            ),
            Request::AttachKeyPair { key_pair_name, instance_ids, .. } => has(&|a| {
                matches!(a, Action::Attach { name, .. } if name == key_pair_name)
                    && within(instance_ids, a)
            }),
            Request::DetachKeyPair { key_pair_name, instance_ids, .. } => has(&|a| {
                matches!(a, Action::Detach { name, .. } if name == key_pair_name)
                    && within(instance_ids, a)
            }),
            Request::RebootInstances { instance_ids, .. } => {
                has(&|a| matches!(a, Action::Restart { .. }) && within(instance_ids, a))
            }
            _ => true,
        };
        drop(known);
        if !planned {
            self.break_law(format!("L5: not planned: {request:?}"));
        }
    }
}

impl Transport for Oracle {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if self.scene.disk.is_stopped() {
            return self.inner.call(request);
        }
        let before = look(&self.scene);
        self.keys_are_held(&before);
        if !request.writes() {
            return self.inner.call(request);
        }
        self.is_planned(request);
        match request {
            Request::RebootInstances { instance_ids, .. } => {
                self.budget_is_kept(&before, instance_ids);
            }
            Request::DetachKeyPair { instance_ids, .. } => {
                self.known().unbound.extend(instance_ids.iter().cloned());
            }
            _ => {}
        }
        let answer = self.inner.call(request);
        let after = look(&self.scene);
        self.keys_are_held(&after);
        if after.foreign != before.foreign {
            self.break_law(format!("L6: a foreign pair was changed by {request:?}"));
        }
        answer
    }
}

/// A world and its story so far.
struct Story {
    scene: Scene,
    known: Arc<Mutex<Known>>,
}

impl Story {
    fn new() -> Self {
        let mut scene = Scene::new("");
        scene.write("keyform.yaml", &PROJECT.replace("name: laws", "name: worlds"));
        scene.write("inventory.yaml", &inventory(&[true; 6]));
        scene.import_foreign(FOREIGN);
        Self { scene, known: Arc::default() }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn happen(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        let region = region();
        let one = |instance: &usize| vec![InstanceId::new(INSTANCES[*instance])];
        match happening {
            Happening::Write(wish) => self.scene.write("web.yaml", &wish.manifests()),
            Happening::Tag(roles) => self.scene.write("inventory.yaml", &inventory(roles)),
            Happening::Run(trouble) => return self.run(trouble),
            Happening::Bind { instance, pair } => self.bind(*instance, *pair),
            Happening::Unbind(instance) => self.unbind(*instance),
            Happening::Restart(instance) => self.scene.restart(INSTANCES[*instance]),
            Happening::Stop(instance) => {
                self.scene.happen(Fact::Stopped { region, instance_ids: one(instance) });
            }
            Happening::Start(instance) => {
                let id = InstanceId::new(INSTANCES[*instance]);
                let status = self.scene.world(|world, now| world.status(now, &region, &id));
                if status == Some(InstanceStatus::Stopped) {
                    let instance_ids = one(instance);
                    self.scene.happen(Fact::Started { region, instance_ids, milliseconds: 20_000 });
                }
            }
            Happening::Untag(pair) => {
                let name = CloudName::new(PAIRS[*pair]);
                let has = |scene: &Scene| {
                    scene.world(|world, _| world.pairs(&region).any(|pair| pair.name == name))
                };
                if has(&self.scene) {
                    let key_pair_names = vec![name.clone()];
                    let tag_keys = vec![ownership::TAG_GENERATION.to_owned()];
                    self.scene.happen(Fact::Untagged {
                        region: region.clone(),
                        key_pair_names,
                        tag_keys,
                    });
                }
            }
            Happening::Pass(minutes) => {
                self.scene.pass(Duration::from_secs(u64::from(*minutes) * 60));
            }
            Happening::LoseState => self.scene.lose_state(),
        }
        Ok(())
    }

    /// Somebody binds an instance to a pair whose private key somebody has.
    fn bind(&self, instance: usize, pair: usize) {
        let name = PAIRS.get(pair).copied().unwrap_or(FOREIGN);
        let there = self
            .scene
            .world(|world, _| world.pairs(&region()).any(|pair| pair.name.as_str() == name));
        if there {
            self.scene.bind(name, INSTANCES[instance]);
        }
    }

    fn unbind(&self, instance: usize) {
        let id = InstanceId::new(INSTANCES[instance]);
        let bound = self.scene.world(|world, _| world.bound(&region(), &id).cloned());
        if let Some(key_pair_name) = bound {
            self.known().unbound.insert(id.clone());
            let instance_ids = vec![id];
            self.scene.happen(Fact::Unbound { region: region(), key_pair_name, instance_ids });
        }
    }

    fn run(&mut self, trouble: &Trouble) -> Result<(), TestCaseError> {
        let mut stopped = None;
        let faults = match trouble {
            Trouble::None => Vec::new(),
            Trouble::KilledAfter(call) => {
                let (hook, when) = self.scene.stopper();
                stopped = Some(when);
                vec![Fault { when: When::Call(*call), act: Act::StopAfter(hook) }]
            }
            Trouble::Fails(call, after) => {
                let failure = Failure::NoAnswer;
                let act = if *after { Act::After(failure) } else { Act::Before(failure) };
                vec![Fault { when: When::Call(*call), act }]
            }
            Trouble::Refuses(instance) => {
                let instance_ids = BTreeSet::from([InstanceId::new(INSTANCES[*instance])]);
                let code = "IncorrectInstanceStatus".to_owned();
                vec![Fault { when: When::Always, act: Act::FailItems { instance_ids, code } }]
            }
        };
        // A plan that nobody can make says why; the same as this run makes is its reference.
        self.known().plan = self.scene.try_plan(false, false).ok();
        let ran = self.scene.run_through(
            false,
            |inner| Oracle { inner, scene: self.scene.clone(), known: self.known.clone() },
            faults,
        );
        if let Some(moment) = stopped.and_then(|when| when.get().copied()) {
            self.scene.crash();
            self.scene = self.scene.at(moment);
        }
        if let Ok(Applied::Ran { plan, report }) = &ran.outcome {
            self.partial_success_counts(plan, report)?;
        }
        match self.known().broken.take() {
            Some(law) => Err(TestCaseError::fail(law)),
            None => Ok(()),
        }
    }

    /// L8: what a step has done for an instance is not done again by the next plan.
    fn partial_success_counts(&self, plan: &Plan, report: &Report) -> Result<(), TestCaseError> {
        let Ok(next) = self.scene.try_plan(false, false) else { return Ok(()) };
        let again: BTreeSet<InstanceId> = next
            .steps
            .iter()
            .filter(|step| matches!(step.action, Action::Restart { .. }))
            .flat_map(|step| step.action.items().iter().map(|item| item.id.clone()))
            .collect();
        for (step, end) in plan.steps.iter().zip(&report.steps) {
            let Action::Restart { items, .. } = &step.action else { continue };
            let ended =
                matches!(end.end, keyform::apply::StepEnd::Done | keyform::apply::StepEnd::Partly);
            for item in items.iter().filter(|_| ended) {
                let failed = end.failed.iter().any(|(id, _)| *id == item.id);
                prop_assert!(failed || !again.contains(&item.id), "L8: {} again", item.id);
            }
        }
        Ok(())
    }

    /// Somebody does what the plan says of an instance that was stopped while it restarted: until it
    /// is started it counts as down (L9).
    fn start_what_has_not_come_back(&self, plan: &Plan) {
        for note in plan.notes.iter().filter(|note| note.reason.contains("has not come back")) {
            let Address::Instance(region, id) = &note.address else { continue };
            self.scene.happen(Fact::Started {
                region: region.clone(),
                instance_ids: vec![id.clone()],
                milliseconds: 30_000,
            });
        }
    }

    /// L1 and L10: without trouble the same command comes to an end, and says so the same way.
    fn ends(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..6 {
            self.scene.pass(Duration::from_secs(90));
            self.run(&Trouble::None)?;
            match (self.scene.try_plan(false, false), self.scene.try_plan(false, false)) {
                (Ok(plan), Ok(again)) => {
                    prop_assert_eq!(&plan, &again, "L10");
                    if plan.is_empty() {
                        return Ok(());
                    }
                    self.start_what_has_not_come_back(&plan);
                }
                // A plan that cannot be made says why, and nothing is done.
                (Err(_), Err(_)) => return Ok(()),
                (one, other) => prop_assert!(false, "L10: {one:?} {other:?}"),
            }
        }
        let plan = self.scene.plan(false);
        Err(TestCaseError::fail(format!("L1: six runs did not converge: {plan:#?}")))
    }
}

const WORLDS: Trials =
    Trials { cases: 2_000, parts: 4, variable: "KEYFORM_TEST_WORLDS", shrinks: 2_000 };

fn try_part(part: u32) {
    let stories = (wish(), prop::collection::vec(happening(), 1..14));
    WORLDS.run(part, &stories, |(first, happenings)| {
        let mut story = Story::new();
        story.happen(&Happening::Write(first))?;
        for happening in &happenings {
            story.happen(happening)?;
        }
        story.ends()
    });
}

#[test]
fn the_laws_hold_in_worlds_that_nobody_thought_of() {
    try_part(1);
}

#[test]
fn the_laws_hold_in_a_second_part_of_such_worlds() {
    try_part(2);
}

#[test]
fn the_laws_hold_in_a_third_part_of_such_worlds() {
    try_part(3);
}

#[test]
fn the_laws_hold_in_a_fourth_part_of_such_worlds() {
    try_part(4);
}

/// A binding lists what another one of its group selects: that is one instance, of which nobody
/// changes anything, and when it is down another one may be too.
#[test]
fn an_instance_that_two_bindings_of_a_group_want_is_down_once() {
    let alone = Wish {
        pairs: [Some(1), None],
        keep_previous: false,
        listed: [Some(0), None, None, None, None, None],
        selects: false,
        max_unavailable: 1,
        policy: "when: now",
        replace_foreign: false,
    };
    let shared = Wish {
        pairs: [Some(1), Some(1)],
        listed: [None, Some(1), None, None, None, None],
        selects: true,
        max_unavailable: 2,
        policy: "when: now, group: tier",
        ..alone.clone()
    };
    let mut story = Story::new();
    for happening in [
        Happening::Write(alone),
        Happening::Run(Trouble::None),
        Happening::Write(shared),
        Happening::Tag([true, true, false, false, false, true]),
        Happening::Restart(1),
        Happening::Run(Trouble::None),
    ] {
        story.happen(&happening).expect("the laws hold");
    }
    story.ends().expect("it comes to its end");
}
