//! Why a rehearsal does not begin.

use std::io;

use keyform::{
    ecs::CallError,
    model::{CloudName, InstanceId, InstanceStatus},
    session::{RehearsalError, RehearsalErrorCode},
};

use super::error_sentences;

#[test]
fn each_refusal_of_a_rehearsal_has_its_sentence() {
    let id = || InstanceId::new("i-bp1a0009");
    let reason = "no connection in time".to_owned();
    let examples = [
        RehearsalError::NotConnected,
        RehearsalError::NoInstance { id: id() },
        RehearsalError::NotRunning { id: id(), status: InstanceStatus::Stopped },
        RehearsalError::Unfit { id: id(), why: "it runs Windows (R1)" },
        RehearsalError::Managed { id: id(), tag: "ack.aliyun.com" },
        RehearsalError::Held { id: id() },
        RehearsalError::Bound { id: id(), bound: CloudName::new("theirs") },
        RehearsalError::InProject { id: id(), why: "the state records it".to_owned() },
        RehearsalError::Call(CallError::NotSent { operation: "DescribeInstances", reason }),
        RehearsalError::Note {
            path: ".keyform/rehearsal.json".to_owned(),
            source: io::ErrorKind::PermissionDenied.into(),
        },
        RehearsalError::Random(io::ErrorKind::Other.into()),
    ];
    let examples = examples.map(|error| (error.code(), error));
    let all: Vec<_> = RehearsalErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    insta::assert_snapshot!(error_sentences(&examples, &all));
}
