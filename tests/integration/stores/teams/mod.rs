//! Runs of the program as pipelines start them, several on one project, whose state is on a real
//! server. They are killed and stopped, their machines vanish, and no run knows more of another than
//! what the server, the vault and the cloud say.

mod cloud;
mod diskless;
mod fenced;
mod gate;
mod keeper;
mod machine;
mod restarted;
mod rounds;
mod team;

/// The run that things happen to.
const VICTIM: &str = "one";
/// A run that begins beside it, or goes on after it.
const OTHER: &str = "two";
/// A run that comes when the others are over.
const LAST: &str = "last";

/// A pair and the instances that are bound to it.
fn bound(pair: &str, spec: &str, instances: &[&str]) -> String {
    format!(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: {pair}}}\nspec: {{{spec}}}\n---\n\
         apiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: {pair}-fleet}}\nspec: {{keyPair: \
         {pair}, instances: [{}]}}\n",
        instances.join(", ")
    )
}
