//! The service as keyform sees it: pages, batches, item results and normalising over one
//! [`Transport`](crate::ecs::Transport), so that the embedded cloud and the real one run the same
//! code.

mod create;
mod normal;
mod observe;
mod service;
mod singly;

pub use observe::observe_region;
pub use service::Cloud;
