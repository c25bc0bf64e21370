//! Manifests as they are written: every field optional, no meaning yet.
//!
//! What is missing is reported by `resolve`, which can name the object; serde would stop at it. The
//! attributes `schemars` say the same to editors, and tests hold the two together. The comments of
//! fields are what editors show.
//!
//! A key without a value (`publicKey:`) is a slip wherever leaving the key out means something else
//! than what a person who writes it wants: these fields are [`written`].

mod program;
mod proof;
mod restart;
mod state;
mod values;
mod vault;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub(super) use self::{
    program::{RawProgram, RawVaultCommands},
    proof::{RawProof, RawProofFields, RawSsh},
    restart::{RawDeny, RawException, RawRestart, RawWindow},
    state::{RawHttp, RawOss, RawPostgres, RawS3, RawState},
    vault::{RawOssVault, RawPrivateKeys, RawS3Vault},
};
use super::schema;
use crate::model::{
    InstanceId, MaxUnavailable, Region, ResourceGroupId,
    schedule::{SPAN_PATTERN, Span},
    time::Precision,
};
pub(super) use values::{A_VALUE, AtLeast, Generation, RawTags, Text, Whole, written};

/// Any document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawDocument<S> {
    pub(super) api_version: Option<Text>,
    pub(super) kind: Option<Text>,
    pub(super) metadata: Option<RawMetadata>,
    pub(super) spec: Option<S>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawMetadata {
    pub(super) name: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawProject {
    /// The regions of every KeyPair that names none, by their ids.
    #[schemars(with = "Option<schema::Regions>")]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) regions: Option<Vec<Text>>,
    /// The cloud that the project is about.
    #[schemars(required)]
    pub(super) cloud: Option<RawCloud>,
    /// Where the state is kept: what keyform knows of what it made. Without this it is
    /// `.keyform/state`.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) state: Option<RawState>,
    /// Where the private keys are kept: the only copy of them. Without this it is `keys`.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) private_keys: Option<RawPrivateKeys>,
    /// Other directories of the same git work tree whose manifests belong to this project too,
    /// such as `../teams`. Directories below them are not read.
    #[schemars(with = "Option<schema::OtherDirectories>")]
    pub(super) include: Option<Vec<Text>>,
    /// What the names of all key pairs begin with in the cloud, such as `prod-`. Manifests write
    /// the names without it.
    #[schemars(extend("pattern" = "^[A-Za-z][A-Za-z0-9:_-]{0,125}$", "examples" = ["prod-"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) name_prefix: Option<Text>,
    /// What holds for every KeyPair and Binding that says nothing else.
    pub(super) defaults: Option<RawDefaults>,
    /// Generations of key pairs by their names in the manifests; each counts more than what the
    /// KeyPair itself says, so that one environment can rotate before another.
    #[schemars(extend("examples" = [{"web": 2}]))]
    pub(super) generations: Option<BTreeMap<String, Generation>>,
    /// What caps the project as a whole. Without a number there is no cap.
    pub(super) limits: Option<RawLimits>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawLimits {
    /// How many instances of the project may be down together in a region: a number, or a share of
    /// them such as `10%`. Every Binding's `maxUnavailable` holds besides.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) unavailable: Option<MaxUnavailable>,
    /// How many instances one run may restart; the next run goes on.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) restarts_per_run: Option<AtLeast<1>>,
    /// How many pairs one run may delete; 0 forbids it.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) deletes_per_run: Option<AtLeast<0>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
#[schemars(extend(
    "anyOf" = schema::any_of(["emulator", "alicloud"]),
    "not" = schema::both("emulator", "alicloud")
))]
pub(super) struct RawCloud {
    /// The cloud that is embedded in keyform: nothing of it is outside of the project's directory.
    /// Either this or `alicloud`.
    pub(super) emulator: Option<RawEmulator>,
    /// Alibaba Cloud. Either this or `emulator`.
    pub(super) alicloud: Option<RawAlicloud>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawAlicloud {
    /// The id of the account: 16 digits, in quotes. With the credentials of another one nothing is
    /// done.
    #[schemars(required, extend("pattern" = "^[0-9]{16}$", "examples" = ["1234567890123456"]))]
    pub(super) account: Option<Text>,
    /// The profile of this machine that has the credentials.
    #[schemars(length(min = 1))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) profile: Option<Text>,
    /// Where the API of ECS is called instead of the address of each region: `https://` and a host
    /// of ECS or STS, this machine, or a host that KEYFORM_TRUSTED_HOSTS names in the environment.
    #[schemars(extend(
        "pattern" = r"^https?://[A-Za-z0-9.:\[\]-]+/?$",
        "examples" = ["https://ecs.cn-hangzhou.aliyuncs.com"]
    ))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) endpoint: Option<Text>,
    /// Where STS is called, which gives out temporary credentials and says whose they are. By
    /// default `https://sts.aliyuncs.com`. The hosts are those of `endpoint`.
    #[schemars(extend(
        "pattern" = r"^https?://[A-Za-z0-9.:\[\]-]+/?$",
        "examples" = ["https://sts.cn-hangzhou.aliyuncs.com"]
    ))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) sts_endpoint: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawEmulator {
    /// The file of `kind: Inventory` that the embedded cloud starts with, below the project's
    /// directory.
    #[schemars(required, with = "Option<schema::ProjectPath>")]
    pub(super) inventory: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawDirectory {
    /// A directory in the same git work tree, relative to the project's, with `/`.
    #[schemars(with = "Option<schema::OtherPath>", extend("examples" = [".keyform/state"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) directory: Option<Text>,
    /// Whether the directory outlives the machine that runs apply. Without this a runner of CI does
    /// not keep the state of a real cloud in it.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) outlives_runner: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawDefaults {
    /// Tags of every KeyPair; its own value of a key counts.
    #[schemars(with = "Option<schema::UserTags>")]
    pub(super) tags: Option<RawTags>,
    /// When and how the instances of every Binding may be restarted that does not say so itself.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) restart: Option<RawRestart>,
    /// How it is shown that one can log on to the instances of every Binding after their restart
    /// that does not say so itself.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) proof: Option<RawProof>,
    /// How old the key of every KeyPair may become that does not say so itself, such as `90d`: `1d`
    /// to `3650d`. Then plan, status and metrics say that its rotation is due.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) rotate_after: Option<Span>,
    /// What every selector selects by besides its own tags.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) selector: Option<RawDefaultSelector>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawDefaultSelector {
    /// Tags that an instance must have to be selected by any Binding. A selector with another value
    /// for a key is an error.
    #[schemars(with = "Option<schema::InstanceTags>", extend("examples" = [{"env": "prod"}]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) tags: Option<RawTags>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
#[schemars(extend("not" = schema::two_keys()))]
pub(super) struct RawKeyPair {
    /// Which generation of the pair is wanted: 1 without this. Raise it to rotate the pair, lower it
    /// to the one before to roll back.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) generation: Option<Generation>,
    /// Whether the generation before stays, bound to nothing, until the next rotation, so that it
    /// can be rolled back to. Without this it does.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) keep_previous: Option<bool>,
    /// How old the key of the pair may become, such as `90d`: `1d` to `3650d`. Then plan, status and
    /// metrics say that its rotation is due, and nothing is done about it until `generation` is
    /// raised.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) rotate_after: Option<Span>,
    /// Whether the pair stays when no manifest declares it any more, until a Removal says what
    /// becomes of it.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) protect: Option<bool>,
    /// Whether a pair of this name that somebody else made is taken over, if it has this key.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) adopt: Option<bool>,
    /// The regions that have the pair, by their ids. Without this they are those of the Project.
    #[schemars(with = "Option<schema::Regions>")]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) regions: Option<Vec<Text>>,
    /// Tags of the pair, besides those that keyform puts on it to know it again.
    #[schemars(with = "Option<schema::UserTags>")]
    pub(super) tags: Option<RawTags>,
    /// The length of the RSA key that is made: 2048, which is all that the service makes.
    #[schemars(extend("enum" = [2048, null]))]
    pub(super) bits: Option<u64>,
    /// The public key of a pair that people have already, in any form in which people have it,
    /// such as the line of an `id_rsa.pub`. No key is made then.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) public_key: Option<Text>,
    /// The file with the public key of a pair that people have already, relative to the manifest's
    /// directory. No key is made then.
    #[schemars(with = "Option<schema::OtherPath>", extend("examples" = ["public-keys/ops.pub"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) public_key_file: Option<Text>,
    /// Whether the service makes the pair and its key, and hands the private key out once. Without
    /// this keyform makes the key on this machine, which is safer: no answer can be lost with it.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) create_in_cloud: Option<bool>,
    /// The resource group that the pair is put into. Without this keyform does not look which one it
    /// is in.
    #[schemars(with = "Option<ResourceGroupId>", extend("examples" = ["rg-acfmxazb4ph6aiy"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) resource_group: Option<Text>,
    /// Where the private key of this pair is kept, if not where the Project says.
    #[schemars(extend("anyOf" = schema::any_of(["directory", "command", "s3", "oss"])))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) private_keys: Option<RawPrivateKeys>,
    /// This pair cannot wait: for a time its restarts do not keep to windows. They keep to
    /// maxUnavailable all the same.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) urgent: Option<RawException>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
#[schemars(extend(
    "anyOf" = schema::any_of(["instances", "selector"]),
    "not" = schema::both("instances", "selector")
))]
pub(super) struct RawBinding {
    /// The KeyPair that the instances are bound to, by its name in the manifests.
    #[schemars(required)]
    pub(super) key_pair: Option<Text>,
    /// Where the instances are. Needed if the pair is in several regions.
    #[schemars(with = "Option<Region>")]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) region: Option<Text>,
    /// The ids of the instances, each in one Binding only. `[]` unbinds all. Either this or
    /// `selector`.
    #[schemars(with = "Option<schema::InstanceIds>")]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) instances: Option<Vec<Text>>,
    /// Selects instances by their tags, anew at each plan. Either this or `instances`.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) selector: Option<RawSelector>,
    /// When and how the instances may be restarted. Needed if the Project's `defaults` have none;
    /// it is taken whole, so that nothing of it comes from there.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) restart: Option<RawRestart>,
    /// How it is shown, after a restart, that one can log on with the key that took effect. Without
    /// this it is as the Project's `defaults` say; `none` asks for no proof also where they do.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) proof: Option<RawProof>,
    /// Whether instances are taken that are bound to pairs which this project did not make. Without
    /// this they are left alone, and told.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) replace_foreign: Option<bool>,
    /// Whether instances of Generation I that are I/O optimized are tried too, about which the
    /// service's documentation contradicts itself. Without this they are left alone, and told.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) allow_generation_one: Option<bool>,
    /// Whether instances that Auto Scaling or Container Service made are bound and restarted as
    /// others are: `exclude` without this, since these services replace an instance that is not
    /// running.
    #[schemars(extend("enum" = ["include", "exclude", null]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) managed_instances: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawSelector {
    /// Tags, all of which an instance has that is selected. Those of the Project's `defaults` are
    /// added; together they are at least one.
    #[schemars(with = "Option<schema::InstanceTags>", extend("examples" = [{"role": "web"}]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) tags: Option<RawTags>,
    /// Whether it may select nothing. Without this that is an error.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) allow_empty: Option<bool>,
    /// What becomes of an instance that is not selected any more: `forget` leaves it bound to what it
    /// is bound to, and is so without this; `detach` unbinds it.
    #[schemars(extend("enum" = ["forget", "detach", null]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(super) on_leave: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawRemoval {
    /// The pair, by the name that its KeyPair had; none of the project has it any more.
    #[schemars(required, extend("pattern" = schema::PAIR_NAME_PATTERN, "not" = schema::generation_name()))]
    pub(super) key_pair: Option<Text>,
    /// What becomes of it: `forget` leaves it and what is bound to it as it is; `delete` unbinds and
    /// deletes it.
    #[schemars(required, extend("enum" = ["forget", "delete"]))]
    pub(super) action: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawInventory {
    /// How long a restart takes, such as `200ms`. Without this it is 30s.
    #[schemars(extend("pattern" = SPAN_PATTERN, "examples" = ["200ms", "30s"]))]
    pub(super) restart_time: Option<Text>,
    /// How finely times are told. ECS tells the minute, and so is it without this.
    #[schemars(with = "Option<Precision>")]
    pub(super) start_time_precision: Option<Text>,
    /// Whether a reboot moves StartTime, which the documentation of ECS does not say. Without this
    /// it does.
    pub(super) reboot_moves_start_time: Option<bool>,
    /// The instances that there are.
    #[schemars(required)]
    pub(super) instances: Option<Vec<RawInstance>>,
}

/// An instance of the embedded cloud.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawInstance {
    /// Its id, which no other instance has.
    #[schemars(required, with = "Option<InstanceId>")]
    pub(super) id: Option<Text>,
    /// Where it is, by the region's id.
    #[schemars(required, with = "Option<Region>")]
    pub(super) region: Option<Text>,
    /// What people call it.
    #[schemars(length(max = 128))]
    pub(super) name: Option<Text>,
    /// Its operating system, `linux` without this. An instance with `windows` cannot have a key
    /// pair.
    #[schemars(extend("enum" = ["linux", "windows", null]))]
    pub(super) os_type: Option<Text>,
    /// Its type, `ecs.g7.large` without this.
    #[schemars(length(min = 1, max = 128))]
    pub(super) instance_type: Option<Text>,
    /// The family of its type, which is the type's first two parts without this.
    #[schemars(length(min = 1, max = 128))]
    pub(super) instance_type_family: Option<Text>,
    /// Whether it is I/O optimized, as it is without this. Of the families of Generation I, ECS
    /// binds only such instances.
    pub(super) io_optimized: Option<bool>,
    /// Its status when nothing has happened to it yet: `Running` without this.
    #[schemars(extend("enum" = ["Running", "Stopped", null]))]
    pub(super) status: Option<Text>,
    /// Its tags, those of the system among them.
    #[schemars(with = "Option<schema::InstanceTags>")]
    pub(super) tags: Option<RawTags>,
    /// Its address in its private network, such as `10.0.0.11`. Without this it has none.
    #[schemars(with = "Option<schema::IpAddress>")]
    pub(super) private_address: Option<Text>,
    /// Its address in the internet. Without this it has none.
    #[schemars(with = "Option<schema::IpAddress>")]
    pub(super) public_address: Option<Text>,
}
