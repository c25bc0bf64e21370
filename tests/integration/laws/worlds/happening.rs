//! What happens in a world, and what fails in it.

use proptest::prelude::*;

use super::wish::{INSTANCES, Roles, Wish, wish};

/// Something that happens.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// The manifests change.
    Write(Wish),
    /// The tags of the instances change.
    Tag(Roles),
    /// The program runs, and its calls fail so.
    Run(Trouble),
    /// `apply --due` runs.
    Due(Trouble),
    /// `destroy` runs.
    Destroy(Trouble),
    /// Somebody saves a plan, in the place of the one that was saved before.
    Save,
    /// `apply PLAN` runs with the saved plan, if there is one.
    RunSaved(Trouble),
    /// The programs of all policies break, or are mended.
    Break(bool),
    /// The next program of a policy fails once.
    FailOnce,
    /// Somebody binds an instance to a pair of this project, or to a foreign one.
    Bind {
        instance: usize,
        pair: usize,
    },
    /// Somebody unbinds an instance from whatever it is bound to.
    Unbind(usize),
    /// Somebody restarts, stops or starts an instance.
    Restart(usize),
    Stop(usize),
    Start(usize),
    /// Somebody removes a tag of ours from a pair.
    Untag(usize),
    /// Time passes, in minutes.
    Pass(u32),
    /// The state is lost.
    LoseState,
}

#[derive(Clone, Debug)]
pub(super) enum Trouble {
    None,
    /// The machine stops after a call.
    KilledAfter(usize),
    /// A call fails before or after it took effect.
    Fails(usize, bool),
    /// An instance is refused.
    Refuses(usize),
}

pub(super) fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        3 => Just(Trouble::None),
        3 => (0_usize..40).prop_map(Trouble::KilledAfter),
        3 => (0_usize..40, any::<bool>()).prop_map(|(call, after)| Trouble::Fails(call, after)),
        1 => (0..INSTANCES.len()).prop_map(Trouble::Refuses),
    ]
}

pub(super) fn happening() -> impl Strategy<Value = Happening> {
    let instance = || 0..INSTANCES.len();
    prop_oneof![
        4 => wish().prop_map(Happening::Write),
        1 => prop::array::uniform6(any::<bool>()).prop_map(Happening::Tag),
        8 => trouble().prop_map(Happening::Run),
        2 => trouble().prop_map(Happening::Due),
        2 => Just(Happening::Save),
        2 => trouble().prop_map(Happening::RunSaved),
        1 => any::<bool>().prop_map(Happening::Break),
        1 => Just(Happening::FailOnce),
        1 => (instance(), 0_usize..3).prop_map(|(instance, pair)| Happening::Bind { instance, pair }),
        1 => instance().prop_map(Happening::Unbind),
        1 => instance().prop_map(Happening::Restart),
        1 => instance().prop_map(Happening::Stop),
        1 => instance().prop_map(Happening::Start),
        1 => (0_usize..2).prop_map(Happening::Untag),
        2 => (0_u32..30).prop_map(Happening::Pass),
        1 => Just(Happening::LoseState),
    ]
}

/// `destroy` runs, each after how many other happenings. They are drawn after all else, so that a seed
/// of before means the same story.
pub(super) fn destroys() -> impl Strategy<Value = Vec<(usize, Trouble)>> {
    let runs = prop::collection::vec((0_usize..14, trouble()), 1..3);
    prop_oneof![2 => Just(Vec::new()), 1 => runs]
}

/// A story with its runs of `destroy`.
pub(super) fn with_destroys(
    happenings: Vec<Happening>,
    destroys: &[(usize, Trouble)],
) -> Vec<Happening> {
    let last = happenings.len().saturating_sub(1);
    let mut all = Vec::new();
    for (index, happening) in happenings.into_iter().enumerate() {
        all.push(happening);
        let here = destroys.iter().filter(|(after, _)| (*after).min(last) == index);
        all.extend(here.map(|(_, trouble)| Happening::Destroy(trouble.clone())));
    }
    all
}
