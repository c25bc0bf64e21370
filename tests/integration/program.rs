//! The program as a user runs it: files, outputs and exit codes.

mod commands;
mod deferred;
mod durable;
mod elsewhere;
mod exit_codes;
mod hostile;
mod kills;
mod log;
mod metrics;
mod missing_keys;
mod quickstart;
mod ram_policy;
mod secrets;
mod signals;
mod states;
mod status;
mod terminal;
mod unseen;
mod verbose;
mod watch;
mod ways_out;
