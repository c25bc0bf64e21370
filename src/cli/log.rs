//! `--log` and `--log-format`: where the log goes, and how it is written.

use std::io;

use tracing_subscriber::{
    Layer as _, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use super::{arguments::Format, log_filter::LogFilter, terminal};
use crate::visible;

/// From now on the log goes to standard error.
pub(super) fn begin(filter: &LogFilter, format: Format) {
    let layer = fmt::layer().with_ansi(false);
    let layer = match format {
        Format::Text => layer.with_writer(|| Line(visible_line)).boxed(),
        Format::Json => {
            layer.json().with_span_list(false).with_writer(|| Line(visible_json)).boxed()
        }
    };
    // It is the only one of the process: nothing has begun another.
    let _ = tracing_subscriber::registry().with(layer.with_filter(filter.targets())).try_init();
}

fn visible_line(line: &str) -> String {
    visible::line(line).into_owned()
}

fn visible_json(line: &str) -> String {
    visible::json(line).into_owned()
}

/// Writes each line beside the display of a run, so that neither tears the other.
struct Line(fn(&str) -> String);

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Self(shown) = self;
        terminal::eprint(&shown(String::from_utf8_lossy(bytes).trim_end()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
