//! L3: a rotation goes no further than log-ons have shown, and everybody can log on all the while.

use keyform::apply::Report;

use super::{
    as_root,
    fleet::{Guests, Habit, Password},
    project::Project,
};

const INSTANCES: [&str; 5] = ["i-1", "i-2", "i-3", "i-4", "i-5"];

fn manifests(generation: u32, guests: &Guests) -> String {
    format!(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\nspec: {{generation: \
         {generation}}}\n---\napiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: fleet}}\n\
         spec:\n  keyPair: web\n  instances: [{}]\n  restart: {{when: now, maxUnavailable: 2, \
         canary: 1}}\n  proof: {{ssh: {{user: {}, address: private, port: {}, knownHosts: \
         known_hosts}}}}\n",
        INSTANCES.join(", "),
        guests.user("i-1"),
        guests.port(),
    )
}

/// Why the proof of an instance failed.
fn failure(report: &Report, id: &str) -> String {
    let mut failed = report.steps.iter().rev().flat_map(|step| &step.failed);
    let found = failed.find(|(instance, _)| instance.as_str() == id);
    found.map(|(_, reason)| reason.to_string()).unwrap_or_default()
}

/// The key that lets in to each instance, of the two generations.
fn takes(project: &Project) -> [&'static str; 5] {
    let (old, new) = (project.pem("web"), project.pem("web-g2"));
    INSTANCES.map(|id| {
        let has_new = new.exists() && project.guests.takes_key(id, &new);
        match (project.guests.takes_key(id, &old), has_new) {
            (true, false) => "old",
            (false, true) => "new",
            (true, true) => "both",
            (false, false) => "neither",
        }
    })
}

#[test]
fn a_rotation_stops_at_a_guest_that_refuses_the_new_key_or_keeps_the_old_one() {
    as_root(|| {
        let instances = INSTANCES.map(|id| (id, Password::None));
        let mut project = Project::new(&instances, "").over_http();
        project.take(&project.guests.known_hosts(), "known_hosts");
        project.write(&manifests(1, &project.guests));
        project.apply(|_, _| {});
        assert_eq!(takes(&project), ["old"; 5]);

        // The canary refuses the new key: nobody else is touched.
        project.write(&manifests(2, &project.guests));
        project.guests.accustom("i-1", Habit::Stuck);
        let (_, report) = project.run(|_, _| {});
        assert!(!report.is_complete());
        let told = failure(&report, "i-1");
        assert!(told.contains("refuses the private key of web-g2"), "{told}");
        assert!(told.contains("still accepts the private key of web ("), "{told}");
        assert_eq!(takes(&project), ["old"; 5]);

        // Mended, it is proven first, and a canary is first again; then one of the next wave keeps the
        // old key.
        project.guests.mend("i-1");
        project.follow();
        project.guests.accustom("i-3", Habit::Hoarding);
        let (_, report) = project.run(|_, _| {});
        assert!(!report.is_complete());
        let told = failure(&report, "i-3");
        assert!(told.contains("still accepts the private key of web"), "{told}");
        assert_eq!(takes(&project), ["new", "new", "both", "new", "old"]);

        project.guests.mend("i-3");
        project.follow();
        project.apply(|_, _| {});
        assert_eq!(takes(&project), ["new"; 5]);
    });
}
