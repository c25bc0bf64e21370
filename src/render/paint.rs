//! Colours, by meaning.

use anstyle::{AnsiColor, Style};

use crate::visible;

/// What a piece of text means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Paint {
    /// Something is made.
    Make,
    /// Something changes.
    Change,
    /// Something is deleted, or somebody could be locked out.
    Danger,
    /// Titles.
    Title,
    /// Places and other side notes.
    Faint,
}

impl Paint {
    fn style(self) -> Style {
        match self {
            Self::Make => AnsiColor::Green.on_default(),
            Self::Change => AnsiColor::Yellow.on_default(),
            Self::Danger => AnsiColor::Red.on_default().bold(),
            Self::Title => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
        }
    }

    /// The text in its colour, written out where it is unseen: see [`visible::line`].
    pub(super) fn on(self, text: impl std::fmt::Display) -> String {
        let style = self.style();
        format!("{style}{}{style:#}", visible::line(&text.to_string()))
    }
}
