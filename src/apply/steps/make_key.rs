//! Makes a private key and puts it into the vault.

use super::super::{
    call::{Answer, Call, CallFailure},
    context::{Context, Next, failed},
    failure::Failure,
};
use crate::{
    model::{Address, CloudName, Fingerprint, KeyPairName},
    state::{Change, Intent, RecordKey},
};

#[derive(Debug)]
pub(in super::super) struct MakeKey<'p> {
    name: &'p CloudName,
    key_pair: &'p KeyPairName,
    generation: u32,
    /// The key that is on its way into the vault.
    storing: Option<RecordKey>,
}

impl<'p> MakeKey<'p> {
    pub(super) fn new(name: &'p CloudName, key_pair: &'p KeyPairName, generation: u32) -> Self {
        Self { name, key_pair, generation, storing: None }
    }

    pub(super) fn begin(&mut self, cx: &mut Context<'_, '_>) -> Next {
        if !cx.shared.run.verdict.effect_present.contains(&cx.id) {
            return Next::Call(Call::GenerateKey { name: self.name.clone() });
        }
        match cx.shared.run.held_keys.get(self.name).cloned() {
            Some((fingerprint, public_key)) => {
                let record = self.record(fingerprint, public_key);
                cx.change(vec![Change::Key(self.name.clone(), record)])
            }
            None => failed(Failure::KeyNotInVault),
        }
    }

    pub(super) fn hear(
        &mut self,
        cx: &mut Context<'_, '_>,
        answer: Result<Answer, CallFailure>,
    ) -> Next {
        match (self.storing.take(), answer) {
            (None, Ok(Answer::Generated { fingerprint, public_key })) => {
                let record = self.record(fingerprint, public_key);
                self.storing = Some(record.clone());
                Next::Write {
                    intents: vec![(Address::Key(self.name.clone()), Intent::Make(record))],
                    call: Call::StoreKey { name: self.name.clone() },
                    announces: None,
                }
            }
            (Some(record), Ok(_)) => cx.change(vec![Change::Key(self.name.clone(), record)]),
            (_, Err(failure)) => failed(failure),
            (None, Ok(_)) => failed(Failure::UnexpectedAnswer),
        }
    }

    fn record(&self, fingerprint: Fingerprint, public_key: String) -> RecordKey {
        let (key_pair, generation) = (self.key_pair.clone(), self.generation);
        RecordKey { key_pair, generation, fingerprint, public_key, revision: 0 }
    }
}
