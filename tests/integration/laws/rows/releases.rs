//! What becomes of pairs that no manifest declares any more: protection and Removals.

use super::{Row, binding, documents, key_pair, no_plan, planned, row, saying, table};
use crate::laws::scene::Scene;

const ABOUT: &str = "pair/cn-hangzhou/web";

/// A pair that is protected outlives its manifest; a Removal says what becomes of it.
#[test]
fn a_protected_pair_stays_until_a_removal_lets_go_of_it() {
    let removal = |action: &str| {
        format!(
            "apiVersion: keyform/v1\nkind: Removal\nmetadata: {{name: old}}\nspec: {{keyPair: web, \
             action: {action}}}\n"
        )
    };
    let protected = "protect: true";
    let all = |spec: &str| {
        documents(&[key_pair("web", spec), binding("web-fleet", "web", "instances: [i-1, i-2]")])
    };
    let having = |spec: &str| {
        let scene = Scene::new(&all(spec));
        scene.apply(false);
        scene
    };
    let (safe, plain) = (having(protected), having(""));
    let destroyed = safe.try_plan(true, false).map_err(no_plan);
    let rows = |decisions: [&'static [&'static str]; 9]| {
        let [stays, unset, set, gone, destroy, forget, delete, plain_gone, plain_forget] =
            decisions;
        table_of(vec![
            row("protected, as it was", planned(&safe), stays),
            row("protected no more", planned(&saying(&safe, &all(""))), unset),
            row("protected from now on", planned(&saying(&plain, &all(protected))), set),
            row("protected, and no manifest declares it", planned(&saying(&safe, "")), gone),
            row("protected, and everything is destroyed", destroyed.clone(), destroy),
            row(
                "protected, and to be forgotten",
                planned(&saying(&safe, &removal("forget"))),
                forget,
            ),
            row(
                "protected, and to be deleted",
                planned(&saying(&safe, &removal("delete"))),
                delete,
            ),
            row("plain, and no manifest declares it", planned(&saying(&plain, "")), plain_gone),
            row(
                "plain, and to be forgotten",
                planned(&saying(&plain, &removal("forget"))),
                plain_forget,
            ),
        ])
    };
    let stays: &[&str] = &["waiting: protected"];
    let forgotten: &[&str] = &[
        "remove tags keyform:generation, keyform:key-pair, keyform:lineage, keyform:project",
        "forget",
    ];
    rows([
        &[],
        &["write down"],
        &["write down"],
        stays,
        stays,
        forgotten,
        &["delete"],
        &["delete"],
        forgotten,
    ])(ABOUT);
    let bound: &[&str] = &["waiting: boundToProtected"];
    let unbound: &[&str] = &["unbind from web", "restart"];
    rows([&[], &[], &[], bound, bound, &["forget"], unbound, unbound, &["forget"]])(
        "instance/cn-hangzhou/i-2",
    );
    let aside: &[&str] = &["put aside"];
    rows([&[], &[], &[], &[], &[], &["forget"], aside, aside, &["forget"]])("key/web");
}

fn table_of(rows: Vec<Row>) -> impl FnOnce(&str) {
    move |about| table(about, rows)
}
