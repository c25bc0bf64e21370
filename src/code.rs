//! Stable codes: each sentence that keyform says about an object, a manifest or a failure has one.
//!
//! The enums of codes stand beside the types that speak. `keyform explain` and `docs/codes.md` are
//! made of what is declared with them, so that a code without its explanation does not compile.

/// What a code means, why keyform says it, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The code, in camelCase. It stays the same while sentences are reworded.
    pub code: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Why keyform does so.
    pub why: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

/// Declares an enum of codes with an [`Explanation`] for each.
macro_rules! codes {
    (
        $(#[$about:meta])*
        $visibility:vis enum $name:ident {
            $($variant:ident = $code:literal {
                meaning: $meaning:literal,
                why: $why:literal,
                fix: $fix:literal $(,)?
            })+
        }
    ) => {
        $(#[$about])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize,
            serde::Deserialize, schemars::JsonSchema,
        )]
        $visibility enum $name {
            $(#[doc = $meaning] #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// All of them, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as people and programs read it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// What it means, why, and what to do.
            #[must_use]
            pub const fn explanation(self) -> $crate::code::Explanation {
                match self {
                    $(Self::$variant => $crate::code::Explanation {
                        code: $code,
                        meaning: $meaning,
                        why: $why,
                        fix: $fix,
                    },)+
                }
            }
        }
    };
}

pub(crate) use codes;
