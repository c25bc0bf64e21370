//! Reading the script of a server.

use std::time::Duration;

use serde::Deserialize;

use super::{Effect, Fault, Script};
use crate::{
    emulator::switches::{PrivateKeyForm, Switches},
    model::{InstanceId, parse_duration},
};

/// The file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    #[serde(default)]
    behaviour: Behaviour,
    #[serde(default)]
    faults: Vec<RawFault>,
}

/// What is not documented of the service, and can be chosen.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Behaviour {
    fingerprint_colons: bool,
    private_key_form: PrivateKeyForm,
    lenient_public_keys: bool,
    reboot_lag: Option<String>,
    unknown_pair_refuses: bool,
    unknown_instance_refuses: bool,
    detach_unbound_refuses: bool,
    absent_key_pair_name: bool,
    empty_list_without_permission: bool,
    made_fingerprint_colons: bool,
    created_fingerprint_of_der: bool,
    absent_creation_time: bool,
    mixed_delete_deletes: bool,
    instance_problem_refuses: bool,
    malformed_id_refuses: bool,
    reboot_shows_starting: bool,
    rebind_appends: bool,
    read_lag: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawFault {
    call: Option<String>,
    #[serde(default)]
    after: usize,
    times: Option<Times>,
    effect: Word,
    status: Option<u16>,
    code: Option<String>,
    retry_after: Option<String>,
    age: Option<String>,
    rows: Option<usize>,
    instances: Option<Vec<InstanceId>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a number or `always`")]
enum Times {
    Number(usize),
    Always(Always),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Always {
    Always,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Word {
    Throttle,
    Refuse,
    RefuseItems,
    LoseRequest,
    LoseAnswer,
    StaleRead,
    DropRows,
    Release,
    ExpireCredentials,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: File = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        let faults = file.faults.into_iter().enumerate().map(|(index, raw)| {
            fault(raw).map_err(|problem| format!("fault {}: {problem}", index + 1))
        });
        Ok(Self::new(switches(file.behaviour)?, faults.collect::<Result<_, _>>()?))
    }
}

fn switches(behaviour: Behaviour) -> Result<Switches, String> {
    let reboot_lag = behaviour.reboot_lag.as_deref().map(duration).transpose()?;
    let read_lag = behaviour.read_lag.as_deref().map(duration).transpose()?;
    Ok(Switches {
        fingerprint_colons: behaviour.fingerprint_colons,
        private_key_form: behaviour.private_key_form,
        lenient_public_keys: behaviour.lenient_public_keys,
        reboot_lag: reboot_lag.unwrap_or_default(),
        unknown_pair_refuses: behaviour.unknown_pair_refuses,
        unknown_instance_refuses: behaviour.unknown_instance_refuses,
        detach_unbound_refuses: behaviour.detach_unbound_refuses,
        absent_key_pair_name: behaviour.absent_key_pair_name,
        empty_list_without_permission: behaviour.empty_list_without_permission,
        made_fingerprint_colons: behaviour.made_fingerprint_colons,
        created_fingerprint_of_der: behaviour.created_fingerprint_of_der,
        absent_creation_time: behaviour.absent_creation_time,
        mixed_delete_deletes: behaviour.mixed_delete_deletes,
        instance_problem_refuses: behaviour.instance_problem_refuses,
        malformed_id_refuses: behaviour.malformed_id_refuses,
        reboot_shows_starting: behaviour.reboot_shows_starting,
        rebind_appends: behaviour.rebind_appends,
        read_lag: read_lag.unwrap_or_default(),
    })
}

fn fault(mut raw: RawFault) -> Result<Fault, String> {
    let effect = effect(&mut raw)?;
    let left = [
        ("status", raw.status.is_some()),
        ("code", raw.code.is_some()),
        ("retryAfter", raw.retry_after.is_some()),
        ("age", raw.age.is_some()),
        ("rows", raw.rows.is_some()),
        ("instances", raw.instances.is_some()),
    ];
    if let Some((field, _)) = left.into_iter().find(|(_, is_there)| *is_there) {
        return Err(format!("`{field}` means nothing to this effect"));
    }
    let times = match raw.times {
        None => 1,
        Some(Times::Number(times)) => times,
        Some(Times::Always(Always::Always)) => usize::MAX,
    };
    Ok(Fault { call: raw.call, after: raw.after, times, effect })
}

/// The effect, for which it takes the fields that belong to it.
fn effect(raw: &mut RawFault) -> Result<Effect, String> {
    Ok(match raw.effect {
        Word::Throttle => {
            let retry_after = raw.retry_after.take().as_deref().map(duration).transpose()?;
            Effect::Throttle { retry_after }
        }
        Word::Refuse => {
            let status = raw.status.take().unwrap_or(400);
            if !(400..=599).contains(&status) {
                return Err("`status` is one of HTTP from 400 to 599".to_owned());
            }
            Effect::Refuse { status, code: need(raw.code.take(), "code")? }
        }
        Word::RefuseItems => Effect::RefuseItems {
            instance_ids: need(raw.instances.take(), "instances")?.into_iter().collect(),
            code: need(raw.code.take(), "code")?,
        },
        Word::LoseRequest => Effect::LoseRequest,
        Word::LoseAnswer => Effect::LoseAnswer,
        Word::StaleRead => Effect::StaleRead { age: duration(&need(raw.age.take(), "age")?)? },
        Word::DropRows => Effect::DropRows { rows: raw.rows.take().unwrap_or(1) },
        Word::Release => Effect::Release { instance_ids: need(raw.instances.take(), "instances")? },
        Word::ExpireCredentials => Effect::ExpireCredentials,
    })
}

fn need<T>(value: Option<T>, field: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("this effect needs `{field}`"))
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| {
        let text = crate::visible::line(text);
        format!(
            "`{text}` is not a duration: write a whole number and its unit, such as 500ms or 5s"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::switches::Switch;

    fn one(text: &str) -> Result<Effect, String> {
        Script::read(&format!("faults:\n- {text}\n")).map(|script| script.faults[0].effect.clone())
    }

    #[test]
    fn each_effect_has_its_fields() {
        let ids = || vec![InstanceId::new("i-1")];
        for (text, effect) in [
            ("{effect: throttle}", Effect::Throttle { retry_after: None }),
            (
                "{effect: throttle, retryAfter: 500ms}",
                Effect::Throttle { retry_after: Some(Duration::from_millis(500)) },
            ),
            (
                "{effect: refuse, status: 503, code: ServiceUnavailable}",
                Effect::Refuse { status: 503, code: "ServiceUnavailable".to_owned() },
            ),
            (
                "{effect: refuseItems, instances: [i-1], code: InternalError}",
                Effect::RefuseItems {
                    instance_ids: ids().into_iter().collect(),
                    code: "InternalError".to_owned(),
                },
            ),
            ("{effect: loseRequest}", Effect::LoseRequest),
            ("{effect: loseAnswer}", Effect::LoseAnswer),
            ("{effect: staleRead, age: 5s}", Effect::StaleRead { age: Duration::from_secs(5) }),
            ("{effect: dropRows, rows: 3}", Effect::DropRows { rows: 3 }),
            ("{effect: release, instances: [i-1]}", Effect::Release { instance_ids: ids() }),
            ("{effect: expireCredentials}", Effect::ExpireCredentials),
        ] {
            assert_eq!(one(text), Ok(effect), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_script_is_said() {
        for (text, problem) in [
            ("{effect: refuse}", "fault 1: this effect needs `code`"),
            (
                "{effect: refuse, status: 200, code: A}",
                "fault 1: `status` is one of HTTP from 400 to 599",
            ),
            ("{effect: throttle, rows: 1}", "fault 1: `rows` means nothing to this effect"),
            (
                "{effect: staleRead, age: long}",
                "fault 1: `long` is not a duration: write a whole number and its unit, such as 500ms or 5s",
            ),
        ] {
            assert_eq!(one(text), Err(problem.to_owned()), "{text}");
        }
        for text in ["{effect: melt}", "{efect: throttle}", "{effect: throttle, times: often}"] {
            assert!(one(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_switch_has_its_name_in_a_file() {
        for Switch { name, value, turn } in Switches::ALL {
            let mut turned = Switches::default();
            turn(&mut turned);
            assert_ne!(turned, Switches::default(), "{name} changes something");
            let script = Script::read(&format!("behaviour: {{{name}: {value}}}\n"));
            assert_eq!(script.expect(name).switches, turned, "{name}: {value}");
        }
    }

    #[test]
    fn behaviour_is_chosen_and_off_without_it() {
        let script =
            Script::read("behaviour: {privateKeyForm: pkcs8, rebootLag: 5s}\n").expect("one");
        assert_eq!(script.switches.private_key_form, PrivateKeyForm::Pkcs8);
        assert_eq!(script.switches.reboot_lag, Duration::from_secs(5));
        assert_eq!(Script::read("{}").expect("an empty one").switches, Switches::default());
        assert!(Script::read("behaviour: {mood: bad}\n").is_err());
    }
}
