//! YAML files to what they mean.
//!
//! [`files`] is the only part that reads files; [`mod@load`] is pure. A file goes through these steps,
//! each of which reports all the problems that it finds and lets the next one see the rest:
//! `secrets` (a pasted private key), `scan` (places; what YAML may not do here), `document`
//! (serde_yaml reads the values), `decode` (values to the `raw` types), `resolve` (one document to
//! what it means), `validate` (the documents together).

mod collect;
mod credential;
mod decode;
mod desired;
mod document;
pub mod files;
mod foreign;
mod inventory;
mod kind;
mod load;
mod raw;
mod reader;
mod resolve;
mod scan;
mod schema;
mod secrets;
mod separator;
mod shown;
mod suggest;
mod tree;
mod validate;

pub use desired::{
    Chosen, CloudChoice, Desired, DesiredBinding, DesiredGivenKey, DesiredInstance, DesiredKey,
    DesiredKeyPair, DesiredRemoval, OnLeave, Origin, Project, ProjectLimits, RemovalAction,
    Selector, StateChoice,
};
pub use inventory::decode_inventory;
pub use load::{LoadedManifests, PROJECT_FILE, load};
pub use schema::{InventoryManifest, Manifest};
pub use suggest::suggest;

/// The only version of the manifests' format.
const API_VERSION: &str = "keyform/v1";
