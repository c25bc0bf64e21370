use super::*;
use crate::{
    model::{
        BindingName, CloudName, MaxUnavailable, ProjectName, Region, RestartPolicy, RestartWhen,
        StepId,
    },
    plan::{Cause, Fleet, Item, Step, Summary},
};

/// Two instances that are bound and not restarted; so many of them were found Stopped.
fn plan(stopped: usize) -> Plan {
    let (region, binding) = (Region::new("cn-hangzhou").unwrap(), BindingName::new("fleet"));
    let ids = [InstanceId::new("i-1"), InstanceId::new("i-2")];
    let item = |id: &InstanceId| Item {
        id: id.clone(),
        bound: None,
        foreign: None,
        retaken: false,
        revision: 0,
    };
    let action = Action::Attach {
        region: region.clone(),
        name: CloudName::new("web"),
        binding: binding.clone(),
        wave: 0,
        items: ids.iter().map(item).collect(),
    };
    let fleet = Fleet {
        binding,
        region,
        restart: RestartPolicy::new(RestartWhen::Manual, MaxUnavailable::Number(1)),
        urgent: false,
        proof: None,
        unavailable_max: 1,
        waves: 0,
        canary_wave: None,
        selector: Default::default(),
        instances: ids.to_vec(),
        stopped: ids[..stopped].to_vec(),
    };
    Plan {
        format: String::new(),
        digest: String::new(),
        checksum: String::new(),
        project: ProjectName::new("acme"),
        lineage: None,
        serial: 0,
        targets: Vec::new(),
        program: String::new(),
        summary: Summary::default(),
        steps: vec![Step {
            action,
            cause: Cause::Declared,
            expectations: Vec::new(),
            after: Vec::new(),
            origin: None,
        }],
        limits: Vec::new(),
        fleets: vec![fleet],
        notes: Vec::new(),
        changes: Vec::new(),
        instance_names: Default::default(),
    }
}

#[test]
fn only_instances_that_were_found_stopped_are_called_so() {
    let line = |stopped| line(&plan(stopped), &Progress::Started(StepId::new(0))).unwrap();
    assert_eq!(line(2), "fleet, stopped instances: binding to web: i-1, i-2");
    assert_eq!(line(1), "fleet, not restarted by keyform: binding to web: i-1, i-2");
    assert_eq!(line(0), "fleet, not restarted by keyform: binding to web: i-1, i-2");
}
