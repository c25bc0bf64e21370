//! What was seen in a rehearsal, and the lines that say what was learned. They have no ids and names:
//! they can be shown to strangers.

use std::time::Duration;

use crate::{
    checkup::{Learned, Unknown},
    model::{Fingerprint, InstanceStatus, ServiceTime},
};

/// What was seen of one restart.
#[derive(Clone, Debug, Default)]
pub(super) struct RestartSeen {
    /// StartTime before it.
    pub(super) start: Option<ServiceTime>,
    /// Whether a StartTime of that moment would have shown as a later one.
    pub(super) can_show: bool,
    /// Whether StartTime moved.
    pub(super) moved: bool,
    /// The statuses, each as long as it stayed, from the answer of the call on.
    pub(super) statuses: Vec<InstanceStatus>,
    /// When it was first not Running, and when it was Running again.
    pub(super) down_after: Option<Duration>,
    pub(super) back_after: Option<Duration>,
    /// What was said of a bind meanwhile.
    pub(super) refused: Option<String>,
}

/// What was seen in all.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    pub(super) restarts: Vec<RestartSeen>,
    /// How long each write took to show.
    pub(super) lags: Vec<Duration>,
    /// Fingerprints as ImportKeyPair, DescribeKeyPairs and CreateKeyPair told them.
    pub(super) imported: Vec<String>,
    pub(super) listed: Vec<String>,
    pub(super) created: Vec<String>,
    /// Whether the fingerprint of a created pair is computed as that of an imported one.
    pub(super) created_as_imported: Option<bool>,
    /// The CreationTime of each pair, if it had one.
    pub(super) creation_times: Vec<Option<ServiceTime>>,
    /// The form of a private key.
    pub(super) private_key: Option<&'static str>,
    /// What was said of an id that is none, an instance that does not exist, an unbind of what is
    /// not bound, and a delete of what is not there.
    pub(super) malformed_id: Option<String>,
    pub(super) unknown_instance: Option<String>,
    pub(super) unbound: Option<String>,
    pub(super) unknown_pair: Option<String>,
    /// Whether a log-on succeeded, why the last one did not, and whether the key before was still
    /// accepted after a rotation.
    pub(super) logged_on: bool,
    pub(super) log_on_failed: Option<String>,
    pub(super) keeps_old_key: Option<bool>,
}

impl Observed {
    /// One line for each unknown that a rehearsal can show, also for what it did not.
    pub(super) fn lessons(&self) -> Vec<Learned> {
        let rehearsed = Unknown::ALL.iter().copied().filter(|unknown| unknown.is_rehearsed());
        let answer = |unknown| self.answer(unknown).unwrap_or_else(|| "not shown".to_owned());
        rehearsed.map(|unknown| Learned { unknown, answer: answer(unknown) }).collect()
    }

    fn answer(&self, unknown: Unknown) -> Option<String> {
        match unknown {
            Unknown::StartTimeMoves => self.start_time_moves(),
            Unknown::StartTimePrecision => self.precision(),
            Unknown::AuthorizedKeys => Some(self.authorized_keys()),
            Unknown::RebootLag => self.reboot_lag(),
            Unknown::RebootStatus => self.statuses(),
            Unknown::ReadLag => {
                let (slowest, writes) = (self.lags.iter().max()?, self.lags.len());
                Some(format!("the slowest of {writes} writes showed after {}", seconds(*slowest)))
            }
            Unknown::FingerprintForm => self.fingerprints(),
            Unknown::PrivateKeyForm => self.private_key.map(str::to_owned),
            Unknown::CreatedFingerprint => self.created_as_imported.map(|is_same| {
                let text = if is_same { "MD5 of the key as SSH writes it" } else { "another one" };
                text.to_owned()
            }),
            Unknown::CreationTime => {
                let with = self.creation_times.iter().flatten().count();
                let all = self.creation_times.len();
                (all > 0).then(|| format!("{with} of {all} new pairs have one"))
            }
            Unknown::UnknownPair => self.unknown_pair.clone(),
            Unknown::UnknownInstance => self.unknown_instance.clone(),
            Unknown::InstanceProblem => {
                let refused = self.restarts.iter().find_map(|seen| seen.refused.clone());
                refused.map(|refused| format!("a bind during a restart is {refused}"))
            }
            Unknown::DetachUnbound => self.unbound.clone(),
            Unknown::MalformedId => self.malformed_id.clone(),
            Unknown::ImportedKeys
            | Unknown::MixedDelete
            | Unknown::AbsentName
            | Unknown::Rates
            | Unknown::Messages => None,
        }
    }

    fn start_time_moves(&self) -> Option<String> {
        let finished = self.restarts.iter().filter(|seen| seen.back_after.is_some());
        let counting: Vec<_> = finished.filter(|seen| seen.moved || seen.can_show).collect();
        let (moved, all) = (counting.iter().filter(|seen| seen.moved).count(), counting.len());
        match (moved, all) {
            (_, 0) if self.restarts.is_empty() => None,
            (_, 0) => {
                Some("it cannot be told: the instance had started in the same minute".to_owned())
            }
            (0, all) => Some(format!("no: it stayed in each of {all}")),
            (moved, all) if moved == all => Some(format!("yes: it moved in each of {all}")),
            (moved, all) => Some(format!("it moved in {moved} of {all}")),
        }
    }

    fn precision(&self) -> Option<String> {
        let starts = self.restarts.iter().filter_map(|seen| seen.start);
        let time = starts.chain(self.creation_times.iter().copied().flatten()).next()?;
        Some(match time.to_string().len() {
            17 => "to the minute".to_owned(),
            20 => "to the second".to_owned(),
            _ => "more finely than to the second".to_owned(),
        })
    }

    fn authorized_keys(&self) -> String {
        match (self.keeps_old_key, self.logged_on, &self.log_on_failed) {
            (Some(true), ..) => "the key before is still accepted: another line was added".to_owned(),
            (Some(false), ..) => "the key before is refused: the line was replaced".to_owned(),
            (None, false, Some(_)) => "not checked: the log-on failed".to_owned(),
            (None, true, _) => "not checked: it did not come to the rotation".to_owned(),
            (None, false, None) => {
                "not checked: no Binding of the project proves by `ssh`, so that no one knows how to \
                 log on"
                    .to_owned()
            }
        }
    }

    fn reboot_lag(&self) -> Option<String> {
        let downs: Vec<_> = self.restarts.iter().filter_map(|seen| seen.down_after).collect();
        let backs = self.restarts.iter().filter_map(|seen| seen.back_after).max();
        let slowest = downs.iter().max()?;
        let back =
            backs.map_or(String::new(), |back| format!(", and back within {}", seconds(back)));
        Some(format!("it was seen down within {}{back}", seconds(*slowest)))
    }

    fn statuses(&self) -> Option<String> {
        let statuses = &self.restarts.first()?.statuses;
        let words: Vec<_> = statuses.iter().map(InstanceStatus::to_string).collect();
        Some(words.join(", then "))
    }

    fn fingerprints(&self) -> Option<String> {
        let of =
            |what: &str, told: &[String]| told.first().map(|text| format!("{what} {}", form(text)));
        let parts = [
            of("ImportKeyPair", &self.imported),
            of("DescribeKeyPairs", &self.listed),
            of("CreateKeyPair", &self.created),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// The form of a fingerprint, without its bytes.
fn form(text: &str) -> &'static str {
    match (Fingerprint::parse(text).is_some(), text.contains(':')) {
        (true, true) => "with colons",
        (true, false) => "without colons",
        (false, _) => "in another form",
    }
}

/// A time in seconds, with one digit behind the point if it is short.
fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(10) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} s", time.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> ServiceTime {
        ServiceTime::parse(text).expect("a time")
    }

    fn restart(can_show: bool, moved: bool) -> RestartSeen {
        RestartSeen {
            start: Some(time("2026-12-01T08:00Z")),
            can_show,
            moved,
            statuses: vec![
                InstanceStatus::Running,
                InstanceStatus::Stopping,
                InstanceStatus::Running,
            ],
            down_after: Some(Duration::from_millis(1_500)),
            back_after: Some(Duration::from_secs(42)),
            refused: Some("accepted".to_owned()),
        }
    }

    #[test]
    fn whether_start_time_moves_is_told_only_where_it_could_show() {
        for (restarts, answer) in [
            (vec![], None),
            (
                vec![restart(false, false)],
                Some("it cannot be told: the instance had started in the same minute"),
            ),
            (vec![restart(true, false), restart(false, false)], Some("no: it stayed in each of 1")),
            (vec![restart(true, true), restart(true, true)], Some("yes: it moved in each of 2")),
            (vec![restart(true, true), restart(true, false)], Some("it moved in 1 of 2")),
        ] {
            let observed = Observed { restarts, ..Observed::default() };
            assert_eq!(observed.answer(Unknown::StartTimeMoves).as_deref(), answer);
        }
    }

    #[test]
    fn each_unknown_that_is_rehearsed_has_a_line() {
        let observed = Observed {
            restarts: vec![restart(true, true)],
            lags: vec![Duration::ZERO, Duration::from_millis(2_500)],
            imported: vec!["f4:97:b6:20:98:b4:00:34:0a:4c:5f:8c:8e:cb:e0:36".to_owned()],
            listed: vec!["f497b62098b400340a4c5f8c8ecbe036".to_owned()],
            created: vec!["x".to_owned()],
            created_as_imported: Some(true),
            creation_times: vec![Some(time("2026-12-01T08:00Z")), None],
            private_key: Some("PKCS#1, with its lines BEGIN and END"),
            malformed_id: Some("refused with InvalidInstanceIds.Malformed".to_owned()),
            unknown_instance: Some(
                "refused in its item, with InvalidInstanceId.NotFound".to_owned(),
            ),
            unbound: Some("accepted".to_owned()),
            unknown_pair: Some("accepted".to_owned()),
            logged_on: true,
            log_on_failed: None,
            keeps_old_key: Some(false),
        };
        let lines = observed.lessons().into_iter();
        let lines: Vec<_> = lines.map(|one| format!("{}: {}", one.unknown, one.answer)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn what_did_not_show_is_said_so() {
        for lesson in Observed::default().lessons() {
            assert!(lesson.answer.starts_with("not "), "{}: {}", lesson.unknown, lesson.answer);
        }
    }
}
