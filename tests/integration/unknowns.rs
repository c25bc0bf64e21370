//! The page of what no document of the service settles, and the switches that imitate it.

use std::{collections::BTreeSet, fs, path::Path};

use keyform::{
    checkup::{Unknown, unknowns},
    emulator::Switches,
};

/// If it is set, the table of the page is written.
const WRITE: &str = "KEYFORM_TEST_WRITE";
/// What stands around the table in the page.
const BEGIN: &str =
    "<!-- The table is that of src/checkup/unknowns.rs; a test compares the two. -->\n\n";
const END: &str = "\n<!-- The end of the table. -->";

/// What is chosen in the inventory, and faults, which imitate an unknown too.
const BESIDES: [&str; 4] = ["rebootMovesStartTime", "startTimePrecision", "staleRead", "throttle"];

#[test]
#[expect(clippy::disallowed_methods, reason = "it writes a page of the documentation if asked to")]
fn the_table_of_the_page_is_that_of_the_program() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/unknowns.md");
    let page = fs::read_to_string(&file).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("the table begins");
    let (_, after) = rest.split_once(END).expect("the table ends");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", unknowns::table());
    if std::env::var_os(WRITE).is_some() {
        fs::write(&file, &wanted).expect("the page");
    } else {
        assert_eq!(page, wanted, "run this test with {WRITE}=1 to write it");
    }
}

#[test]
fn every_switch_imitates_an_unknown_and_every_unknown_that_matters_has_one() {
    let switches: BTreeSet<_> = Switches::ALL.iter().map(|switch| switch.name).collect();
    let known: BTreeSet<_> = switches.iter().copied().chain(BESIDES).collect();
    let imitated = Unknown::ALL.iter().flat_map(|unknown| unknown.imitated().iter().copied());
    assert_eq!(imitated.collect::<BTreeSet<_>>(), known);
    let without: Vec<_> =
        Unknown::ALL.iter().filter(|unknown| unknown.imitated().is_empty()).collect();
    // Nothing that keyform does depends on the text of a message.
    assert_eq!(without, [&Unknown::Messages]);
}

/// The page of the emulator names each switch.
#[test]
fn the_page_of_the_emulator_names_each_switch() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/emulator.md");
    let page = fs::read_to_string(page).expect("the page");
    let (_, behaviour) = page.split_once("    behaviour:\n").expect("the example");
    for switch in Switches::ALL {
        let line = format!("      {}: ", switch.name);
        assert!(behaviour.contains(&line), "docs/emulator.md does not name {}", switch.name);
    }
}
