use std::collections::BTreeSet;

use super::*;
use crate::{
    apply::StopReason,
    ecs::FailureKind,
    model::{ResourceGroupId, StepId, schedule::Span},
};

fn failures() -> Vec<Failure> {
    let status = InstanceStatus::Stopping;
    let ids = || vec![InstanceId::new("i-1"), InstanceId::new("i-2")];
    let call = CallFailure {
        message: "DeleteKeyPairs was not answered".to_owned(),
        kind: FailureKind::Transient,
        outcome_unknown: true,
    };
    let timeout = Span::parse("30s").expect("a span");
    let program = |failure| Failure::ProgramFailed { purpose: Purpose::Before, failure };
    vec![
        Failure::CallFailed(call),
        Failure::ItemRefused {
            refusal: Refusal {
                code: "IncorrectInstanceStatus".to_owned(),
                message: "it is Stopping".to_owned(),
            },
        },
        program(ProgramFailure::Ended { code: 3 }),
        program(ProgramFailure::Signalled { signal: 9 }),
        program(ProgramFailure::TookTooLong { timeout }),
        program(ProgramFailure::NotStarted { reason: "no such file".to_owned() }),
        Failure::NotPutBack {
            before: Box::new(Failure::NotBackInTime { seconds: 90, status }),
            also: Box::new(Failure::ProgramFailed {
                purpose: Purpose::After,
                failure: ProgramFailure::Ended { code: 1 },
            }),
        },
        Failure::NotReached { why: WhyNot::After { step: StepId::new(7) } },
        Failure::InstanceNotFoundNow,
        Failure::BoundToOther { bound: Some(CloudName::new("ops")) },
        Failure::BoundToOther { bound: None },
        Failure::BindingChangedMeanwhile,
        Failure::InTransitionNow { status },
        Failure::NotRunning { status },
        Failure::StoppedNow,
        Failure::ChangeNotShown,
        Failure::NoAddress { address: AddressKind::Private },
        Failure::NoAddress { address: AddressKind::Public },
        Failure::NoAddress { address: AddressKind::Name },
        Failure::OthersDown {
            most: 2,
            binding: BindingName::new("web-fleet"),
            seconds: 600,
            down: ids(),
        },
        Failure::RestartUnheard,
        Failure::NotBackInTime { seconds: 600, status },
        Failure::NotSettled { seconds: 20 },
        Failure::PairNotOurs,
        Failure::PairStillBound { instances: ids() },
        Failure::CreatedKeyLost { instances: ids() },
        Failure::ResourceGroupNotFound { resource_group: ResourceGroupId::new("rg-a1") },
        Failure::KeyNotInVault,
        Failure::FingerprintDiffers,
        Failure::UnexpectedAnswer,
    ]
}

const LEFT_OUT: [LeftOut; 4] = [
    LeftOut::AlreadyDone,
    LeftOut::GoneSincePlan,
    LeftOut::NoLongerSelected,
    LeftOut::AlreadyInEffect,
];

fn whys() -> [WhyNot; 9] {
    let stopped = |reason| WhyNot::Stopped { reason };
    [
        stopped(StopReason::Signal),
        stopped(StopReason::Deadline),
        stopped(StopReason::Window),
        stopped(StopReason::Unrecorded),
        stopped(StopReason::LeaseLost),
        stopped(StopReason::Credentials),
        stopped(StopReason::Clock),
        WhyNot::After { step: StepId::new(7) },
        WhyNot::Canary { step: StepId::new(7) },
    ]
}

#[test]
fn each_code_has_its_sentence() {
    let failures = failures().into_iter().map(|one| (one.code(), one.to_string()));
    let left_out = LEFT_OUT.map(|one| (one.code(), one.to_string()));
    let whys = whys().map(|one| (one.code(), one.to_string()));
    let said: Vec<_> = failures.chain(left_out).chain(whys).collect();
    let codes: BTreeSet<_> = said.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, FailureCode::ALL.iter().copied().collect(), "one example for each");
    let lines: Vec<_> =
        said.iter().map(|(code, text)| format!("{}: {text}", code.as_str())).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn json_names_a_failure_by_its_code() {
    let tag = |value: serde_json::Value| value["code"].as_str().map(str::to_owned);
    for failure in failures() {
        let json = serde_json::to_value(&failure).expect("JSON");
        assert_eq!(tag(json).as_deref(), Some(failure.code().as_str()));
    }
    for left_out in LEFT_OUT {
        let json = serde_json::to_value(left_out).expect("JSON");
        assert_eq!(tag(json).as_deref(), Some(left_out.code().as_str()));
    }
}
