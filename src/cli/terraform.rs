//! Long options with one dash, as Terraform writes them: `-out=x` would mean `-o ut=x` here.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use clap::{Command, error::ErrorKind};

/// Options of Terraform that are called otherwise here.
const OTHERWISE: [(&str, &str); 3] =
    [("chdir", "-C DIR"), ("json", "--format json"), ("out", "--out FILE or -o FILE")];

/// The usage error for the first long option that is written with one dash, if there is one.
pub(super) fn refused(command: &mut Command, written: &[OsString]) -> Option<clap::Error> {
    let ours = ours(command);
    let options = written.iter().skip(1).take_while(|argument| *argument != "--");
    let (found, meant) = options.filter_map(|option| meant(&ours, option)).next()?;
    let message = format!("`-{found}` is written `{meant}` here");
    Some(command.error(ErrorKind::UnknownArgument, message))
}

/// The name of a long option that was written with one dash, and how it is written.
fn meant<'a>(ours: &'a BTreeMap<String, String>, option: &'a OsStr) -> Option<(&'a str, &'a str)> {
    let option = option.to_str()?.strip_prefix('-')?;
    let name = option.split_once('=').map_or(option, |(name, _)| name);
    ours.get_key_value(name).map(|(name, meant)| (name.as_str(), meant.as_str()))
}

/// All long options, of whichever command.
fn ours(command: &Command) -> BTreeMap<String, String> {
    let mut ours = BTreeMap::new();
    let mut commands = vec![command];
    while let Some(command) = commands.pop() {
        let long = command.get_arguments().filter_map(clap::Arg::get_long);
        ours.extend(long.map(|name| (name.to_owned(), format!("--{name}"))));
        commands.extend(command.get_subcommands());
    }
    for name in ["help", "version"] {
        ours.insert(name.to_owned(), format!("--{name}"));
    }
    ours.extend(OTHERWISE.map(|(name, meant)| (name.to_owned(), meant.to_owned())));
    ours
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::Arguments;

    fn refusal(line: &str) -> Option<String> {
        let written: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        refused(&mut Arguments::command(), &written).map(|error| error.to_string())
    }

    #[test]
    fn a_long_option_with_one_dash_is_refused_and_named_as_it_is_written_here() {
        for (line, meant) in [
            ("keyform plan -out=x", "--out FILE"),
            ("keyform plan -out x", "--out FILE"),
            ("keyform plan -json", "--format json"),
            ("keyform plan -target=key/web", "--target"),
            ("keyform -chdir=web plan", "-C DIR"),
            ("keyform apply -auto-approve", "--auto-approve"),
            ("keyform plan -detailed-exitcode", "--detailed-exitcode"),
            ("keyform apply -no-color", "--no-color"),
            ("keyform -version", "--version"),
        ] {
            let refusal = refusal(line).unwrap_or_else(|| panic!("{line} is refused"));
            assert!(refusal.contains(meant), "{line}: {refusal}");
        }
    }

    #[test]
    fn what_is_written_as_it_should_be_is_not_refused() {
        for line in [
            "keyform plan -o x",
            "keyform plan -oplan.json",
            "keyform plan --out=x",
            "keyform -C web plan",
            "keyform -Cweb plan",
            "keyform -V",
            "keyform apply -- -out",
        ] {
            assert_eq!(refusal(line), None, "{line}");
        }
    }
}
