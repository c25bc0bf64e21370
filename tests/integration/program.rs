//! The program as a user runs it: files, outputs and exit codes.

mod commands;
mod durable;
mod elsewhere;
mod exit_codes;
mod hostile;
mod kills;
mod later;
mod quickstart;
mod secrets;
mod signals;
mod states;
