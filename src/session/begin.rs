//! Beginning the state of a project, where a person does.

use super::{error::SessionError, lock::take_lock, open::Session, plan::Looks};
use crate::{model::Lineage, plan, state::Records};

/// What became of a wish to begin a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// There is one.
    Before {
        /// Where it is.
        place: String,
        /// Its serial.
        serial: u64,
    },
    /// It begins now.
    Now {
        /// Where it is.
        place: String,
        /// Its lineage.
        lineage: Lineage,
        /// Whether that is the lineage of key pairs that were in the cloud already.
        is_taken_over: bool,
    },
}

impl Session {
    /// Begins the state of the project where there is none, under the lock. Key pairs in the cloud
    /// that were made under the same project name belong to a lineage; whether the state is to
    /// continue that is for a person to say, since their own state may be elsewhere.
    ///
    /// # Errors
    /// [`SessionError::LineageFound`] and [`SessionError::NoLineageFound`] if `take_over` is not
    /// what the cloud shows; what the store, the lock and the cloud refuse.
    pub fn begin(&self, take_over: bool) -> Result<Begun, SessionError> {
        // Before the lock, which would make a directory that a person is to put back.
        if let Some(before) = self.begun_before()? {
            return Ok(before);
        }
        let holding = take_lock(&self.store, &self.context, None)?;
        if let Some(before) = self.begun_before()? {
            return Ok(before);
        }
        let recorded = Records::default();
        let question = plan::question(Some(&self.desired), &recorded);
        let observed = self.observe(question, &recorded, None, Looks::Glance)?;
        let found = plan::orphaned_lineage(&self.desired.project.name, &observed);
        let lineage = match (found, take_over) {
            (Some(lineage), false) => return Err(SessionError::LineageFound { lineage }),
            (None, true) => return Err(SessionError::NoLineageFound),
            (Some(lineage), true) => lineage,
            (None, false) => self.new_lineage()?,
        };
        holding.check(&self.store)?;
        let state = self.store.create(lineage, &holding.run)?;
        let (place, lineage) = (self.store.place(), state.lineage);
        Ok(Begun::Now { place, lineage, is_taken_over: take_over })
    }

    fn begun_before(&self) -> Result<Option<Begun>, SessionError> {
        let serial = self.store.serial()?;
        Ok(serial.map(|serial| Begun::Before { place: self.store.place(), serial }))
    }

    /// A lineage that no other state has.
    pub(super) fn new_lineage(&self) -> Result<Lineage, SessionError> {
        let random = (self.context.random)().map_err(SessionError::Random)?;
        Ok(Lineage::from_random(random))
    }
}
