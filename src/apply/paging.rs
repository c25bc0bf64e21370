//! Reads of many instances, one call of the service after the other: so each has its turn in the rate of
//! its operation, and one that is throttled does not undo those before it.

use std::collections::VecDeque;

use super::call::{Answer, Call, CallFailure};
use crate::{
    ecs::{CloudRead, ReadAnswer},
    model::{InstanceId, ObservedInstance, Region, limits::DESCRIBE_INSTANCES_MAX},
};

/// What is left of a read, and what the calls before have shown.
#[derive(Debug, Default)]
pub(super) struct Paging {
    left: VecDeque<(Region, Vec<InstanceId>)>,
    seen: Vec<ObservedInstance>,
}

/// What comes of an answer.
#[derive(Debug)]
pub(super) enum Page {
    /// The next call of the same read.
    Next(Call),
    /// The answer to all of it.
    Last(Result<Answer, CallFailure>),
}

impl Paging {
    /// Begins a call; answers the first one that is made of it.
    pub(super) fn begin(&mut self, call: Call) -> Call {
        *self = Self::default();
        match call {
            Call::Read(CloudRead::Instances { region, ids })
                if ids.len() > DESCRIBE_INSTANCES_MAX =>
            {
                let batches = ids.chunks(DESCRIBE_INSTANCES_MAX);
                self.left = batches.map(|ids| (region.clone(), ids.to_vec())).collect();
                self.next().unwrap_or(Call::Read(CloudRead::Instances { region, ids }))
            }
            call => call,
        }
    }

    /// Hears an answer, and answers what comes of it.
    pub(super) fn hear(&mut self, answer: Result<Answer, CallFailure>) -> Page {
        match answer {
            Ok(Answer::Read(ReadAnswer::Instances(seen))) => {
                self.seen.extend(seen);
                match self.next() {
                    Some(next) => Page::Next(next),
                    None => {
                        let all = std::mem::take(&mut self.seen);
                        Page::Last(Ok(Answer::Read(ReadAnswer::Instances(all))))
                    }
                }
            }
            other => Page::Last(other),
        }
    }

    fn next(&mut self) -> Option<Call> {
        let (region, ids) = self.left.pop_front()?;
        Some(Call::Read(CloudRead::Instances { region, ids }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{InstanceStatus, Tags};

    fn read(ids: &[InstanceId]) -> Call {
        let region = Region::new("cn-hangzhou").expect("a region");
        Call::Read(CloudRead::Instances { region, ids: ids.to_vec() })
    }

    fn shows(ids: &[InstanceId]) -> Answer {
        let seen = ids.iter().map(|id| ObservedInstance {
            id: id.clone(),
            name: String::new(),
            status: InstanceStatus::Running,
            os_type: String::new(),
            instance_type_family: String::new(),
            io_optimized: true,
            bound: None,
            start_time: None,
            tags: Tags::new(),
            locks: Vec::new(),
            private_address: None,
            public_address: None,
        });
        Answer::Read(ReadAnswer::Instances(seen.collect()))
    }

    #[test]
    fn a_read_of_many_instances_is_made_call_by_call_and_answered_once() {
        let ids: Vec<_> =
            (0..250).map(|number| InstanceId::new(format!("i-{number:03}"))).collect();
        let mut paging = Paging::default();
        assert_eq!(paging.begin(read(&ids)), read(&ids[..100]));
        for (asked, next) in [(&ids[..100], &ids[100..200]), (&ids[100..200], &ids[200..])] {
            let Page::Next(call) = paging.hear(Ok(shows(asked))) else { panic!("more is left") };
            assert_eq!(call, read(next));
        }
        let Page::Last(answer) = paging.hear(Ok(shows(&ids[200..]))) else { panic!("it is all") };
        assert_eq!(answer, Ok(shows(&ids)));
        assert_eq!(paging.begin(read(&ids[..100])), read(&ids[..100]), "one call is enough");
        let Page::Last(answer) = paging.hear(Ok(shows(&[]))) else { panic!("it is all") };
        assert_eq!(answer, Ok(shows(&[])), "nothing of the read before is left");
    }
}
