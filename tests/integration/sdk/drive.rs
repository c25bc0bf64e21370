//! The SDKs drive the server: they make, import, list, bind, unbind, tag, restart and delete.

use std::sync::Arc;

use keyform::{
    driver::{Clock, SystemClock},
    emulator::server::{AccessKeys, Bounds, Server},
};

use super::script;
use crate::emulator::client::service;

const PUBLIC_KEY: &str = include_str!("../../fuzz/seeds/public_keys/ecdsa-256.pub");

/// A public key as one line of OpenSSH without a comment.
pub(super) fn public_key() -> String {
    let words: Vec<_> = PUBLIC_KEY.split_whitespace().take(2).collect();
    words.join(" ")
}

/// Lets a script drive a server of its own.
fn drive(name: &str, arguments: &[&str]) {
    let clock = SystemClock::new();
    let service = service("{}", AccessKeys::default(), Arc::new(move || clock.now()));
    let address = "127.0.0.1:0".parse().expect("an address");
    let server = Server::start(service, address, Bounds::default()).expect("a socket");
    let endpoint = server.address().to_string();
    let public_key = public_key();
    let arguments = [&[endpoint.as_str(), &public_key], arguments].concat();
    assert_eq!(script(name, &arguments, ""), "ok\n");
}

#[test]
fn alibabacloud_ecs20140526_with_the_newer_signature() {
    drive("python_v3.py", &[]);
}

/// The SDK calls the older signature `v2`.
#[test]
fn alibabacloud_ecs20140526_with_the_older_signature() {
    drive("python_v3.py", &["v2"]);
}

#[test]
fn aliyun_python_sdk_ecs() {
    drive("python_v1.py", &[]);
}

#[test]
fn alicloud_ecs20140526_of_npm() {
    drive("node_v3.js", &[]);
}

#[test]
fn alicloud_pop_core_of_npm_by_post_and_by_get() {
    drive("node_v1.js", &[]);
}
