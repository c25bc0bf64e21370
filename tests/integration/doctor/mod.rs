//! `keyform doctor`: its checks, its record, and rehearsals. The service is the embedded cloud behind
//! its wire format, in this process, so that hours of restarts take milliseconds.

mod checks;
mod machine;
mod program;
mod record;
mod rehearsals;
mod trouble;
