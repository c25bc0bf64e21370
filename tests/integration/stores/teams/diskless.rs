//! A machine that vanishes, with its checkout, its home and all that was on its disk, at each wave of a
//! rotation. A new one goes on from the state, the vault and the cloud alone.

use std::{sync::Mutex, thread};

use super::{
    VICTIM, bound,
    cloud::INSTANCES,
    gate::{Counted, Deed, Gate, Side},
    keeper::{InPostgres, InS3, Keeper},
    team::{Keys, Team},
};

const APPLY: [&str; 2] = ["apply", "--auto-approve"];

/// The machine vanishes at one moment of one wave.
fn vanishes(keeper: &dyn Keeper, project: &str, keys: Keys, moment: (&'static str, u64, Side)) {
    let (operation, wave, side) = moment;
    let gate = Gate::new(Counted::Operation(operation), wave, side, Deed::Kill);
    let team = Team::new(keeper, project, keys, gate);
    assert_eq!(team.wrong_at_the_end(&bound("web", "", &INSTANCES)), [""; 0]);

    let rotated = bound("web", "generation: 2", &INSTANCES);
    let machine = team.machine(VICTIM, &rotated);
    let (code, shown) = machine.start_victim(&APPLY).end();
    assert_eq!(code, None, "{moment:?}: it is killed: {shown}");
    drop(machine);

    assert_eq!(team.wrong_at_the_end(&rotated), [""; 0], "{moment:?}");
    assert_eq!(team.cloud.restarts(), [2; INSTANCES.len()], "{moment:?}");
}

#[test]
fn a_machine_that_vanishes_at_any_wave_of_a_rotation_leaves_all_that_the_next_one_needs() {
    let waves = 1..=INSTANCES.len() as u64;
    let moments = ["AttachKeyPair", "RebootInstances"].into_iter().flat_map(|operation| {
        let sides = [Side::Before, Side::After];
        waves.clone().flat_map(move |wave| sides.map(|side| (operation, wave, side)))
    });
    let (postgres, s3) = (InPostgres::start(), InS3::start());
    let keepers: [&dyn Keeper; 2] = [&postgres, &s3];
    let moments = Mutex::new(moments.enumerate());
    let next = || moments.lock().expect("no panic").next();
    thread::scope(|scope| {
        // All that take long wait, for a lease to end or for a restart that was asked for and may
        // still be shown.
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some((number, moment)) = next() {
                    // Each wave meets both servers and both vaults.
                    let keys = if number / 2 % 2 == 0 { Keys::Command } else { Keys::Directory };
                    let project = format!("vanishes-{number}");
                    vanishes(keepers[number % 2], &project, keys, moment);
                }
            });
        }
    });
}
