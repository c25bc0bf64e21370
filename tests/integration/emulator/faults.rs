//! What the server does wrong when its script says so.

use keyform::{
    ecs::{BatchOptions, DescribeInstances, Request, wire},
    emulator::server::{Answer, Peer},
};

use super::client::{Bench, HOST, attach, ids, import, region};

fn list() -> Request {
    Request::DescribeInstances(DescribeInstances::all(region()))
}

fn reboot(instances: &[&str]) -> Request {
    let (instance_ids, batch) = (ids(instances), BatchOptions::default());
    Request::RebootInstances { region: region(), instance_ids, force_reboot: false, batch }
}

/// What one instance is bound to, and its status.
fn told(bench: &Bench, id: &str) -> (String, String) {
    let body = bench.call(&list());
    let rows = body["Instances"]["Instance"].as_array().expect("rows").clone();
    let row = rows.into_iter().find(|row| row["InstanceId"] == id);
    let row = row.unwrap_or_default();
    let text = |field: &str| row[field].as_str().unwrap_or("none").to_owned();
    (text("KeyPairName"), text("Status"))
}

#[test]
fn a_throttled_call_says_when_to_come_back_and_has_no_effect() {
    let bench =
        Bench::scripted("faults:\n- {call: ImportKeyPair, effect: throttle, retryAfter: 500ms}\n");
    let reply = bench.send(wire::http_request(&import("web"), HOST));
    let after = reply.headers.iter().find(|(name, _)| *name == "x-acs-retry-after");
    assert_eq!(after.map(|(_, value)| value.as_str()), Some("500"));
    assert!(reply.status == 400 && reply.body.contains("Throttling.User"), "{}", reply.body);
    bench.call(&import("web"));
}

#[test]
fn a_call_or_an_item_of_it_is_refused() {
    let bench = Bench::scripted(
        "faults:\n\
         - {call: AttachKeyPair, effect: refuse, status: 503, code: ServiceUnavailable}\n\
         - {call: AttachKeyPair, after: 1, effect: refuseItems, instances: [i-2], code: InternalError}\n",
    );
    bench.call(&import("web"));
    let refused = (503, "ServiceUnavailable".to_owned());
    assert_eq!(bench.refusal(&attach("web", &["i-1"])), refused);
    let body = bench.call(&attach("web", &["i-1", "i-2"]));
    assert_eq!(body["FailCount"], "1");
    assert_eq!(told(&bench, "i-1").0, "web");
    assert_eq!(told(&bench, "i-2").0, "");
}

#[test]
fn a_lost_request_has_no_effect_and_a_lost_answer_has_one() {
    for (effect, bound) in [("loseRequest", ""), ("loseAnswer", "web")] {
        let script = format!("faults:\n- {{call: AttachKeyPair, effect: {effect}}}\n");
        let bench = Bench::scripted(&script);
        bench.call(&import("web"));
        let request = bench.signed(wire::http_request(&attach("web", &["i-1"]), HOST));
        assert_eq!(bench.service.answer(&request, Peer::Loopback), Answer::HangUp, "{effect}");
        assert_eq!(told(&bench, "i-1").0, bound, "{effect}");
    }
}

#[test]
fn a_read_can_be_stale_and_lack_rows() {
    let bench = Bench::scripted(
        "faults:\n\
         - {call: DescribeInstances, effect: staleRead, age: 5s}\n\
         - {call: DescribeInstances, after: 2, effect: dropRows, rows: 1}\n",
    );
    bench.call(&import("web"));
    bench.call(&attach("web", &["i-1"]));
    bench.pass(4000);
    assert_eq!(told(&bench, "i-1").0, "", "as it was five seconds ago");
    assert_eq!(told(&bench, "i-1").0, "web");
    assert_eq!(told(&bench, "i-1").1, "none", "its row is missing");
    assert_eq!(told(&bench, "i-1").0, "web");
}

#[test]
fn instances_are_released_behind_a_call() {
    let bench =
        Bench::scripted("faults:\n- {call: RebootInstances, effect: release, instances: [i-2]}\n");
    bench.call(&reboot(&["i-1", "i-2"]));
    assert_eq!(told(&bench, "i-1").1, "Stopping");
    assert_eq!(told(&bench, "i-2").1, "none");
}

#[test]
fn credentials_expire_in_the_middle() {
    let bench =
        Bench::scripted("faults:\n- {after: 1, times: always, effect: expireCredentials}\n");
    bench.call(&import("web"));
    let expired = (400, "InvalidSecurityToken.Expired".to_owned());
    assert_eq!(bench.refusal(&list()), expired);
    assert_eq!(bench.refusal(&list()), expired);
}

#[test]
fn a_restart_is_answered_while_the_instance_still_shows_running() {
    let bench = Bench::scripted("behaviour: {rebootLag: 2s}\n");
    bench.call(&reboot(&["i-1"]));
    for (passes, status) in [(0, "Running"), (1999, "Running"), (1, "Stopping"), (200, "Running")] {
        bench.pass(passes);
        assert_eq!(told(&bench, "i-1").1, status);
    }
}

#[test]
fn an_instance_without_a_pair_can_be_told_without_the_field() {
    let bench = Bench::scripted("behaviour: {absentKeyPairName: true}\n");
    bench.call(&import("web"));
    bench.call(&attach("web", &["i-1"]));
    let body = bench.call(&list());
    let instances = &body["Instances"]["Instance"];
    assert_eq!(instances[0]["KeyPairName"], "web");
    assert_eq!(instances[1].get("KeyPairName"), None);
}
