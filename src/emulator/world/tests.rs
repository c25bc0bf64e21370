//! The rules of the service, each as a sentence.

mod bindings;
mod created;
mod filters;
mod instances;
mod inventory;
mod pairs;
mod power;
mod restarts;
mod switches;
mod tags;
mod tags_listed;
