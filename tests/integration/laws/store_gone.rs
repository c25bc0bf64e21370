//! L2, L7: the state can be written no more from some moment of a run on. What was in flight ends,
//! what has no record is named, and the next run goes on from what the cloud and the vault say.

use std::{collections::BTreeSet, path::Path};

use keyform::{
    driver::DriverError,
    model::{Address, InstanceRef},
    session::SessionError,
};

use super::{
    scene::{Outcome, Scene, instances, region},
    sweep::Scenario,
};

const STATES: &str = ".keyform/state";

/// A run from whose operation with this number on nothing can be written to the state.
fn without_store_from(before: &Scene, destroy: bool, operation: u64) -> (Scene, Outcome) {
    let scene = before.fork();
    scene.disk.meddle_at(operation, |disk| disk.make_read_only(Path::new(STATES)));
    let outcome = scene.run(destroy, Vec::new()).outcome;
    (scene, outcome)
}

/// What the message of a run names that has stopped for want of its journal.
fn open(outcome: &Outcome) -> Option<BTreeSet<Address>> {
    let error = outcome.as_ref().err()?.downcast_ref::<SessionError>()?;
    match error {
        SessionError::Driver(DriverError::Journal { open, .. }) => {
            Some(open.iter().cloned().collect())
        }
        _ => None,
    }
}

/// Where the cloud is not as the state says.
fn differing(scene: &Scene) -> BTreeSet<Address> {
    let state = scene.states().newest().expect("it can be read").expect("there is one");
    let recorded = state.recorded;
    scene.world(|world, _| {
        let here = region();
        let ours = world.pairs(&here).filter(|pair| !pair.tags.is_empty());
        let there: BTreeSet<_> = ours.map(|pair| pair.name.clone()).collect();
        let of_state = recorded.pairs.get(&region()).into_iter().flat_map(|pairs| pairs.keys());
        let known: BTreeSet<_> = of_state.cloned().collect();
        let pairs = there.symmetric_difference(&known).cloned();
        let pairs = pairs.map(|name| Address::Pair(region(), name));
        let is_moved = |at: &InstanceRef| {
            let bound = recorded.instance(at).and_then(|record| record.bound.as_ref());
            bound.map(|bound| &bound.name) != world.bound(&region(), &at.id)
        };
        let instances = instances().into_iter().map(|id| id.in_region(&region()));
        pairs.chain(instances.filter(is_moved).map(Address::Instance)).collect()
    })
}

#[test]
fn a_run_without_its_store_names_what_has_no_record_and_the_next_one_goes_on() {
    let mut named = 0;
    for scenario in Scenario::all() {
        let (end, operations, _) = scenario.undisturbed();
        let first = scenario.before.disk.operations();
        for operation in first..first + operations {
            let (scene, outcome) =
                without_store_from(&scenario.before, scenario.destroy, operation);
            if let Some(open) = open(&outcome) {
                let differing = differing(&scene);
                assert!(differing.is_subset(&open), "{differing:?} {open:?} at {operation}");
                named += differing.len();
            }
            scene.disk.make_writable();
            scenario.ends_the_same(&scene, &end, &format!("no store from {operation} on"));
        }
    }
    assert!(named > 0, "no run has changed anything without a record");
}

#[test]
fn a_key_that_reached_the_vault_without_its_store_is_imported_by_the_next_run() {
    let create = &Scenario::all()[0];
    let (_, operations, _) = create.undisturbed();
    let first = create.before.disk.operations();
    let mut kept = 0;
    for operation in first..first + operations {
        let (scene, outcome) = without_store_from(&create.before, false, operation);
        let is_imported = scene.world(|world, _| world.pairs(&region()).count()) > 1;
        let held = scene.held();
        if held.is_empty() || is_imported {
            continue;
        }
        kept += 1;
        assert!(outcome.is_err(), "{operation}");
        scene.disk.make_writable();
        let plan = scene.plan(false);
        assert_eq!((plan.summary.keys_made, plan.summary.pairs_made), (0, 1), "{plan:#?}");
        scene.apply(false);
        assert_eq!(scene.held(), held, "no other key was made");
        scene.nothing_is_lost();
    }
    assert!(kept > 0, "no run has ended between the vault and the import");
}

#[test]
fn a_run_whose_last_snapshot_cannot_be_written_says_that_its_journal_has_it_all() {
    let create = &Scenario::all()[0];
    let (end, operations, _) = create.undisturbed();
    let first = create.before.disk.operations();
    let mut met = 0;
    for operation in first..first + operations {
        let (scene, outcome) = without_store_from(&create.before, false, operation);
        let error = outcome.as_ref().err().and_then(|error| error.downcast_ref());
        if let Some(SessionError::NotFolded(_)) = error {
            met += 1;
            assert_eq!((scene.end(), differing(&scene)), (end.clone(), BTreeSet::new()));
            scene.disk.make_writable();
            assert!(scene.plan(false).is_empty(), "nothing is left to do");
        }
    }
    assert!(met > 0, "no run has failed to fold its journal");
}
