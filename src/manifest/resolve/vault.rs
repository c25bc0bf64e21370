//! `privateKeys`: where private keys are kept.

use std::ops::RangeInclusive;

use crate::{
    diagnostic::{Diagnostic, FieldCode},
    manifest::{
        raw::{RawOssVault, RawPrivateKeys, RawS3Vault, RawVaultCommands, Text},
        reader::Reader,
        tree::At,
    },
    model::{
        BucketService, Encryption, TrustedHosts, VaultBucket, VaultChoice, VaultCommands,
        schedule::Span,
    },
};

use super::{
    Given,
    bucket::Written,
    encryption::encryption,
    fields::{Scope, given},
    kept::directory,
    program::{command, pass_environment},
    restart::span,
};

/// The shortest and the longest time that a program of a vault may take.
const TIMEOUT: RangeInclusive<Span> = Span::seconds(1)..=Span::minutes(60);
/// What private keys may be kept in, for those who say it in another way.
const HELP: &str = "`privateKeys: {directory: keys}` keeps them as files\n\
     `privateKeys: {command: {put: […], get: […], retire: […]}}` lets programs of yours keep them\n\
     `privateKeys: {s3: {…}}` and `privateKeys: {oss: {…}}` keep them as objects in a bucket";

/// `privateKeys` below `at`; without a `directory` of its own it is `default`.
pub(super) fn vault(
    scope: &mut Scope<'_>,
    raw: Option<&RawPrivateKeys>,
    at: At<'_>,
    default: Option<&str>,
    reader: &dyn Reader,
    trusted: &TrustedHosts,
) -> Given<VaultChoice> {
    let here = at.key("privateKeys");
    given(raw, at, "privateKeys").read(|raw| {
        let elsewhere = ["command", "s3", "oss"];
        let written = [raw.command.is_some(), raw.s3.is_some(), raw.oss.is_some()];
        let mut kinds = elsewhere.into_iter().zip(written);
        let kind = kinds.find(|(kind, is_written)| *is_written || here.lost(kind));
        if let Some((kind, _)) = kind {
            let choice = elsewhere_than_in_files(scope, raw, here, trusted);
            let alone = is_alone(scope, raw, here, kind);
            return choice.filter(|_| alone);
        }
        let written = raw.directory.as_ref();
        if written.is_none() && default.is_none() {
            let field = "spec.privateKeys.directory";
            scope.missing(here, "directory", field, HELP);
            return None;
        }
        let default = default.unwrap_or_default();
        let directory = directory(scope, written, here.key("directory"), default, reader)?;
        let outlives_runner = raw.outlives_runner.unwrap_or(false);
        Some(VaultChoice::Directory { directory, outlives_runner })
    })
}

/// The one choice that is written besides a directory. All of them are looked at, so that all problems
/// are found in one run.
fn elsewhere_than_in_files(
    scope: &mut Scope<'_>,
    raw: &RawPrivateKeys,
    at: At<'_>,
    trusted: &TrustedHosts,
) -> Option<VaultChoice> {
    let commands = given(raw.command.as_ref(), at, "command")
        .read(|raw| commands(scope, raw, at.key("command")))
        .value();
    let s3 = given(raw.s3.as_ref(), at, "s3").read(|raw| s3(scope, raw, at.key("s3"), trusted));
    let oss =
        given(raw.oss.as_ref(), at, "oss").read(|raw| oss(scope, raw, at.key("oss"), trusted));
    let bucket = s3.value().or(oss.value());
    commands.map(VaultChoice::Command).or(bucket.map(VaultChoice::Bucket))
}

/// Whether nothing stands beside a kind of vault that is another's.
fn is_alone(scope: &mut Scope<'_>, raw: &RawPrivateKeys, at: At<'_>, kind: &str) -> bool {
    let before = scope.problems.len();
    let others = [
        ("directory", raw.directory.is_some()),
        ("outlivesRunner", raw.outlives_runner.is_some()),
        ("command", raw.command.is_some()),
        ("s3", raw.s3.is_some()),
        ("oss", raw.oss.is_some()),
    ];
    let beside = others.into_iter().filter(|(field, is_there)| *is_there && *field != kind);
    for (field, _) in beside {
        let message = format!("{}: its `privateKeys` have `{kind}` and `{field}`", scope.subject);
        scope.problem(
            Diagnostic::error(FieldCode::TwoVaults, at.key(field).key_place(), message)
                .field(format!("spec.privateKeys.{field}"))
                .related(at.key(kind).key_place(), format!("`{kind}` is here"))
                .help(format!("keep one of the two\n{HELP}")),
        );
    }
    scope.problems.len() == before
}

fn s3(
    scope: &mut Scope<'_>,
    raw: &RawS3Vault,
    at: At<'_>,
    trusted: &TrustedHosts,
) -> Option<VaultBucket> {
    let RawS3Vault { bucket, prefix, region, endpoint, path_style, encryption: wanted } = raw;
    let place = "spec.privateKeys.s3";
    let chosen = Written { place, bucket, prefix, region, endpoint }.s3(scope, at, trusted);
    let encryption = given(wanted.as_ref(), at, "encryption").read(|wanted| {
        let fields = (wanted.algorithm.as_ref(), wanted.key_id.as_ref());
        let place = "spec.privateKeys.s3.encryption";
        encryption(scope, fields, at.key("encryption"), place, "aws:kms")
    });
    Some(VaultBucket {
        service: BucketService::S3 { is_path_style: path_style.unwrap_or(false) },
        bucket: chosen?,
        encryption: encryption.or(Encryption::default())?,
    })
}

fn oss(
    scope: &mut Scope<'_>,
    raw: &RawOssVault,
    at: At<'_>,
    trusted: &TrustedHosts,
) -> Option<VaultBucket> {
    let RawOssVault { bucket, prefix, region, endpoint, encryption: wanted } = raw;
    let place = "spec.privateKeys.oss";
    let chosen = Written { place, bucket, prefix, region, endpoint }.oss(scope, at, trusted);
    let encryption = given(wanted.as_ref(), at, "encryption").read(|wanted| {
        let fields = (wanted.algorithm.as_ref(), wanted.key_id.as_ref());
        let place = "spec.privateKeys.oss.encryption";
        encryption(scope, fields, at.key("encryption"), place, "KMS")
    });
    Some(VaultBucket {
        service: BucketService::Oss,
        bucket: chosen?,
        encryption: encryption.or(Encryption::default())?,
    })
}

/// All of it is looked at, so that all problems are found in one run.
fn commands(scope: &mut Scope<'_>, raw: &RawVaultCommands, at: At<'_>) -> Option<VaultCommands> {
    let [put, get, retire] =
        [("put", &raw.put), ("get", &raw.get), ("retire", &raw.retire)].map(|(field, raw)| {
            let path = format!("spec.privateKeys.command.{field}");
            if raw.is_none() {
                let help = format!(
                    "add the program and its arguments, such as `{field}: [vault/age, {field}]`"
                );
                scope.missing(at, field, &path, &help);
            }
            program(scope, raw.as_deref(), at, field)
        });
    let list = program(scope, raw.list.as_deref(), at, "list").read(|list| Some(Some(list)));
    let timeout = span(scope, raw.timeout, at, "timeout", TIMEOUT);
    let passed = "spec.privateKeys.command.passEnvironment";
    let pass_environment = pass_environment(scope, raw.pass_environment.as_deref(), at, passed);
    Some(VaultCommands {
        put: put.value()?,
        get: get.value()?,
        retire: retire.value()?,
        list: list.or(None)?,
        timeout: timeout.or(VaultCommands::TIMEOUT)?,
        pass_environment: pass_environment?,
    })
}

fn program(
    scope: &mut Scope<'_>,
    raw: Option<&[Text]>,
    at: At<'_>,
    field: &str,
) -> Given<Vec<String>> {
    let path = format!("spec.privateKeys.command.{field}");
    given(raw, at, field).read(|items| command(scope, items, at.key(field), &path))
}
