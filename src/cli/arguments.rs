//! The arguments. Flags follow Terraform where it has them, and GNU form otherwise.

use std::{fmt::Write as _, path::PathBuf, time::Duration};

use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};

pub(super) use super::shared_arguments::{Format, FormatOption, KeysOption, LockOptions};
use super::{
    emulator_arguments::EmulatorOptions,
    exit_code::Exit,
    fail_on::stops,
    key_arguments::KeyOptions,
    log_filter::{LogFilter, filter},
    rights_arguments::RamPolicyOptions,
    shared_arguments::duration,
};
use crate::{
    catalogue,
    code::Explanation,
    model::{Address, RunId},
    render::gate::Stops,
    schema::Document,
};

/// The shortest time between two looks.
const INTERVAL_MIN: Duration = Duration::from_millis(500);

/// Keeps SSH key pairs on Alibaba Cloud ECS, and the instances bound to them, as YAML manifests say
#[derive(Debug, Parser)]
#[command(name = "keyform", version, max_term_width = 100, after_help = after_help())]
pub(super) struct Arguments {
    /// The project's directory, which has a keyform.yaml
    #[arg(short = 'C', value_name = "DIR", global = true, default_value = ".")]
    // Below the options of a command.
    #[arg(display_order = 100)]
    pub(super) directory: PathBuf,
    /// No colours, also on a terminal
    #[arg(long = "no-color", global = true, display_order = 101)]
    pub(super) no_color: bool,
    /// Log to standard error: a level for all areas, or AREA=LEVEL with commas (docs/logs.md)
    #[arg(long, value_name = "FILTER", global = true, display_order = 102, value_parser = filter)]
    pub(super) log: Option<LogFilter>,
    /// The form of the log: text for people, or one JSON object per line
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        global = true,
        display_order = 103,
        default_value_t
    )]
    pub(super) log_format: Format,
    #[command(subcommand)]
    pub(super) command: Command,
}

fn after_help() -> String {
    let mut text = "Examples:\n  \
        mkdir acme && cd acme && keyform init   a project that works, on a cloud inside of keyform\n  \
        keyform plan                            what would be done, and why\n  \
        keyform apply                           show that, ask, and do it\n  \
        keyform status                          what is bound, and what is in effect\n\n\
        Exit codes:"
        .to_owned();
    for exit in Exit::ALL {
        let _ = write!(text, "\n  {:<2}  {}", exit as u8, exit.meaning());
    }
    text.push_str(
        "\n\nEnvironment:\n  \
        KEYFORM_PRIVATE_KEYS   where private keys are kept, as with --private-keys\n  \
        KEYFORM_TRUSTED_HOSTS  hosts that credentials may go to, with commas between them\n  \
        ALIBABA_CLOUD_*        credentials, as the vendor's tools read them (docs/credentials.md)\n  \
        HTTPS_PROXY, NO_PROXY  the proxy to Alibaba Cloud, and the hosts without one\n  \
        CI                     if set, state and private keys of a real cloud are kept only \
        where the\n                         Project says that they outlive the runner\n  \
        NO_COLOR               if set, no colours, as with --no-color",
    );
    text
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a project that plans and applies as it stands
    Init(InitOptions),
    /// Check the manifests, without reading the cloud
    #[command(after_help = "Examples:\n  \
        keyform validate\n  \
        keyform validate --format json     every problem with its file, line and column\n  \
        keyform validate --show-resolved   what each manifest means, with every default")]
    Validate(ValidateOptions),
    /// Show what would be done, why, and what it puts at risk; changes nothing
    Plan(PlanOptions),
    /// Do it: make keys, bind instances, restart them wave by wave
    Apply(ApplyOptions),
    /// Unbind and delete everything that this project made; private keys are put aside
    Destroy(DestroyOptions),
    /// Show which instances are bound to what, and whether it is in effect
    #[command(after_help = "Examples:\n  \
        keyform status\n  \
        keyform status --pending --binding 'web-*'   where something is still to come\n  \
        keyform status --watch                       during a run, in another terminal\n  \
        keyform status --format json         for programs: keyform schema status-v1\n  \
        keyform status --detailed-exitcode   0 nothing to do, 2 steps, 3 no step and blocked\n\n\
        A pattern is a name with * and ?, or an address such as pair/cn-hangzhou/web. Filters can be \
        repeated: one pattern of each is enough, and all filters hold together.\n\n\
        --watch ends with Ctrl-C and exit code 0. On a terminal it draws the table again in its \
        place; elsewhere it prints the table, or with --format json one document on a line, \
        whenever something has changed.")]
    Status(StatusOptions),
    /// Show a saved plan, or what is recorded of this project
    Show(ShowOptions),
    /// Look at private keys, take one out, put one back, and move all of them to another vault
    #[command(after_help = "Examples:\n  \
        keyform key list                    every private key of the vault, those put aside too\n  \
        keyform key check                   whether each that is recorded is there and opens\n  \
        keyform key get web                 the private key of web, in the new file web.pem\n  \
        keyform key put web web.pem         keep it again, if it is the recorded one\n  \
        keyform key migrate --from keys     move all of them to where the Project says now\n\n\
        Names are those in the cloud. These commands run the programs of a vault; the cloud is not \
        asked.")]
    Key(KeyOptions),
    /// Look at the history of the state, go back in it, and move it to another place
    #[command(after_help = "Examples:\n  \
        keyform state list        every snapshot, and which of them are whole\n  \
        keyform state show 3      what was recorded at serial 3\n  \
        keyform state restore 3   make that the state again, as a new snapshot\n  \
        keyform state migrate --from .keyform/state   move it to where the Project says now")]
    State(StateOptions),
    /// Show whose credentials are used, where they are from, until when, and what was tried before
    #[command(after_help = "Examples:\n  \
        keyform whoami                 in a project with its choice, elsewhere with this machine's\n  \
        keyform whoami --format json   for programs; it holds no secret")]
    Whoami(FormatOption),
    /// Print the smallest RAM policy for this project, or for a saved plan
    RamPolicy(RamPolicyOptions),
    /// Check all that a run needs: this machine, the state, private keys, account and regions
    Doctor(DoctorOptions),
    /// Print the JSON Schema of a document that keyform reads or prints
    Schema(SchemaOptions),
    /// Explain a code that keyform shows: what it means, why, and what to do
    Explain(ExplainOptions),
    /// Serve the embedded cloud to other programs, and do by hand what people do to its instances
    Emulator(EmulatorOptions),
    /// Print the version
    #[command(after_help = "Example:\n  keyform version")]
    Version,
}

#[derive(Debug, Args)]
pub(super) struct MetricsOption {
    /// Write metrics of the whole project to FILE, as node_exporter collects them (docs/metrics.md)
    #[arg(long = "metrics-file", value_name = "FILE")]
    pub(super) metrics_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct StatusOptions {
    #[command(flatten)]
    pub(super) format: FormatOption,
    #[command(flatten)]
    pub(super) filters: FilterOptions,
    /// Go on showing it, as things change
    #[arg(long, conflicts_with_all = ["detailed_exitcode", "metrics_file"])]
    pub(super) watch: bool,
    /// How long --watch waits before it looks again, 500ms or more
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = interval, requires = "watch")]
    pub(super) interval: Duration,
    /// Exit with 2 if a plan would have steps, and with 3 if it has none and something is blocked.
    /// With filters: steps and blocked rows of what they leave
    #[arg(long = "detailed-exitcode")]
    pub(super) detailed_exitcode: bool,
    #[command(flatten)]
    pub(super) metrics: MetricsOption,
    #[command(flatten)]
    pub(super) keys: KeysOption,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    keyform doctor                        what is well, and what to do about the rest\n  \
    keyform doctor --format json          for programs: keyform schema doctor-v1\n  \
    keyform doctor --record answers.json  keep the answers of the service, without anything that \
    tells\n                                        whose they are\n\n\
    keyform doctor --rehearse i-bp1a0009  bind, restart, rotate and unbind an instance that no one \
    needs\n\n\
    All checks are made, whatever the others come to. The exit code is 1 if there is a problem.")]
pub(super) struct DoctorOptions {
    #[command(flatten)]
    pub(super) format: FormatOption,
    /// Keep the redacted answers of the service in FILE, which must not exist (docs/doctor.md)
    #[arg(long, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
    /// Try on this expendable instance what no document says; it is restarted three times
    #[arg(long, value_name = "INSTANCE")]
    pub(super) rehearse: Option<String>,
    /// The same id once more, in the place of typing it
    #[arg(long, value_name = "INSTANCE", requires = "rehearse")]
    pub(super) confirm: Option<String>,
    #[command(flatten)]
    pub(super) lock: LockOptions,
    #[command(flatten)]
    pub(super) keys: KeysOption,
}

#[derive(Debug, Args)]
pub(super) struct FilterOptions {
    /// Only these key pairs, by their names in the cloud, and instances bound to them
    #[arg(long = "pair", value_name = "PATTERN")]
    pub(super) pairs: Vec<String>,
    /// Only these bindings, and the key pairs of their instances
    #[arg(long = "binding", value_name = "PATTERN")]
    pub(super) bindings: Vec<String>,
    /// Only these regions
    #[arg(long = "region", value_name = "PATTERN")]
    pub(super) regions: Vec<String>,
    /// Only instances that wait for a restart, deferred work or a proof, or that others have changed
    #[arg(long)]
    pub(super) pending: bool,
}

#[derive(Debug, Args)]
pub(super) struct ValidateOptions {
    #[command(flatten)]
    pub(super) format: FormatOption,
    /// If nothing is wrong, print the manifests with every default in its place
    #[arg(long)]
    pub(super) show_resolved: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  mkdir acme && cd acme && keyform init && keyform plan\n\n\
    An existing file is never overwritten; a .gitignore gets the rules for private keys added.")]
pub(super) struct InitOptions {
    /// The project's name [default: the directory's name]
    #[arg(long)]
    pub(super) name: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    keyform plan\n  \
    keyform plan -o plan.json --detailed-exitcode   in CI: 0 nothing, 2 steps, 3 only blocked\n  \
    keyform plan -o plan.json --fail-on unbind,delete   a gate: 3 if a login may be lost\n  \
    keyform plan --format json                      the same document, to standard output\n  \
    keyform plan --explain instance/cn-hangzhou/i-bp1a0001   why something is done to it, or not\n  \
    keyform plan --target 'binding/web-*'           only these bindings, with the pairs they need")]
pub(super) struct PlanOptions {
    /// Write the plan to FILE too, for `keyform apply FILE`; it holds no secret
    #[arg(short, long = "out", value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Text for people, or JSON for programs
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Exit with 2 if there are steps, and with 3 if there is none and something is blocked
    #[arg(long = "detailed-exitcode")]
    pub(super) detailed_exitcode: bool,
    /// Exit with 3 if the plan has one of these: blocked, unbind, delete, replaceForeign, powerCut,
    /// unverified. Wins over --detailed-exitcode
    #[arg(long = "fail-on", value_name = "KIND,…", value_delimiter = ',', value_parser = stops())]
    pub(super) fail_on: Vec<Stops>,
    /// Tell the story of an object instead: desired, recorded, observed, and what was decided. Takes
    /// what --target takes, and a name or an id alone
    #[arg(long, value_name = "ADDRESS", value_parser = explained, conflicts_with = "format")]
    pub(super) explain: Vec<String>,
    /// Plan what `keyform destroy` would do
    #[arg(long)]
    pub(super) destroy: bool,
    /// Plan what `keyform apply --due` would do
    #[arg(long, conflicts_with_all = ["destroy", "targets", "restarts"])]
    pub(super) due: bool,
    /// Believe it if more than a tenth of a region's recorded instances are missing
    #[arg(long)]
    pub(super) accept_missing: bool,
    /// Find out first what the caller lacks in RAM: what plan needs is an error, what apply needs a
    /// note
    #[arg(long = "check-permissions")]
    pub(super) check_permissions: bool,
    #[command(flatten)]
    pub(super) metrics: MetricsOption,
    #[command(flatten)]
    pub(super) force: ForceOption,
    #[command(flatten)]
    pub(super) target: TargetOptions,
    #[command(flatten)]
    pub(super) keys: KeysOption,
    #[command(flatten)]
    pub(super) verbose: VerboseOption,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    keyform apply                  plan, show, ask, and do it\n  \
    keyform apply --auto-approve   without asking\n  \
    keyform apply plan.json        exactly the plan that was reviewed, or nothing if it is stale\n  \
    keyform apply --auto-approve --deadline 50m   in CI, where a job is killed after an hour\n  \
    keyform apply --due            from cron: what was approved and waits for its window\n  \
    keyform apply --wait           stay until the windows have come, and do that too\n\n\
    Ctrl-C finishes what runs and starts nothing new; once more ends it at once. After that, after \
    a crash or a failure, the same command again goes on where it ended.")]
pub(super) struct ApplyOptions {
    /// A plan written by `keyform plan -o`; without one it is made, shown and asked about
    #[arg(value_name = "PLAN", conflicts_with_all = ["accept_missing", "targets", "restarts"])]
    pub(super) plan: Option<PathBuf>,
    /// Do the deferred work of applied plans whose time has come, and nothing else
    #[arg(long, conflicts_with_all = ["plan", "targets", "restarts"])]
    pub(super) due: bool,
    /// Wait for the windows of deferred work, and do it in them
    #[arg(long)]
    pub(super) wait: bool,
    /// Exit with 2, not 0, if deferred work remains
    #[arg(long = "detailed-exitcode")]
    pub(super) detailed_exitcode: bool,
    #[command(flatten)]
    pub(super) metrics: MetricsOption,
    #[command(flatten)]
    pub(super) run: RunOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    keyform plan --destroy   what it would do\n  \
    keyform destroy          show that, ask, and do it\n\n\
    Recorded restart policies and the Project's limits hold: what one run may not do is left to the \
    next.")]
pub(super) struct DestroyOptions {
    #[command(flatten)]
    pub(super) run: RunOptions,
}

#[derive(Debug, Args)]
pub(super) struct RunOptions {
    /// Do it without asking
    #[arg(long = "auto-approve")]
    pub(super) auto_approve: bool,
    /// Text for people, or one JSON event per line for programs; then nobody is asked
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// At most so many calls at once, 1 to 256
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) parallelism: u16,
    /// From now, such as 50m: start nothing that would end later, and exit with 7
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) deadline: Option<Duration>,
    /// Find out before the first change what the caller lacks in RAM, and refuse with all of it
    #[arg(long = "check-permissions")]
    pub(super) check_permissions: bool,
    #[command(flatten)]
    pub(super) lock: LockOptions,
    #[command(flatten)]
    pub(super) keys: KeysOption,
    /// Believe it if more than a tenth of a region's recorded instances are missing
    #[arg(long)]
    pub(super) accept_missing: bool,
    #[command(flatten)]
    pub(super) force: ForceOption,
    #[command(flatten)]
    pub(super) target: TargetOptions,
    #[command(flatten)]
    pub(super) verbose: VerboseOption,
}

#[derive(Debug, Args)]
pub(super) struct VerboseOption {
    /// Tell on standard error how often the service was called; with --format json in JSON
    #[arg(short = 'v', long = "verbose")]
    pub(super) is_verbose: bool,
}

#[derive(Debug, Args)]
pub(super) struct ForceOption {
    /// Restart by a power cut: for instances that do not restart gracefully; may lose their data
    #[arg(long = "dangerous-force-restart")]
    pub(super) restarts: bool,
}

#[derive(Debug, Args)]
pub(super) struct TargetOptions {
    /// Only what has this address, and what that needs; `*` and `?` match anything. Can be repeated
    #[arg(long = "target", value_name = "ADDRESS", value_parser = target)]
    pub(super) targets: Vec<String>,
}

fn explained(text: &str) -> Result<String, &'static str> {
    let is_name = !text.is_empty() && !text.contains('/');
    if is_name || Address::parse(text).is_some() { Ok(text.to_owned()) } else { target(text) }
}

fn target(text: &str) -> Result<String, &'static str> {
    let kinds = ["binding/", "instance/", "pair/", "key/"];
    if kinds.iter().any(|kind| text.len() > kind.len() && text.starts_with(kind)) {
        return Ok(text.to_owned());
    }
    Err(
        "write an address such as binding/web-fleet, instance/cn-hangzhou/i-bp1a0001, pair/*/web or \
         key/web",
    )
}

/// Reads how often something is looked at: each time asks the service.
fn interval(text: &str) -> Result<Duration, &'static str> {
    let interval = duration(text)?;
    if interval < INTERVAL_MIN { Err("write 500ms or more") } else { Ok(interval) }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    keyform show plan.json\n  \
    keyform show             names, fingerprints and public keys; a state holds no secret")]
pub(super) struct ShowOptions {
    /// A plan written by `keyform plan -o`; without one, the state
    #[arg(value_name = "PLAN")]
    pub(super) plan: Option<PathBuf>,
    /// Text for people, or JSON for programs
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    keyform schema               the names of the schemas, and what each is of\n  \
    keyform schema manifest-v1 > manifest-v1.json\n\n\
    Editors with a YAML language server complete and check a document that begins with\n  \
    # yaml-language-server: $schema=manifest-v1.json")]
pub(super) struct SchemaOptions {
    /// Which schema; without one, their names
    #[arg(value_name = "NAME", value_parser = document())]
    pub(super) name: Option<Document>,
}

/// Reads the name of a schema; another one is an error that names them all.
fn document() -> impl TypedValueParser<Value = Document> {
    PossibleValuesParser::new(Document::ALL.map(Document::name)).try_map(|name| {
        let found = Document::ALL.into_iter().find(|document| document.name() == name);
        found.ok_or("there is no such schema")
    })
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    keyform explain               all codes, by subject\n  \
    keyform explain unknownField  what it means, why keyform says it, and what to do\n\n\
    Of an object, not of a code, `keyform plan --explain ADDRESS` tells the story.")]
pub(super) struct ExplainOptions {
    /// A code such as unknownField, in any capitalisation; without one, all of them
    #[arg(value_name = "CODE", value_parser = code)]
    pub(super) code: Option<Explanation>,
}

/// Reads a code; another one is an error that names the nearest.
fn code(text: &str) -> Result<Explanation, String> {
    catalogue::find(text).map_err(|suggest| match suggest {
        Some(suggest) => format!("there is no such code; did you mean `{suggest}`?"),
        None => "there is no such code; `keyform explain` lists them all".to_owned(),
    })
}

#[derive(Debug, Args)]
pub(super) struct StateOptions {
    #[command(subcommand)]
    pub(super) command: StateCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum StateCommand {
    /// Begin the state of a project on a server, where no other command does
    #[command(after_help = "Examples:\n  \
        keyform state init               begin the state of a new project\n  \
        keyform state init --take-over   continue a state that is lost for good\n\n\
        The key pairs of a lost state are known by their tags: the next `keyform plan` shows what it \
        would adopt of them.")]
    Init(StateInitOptions),
    /// Show all snapshots, the newest last, with what they record and which are damaged
    #[command(after_help = "Examples:\n  \
        keyform state list\n  \
        keyform state list --format json")]
    List(FormatOption),
    /// Show the state, or what a snapshot recorded; it holds no secret
    #[command(after_help = "Examples:\n  \
        keyform state show     with what an unfinished run has done since its snapshot\n  \
        keyform state show 3   the snapshot with the serial 3 as it was written")]
    Show(StateShowOptions),
    /// Write the content of a snapshot as the newest one; nothing is overwritten or removed
    #[command(after_help = "Example:\n  \
        keyform state list && keyform state restore 3 && keyform plan\n\n\
        The cloud and the private keys are not touched: `keyform plan` shows how they differ.")]
    Restore(StateRestoreOptions),
    /// Move the state to where the Project says now, with its lineage and its history
    #[command(after_help = "Examples:\n  \
        keyform state migrate --from .keyform/state   from the directory where it was\n  \
        git show HEAD:keyform.yaml > /tmp/old.yaml && keyform state migrate --from /tmp/old.yaml\n\n\
        Change `state:` in the Project first. The old place keeps its files, and a marker that says \
        where the state is: no command goes on there. A move that was interrupted goes on with the \
        same command.")]
    Migrate(StateMigrateOptions),
    /// Check whether what keeps the state does what a state needs; the state is only read
    #[command(after_help = "Examples:\n  \
        keyform state doctor\n  \
        keyform state doctor --format json   for programs: keyform schema doctor-v1\n\n\
        It creates and removes files of its own, beside those of the state, and takes a lock of its \
        own: a run that goes on is not disturbed. The exit code is 1 if there is a problem.")]
    Doctor(FormatOption),
    /// Look at the lock of the project
    Lock(StateLockOptions),
    /// Take the lock from a run that is gone or must stop; it stops before its next call
    #[command(after_help = "Example:\n  \
        keyform state lock show && keyform state unlock 0123456789abcdef0123456789abcdef\n\n\
        A lock in a directory is one of the operating system: it is free when its process has \
        ended, and cannot be taken from it.")]
    Unlock(StateUnlockOptions),
}

#[derive(Debug, Args)]
pub(super) struct StateInitOptions {
    /// Continue the lost state that the key pairs in the cloud belong to
    #[arg(long)]
    pub(super) take_over: bool,
    #[command(flatten)]
    pub(super) lock: LockOptions,
}

#[derive(Debug, Args)]
pub(super) struct StateMigrateOptions {
    /// Where it has been: a directory of states, or an earlier keyform.yaml in a file outside of the
    /// project
    #[arg(long, value_name = "PATH")]
    pub(super) from: PathBuf,
    #[command(flatten)]
    pub(super) lock: LockOptions,
}

#[derive(Debug, Args)]
pub(super) struct StateLockOptions {
    #[command(subcommand)]
    pub(super) command: StateLockCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum StateLockCommand {
    /// Show which run holds the lock, from which machine and job
    Show(FormatOption),
}

#[derive(Debug, Args)]
pub(super) struct StateUnlockOptions {
    /// The id of the run that `keyform state lock show` names
    #[arg(value_name = "RUN", value_parser = run_id)]
    pub(super) run: RunId,
}

fn run_id(text: &str) -> Result<RunId, &'static str> {
    RunId::parse(text).ok_or("an id is 32 hexadecimal digits; `keyform state lock show` has it")
}

#[derive(Debug, Args)]
pub(super) struct StateShowOptions {
    /// The serial of a snapshot; without one, the state as it is now
    #[arg(value_name = "SERIAL")]
    pub(super) serial: Option<u64>,
    /// Text for people, or JSON for programs
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct StateRestoreOptions {
    /// The serial of a snapshot that `keyform state list` shows
    #[arg(value_name = "SERIAL")]
    pub(super) serial: u64,
    #[command(flatten)]
    pub(super) lock: LockOptions,
}
