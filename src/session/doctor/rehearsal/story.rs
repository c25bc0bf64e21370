//! What is played: a key is made, bound and restarted, rotated, unbound, and taken away.

use super::{
    Halt, Rehearsal, in_short,
    note::{PREFIX, TAG},
};
use crate::{
    apply::{Answer, Call},
    ecs::{CallError, CloudWrite, DescribeInstances, Request, Response, WriteAnswer},
    keys::PublicKey,
    model::{CloudName, Fingerprint, InstanceId, Tags, ownership::TAG_PROJECT},
};

/// An id of the right form that no instance has.
const UNKNOWN_ID: &str = "i-00000000000000000000";
/// A text that no instance can have as its id.
const NO_ID: &str = "not-an-id";

impl Rehearsal<'_> {
    /// All of it, up to where it fails or is stopped.
    pub(super) fn plays(&mut self) -> Result<(), Halt> {
        let [first, second, created] = self.note.pairs.clone();
        self.ask_about_ids()?;
        self.import(&first)?;
        self.ask_about_unknown_instance(&first);
        self.bind(&first)?;
        self.restart(Some(&first))?;
        self.log_on(&first, None)?;
        self.import(&second)?;
        self.bind(&second)?;
        self.restart(Some(&second))?;
        self.log_on(&second, Some(&first))?;
        self.unbind(&second)?;
        self.ask_about_unbound(&second);
        self.restart(None)?;
        self.has_restarted = false;
        self.delete(&first)?;
        self.observed.unknown_pair = Some(match self.delete_once(&first) {
            Ok(()) => "accepted".to_owned(),
            Err(error) => format!("refused with {}", in_short(&error)),
        });
        self.delete(&second)?;
        self.create(&created)?;
        self.delete(&created)
    }

    /// The tags that say what a pair is, to whoever finds it.
    fn tags(&self) -> Tags {
        let project = self.doctor.desired.project.name.to_string();
        [(TAG.to_owned(), self.at.id.to_string()), (TAG_PROJECT.to_owned(), project)].into()
    }

    fn import(&mut self, name: &CloudName) -> Result<(), Halt> {
        self.may_go_on()?;
        self.say(&format!("importing {name}"));
        let made = self.executor.execute(&Call::GenerateKey { name: name.clone() });
        let stored = made.and_then(|made| {
            self.executor.execute(&Call::StoreKey { name: name.clone() }).map(|_| made)
        });
        let made = stored.map_err(|failure| Halt::Failed(failure.message))?;
        let Answer::Generated { public_key, .. } = made else {
            return Err(Halt::Failed("no key was made".to_owned()));
        };
        let (region, tags) = (self.at.region.clone(), self.tags());
        let write = CloudWrite::Import {
            region,
            name: name.clone(),
            public_key,
            tags,
            resource_group: None,
        };
        match self.transport.call(&write.request()) {
            Ok(Response::Imported { fingerprint }) => self.observed.imported.push(fingerprint),
            Ok(_) => {}
            // It is looked for in any case.
            Err(error) if error.is_outcome_unknown() => {}
            Err(error) => return Err(error.into()),
        }
        let name = name.clone();
        self.shows("the import", |this| Ok(this.pair(&name)?.is_some()))?;
        if let Some(pair) = self.pair(&name)? {
            self.observed.listed.push(pair.key_pair_finger_print);
            self.observed.creation_times.push(pair.creation_time);
        }
        Ok(())
    }

    fn bind(&mut self, name: &CloudName) -> Result<(), Halt> {
        self.may_go_on()?;
        self.say(&format!("binding {} to {name}", self.at.id));
        let (region, ids) = (self.at.region.clone(), vec![self.at.id.clone()]);
        let answer = self.write(&CloudWrite::Attach { region, name: name.clone(), ids })?;
        refuse_item(answer, "the bind")?;
        self.shows_bound(Some(name))
    }

    fn unbind(&mut self, name: &CloudName) -> Result<(), Halt> {
        self.may_go_on()?;
        self.say(&format!("unbinding {}", self.at.id));
        let answer = self.write(&self.detach(name))?;
        refuse_item(answer, "the unbind")?;
        self.shows_bound(None)
    }

    /// The call that unbinds the instance from a pair.
    pub(super) fn detach(&self, name: &CloudName) -> CloudWrite {
        let (region, ids) = (self.at.region.clone(), vec![self.at.id.clone()]);
        CloudWrite::Detach { region, name: name.clone(), ids }
    }

    fn delete(&mut self, name: &CloudName) -> Result<(), Halt> {
        self.may_go_on()?;
        self.say(&format!("deleting {name}"));
        self.delete_surely(name)?;
        let name = name.clone();
        self.shows("the delete", |this| Ok(this.pair(&name)?.is_none()))
    }

    fn delete_once(&self, name: &CloudName) -> Result<(), CallError> {
        let (region, name) = (self.at.region.clone(), name.clone());
        self.write(&CloudWrite::Delete { region, name }).map(drop)
    }

    fn create(&mut self, name: &CloudName) -> Result<(), Halt> {
        self.may_go_on()?;
        self.say(&format!("letting the service make {name}"));
        let request = Request::CreateKeyPair {
            region: self.at.region.clone(),
            key_pair_name: name.clone(),
            tags: self.tags(),
            resource_group_id: None,
        };
        // The private key is dropped, and with it zeroized, at the end of this match.
        let told = match self.transport.call(&request)? {
            Response::Created { fingerprint, private_key, .. } => {
                self.observed.private_key = Some(form_of(private_key.text()));
                fingerprint
            }
            _ => return Ok(()),
        };
        let shown = name.clone();
        self.shows("the new pair", |this| Ok(this.pair(&shown)?.is_some()))?;
        let public = self.pair(name)?.and_then(|pair| pair.public_key);
        let computed = public.and_then(|line| PublicKey::parse(&line).ok());
        let computed = computed.map(|key| key.fingerprint());
        self.observed.created_as_imported =
            computed.map(|computed| Fingerprint::parse(&told) == Some(computed));
        self.observed.created.push(told);
        Ok(())
    }

    /// With which code is an id refused that is none?
    fn ask_about_ids(&mut self) -> Result<(), Halt> {
        let request = Request::DescribeInstances(DescribeInstances {
            instance_ids: Some(vec![InstanceId::new(NO_ID)]),
            ..DescribeInstances::all(self.at.region.clone())
        });
        self.observed.malformed_id = Some(match self.ask(&request) {
            Ok(_) => "an empty list".to_owned(),
            Err(error) if error.is_transient() => return Err(error.into()),
            Err(error) => format!("refused with {}", in_short(&error)),
        });
        Ok(())
    }

    /// Does an instance that does not exist refuse the call, or only itself?
    fn ask_about_unknown_instance(&mut self, name: &CloudName) {
        let ids = vec![InstanceId::new(UNKNOWN_ID)];
        let (region, name) = (self.at.region.clone(), name.clone());
        let asked = self.write(&CloudWrite::Attach { region, name, ids });
        self.observed.unknown_instance = said_of_item(asked);
    }

    /// What is answered to a detach of an instance that is bound to nothing?
    fn ask_about_unbound(&mut self, name: &CloudName) {
        let asked = self.write(&self.detach(name));
        self.observed.unbound = said_of_item(asked);
    }
}

/// Whether a pair is of a rehearsal, by its name and its tag.
pub(super) fn is_of_rehearsal(name: &CloudName, tags: &Tags) -> bool {
    name.as_str().starts_with(PREFIX) && tags.contains_key(TAG)
}

fn refuse_item(answer: WriteAnswer, what: &str) -> Result<(), Halt> {
    let WriteAnswer::Items(items) = answer else { return Ok(()) };
    match items.into_values().next() {
        Some(Err(refusal)) => Err(Halt::Failed(format!("{what} was refused: {refusal}"))),
        _ => Ok(()),
    }
}

/// What was said of the one instance of a call; nothing if there was no answer.
fn said_of_item(answered: Result<WriteAnswer, CallError>) -> Option<String> {
    match answered {
        Ok(WriteAnswer::Items(items)) => Some(match items.into_values().next() {
            Some(Err(refusal)) => format!("refused in its item, with {}", refusal.code),
            Some(Ok(())) => "accepted".to_owned(),
            None => "left out of the answer".to_owned(),
        }),
        Ok(_) => Some("accepted".to_owned()),
        Err(error) => error.code().map(|code| format!("refused with the whole call, with {code}")),
    }
}

/// The form of a private key. Nothing else of the key is looked at.
fn form_of(text: &str) -> &'static str {
    let text = text.trim_start();
    match text {
        _ if text.starts_with("-----BEGIN RSA PRIVATE KEY-----") => {
            "PKCS#1, with its lines BEGIN and END"
        }
        _ if text.starts_with("-----BEGIN PRIVATE KEY-----") => {
            "PKCS#8, with its lines BEGIN and END"
        }
        _ if text.starts_with("-----BEGIN ") => "PEM of another kind",
        // The beginnings of the base64 of the two for keys of 2048 bits.
        _ if text.starts_with("MIIE") && text[4..].starts_with(['o', 'p']) => {
            "PKCS#1 as base64, without lines BEGIN and END"
        }
        _ if text.starts_with("MIIEv") => "PKCS#8 as base64, without lines BEGIN and END",
        _ => "none that is known",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_known_by_its_beginning() {
        for (text, form) in [
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIEp", "PKCS#1, with its lines BEGIN and END"),
            ("\n-----BEGIN PRIVATE KEY-----\nMIIEv", "PKCS#8, with its lines BEGIN and END"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----", "PEM of another kind"),
            ("MIIEpAIBAAKCAQEA", "PKCS#1 as base64, without lines BEGIN and END"),
            ("MIIEvAIBADANBgkqhkiG9w0B", "PKCS#8 as base64, without lines BEGIN and END"),
            ("MIIE", "none that is known"),
            ("", "none that is known"),
        ] {
            assert_eq!(form_of(text), form, "{text}");
        }
    }
}
