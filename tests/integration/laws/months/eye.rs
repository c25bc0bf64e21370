//! The oracle's eye: it stands between keyform and the cloud, and looks at the world at every call.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use keyform::{
    driver::Clock as _,
    ecs::{CallError, Request, Response, Transport},
    emulator::Local,
    model::Timestamp,
};

use super::{
    known::Known,
    past::{look, told},
    trouble::Deed,
};
use crate::laws::scene::Scene;

/// Looks at the world before and after each call of a run.
pub(super) struct Eye {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) scene: Scene,
    pub(super) cloud: Arc<Local>,
    pub(super) known: Arc<Mutex<Known>>,
    pub(super) calls: AtomicUsize,
    /// After which call the machine stops, or before it.
    pub(super) kill: Option<(usize, bool)>,
    /// When it stopped.
    pub(super) killed: Arc<OnceLock<Timestamp>>,
    /// What somebody does before a call.
    pub(super) deed: Option<(usize, Deed)>,
}

impl Eye {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge(&self, judgement: Result<(), String>) {
        if let Err(law) = judgement {
            self.known().broken.get_or_insert(law);
        }
    }

    fn stop(&self, request: &Request) -> Result<Response, CallError> {
        self.scene.disk.stop_now();
        let _ = self.killed.set(self.scene.clock.now());
        let reason = "the machine has stopped".to_owned();
        Err(CallError::NoAnswer { operation: request.operation(), reason })
    }

    /// Calls, and judges by what the world shows.
    fn watch(&self, request: &Request) -> Result<Response, CallError> {
        let shown = self.scene.clock.now();
        let (now, before) = self.known().look(&self.cloud);
        if let Request::RebootInstances { instance_ids, .. } = request {
            let judgement = self.known().asks(now, &before, instance_ids.iter().cloned());
            self.judge(judgement);
        }
        let answer = self.inner.call(request);
        if !request.writes() {
            return answer;
        }
        self.known().begin_writing();
        let (_, after) = look(&self.cloud, before.keys().cloned());
        let changed = after.iter().filter(|(id, sight)| **sight != before[*id]);
        let restarted: BTreeSet<_> = changed
            .clone()
            .filter(|(id, sight)| sight.is_restarted_since(&before[*id]))
            .map(|(id, _)| id.clone())
            .collect();
        let judgement = self.known().restarts((now, shown), &before, &restarted);
        self.judge(judgement);
        self.known().look(&self.cloud);
        for (id, _) in changed.filter(|(id, sight)| sight.bound != before[*id].bound) {
            let judgement = self.known().binds(shown, &before, id);
            self.judge(judgement);
        }
        answer
    }
}

impl Transport for Eye {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if self.scene.disk.is_stopped() {
            return self.inner.call(request);
        }
        self.known().write();
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        if let Some((_, deed)) = self.deed.as_ref().filter(|(at, _)| *at == number) {
            self.known().disturb(&self.cloud, deed);
        }
        let is_killed = |after| self.kill == Some((number, after));
        if is_killed(false) {
            return self.stop(request);
        }
        let answer = self.watch(request);
        if is_killed(true) {
            return self.stop(request);
        }
        if let Ok(response) = &answer {
            let (now, sights) = self.known().look(&self.cloud);
            for id in told(response) {
                let mut known = self.known();
                known.past(id).hear(now, &sights[id]);
            }
        }
        answer
    }
}
