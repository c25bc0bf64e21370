//! What the manifests of a project became, with every default in its place.

use std::{fmt::Write as _, path::Path, time::Duration};

use serde_json::{Value, json};

use crate::{
    manifest::{
        Chosen, CloudChoice, Desired, DesiredBinding, DesiredKey, DesiredKeyPair, DesiredRemoval,
        OnLeave, Origin, RemovalAction, StateChoice,
    },
    model::{
        BucketChoice, BucketService, CloudName, DocumentChoice, Encryption, Endpoint, Program,
        Proof, RestartPolicy, VaultBucket, VaultChoice, VaultCommands, schedule::Span,
    },
};

/// A manifest with nothing left out.
struct Resolved<'a> {
    document: Value,
    origin: &'a Origin,
    /// The name that it has in the cloud.
    cloud_name: Option<CloudName>,
}

/// The manifests as YAML, each after the place where it was written, by the path of the project's
/// directory.
#[must_use]
pub fn yaml(desired: &Desired, project: &Path) -> String {
    let mut text = String::new();
    for Resolved { document, origin, cloud_name } in resolved(desired) {
        let named = cloud_name.map_or_else(String::new, |name| format!(", {name} in the cloud"));
        let document = super::yaml::text(&without_unset(document));
        let place = super::place::origin(project, origin);
        let _ = write!(text, "---\n# {place}{named}\n{document}");
    }
    text
}

/// A document without the fields that have no value: a manifest leaves them out.
fn without_unset(document: Value) -> Value {
    match document {
        Value::Object(fields) => {
            let set = fields.into_iter().filter(|(_, value)| !value.is_null());
            set.map(|(name, value)| (name, without_unset(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_unset).collect(),
        scalar => scalar,
    }
}

/// The same as an array of objects.
#[must_use]
pub fn json(desired: &Desired) -> Value {
    resolved(desired)
        .map(|Resolved { document, origin, cloud_name }| {
            json!({"origin": origin, "cloudName": cloud_name, "document": document})
        })
        .collect()
}

fn resolved(desired: &Desired) -> impl Iterator<Item = Resolved<'_>> {
    let pairs = desired.key_pairs.iter().map(|pair| Resolved {
        document: key_pair(pair),
        origin: &pair.origin,
        cloud_name: Some(pair.name_of(pair.generation)),
    });
    let bindings = desired.bindings.iter().map(|bound| Resolved {
        document: binding(bound),
        origin: &bound.origin,
        cloud_name: None,
    });
    let removals = desired.removals.iter().map(|removed| Resolved {
        document: removal(removed),
        origin: &removed.origin,
        cloud_name: Some(removed.cloud_name.clone()),
    });
    [project(desired)].into_iter().chain(pairs).chain(bindings).chain(removals)
}

fn document(kind: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": "keyform/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})
}

fn project(desired: &Desired) -> Resolved<'_> {
    let project = &desired.project;
    let cloud = match &project.cloud {
        CloudChoice::Emulator { inventory } => json!({"emulator": {"inventory": inventory}}),
        CloudChoice::Alicloud { account, profile, endpoint, sts_endpoint } => {
            let written = |endpoint: &Option<Endpoint>| endpoint.as_ref().map(ToString::to_string);
            json!({"alicloud": {
                "account": account,
                "profile": profile,
                "endpoint": written(endpoint),
                "stsEndpoint": written(sts_endpoint),
            }})
        }
    };
    let spec = json!({
        "cloud": cloud,
        "state": state(&project.state),
        "privateKeys": private_keys(&project.private_keys),
        "limits": {
            "unavailable": project.limits.unavailable,
            "restartsPerRun": project.limits.restarts_per_run,
            "deletesPerRun": project.limits.deletes_per_run,
        },
    });
    let document = document("Project", project.name.as_str(), &spec);
    Resolved { document, origin: &project.origin, cloud_name: None }
}

fn private_keys(choice: &VaultChoice) -> Value {
    match choice {
        VaultChoice::Directory { directory, outlives_runner } => {
            json!({"directory": directory, "outlivesRunner": outlives_runner})
        }
        VaultChoice::Command(commands) => {
            let VaultCommands { put, get, retire, list, timeout, pass_environment } = commands;
            json!({"command": {
                "put": put,
                "get": get,
                "retire": retire,
                "list": list,
                "timeout": timeout,
                "passEnvironment": pass_environment,
            }})
        }
        VaultChoice::Bucket(VaultBucket { service, bucket, encryption }) => {
            let mut place = place(bucket);
            let (name, kms) = match service {
                BucketService::S3 { is_path_style } => {
                    place["pathStyle"] = json!(is_path_style);
                    ("s3", "aws:kms")
                }
                BucketService::Oss => ("oss", "KMS"),
            };
            place["encryption"] = match encryption {
                Encryption::Aes256 => json!({"algorithm": "AES256"}),
                Encryption::Kms { key: None } => json!({"algorithm": kms}),
                Encryption::Kms { key: Some(key) } => json!({"algorithm": kms, "keyId": key}),
            };
            json!({name: place})
        }
    }
}

/// A bucket, as far as all that is kept in one has the same fields.
fn place(bucket: &BucketChoice) -> Value {
    json!({
        "bucket": bucket.bucket,
        "prefix": bucket.prefix,
        "region": bucket.region,
        "endpoint": bucket.endpoint.to_string(),
    })
}

fn state(state: &StateChoice) -> Value {
    let lease = |lease: &Duration| Span::of(*lease).to_string();
    match state {
        StateChoice::File { directory, outlives_runner } => {
            json!({"file": {"directory": directory, "outlivesRunner": outlives_runner}})
        }
        StateChoice::Postgres { url, lease: time } => {
            json!({"postgres": {"url": url.to_string()}, "lease": lease(time)})
        }
        StateChoice::S3 { bucket, is_path_style, lease: time } => {
            let mut place = place(bucket);
            place["pathStyle"] = json!(is_path_style);
            json!({"s3": place, "lease": lease(time)})
        }
        StateChoice::Oss { bucket, lease: time } => {
            json!({"oss": place(bucket), "lease": lease(time)})
        }
        StateChoice::Http { document } => json!({"http": http(document)}),
    }
}

fn http(document: &DocumentChoice) -> Value {
    json!({
        "address": document.address.to_string(),
        "lockAddress": document.lock_address.to_string(),
        "unlockAddress": document.unlock_address.to_string(),
        "lockMethod": document.lock_method.as_str(),
        "unlockMethod": document.unlock_method.as_str(),
        "updateMethod": document.update_method.as_str(),
    })
}

fn key_pair(pair: &DesiredKeyPair) -> Value {
    let mut spec = json!({
        "generation": pair.generation,
        "keepPrevious": pair.keep_previous,
        "protect": pair.protect,
        "adopt": pair.adopt,
        "regions": pair.regions,
        "tags": pair.tags,
    });
    match &pair.key {
        DesiredKey::Generated => spec["bits"] = json!(2048),
        DesiredKey::CreatedInCloud { order } => {
            spec["bits"] = json!(2048);
            spec["createInCloud"] = json!(true);
            // The pair is created in the first of them.
            spec["regions"] = json!(order);
        }
        DesiredKey::Given(given) => spec["publicKey"] = json!(given.line),
    }
    if let Some(group) = &pair.resource_group {
        spec["resourceGroup"] = json!(group);
    }
    if let Some(after) = &pair.rotate_after {
        spec["rotateAfter"] = json!(after);
    }
    if let Some(choice) = &pair.private_keys {
        spec["privateKeys"] = private_keys(choice);
    }
    if let Some(urgent) = &pair.urgent {
        spec["urgent"] = json!(urgent);
    }
    document("KeyPair", pair.name.as_str(), &spec)
}

fn binding(binding: &DesiredBinding) -> Value {
    let mut spec = json!({
        "keyPair": binding.key_pair,
        "region": binding.region,
        "restart": restart(&binding.restart),
        "proof": proof(binding.proof.as_ref()),
        "replaceForeign": binding.replace_foreign,
        "allowGenerationOne": binding.allow_generation_one,
        "managedInstances": if binding.restart.include_managed { "include" } else { "exclude" },
    });
    match &binding.chosen {
        Chosen::Listed(instances) => {
            let ids: Vec<_> = instances.iter().map(|instance| &instance.id).collect();
            spec["instances"] = json!(ids);
        }
        Chosen::Selected(selector) => {
            let on_leave = match selector.on_leave {
                OnLeave::Forget => "forget",
                OnLeave::Detach => "detach",
            };
            spec["selector"] = json!({
                "tags": selector.tags,
                "allowEmpty": selector.allow_empty,
                "onLeave": on_leave,
            });
        }
    }
    document("Binding", binding.name.as_str(), &spec)
}

fn removal(removal: &DesiredRemoval) -> Value {
    let action = match removal.action {
        RemovalAction::Forget => "forget",
        RemovalAction::Delete => "delete",
    };
    let spec = json!({"keyPair": removal.key_pair, "action": action});
    document("Removal", removal.name.as_str(), &spec)
}

fn restart(policy: &RestartPolicy) -> Value {
    // It is said beside the policy, where it is written.
    let mut restart = json!(RestartPolicy { include_managed: false, ..policy.clone() });
    // Their defaults are not written in states, and shown here all the same.
    restart["maxFailures"] = json!(policy.max_failures);
    restart["settle"] = json!(policy.settle);
    restart["timeout"] = json!(policy.timeout);
    for (field, hook) in [("before", &policy.before), ("after", &policy.after)] {
        if let Some(hook) = hook {
            restart[field] = program(hook);
        }
    }
    restart
}

fn program(program: &Program) -> Value {
    json!({
        "command": program.command,
        "timeout": program.timeout,
        "environment": program.environment,
    })
}

fn proof(proof: Option<&Proof>) -> Value {
    match proof {
        None => json!("none"),
        Some(Proof::Command(command)) => program(command),
        Some(Proof::Ssh(ssh)) => json!({"ssh": {
            "user": ssh.user,
            "address": ssh.address,
            "port": ssh.port,
            "jump": ssh.jump,
            "knownHosts": ssh.known_hosts,
            "timeout": ssh.timeout,
        }}),
    }
}
