use super::*;
use crate::{
    model::{MaxUnavailable, Owner, RestartPolicy, RestartWhen},
    plan::samples,
};

fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

fn binding() -> BindingName {
    BindingName::new("web-fleet")
}

fn item(id: &str, bound: Option<&str>) -> Item {
    let bound = bound.map(CloudName::new);
    Item { id: InstanceId::new(id), bound, foreign: None, retaken: false, revision: 0 }
}

fn detach(ids: &[&str]) -> Action {
    let items = ids.iter().map(|id| item(id, Some("web"))).collect();
    Action::Detach {
        region: region(),
        name: CloudName::new("web"),
        binding: binding(),
        wave: 1,
        items,
    }
}

fn defer(name: Option<&str>, items: Vec<Item>) -> Action {
    Action::Defer { region: region(), name: name.map(CloudName::new), binding: binding(), items }
}

fn restart(bound: Option<&str>, forced: bool) -> Action {
    let items = vec![item("i-1", bound)];
    Action::Restart { region: region(), binding: binding(), wave: 1, items, forced }
}

fn fleet(canary_wave: Option<usize>) -> Fleet {
    Fleet {
        binding: binding(),
        region: region(),
        restart: RestartPolicy::new(RestartWhen::Now, MaxUnavailable::Number(1)),
        urgent: false,
        proof: None,
        unavailable_max: 1,
        waves: 1,
        canary_wave,
        selector: Default::default(),
        instances: vec![InstanceId::new("i-1")],
        stopped: Vec::new(),
    }
}

/// Each danger as `kind subject: instances`.
fn found(actions: Vec<Action>, fleet: Fleet) -> Vec<String> {
    let text = |danger: Danger| {
        let subject = match danger.subject {
            Subject::Binding(name) => name.to_string(),
            Subject::Pair(name) => name.to_string(),
        };
        let ids: Vec<_> = danger.instances.iter().map(ToString::to_string).collect();
        format!("{:?} {subject}: {}", danger.kind, ids.join(" "))
    };
    dangers(&samples::plan(actions, vec![fleet])).into_iter().map(text).collect()
}

#[test]
fn what_is_unbound_is_one_group_now_or_later() {
    let later = defer(None, vec![item("i-0", Some("web")), item("i-2", None)]);
    let actions = vec![detach(&["i-3"]), detach(&["i-1"]), restart(None, false), later];
    assert_eq!(found(actions, fleet(Some(1))), ["Unbind web-fleet: i-0 i-1 i-3"]);
}

#[test]
fn what_is_taken_from_others_is_told_apart_from_what_is_ours() {
    let mut foreign = item("i-1", Some("theirs"));
    foreign.foreign = Some(Owner::WithoutKeyform);
    let items = vec![foreign.clone(), item("i-2", Some("web"))];
    let name = CloudName::new("web");
    let attach = Action::Attach { region: region(), name, binding: binding(), wave: 1, items };
    let deferred = defer(Some("web"), vec![item("i-3", Some("old")), foreign]);
    let expected = ["ReplaceForeign web-fleet: i-1"];
    assert_eq!(found(vec![attach], fleet(None)), expected);
    assert_eq!(found(vec![deferred], fleet(None)), expected);
}

#[test]
fn a_restart_is_dangerous_if_it_cuts_the_power_or_nothing_shows_that_its_key_works() {
    let unverified = "Unverified web-fleet: i-1";
    assert_eq!(found(vec![restart(Some("web"), false)], fleet(None)), [unverified]);
    assert!(found(vec![restart(Some("web"), false)], fleet(Some(1))).is_empty());
    let cut = found(vec![restart(Some("web"), true)], fleet(None));
    assert_eq!(cut, ["PowerCut web-fleet: i-1", unverified]);
}

#[test]
fn a_pair_that_is_deleted_has_no_instances() {
    let delete = Action::DeletePair { region: region(), name: CloudName::new("web") };
    assert_eq!(
        found(vec![delete, detach(&["i-1"])], fleet(None)),
        ["Unbind web-fleet: i-1", "Delete web: "]
    );
}
