//! How far a request came, which ureq's errors do not tell: whether a connection was there decides
//! whether a request can have been sent.
//!
//! ureq resolves and connects in the thread of the caller, so that each thread has its own stage.

use std::cell::Cell;

use ureq::{
    Agent, Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport},
    },
};

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was done yet.
    Begun,
    /// The name of the host was not resolved.
    Unresolved,
    /// No connection was made.
    NotConnected,
    /// A connection is there, made now or kept.
    Open,
}

thread_local! {
    static STAGE: Cell<Stage> = const { Cell::new(Stage::Begun) };
}

/// A request begins in this thread.
pub(super) fn begin() {
    STAGE.set(Stage::Begun);
}

/// How far the request of this thread came.
pub(super) fn reached() -> Stage {
    STAGE.get()
}

/// An agent whose requests note their stages.
pub(super) fn agent(config: Config) -> Agent {
    let connector = NotingConnector(DefaultConnector::default());
    Agent::with_parts(config, connector, NotingResolver(DefaultResolver::default()))
}

#[derive(Debug)]
struct NotingResolver(DefaultResolver);

impl Resolver for NotingResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let resolved = self.0.resolve(uri, config, timeout);
        // What comes next is a connection that was kept, or the connector.
        STAGE.set(if resolved.is_ok() { Stage::Open } else { Stage::Unresolved });
        resolved
    }

    /// The proxy resolves the name.
    fn empty(&self) -> ResolvedSocketAddrs {
        STAGE.set(Stage::Open);
        self.0.empty()
    }
}

#[derive(Debug)]
struct NotingConnector(DefaultConnector);

impl Connector<()> for NotingConnector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            // Each request has its own timeout, and for nothing else its own settings: otherwise
            // the roots of the platform would be read for each connection.
            request_level: false,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let connected = self.0.connect(&details, chained);
        // A proxy is connected to within this, so that the last word is that of the outer call.
        let is_open = matches!(connected, Ok(Some(_)));
        STAGE.set(if is_open { Stage::Open } else { Stage::NotConnected });
        connected
    }
}
