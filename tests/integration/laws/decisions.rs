//! The planner's decisions, one situation each: what a reviewer is shown is the specification.

use std::path::Path;

use keyform::{
    ecs::{Request, Transport},
    emulator::Fact,
    keys::{KeySource, PooledKeys},
    model::{CloudName, InstanceId, Tags},
    plan::{PlanError, ReasonCode},
    render,
    session::SessionError,
    visible::is_unseen,
};

use super::scene::{INVENTORY, Scene, bound, bound_given, persons_key, region};

/// A certificate of a throw-away key, signed by `ssh-keygen -s`.
const CERTIFICATE: &str = "ssh-rsa-cert-v01@openssh.com AAAAHHNzaC1yc2EtY2VydC12MDFAb3BlbnNzaC5jb20AAAAgUdfBESLLpVHIl\
    6fPK+lpuAFJC5vqeb3eTMWG1/ICmXEAAAADAQABAAABAQDDhT8VrmqGOQhhcAgUC0Y6pqVviy3DT3j5/M6c+dXAZHO\
    p1ZctRZyGpZRy+0TiR9irjWVRYJsC2+nnZBS67aX40DF+8Nfdga9p06sBdB1aWnQhNSdawQrf875jduNW6MdN5qw43\
    VykaCM1xDIFaEDmfc0KYSpb4a87WbI+Kxb41QXR+5JHlvEIKGP6INnS1UgpJZWmtU/xouosYRa0de7HRk/XYYJ6Ugh\
    0iu3eZQzzhWxE0I7I8QWQWOmkFGX44ffEPN3jik2kWKboIN8uSAu8dQHLqeAYbipusFSySXGqN0JF5MrznUIq7rpSr\
    oWn2uq1joCjFQO+cnwRmCDKFaalAAAAAAAAAAAAAAABAAAAA2FubgAAAAcAAAADYW5uAAAAAAAAAAD//////////wA\
    AAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAA\
    AAAFnBlcm1pdC1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAA\
    AAAAAAAAAAAEXAAAAB3NzaC1yc2EAAAADAQABAAABAQCg5HPsYwe5fEcI8jPDauv95B0OLrbNcw0zrNgq9lPpe7Ctf\
    aRjojcVThvX6/3rvIT2Ge/AIfXba178NyAWZftUk3ohsPato4Qhz6dQurKc6P2yiJG6tqjdkkxe8vxrrp8aKlVWoOx\
    XPQOq80+hw03D3PHcEpTNgBJy60bGrXePdbeI0euOqLh/S2P6htmiP994EO+qmqsmw3jxu3W79KKStHZIe88oTreD7\
    vngUvbRSnsXLt+w4Cf1L8Qr2hTGuUIDxZ9Ca3WOUoK2MLnsZX0olslJCWX/8DDzqFg08BwdL2r87/QQMJbAXewGCar\
    Rrm0GrqCrITqr03U7IEdwLUslAAABFAAAAAxyc2Etc2hhMi01MTIAAAEAP2YkfoULszeYN53l6WNI1wZ3nNUBX9e86\
    kieKJCXuAw7fKDN3IHgFiEXd9bj6DkI1/AR1SDTwH68RdUMne+IoKT/WN+WTpTEzH9VC+F515mO53NZOS8KksjcTeE\
    l0CwgwRnQpNr1O+y37EyRMCsTtCiG37t0PI+wnNLzAAAotVaWxy7LqNlgxWLZ8BxpCQotm15f4vWX0VD4CRXgPzege\
    Pruup99jLXEX/VZ+cAF7Ux3rfQFDTUgvKkg5egfvUyRcC71Nw4ehq0q20CFaHVHP+VWO9E8nmvKZl0bcInCiD3ZD/F\
    TG0nRVlciaaySWrUtH2+Mi75ka3nRGowJGPHRjQ==";

/// A project that is applied: `web` and its three instances.
pub(super) fn applied() -> Scene {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    scene
}

/// What a plan shows, without colours and digest.
#[track_caller]
pub(super) fn shown(scene: &Scene) -> String {
    let plan = scene.plan(false);
    scene.accept_state();
    let text = render::plan::text(&plan, Path::new(".")).replace(&plan.digest[..12], "DIGEST");
    anstream::adapter::strip_str(&text).to_string()
}

/// Something that somebody does with the service's own tools.
fn call(scene: &Scene, request: &Request) {
    scene.cloud().call(request).expect("the service does it");
}

pub(super) fn import(scene: &Scene, name: &str) {
    let key = PooledKeys::new(12).generate().expect("a key");
    call(
        scene,
        &Request::ImportKeyPair {
            region: region(),
            key_pair_name: CloudName::new(name),
            public_key_body: key.public_key().openssh().to_owned(),
            tags: Tags::new(),
        },
    );
}

pub(super) fn detach(scene: &Scene, name: &str, ids: &[&str]) {
    call(
        scene,
        &Request::DetachKeyPair {
            region: region(),
            key_pair_name: CloudName::new(name),
            instance_ids: ids.iter().map(|id| InstanceId::new(*id)).collect(),
        },
    );
}

pub(super) fn delete(scene: &Scene, name: &str) {
    let key_pair_names = vec![CloudName::new(name)];
    call(scene, &Request::DeleteKeyPairs { region: region(), key_pair_names });
}

fn edited(scene: &Scene, path: &str, before: &str, after: &str) -> Scene {
    let mut edited = scene.fork();
    let text = match path {
        "inventory.yaml" => INVENTORY.to_owned(),
        _ => bound("web", "i-1, i-2, i-3"),
    };
    assert!(text.contains(before), "{before}");
    edited.write(path, &text.replace(before, after));
    edited
}

/// A test that shows what is planned in a situation.
macro_rules! decision {
    ($name:ident, $scene:expr) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!($crate::laws::decisions::shown(&$scene));
        }
    };
}

pub(super) use decision;

decision!(a_new_pair_is_made_and_its_instances_are_bound_wave_by_wave, {
    Scene::new(&bound("web", "i-1, i-2, i-3"))
});

decision!(nothing_is_done_where_nothing_changed, applied());

decision!(a_share_makes_larger_waves, {
    let text = bound("web", "i-1, i-2, i-3").replace(
        "instances: [i-1, i-2, i-3]",
        "instances: [i-1, i-2, i-3], restart: {when: now, maxUnavailable: \"70%\"}",
    );
    Scene::new(&text)
});

decision!(an_instance_that_is_added_is_the_only_one_that_is_touched, {
    let mut scene = Scene::new(&bound("web", "i-1, i-2"));
    scene.apply(false);
    scene.write("web.yaml", &bound("web", "i-1, i-2, i-3"));
    scene
});

decision!(an_instance_that_is_taken_out_is_unbound, {
    edited(&applied(), "web.yaml", "i-1, i-2, i-3", "i-1, i-3")
});

decision!(a_pair_that_is_renamed_is_made_anew_and_takes_the_instances_over, {
    let mut scene = applied();
    scene.write("web.yaml", &bound("ops", "i-1, i-2, i-3"));
    scene
});

decision!(tags_change_in_place, {
    edited(&applied(), "web.yaml", "{team: laws}", "{owner: ops, team: web}")
});

decision!(tags_of_other_people_stay, {
    let scene = applied();
    let tags = Tags::from([("cost-centre".to_owned(), "42".to_owned())]);
    let key_pair_names = vec![CloudName::new("web")];
    call(&scene, &Request::TagResources { region: region(), key_pair_names, tags });
    scene
});

/// Tags come from the cloud, where others can write them.
#[test]
fn a_tag_that_somebody_changed_forges_no_line() {
    let scene = applied();
    let forged = "\u{1b}[2J\nSummary\n  0 forged\u{9b}\u{202e}\u{200b}";
    let tags = Tags::from([("team".to_owned(), forged.to_owned())]);
    let key_pair_names = vec![CloudName::new("web")];
    call(&scene, &Request::TagResources { region: region(), key_pair_names, tags });
    let shown = shown(&scene);
    assert!(!shown.contains(|c| is_unseen(c) && c != '\n'), "{shown:?}");
    assert_eq!(shown.lines().filter(|line| *line == "Summary").count(), 1, "{shown}");
    assert!(!shown.lines().any(|line| line.trim_start().starts_with("0 forged")), "{shown}");
}

decision!(ownership_tags_that_were_removed_are_set_again, {
    let scene = applied();
    let key_pair_names = vec![CloudName::new("web")];
    let tag_keys = vec!["keyform:project".to_owned()];
    call(&scene, &Request::UntagResources { region: region(), key_pair_names, tag_keys });
    scene
});

decision!(an_instance_that_somebody_unbound_is_bound_again, {
    let scene = applied();
    detach(&scene, "web", &["i-2"]);
    scene
});

decision!(a_pair_that_somebody_deleted_is_imported_again_from_the_vault, {
    let scene = applied();
    detach(&scene, "web", &["i-1", "i-2", "i-3"]);
    delete(&scene, "web");
    scene
});

decision!(a_pair_that_somebody_replaced_is_left_alone, {
    let scene = applied();
    detach(&scene, "web", &["i-1", "i-2", "i-3"]);
    delete(&scene, "web");
    import(&scene, "web");
    scene
});

decision!(a_private_key_that_is_missing_here_is_only_told, {
    let scene = applied();
    scene.remove("keys/web.pem");
    scene
});

decision!(another_private_key_in_the_place_of_ours_is_never_used, {
    let scene = applied();
    scene.remove("keys/web.pem");
    let key = PooledKeys::new(12).generate().expect("a key");
    scene.put("keys/web.pem", key.pem().as_bytes());
    scene
});

decision!(a_private_key_without_a_pair_is_used_and_no_new_one_is_made, {
    let scene = Scene::new(&bound("web", "i-1"));
    let key = PooledKeys::new(12).generate().expect("a key");
    scene.put_in_new_directory("keys", "web.pem", key.pem().as_bytes());
    scene
});

decision!(instances_that_cannot_be_bound_are_blocked_one_by_one, {
    edited(
        &Scene::new(&bound("web", "i-1, i-2, i-3")),
        "inventory.yaml",
        "name: two}\n  - {id: i-3, region: cn-hangzhou, name: three}",
        "name: two, osType: windows}\n  - {id: i-3, region: cn-hangzhou, name: three, \
         instanceType: ecs.s1.small, ioOptimized: false}",
    )
});

decision!(an_instance_of_auto_scaling_is_blocked, {
    edited(
        &Scene::new(&bound("web", "i-1, i-2, i-3")),
        "inventory.yaml",
        "name: two}",
        "name: two, tags: {\"acs:autoscaling:scalingGroupId\": asg-1}}",
    )
});

decision!(an_instance_that_does_not_exist_is_blocked, {
    edited(&Scene::new(&bound("web", "i-1")), "web.yaml", "i-1, i-2, i-3", "i-1, i-4")
});

decision!(a_stopped_instance_is_bound_and_waits, {
    let scene = Scene::new(&bound("web", "i-1, i-2"));
    let instance_ids = vec![InstanceId::new("i-2")];
    scene.happen(Fact::Stopped { region: region(), instance_ids });
    scene
});

#[test]
fn many_instances_that_are_missing_look_like_a_lost_permission() {
    let mut scene = applied();
    scene.write("inventory.yaml", &INVENTORY.replace("  - {id: i-3", "  - {id: i-4"));
    let refused = scene.try_plan(false, false).expect_err("nothing is planned");
    let many = PlanError::ManyMissing { region: region(), missing: 1, recorded: 3 };
    assert!(matches!(&refused, SessionError::Plan(found) if *found == many), "{refused}");
    scene.write("web.yaml", &bound("web", "i-1, i-2"));
    let accepted = scene.try_plan(false, true).expect("said to be gone");
    assert_eq!(accepted.summary.records, 1, "i-3 is forgotten: {accepted:#?}");
}

decision!(a_lost_state_is_found_again_by_tags_and_fingerprints, {
    let scene = applied();
    scene.lose_state();
    scene
});

decision!(nothing_new_takes_a_pair_of_which_the_private_key_is_missing, {
    let mut scene = Scene::new(&bound("web", "i-1, i-2"));
    scene.apply(false);
    scene.remove("keys/web.pem");
    scene.write("web.yaml", &bound("web", "i-1, i-2, i-3"));
    scene
});

#[test]
fn a_lost_state_is_written_anew_without_a_single_restart() {
    let scene = applied();
    let before = scene.end();
    scene.lose_state();
    scene.apply(false);
    assert_eq!(scene.end(), before);
}

decision!(a_file_that_is_no_key_is_told_and_left_alone, {
    let scene = Scene::new(&bound("web", "i-1"));
    scene.put_in_new_directory("keys", "web.pem", b"junk");
    scene
});

decision!(an_instance_that_is_gone_is_forgotten_and_stays_blocked, {
    let mut scene = applied();
    scene.write("inventory.yaml", &INVENTORY.replace("  - {id: i-3", "  - {id: i-4"));
    scene.run_accepting_missing().outcome.expect("it is forgotten");
    scene
});

#[test]
fn a_given_key_is_imported_and_nothing_is_made_or_kept() {
    let key = persons_key(0);
    let scene = Scene::new(&bound_given("ops", "i-1", key.openssh()));
    insta::assert_snapshot!(shown(&scene));
    scene.apply(false);
    assert_eq!(scene.held().len(), 0, "the vault has nothing of it");
    assert_eq!(scene.guests_of("ops").len(), 1);
    scene.apply(true);
    assert!(scene.end().pairs.is_empty());
}

#[test]
fn another_given_key_under_the_same_name_is_blocked() {
    let mut scene = Scene::new(&bound_given("ops", "i-1", persons_key(0).openssh()));
    scene.apply(false);
    scene.write("web.yaml", &bound_given("ops", "i-1, i-2", persons_key(1).openssh()));
    insta::assert_snapshot!(shown(&scene));
}

#[test]
fn a_given_key_in_the_place_of_a_made_one_is_blocked_and_the_made_one_stays() {
    let mut scene = applied();
    let held = scene.held();
    scene.write("web.yaml", &bound_given("web", "i-1, i-2, i-3", persons_key(0).openssh()));
    insta::assert_snapshot!(shown(&scene));
    scene.run(false, Vec::new()).outcome.expect("there is nothing to do");
    assert_eq!(scene.held(), held);
}

#[test]
fn a_pair_of_a_given_key_is_found_again_when_the_state_is_lost() {
    let scene = Scene::new(&bound_given("ops", "i-1", persons_key(0).openssh()));
    scene.apply(false);
    scene.lose_state();
    insta::assert_snapshot!(shown(&scene));
    scene.apply(false);
}

#[test]
fn no_instance_takes_a_certificate_with_which_nobody_can_log_on() {
    let mut scene = Scene::new(&bound_given("ops", "i-1", CERTIFICATE));
    scene.warnings = 1;
    let text = shown(&scene);
    assert!(text.contains("+ key pair ops"), "importing it harms nobody: {text}");
    let plan = scene.plan(false);
    let codes: Vec<_> = plan.notes.iter().map(|note| note.reason.code()).collect();
    assert!(codes.contains(&ReasonCode::CertificateForInstance), "{codes:?}");
    assert!(!plan.steps.iter().any(|step| !step.action.items().is_empty()));
}
