//! R7 and R10, as people see them who log on.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use keyform::ecs::Request;

use super::{
    as_root,
    fleet::{Guests, Password},
    project::Project,
};

fn bound(instances: &str) -> String {
    format!(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\n---\n\
         apiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: fleet}}\n\
         spec: {{keyPair: web, instances: [{instances}]}}\n"
    )
}

/// Which of the guests takes a password, and which the key: of `i-1`, which has a password, and of
/// `i-2`, which has none.
fn takes(guests: &Guests, pem: &Path) -> [(bool, bool); 2] {
    ["i-1", "i-2"].map(|id| (guests.takes_password(id), guests.takes_key(id, pem)))
}

/// A password lets in where one is set, and the key nowhere.
const PASSWORDS: [(bool, bool); 2] = [(true, false), (false, false)];
/// The key lets in everywhere, and no password anywhere.
const KEYS: [(bool, bool); 2] = [(false, true), (false, true)];

#[test]
fn a_pair_lets_in_from_the_restart_after_its_bind_to_the_restart_after_its_unbind() {
    as_root(|| {
        let instances = [("i-1", Password::Set), ("i-2", Password::None)];
        let mut project = Project::new(&instances, &bound("i-1, i-2"));
        let (pem, looks) = (project.pem("web"), Arc::new(AtomicUsize::new(0)));
        // Before the bind the private key is in the vault already; at the call of the restart both
        // are bound; and neither changes what the guests take.
        let look = {
            let (pem, looks) = (pem.clone(), looks.clone());
            move |request: &Request, guests: &Guests| {
                if matches!(
                    request,
                    Request::AttachKeyPair { .. } | Request::RebootInstances { .. }
                ) {
                    assert_eq!(takes(guests, &pem), PASSWORDS, "{request:?}");
                    looks.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        let plan = project.apply(look);
        assert_eq!(looks.load(Ordering::Relaxed), 2, "{plan}");
        assert!(plan.contains("2 instances bound: a key instead of passwords"), "{plan}");
        assert_eq!(takes(&project.guests, &pem), KEYS);

        project.write(&bound(""));
        let look = {
            let (pem, looks) = (pem.clone(), looks.clone());
            move |request: &Request, guests: &Guests| {
                if matches!(request, Request::RebootInstances { .. }) {
                    assert_eq!(takes(guests, &pem), KEYS, "{request:?}");
                    looks.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        let plan = project.apply(look);
        assert_eq!(looks.load(Ordering::Relaxed), 3, "{plan}");
        let warned = "2 instances unbound: passwords are allowed again, but none may be set, and \
                      then nobody can log on";
        assert!(plan.contains(warned), "{plan}");
        for id in ["i-1", "i-2"] {
            let row = plan.lines().find(|line| line.contains(id)).unwrap_or_default();
            assert!(row.contains("unbind from web"), "{id}: {plan}");
        }
        assert_eq!(takes(&project.guests, &pem), PASSWORDS);
    });
}
