//! What people write who learned another tool, or who do not know an address by heart.

use crate::support::Project;

#[test]
fn no_more_instances_than_there_are_may_be_down() {
    let project = Project::quickstart();
    let policy = "keyPair: web\n  restart: {when: now, maxUnavailable: 10}";
    project.edit("web.yaml", "keyPair: web", policy);
    let plan = project.run(&["plan"]).expect(0).stdout;
    assert!(plan.contains("1 wave, at most 3 down at once"), "{plan}");
    let mut json = project.run(&["plan", "--format", "json"]).expect(0).json();
    let told = json["summary"]["waves"][0]["unavailableMax"].take();
    assert_eq!(told, 10, "a document says what the manifest says");
}
