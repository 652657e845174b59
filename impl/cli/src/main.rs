//! `worldport`: runs an extension on the router with the model beside it, and checks the model.
//!
//! Exit codes: 0 it holds, 1 it is violated or differs, 2 bad usage or unreadable input.

/// Prints a line. A reader that has gone away is no reason to fail: the exit code still tells.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout().lock(), $($text)*);
    }};
}

mod check;
mod conform;
mod lockstep;
mod record;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use worldport_quickjs::{Profile, RealmLimits};

/// `check` explores, and what explores allocates all the time.
#[global_allocator]
static ALLOCATOR: worldport_proofs::Allocator = worldport_proofs::Allocator;

/// WebExtension messaging between an extension and its user scripts, formally modelled.
///
/// Without a command, runs the built-in example: an extension and its user script greet each other
/// through the router, and the model follows every call.
#[derive(Debug, Parser)]
#[command(name = "worldport", version, about, long_about)]
#[command(after_help = "Exit codes: 0 it holds, 1 it is violated or differs, 2 bad usage or \
                        unreadable input.")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an unpacked extension, with the model in lockstep
    #[command(after_help = "Example:\n  worldport run my-extension --open https://example.com/ \
                            --click body --click action")]
    Run(RunOptions),
    /// Explore the model to the end and judge every invariant
    #[command(
        after_help = "Example:\n  worldport check --bounds small\n\nThe last line of --json \
                            is the summary. Exit 1 if an invariant \
                            is violated or unwitnessed under standard, or if chromium or firefox \
                            do not fail exactly as pinned."
    )]
    Check(CheckOptions),
    /// Record every scenario and compare it with what browsers showed
    #[command(
        after_help = "DIR holds scenarios/, traces/chromium/, traces/firefox/ and, where there are                             second recordings, traces-again/.\n\nExit 1 if a step differs."
    )]
    Conform(ConformOptions),
    /// Record a scenario of the browsers' recorder, with the model in lockstep
    #[command(after_help = "Example:\n  worldport record scenario.json --profile firefox -o \
                            trace.json")]
    Record(RecordOptions),
}

#[derive(Args, Debug)]
struct ConformOptions {
    /// Folder of scenarios and recordings
    dir: PathBuf,
    /// Whose rules to follow, and whose recordings to compare with; both browsers if left out
    #[arg(long, value_enum)]
    profile: Option<ProfileName>,
    /// Only scenarios whose names begin so; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Show what was recorded and what came out at each step that differs
    #[arg(long)]
    verbose: bool,
    /// One JSON object a line instead of prose
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
struct RecordOptions {
    /// The scenario
    scenario: PathBuf,
    /// Whose rules to follow
    #[arg(long, value_enum, default_value_t = ProfileName::Standard)]
    profile: ProfileName,
    /// Where the trace goes; standard output if left out
    #[arg(short, long, value_name = "TRACE")]
    out: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct RunOptions {
    /// Folder of the extension (manifest.json and what it names); the built-in example if left out
    dir: Option<PathBuf>,
    /// Whose rules to follow
    #[arg(long, value_enum, default_value_t = ProfileName::Standard)]
    profile: ProfileName,
    /// Open a document at this address; may be repeated
    #[arg(long, value_name = "URL")]
    open: Vec<String>,
    /// Click, once everything is open: the body of every document, or the extension's button; may
    /// be repeated
    #[arg(long, value_name = "body|action")]
    click: Vec<run::Click>,
    /// How long a script may run without a pause, in units of about ten thousand jumps and calls (the
    /// default is a few seconds); 0: for ever
    #[arg(long, value_name = "UNITS", default_value_t = 10_000)]
    script_time: u32,
    /// Heap of each context, in MiB; 0: as much as there is
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    script_memory: u32,
    /// One JSON object a line instead of prose
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
struct CheckOptions {
    /// Whose rules to check
    #[arg(long, value_enum, default_value_t = CheckProfile::Standard)]
    profile: CheckProfile,
    /// How much to explore: seconds, a minute or two, many minutes
    #[arg(long, value_enum, default_value_t = BoundsName::Default)]
    bounds: BoundsName,
    /// Explore only this shape; may be repeated
    #[arg(long, value_name = "NAME")]
    shape: Vec<String>,
    /// Write each expected failure into this folder, as a scenario for `record` and for the recorder
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,
    /// One JSON object a line instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProfileName {
    /// What MDN and the WebExtensions group describe, on the safe side
    Standard,
    /// Chromium 156
    Chromium,
    /// Firefox 153 ESR
    Firefox,
}

impl ProfileName {
    /// The host's profile and the model's.
    fn both(self) -> (Profile, worldport_model::Profile) {
        match self {
            Self::Standard => (Profile::STANDARD, worldport_model::Profile::Standard),
            Self::Chromium => (Profile::CHROMIUM, worldport_model::Profile::Chromium),
            Self::Firefox => (Profile::FIREFOX, worldport_model::Profile::Firefox),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CheckProfile {
    /// What MDN and the WebExtensions group describe, on the safe side
    Standard,
    /// Chromium 156
    Chromium,
    /// Firefox 153 ESR
    Firefox,
    /// One after the other
    All,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum BoundsName {
    /// Every shape but the largest
    Small,
    /// Every shape
    Default,
    /// Every shape, and larger ones
    Large,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match cli.command {
        Some(Command::Run(options)) => run_extension(options),
        Some(Command::Check(options)) => check::check(&options),
        Some(Command::Conform(options)) => conform::command(&options),
        Some(Command::Record(options)) => {
            let (profile, rules) = options.profile.both();
            record::command(&options.scenario, &profile, rules, options.out.as_deref())
        }
        // The command's own defaults stand once, at its options.
        None => match Cli::try_parse_from(["worldport", "run"]) {
            Ok(Cli { command: Some(Command::Run(options)) }) => run_extension(options),
            Ok(_) => ExitCode::from(2),
            Err(error) => usage(&error),
        },
    }
}

/// Help and version go to standard output in full; a mistake is one line that names it.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return if error.print().is_ok() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    let text = error.to_string();
    let problem = text.lines().next().unwrap_or_default();
    eprintln!("worldport: {} (see --help)", problem.trim_start_matches("error: "));
    ExitCode::from(2)
}

fn run_extension(options: RunOptions) -> ExitCode {
    let (profile, rules) = options.profile.both();
    let limits = RealmLimits {
        steps: Some(options.script_time).filter(|&units| units > 0),
        memory: Some(options.script_memory as usize).filter(|&mib| mib > 0).map(|mib| mib << 20),
        ..RealmLimits::default()
    };
    let args = run::RunArgs {
        dir: options.dir,
        profile,
        open: options.open,
        click: options.click,
        limits,
        json: options.json,
    };
    let follower = lockstep::Follower::new(rules);
    let shared = follower.share();
    run::run(&args, shared, move |router| {
        follower.finish(router);
        follower.verdict()
    })
}
