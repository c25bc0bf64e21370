//! All checks, in their order.

use super::{
    account, cloud, keys, machine,
    opened::{Doctor, MachineFacts},
    rehearsal, rights, state,
};
use crate::checkup::Check;

impl Doctor {
    /// Makes all checks. It takes no lock, and changes nothing but files of its own, which it removes.
    #[must_use]
    pub fn examine(&self, facts: &MachineFacts) -> Vec<Check> {
        let mut checks = machine::checks(self, facts);
        let (of_state, recorded) = state::checks(&self.store);
        checks.extend(of_state);
        checks.extend(state::runner(self));
        checks.extend(rehearsal::left(self));
        checks.extend(keys::checks(self, recorded.as_ref()));
        let (of_account, may_read) = account::checks(&self.service);
        checks.extend(of_account);
        checks.extend(cloud::checks(self, &self.regions(recorded.as_ref()), may_read));
        checks.extend(rights::checks(self, recorded.as_ref(), may_read));
        checks.extend(account::clock(&self.service));
        checks
    }
}
