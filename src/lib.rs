//! keyform reconciles SSH key pairs and the Linux instances they are bound to on Alibaba Cloud ECS.
//!
//! The modules, from the ground up; `ARCHITECTURE.md` says which may import which, and a test holds
//! them to it.
//!
//! - [`model`]: identities and observed facts. [`code`], [`graph`], [`diagnostic`], [`frame`],
//!   [`visible`]: small tools without domain words. [`disk`]: the only writer of files.
//! - [`keys`]: public and private keys as data. [`rights`]: rights in RAM as data. [`ecs`]: the API as
//!   data.
//! - [`manifest`]: YAML to what is desired. [`state`]: what is recorded.
//! - [`cloud`]: the service behind one seam. [`emulator`]: the embedded cloud. [`alicloud`]: Alibaba
//!   Cloud over the network.
//! - [`objects`]: objects in a bucket of S3 or OSS. [`database`]: a client of PostgreSQL. [`documents`]: a
//!   document on a server, with its lock.
//! - [`vault`]: where private keys are kept. [`store`]: where states are kept.
//! - [`status`]: how things are, as a document. [`checkup`]: what is checked of a project and its
//!   machine, as a document.
//! - [`plan`]: what would be done, decided. [`apply`]: the scheduler that does it. [`driver`]: what
//!   runs the scheduler's commands.
//! - [`schema`]: the JSON Schemas of what is read and printed. [`session`]: the use cases.
//!   [`telemetry`]: the areas of the log. [`catalogue`]: all codes. [`render`]: values to text. [`cli`]: the command line.

pub mod alicloud;
pub mod apply;
pub mod catalogue;
pub mod checkup;
pub mod cli;
pub mod cloud;
pub mod code;
pub mod database;
pub mod diagnostic;
pub mod disk;
#[cfg(feature = "http")]
pub mod documents;
pub mod driver;
pub mod ecs;
pub mod emulator;
pub mod frame;
pub mod graph;
pub mod keys;
pub mod manifest;
pub mod model;
#[cfg(any(feature = "oss", feature = "s3"))]
pub mod objects;
pub mod plan;
pub mod render;
pub mod rights;
pub mod schema;
pub mod session;
pub mod state;
pub mod status;
pub mod store;
pub mod telemetry;
pub mod vault;
pub mod visible;
