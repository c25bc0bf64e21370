//! A file in the place of a plan.

use std::path::Path;

use keyform::{
    disk::{Disk, MemoryDisk},
    plan::{Plan, check},
    render,
    session::{self, SavedPlanError},
};

/// Reads, verifies and shows the plan. What is shown as a document is the same plan again.
pub(super) fn run(bytes: &[u8]) {
    let plan = match read(bytes) {
        Ok(plan) => plan,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    if let Err(unsound) = check::check(&plan) {
        assert!(!unsound.0.is_empty());
    }
    assert!(!render::plan::text(&plan, Path::new(".")).is_empty());
    let again = read(render::plan::json(&plan).as_bytes()).expect("a plan that was just shown");
    assert_eq!(again, plan);
}

fn read(bytes: &[u8]) -> Result<Plan, SavedPlanError> {
    let disk = MemoryDisk::new();
    let path = Path::new("plan.json");
    disk.create_file(path, bytes).expect("an empty disk");
    session::read_plan(&disk, path)
}
