//! Identities and observed facts: the words of the domain, one file each.
//!
//! Nothing here knows where a value comes from or what will be done about it.

pub mod address;
mod bucket_choice;
pub mod document_address;
pub mod endpoint;
pub mod fingerprint;
pub mod instance;
pub mod inventory;
pub mod key_file;
pub mod limits;
pub mod names;
pub mod observed;
pub mod ownership;
pub mod pem_problem;
pub mod postgres_url;
pub mod program;
pub mod proof;
pub mod region;
pub mod restart;
pub mod run_id;
pub mod schedule;
pub mod step_id;
pub mod tags;
pub mod time;
pub mod trace_parent;
pub mod vault_choice;

pub use address::Address;
pub use bucket_choice::{BucketChoice, BucketService, Encryption};
pub use document_address::{
    DocumentAddress, DocumentAddressProblem, DocumentChoice, DocumentMethod,
};
pub use endpoint::{Endpoint, TrustedHosts};
pub use fingerprint::Fingerprint;
pub use instance::{InstanceId, InstanceRef, InstanceStatus};
pub use key_file::{ExposedKey, KeyFileCode, KeyFileProblem, NameDanger, PathKind};
pub use names::{
    BindingName, CloudName, GroupName, KeyPairName, NameProblem, ProjectName, RemovalName,
    ResourceGroupId,
};
pub use observed::{
    Observed, ObservedInstance, ObservedPair, ObservedRegion, Presence, RegionQuestion, VaultKey,
};
pub use ownership::{Lineage, Owner, Ownership};
pub use pem_problem::{KeyAlgorithm, PemCode, PemForm, PemProblem};
pub use postgres_url::{PostgresUrl, PostgresUrlProblem, SslMode};
pub use program::Program;
pub use proof::{AddressKind, Proof, SshProof};
pub use region::Region;
pub use restart::{MaxUnavailable, RestartPolicy, RestartWhen};
pub use run_id::RunId;
pub use step_id::{PerStep, StepId};
pub use tags::Tags;
pub use time::{Moment, ServiceTime, Timestamp, parse_duration};
pub use trace_parent::{TRACEPARENT, TraceParent};
pub use vault_choice::{VaultBucket, VaultChoice, VaultCommands};
