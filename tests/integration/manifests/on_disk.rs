//! Projects as directories: which files are read, and which are refused.

use std::{fs, path::Path};

use keyform::{
    manifest::{
        LoadedManifests,
        files::{load_project, read_project},
    },
    model::TrustedHosts,
};
use tempfile::TempDir;

use super::{INVENTORY, PROJECT, codes, shown};

#[expect(clippy::disallowed_methods, reason = "it sets up what a person wrote")]
fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, bytes) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("below the directory")).expect("a directory");
        fs::write(path, bytes).expect("a file");
    }
    directory
}

/// The project in a directory; no host is trusted.
fn load(directory: &Path) -> LoadedManifests {
    load_project(directory, &TrustedHosts::default())
}

/// What is wrong with a directory; the given files are added to a good project.
fn problems(files: &[(&str, &[u8])]) -> String {
    let good: [(&str, &[u8]); 2] =
        [("keyform.yaml", PROJECT.as_bytes()), ("inventory.yaml", INVENTORY.as_bytes())];
    let directory = directory(&[&good, files].concat());
    shown(&load(directory.path()))
}

#[test]
fn the_yaml_files_of_the_directory_are_read_and_no_others() {
    let directory = directory(&[
        ("keyform.yaml", b"a: 1\r\n"),
        ("b.yaml", b"\xef\xbb\xbfb: 1\n"),
        (".hidden.yaml", b"c: 1\n"),
        ("below/d.yaml", b"d: 1\n"),
        ("folder.yaml/e.txt", b"e: 1\n"),
        ("README.md", b"# f\n"),
    ]);
    let files = read_project(directory.path());
    let read: Vec<_> =
        files.sources.iter().map(|source| (source.path.as_str(), source.text.as_str())).collect();
    assert_eq!(read, [("b.yaml", "b: 1\n"), ("keyform.yaml", "a: 1\n")]);
    assert!(files.diagnostics.is_empty(), "{:?}", files.diagnostics);
}

#[test]
fn a_directory_without_a_project_file_is_told_how_to_become_a_project() {
    let directory = directory(&[("web.yaml", b"nonsense: [")]);
    insta::assert_snapshot!(shown(&load(directory.path())), @r"
    error[projectMissing]: there is no keyform.yaml, so this directory is no project
     |
     = help: run `keyform init` to make it one, or name a project's directory with `-C DIR`
    ");
}

#[test]
fn a_missing_directory_is_named() {
    let loaded = load(Path::new("/nowhere/at/all"));
    assert_eq!(codes(&loaded), ["directoryUnreadable"]);
    assert!(loaded.diagnostics[0].message.contains("`/nowhere/at/all`"), "{}", shown(&loaded));
}

#[test]
fn another_ending_is_told_to_be_renamed() {
    let web = b"apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: web}\n";
    insta::assert_snapshot!(problems(&[("web.yml", web)]), @r"
    error[misnamedManifest]: `web.yml` is not read: manifests end in .yaml
     |
     = help: rename it to `web.yaml`
    ");
}

#[test]
fn a_file_of_another_program_is_passed_over() {
    let ci = b"on: push\njobs: {test: {runs-on: [self-hosted]}}\n";
    let chart = b"apiVersion: v2\nname: web\n";
    let told =
        problems(&[("ci.yml", ci), ("chart.yml", chart), ("empty.yml", b""), ("x.yml/a", b"")]);
    assert_eq!(told, "");
}

#[test]
fn another_encoding_is_refused_with_its_place_and_its_usual_cause() {
    insta::assert_snapshot!(problems(&[("web.yaml", b"a: 1\nb: \xff\n")]), @r"
    error[notUtf8]: `web.yaml` is not UTF-8 text
    --> web.yaml:2:4
     = help: save it as UTF-8, or move it out of the project directory
    ");
    insta::assert_snapshot!(problems(&[("web.yaml", b"\xff\xfea\0:\0")]), @r#"
    error[notUtf8]: `web.yaml` is UTF-16
    --> web.yaml:1:1
     = help: save it as UTF-8: the `>` of Windows PowerShell and the "Unicode" of Notepad write UTF-16; there, pipe into `Out-File -Encoding utf8`
    "#);
}

#[test]
fn an_inventory_below_the_directory_is_read_where_the_project_names_it() {
    let project = PROJECT.replace("inventory.yaml", "./cloud/start.yaml");
    let files: [(&str, &[u8]); 2] =
        [("keyform.yaml", project.as_bytes()), ("cloud/start.yaml", INVENTORY.as_bytes())];
    let loaded = load(directory(&files).path());
    assert!(loaded.diagnostics.is_empty(), "{}", shown(&loaded));
    assert_eq!(loaded.inventory.map(|inventory| inventory.instances.len()), Some(2));
    let without = load(directory(&files[..1]).path());
    assert_eq!(codes(&without), ["fileUnreadable"]);
    let [problem] = &without.diagnostics[..] else { panic!("{}", shown(&without)) };
    assert_eq!(problem.details.field.as_deref(), Some("spec.cloud.emulator.inventory"));
    assert_eq!(
        problem.place.as_ref().map(ToString::to_string).as_deref(),
        Some("keyform.yaml:6:33")
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_the_project_is_not_followed() {
    let outside = directory(&[("secret.yaml", b"secret: 1\n")]);
    let project = directory(&[
        ("keyform.yaml", PROJECT.as_bytes()),
        ("inventory.yaml", INVENTORY.as_bytes()),
    ]);
    let link = project.path().join("link.yaml");
    std::os::unix::fs::symlink(outside.path().join("secret.yaml"), link).unwrap();
    insta::assert_snapshot!(shown(&load(project.path())), @r"
    error[outsideWorkTree]: `link.yaml` leads out of the project by a symbolic link
     |
     = help: fix it, or move it out of the project directory
    ");
}

/// A project that includes a directory, in a git work tree with further files.
fn including(include: &str, files: &[(&str, &[u8])]) -> LoadedManifests {
    let project = format!("{PROJECT}  include: [{include}]\n");
    let good: [(&str, &[u8]); 4] = [
        ("tree/.git/HEAD", b""),
        ("tree/prod/keyform.yaml", project.as_bytes()),
        ("tree/prod/inventory.yaml", INVENTORY.as_bytes()),
        ("outside/web.yaml", b"secret: 1\n"),
    ];
    let directory = directory(&[&good, files].concat());
    load(&directory.path().join("tree/prod"))
}

#[test]
fn directories_of_the_same_work_tree_are_included() {
    let web = b"apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: web}\n";
    let files: [(&str, &[u8]); 3] = [
        ("tree/teams/web.yaml", web),
        ("tree/teams/.hidden.yaml", b"nonsense: ["),
        ("tree/teams/below/nonsense.yaml", b"nonsense: ["),
    ];
    assert_eq!(codes(&including("../teams", &files)), [""; 0]);
    let loaded = including("../teams", &[("tree/teams/web.yml", web)]);
    assert_eq!(codes(&loaded), ["misnamedManifest"]);
    assert!(loaded.diagnostics[0].help.contains("`../teams/web.yaml`"), "{}", shown(&loaded));
}

#[test]
fn nothing_outside_of_the_work_tree_is_included() {
    for (path, code) in [
        ("../../outside", "outsideWorkTree"),
        ("../prod", "includesProject"),
        ("../nowhere", "fileUnreadable"),
    ] {
        assert_eq!(codes(&including(path, &[])), [code], "{path}");
    }
}

/// What is wrong with a project in a git work tree that keeps its state, its keys or the host keys of
/// its instances there.
fn keeping(what: &str, directory: &str) -> LoadedManifests {
    let project = match what {
        "state" => format!("{PROJECT}  state: {{file: {{directory: {directory}}}}}\n"),
        "hosts" => {
            let ssh = format!("{{user: root, knownHosts: {directory}}}");
            let defaults = format!("\n    {{restart: {{when: now}}, proof: {{ssh: {ssh}}}}}");
            PROJECT.replace(" {restart: {when: now}}", &defaults)
        }
        _ => format!("{PROJECT}  privateKeys: {{directory: {directory}}}\n"),
    };
    let files = [
        ("tree/.git/HEAD", &b""[..]),
        ("tree/prod/keyform.yaml", project.as_bytes()),
        ("tree/prod/inventory.yaml", INVENTORY.as_bytes()),
        ("outside/file", b""),
    ];
    let directory = self::directory(&files);
    #[cfg(unix)]
    for (target, link) in [("outside", "tree/out"), ("nowhere", "tree/dead")] {
        let link = directory.path().join(link);
        std::os::unix::fs::symlink(directory.path().join(target), link).expect("a link");
    }
    load(&directory.path().join("tree/prod"))
}

#[test]
fn states_private_keys_and_host_keys_stay_in_the_work_tree() {
    for what in ["state", "keys", "hosts"] {
        for inside in ["../keys", "../a/b/c", "below/../here", ".."] {
            assert_eq!(codes(&keeping(what, inside)), [""; 0], "{what} {inside}");
        }
        for outside in ["../..", "../../outside", "../../not/there"] {
            let loaded = keeping(what, outside);
            assert_eq!(codes(&loaded), ["outsideWorkTree"], "{what} {outside}");
            let problem = &loaded.diagnostics[0];
            assert_eq!(problem.details.found.as_deref(), Some(outside));
            assert_eq!(problem.place.as_ref().map(|place| place.line), Some(8));
        }
    }
    insta::assert_snapshot!(shown(&keeping("keys", "../../keys")), @r"
    error[outsideWorkTree]: Project `acme-web`: the path `../../keys` is outside of the project's git work tree
     --> keyform.yaml:8:28
      |
    8 |   privateKeys: {directory: ../../keys}
      |                            ^^^^^^^^^^
      |
      = help: write the path of a directory of the same git work tree, relative to the project directory, with `/`; only private keys are kept elsewhere, by `--private-keys DIR` or KEYFORM_PRIVATE_KEYS
    ");
}

#[cfg(unix)]
#[test]
fn no_symlink_leads_states_private_keys_and_host_keys_out_of_the_work_tree() {
    for what in ["state", "keys", "hosts"] {
        for (directory, code) in [
            ("../out", "outsideWorkTree"),
            ("../out/keys", "outsideWorkTree"),
            ("../dead/keys", "danglingLink"),
        ] {
            assert_eq!(codes(&keeping(what, directory)), [code], "{what} {directory}");
        }
    }
}

#[test]
fn without_git_states_and_private_keys_stay_in_the_project() {
    let project = format!("{PROJECT}  privateKeys: {{directory: ../keys}}\n");
    let files: [(&str, &[u8]); 2] =
        [("prod/keyform.yaml", project.as_bytes()), ("prod/inventory.yaml", INVENTORY.as_bytes())];
    let directory = directory(&files);
    assert_eq!(codes(&load(&directory.path().join("prod"))), ["outsideWorkTree"]);
}

/// A file may say that it is larger than the disk, and be nothing but zeros.
#[test]
fn a_file_that_is_larger_than_any_manifest_is_not_read() {
    let good: [(&str, &[u8]); 3] = [
        ("keyform.yaml", PROJECT.as_bytes()),
        ("inventory.yaml", INVENTORY.as_bytes()),
        ("web.yaml", b""),
    ];
    for size in [33 << 20, 2 << 30] {
        let directory = directory(&good);
        let file = fs::File::options().write(true).open(directory.path().join("web.yaml"));
        file.expect("a file").set_len(size).expect("it has holes");
        assert_eq!(codes(&load(directory.path())), ["fileTooLarge"], "{size}");
    }
}

/// KeyPairs and a Binding of a directory that projects share, with files beside them.
const SHARED: &str = "\
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: ops}
spec: {publicKeyFile: ops.pub}
---
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: web}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: fleet}
spec:
  keyPair: web
  instances: [i-1]
  restart: {when: now}
  proof: {ssh: {user: root, knownHosts: hosts/known}}
";

const OPS: &[u8] = b"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU= ops\n";

#[test]
fn files_that_a_manifest_names_are_beside_it_also_where_it_is_included() {
    let shared = ("tree/teams/ops.yaml", SHARED.as_bytes());
    let loaded = including("../teams", &[shared, ("tree/teams/ops.pub", OPS)]);
    let desired = loaded.desired.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    let proof = format!("{:?}", desired.bindings[0].proof);
    assert!(proof.contains("\"../teams/hosts/known\""), "{proof}");

    let elsewhere = including("../teams", &[shared, ("tree/prod/ops.pub", OPS)]);
    assert_eq!(codes(&elsewhere), ["fileUnreadable"]);
    let tried = &elsewhere.diagnostics[0].message;
    assert!(tried.contains("`../teams/ops.pub`"), "{tried}");
}

#[test]
fn what_is_outside_of_a_project_without_git_is_told_so() {
    let project = |fields: &str| format!("{PROJECT}{fields}");
    let load_prod = |fields: &str, others: &[(&str, &[u8])]| {
        let project = project(fields);
        let good = [
            ("prod/keyform.yaml", project.as_bytes()),
            ("prod/inventory.yaml", INVENTORY.as_bytes()),
        ];
        load(&directory(&[&good, others].concat()).path().join("prod"))
    };
    let pair = SHARED.split("---").next().expect("a document");
    let included = load_prod("  include: [../teams]\n", &[("teams/ops.yaml", pair.as_bytes())]);
    insta::assert_snapshot!(shown(&included));
    assert_eq!(codes(&included), ["outsideWorkTree"]);
    let pair = pair.replace("ops.pub", "../k/ops.pub");
    let named = load_prod("", &[("prod/ops.yaml", pair.as_bytes()), ("k/ops.pub", OPS)]);
    insta::assert_snapshot!(shown(&named));
}

#[test]
fn a_file_outside_of_the_work_tree_does_not_blame_a_link_that_is_not_there() {
    let pair = SHARED.split("---").next().expect("a document");
    let told = |path: &str| {
        let pair = pair.replace("ops.pub", path);
        let files = [
            ("tree/.git/HEAD", &b""[..]),
            ("tree/prod/keyform.yaml", PROJECT.as_bytes()),
            ("tree/prod/inventory.yaml", INVENTORY.as_bytes()),
            ("tree/prod/ops.yaml", pair.as_bytes()),
            ("k/ops.pub", OPS),
        ];
        let directory = directory(&files);
        let link = directory.path().join("tree/prod/linked.pub");
        #[cfg(unix)]
        std::os::unix::fs::symlink(directory.path().join("k/ops.pub"), link).expect("a link");
        let loaded = load(&directory.path().join("tree/prod"));
        assert_eq!(codes(&loaded), ["outsideWorkTree"], "{path}");
        loaded.diagnostics[0].message.clone()
    };
    let plain = told("../../k/ops.pub");
    assert!(
        plain.ends_with("`../../k/ops.pub` is outside of the project's git work tree"),
        "{plain}"
    );
    let linked = told("linked.pub");
    assert!(linked.ends_with("leads out of the project by a symbolic link"), "{linked}");
}
