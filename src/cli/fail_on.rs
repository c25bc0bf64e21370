//! `--fail-on`: what ends a plan as a failure.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::render::gate::Stops;

/// Reads one kind by its name.
pub(super) fn stops() -> impl TypedValueParser<Value = Stops> {
    let named = |name: String| Stops::ALL.into_iter().find(|stops| stops.name() == name);
    PossibleValuesParser::new(Stops::ALL.map(Stops::name))
        .try_map(move |name| named(name).ok_or("clap passes on no other name than these"))
}
