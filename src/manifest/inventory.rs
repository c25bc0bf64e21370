//! The inventory's file to what the embedded cloud starts with.
//!
//! An inventory may have ten thousand instances and is read at each run. So it is first read
//! straight into the raw type, which is quick and tells no places; only what cannot be read so goes
//! the way of the manifests, which finds all problems.

use std::sync::Arc;

use crate::{
    diagnostic::{Diagnostic, DocumentCode, Source},
    keys::holds_private_key,
    model::inventory::Inventory,
};

use super::{
    API_VERSION,
    decode::decode,
    document::{self, Document},
    raw::{RawDocument, RawInventory},
    resolve::resolve_inventory,
    scan::strange_character,
    tree::{At, Mark},
};

/// `kind` of an inventory.
pub(super) const INVENTORY: &str = "Inventory";

/// Reads an inventory: one document of `kind: Inventory`.
///
/// # Errors
/// All problems that it has.
pub fn decode_inventory(source: &Arc<Source>) -> Result<Inventory, Vec<Diagnostic>> {
    match quick(source) {
        Some(inventory) => Ok(inventory),
        None => thorough(source),
    }
}

fn quick(source: &Arc<Source>) -> Option<Inventory> {
    let text = &source.text;
    if holds_private_key(text) || strange_character(source).is_some() {
        return None;
    }
    let raw = json(text).or_else(|| plain(text).then(|| serde_yaml::from_str(text).ok())?)?;
    if !is_inventory(&raw) {
        return None;
    }
    let mut problems = Vec::new();
    let inventory = resolve_inventory(raw, At::unknown(source), &mut problems);
    inventory.filter(|_| problems.is_empty())
}

fn json(text: &str) -> Option<RawDocument<RawInventory>> {
    if text.starts_with('{') { serde_json::from_str(text).ok() } else { None }
}

/// Whether a text surely has no anchor, alias, tag, directive or tab, so that the scan would find
/// nothing to refuse. The signs of the first three begin a token: after a letter or digit they are
/// part of a text.
fn plain(text: &str) -> bool {
    let mut before = b'\n';
    text.bytes().all(|byte| {
        let sign = match byte {
            b'&' | b'*' | b'!' => !before.is_ascii_alphanumeric(),
            b'%' => before == b'\n',
            b'\t' => true,
            _ => false,
        };
        before = byte;
        !sign
    })
}

fn is_inventory(raw: &RawDocument<RawInventory>) -> bool {
    let text = |text: &Option<super::raw::Text>| text.as_ref().map(|text| text.0.clone());
    text(&raw.api_version).as_deref() == Some(API_VERSION)
        && text(&raw.kind).as_deref() == Some(INVENTORY)
}

fn thorough(source: &Arc<Source>) -> Result<Inventory, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let read = document::read(source, &mut problems);
    let found = read.documents.len();
    let mut documents = read.documents.into_iter();
    match documents.next() {
        Some(document) if found == 1 => {
            if let Some(inventory) = thorough_document(document, &mut problems) {
                return Ok(inventory);
            }
        }
        first if read.complete => {
            let mark = first.map_or(Mark::START, |document| document.tree.mark);
            let message = format!("{} has {found} documents, not one Inventory", source.path);
            problems.push(
                Diagnostic::error(DocumentCode::InventoryNotAlone, mark.place(source), message)
                    .help("an inventory is one document of kind: Inventory, in a file of its own"),
            );
        }
        _ => {}
    }
    Err(problems)
}

fn thorough_document(mut document: Document, problems: &mut Vec<Diagnostic>) -> Option<Inventory> {
    let raw = decode::<RawDocument<RawInventory>>(&mut document, "this Inventory", problems)?;
    let at = At::root(&document.source, &document.tree);
    if !is_inventory(&raw) {
        let message = format!("{} is not an inventory", document.source.path);
        problems.push(
            Diagnostic::error(DocumentCode::NotAnInventory, at.key("kind").place(), message).help(
                "the Project names it as its inventory, which begins with `apiVersion: keyform/v1` \
             and `kind: Inventory`",
            ),
        );
        return None;
    }
    let inventory = resolve_inventory(raw, at, problems);
    inventory.filter(|_| problems.is_empty())
}
