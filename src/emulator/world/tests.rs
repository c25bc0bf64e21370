//! The rules of the service, each as a sentence.

mod bindings;
mod instances;
mod inventory;
mod pairs;
mod restarts;
mod tags;
