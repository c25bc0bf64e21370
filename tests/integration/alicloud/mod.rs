//! Alibaba Cloud over the network, against servers on loopback: the client of HTTP, and each link
//! of the credentials.

mod config_file;
mod environment;
mod external;
mod http;
mod ini_file;
mod instance_role;
pub(crate) mod oidc;
pub(crate) mod scene;
pub(crate) mod server;
mod source;
mod transport;
mod uri;
mod whoami;
