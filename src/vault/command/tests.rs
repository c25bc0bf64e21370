use super::*;
use crate::{
    disk::MemoryDisk,
    keys::{KeySource, PooledKeys},
};

fn name() -> CloudName {
    CloudName::new("web")
}

fn keys() -> [PrivateKey; 2] {
    let source = PooledKeys::new(0);
    [source.generate().unwrap(), source.generate().unwrap()]
}

fn print(key: &PrivateKey) -> Fingerprint {
    key.public_key().fingerprint()
}

fn vault(runner: &PlayedCommands) -> CommandVault {
    let lender = Arc::new(Lender::new(Arc::new(MemoryDisk::new()), None));
    CommandVault::new(PlayedCommands::choice(), Path::new("."), Arc::new(runner.clone()), lender)
}

/// Does the same work once for each program that it runs and each way in which that fails, and hands
/// over what is kept as the next run finds it.
fn with_trouble(
    prepare: impl Fn(&CommandVault),
    work: impl Fn(&CommandVault) -> Result<(), VaultError>,
    then: impl Fn(&CommandVault, &PlayedCommands, &str),
) {
    let count = {
        let runner = PlayedCommands::new();
        prepare(&vault(&runner));
        let before = runner.runs();
        work(&vault(&runner)).unwrap();
        runner.runs() - before
    };
    assert!(count >= 3, "{count} programs are too few to look, to do it, and to look again");
    for number in 0..count {
        for failure in [PlayedFailure::Before, PlayedFailure::After] {
            let runner = PlayedCommands::new();
            prepare(&vault(&runner));
            runner.fail_at(runner.runs() + number, failure);
            let answer = work(&vault(&runner));
            let case = format!("{failure:?} in program {number} of {count}");
            assert!(matches!(answer, Err(VaultError::Command { .. })), "{case}: {answer:?}");
            then(&vault(&runner), &runner, &case);
        }
    }
}

#[test]
fn a_key_is_never_reported_kept_unless_every_program_succeeded_and_the_same_again_keeps_it() {
    let [key, other] = keys();
    with_trouble(
        |_| {},
        |vault| vault.put(&name(), &key).map(drop),
        |vault, runner, case| {
            assert!(runner.kept().len() <= 1, "{case}");
            // Whatever was kept, no other key replaces it.
            if !runner.kept().is_empty() {
                let refused = vault.put(&name(), &other).unwrap_err();
                assert!(matches!(refused, VaultError::AnotherKey { .. }), "{case}");
            }
            vault.put(&name(), &key).unwrap();
            let back = vault.get(&name()).unwrap().expect("it is there");
            assert_eq!(back.public_key(), key.public_key(), "{case}");
        },
    );
}

#[test]
fn a_key_whose_putting_aside_fails_anywhere_is_there_and_the_same_again_puts_it_aside() {
    let [key, _] = keys();
    with_trouble(
        |vault| assert_eq!(vault.put(&name(), &key).unwrap(), Stored::Created),
        |vault| vault.retire(&name(), print(&key)).map(drop),
        |vault, runner, case| {
            assert_eq!(runner.kept().len(), 1, "{case}");
            assert_ne!(vault.retire(&name(), print(&key)).unwrap(), Retired::NotHere, "{case}");
            assert!(vault.get(&name()).unwrap().is_none(), "{case}");
            let listed = Listed { name: name(), is_retired: true, fingerprint: print(&key) };
            assert_eq!(vault.list().unwrap(), [listed], "{case}");
        },
    );
}

/// A program that does something else than it answers.
#[derive(Debug)]
struct Liar(PlayedCommands, &'static str);

impl Commands for Liar {
    fn run(&self, run: &CommandRun<'_>) -> Result<Zeroizing<Vec<u8>>, CommandProblem> {
        match run.command.last() {
            Some(verb) if verb == self.1 => Ok(Zeroizing::default()),
            _ => self.0.run(run),
        }
    }
}

#[test]
fn what_a_program_answers_is_looked_at_again() {
    let [key, _] = keys();
    let lying = |verb| {
        let runner = PlayedCommands::new();
        let lender = Arc::new(Lender::new(Arc::new(MemoryDisk::new()), None));
        let choice = PlayedCommands::choice();
        let liar = Arc::new(Liar(runner.clone(), verb));
        (CommandVault::new(choice, Path::new("."), liar, lender), vault(&runner))
    };
    let (liar, honest) = lying("put");
    let lost = liar.put(&name(), &key).unwrap_err();
    assert!(matches!(lost, VaultError::NotGivenBack { .. }), "{lost:?}");
    assert!(honest.get(&name()).unwrap().is_none());

    let (liar, honest) = lying("retire");
    honest.put(&name(), &key).unwrap();
    let kept = liar.retire(&name(), print(&key)).unwrap_err();
    assert!(matches!(kept, VaultError::NotPutAside { .. }), "{kept:?}");
}

/// The program loses the key that it should put aside.
#[derive(Debug)]
struct Loser(PlayedCommands);

impl Commands for Loser {
    fn run(&self, run: &CommandRun<'_>) -> Result<Zeroizing<Vec<u8>>, CommandProblem> {
        if run.command.last().is_some_and(|verb| verb == "retire") {
            self.0.lose("web");
            return Ok(Zeroizing::default());
        }
        self.0.run(run)
    }
}

#[test]
fn a_key_that_is_lost_while_it_is_put_aside_is_noticed() {
    let [key, _] = keys();
    let runner = PlayedCommands::new();
    vault(&runner).put(&name(), &key).unwrap();
    let lender = Arc::new(Lender::new(Arc::new(MemoryDisk::new()), None));
    let loser = Arc::new(Loser(runner.clone()));
    let loser = CommandVault::new(PlayedCommands::choice(), Path::new("."), loser, lender);
    let lost = loser.retire(&name(), print(&key)).unwrap_err();
    assert!(matches!(lost, VaultError::NotGivenBack { .. }), "{lost:?}");
}

#[test]
fn what_is_no_key_is_unusable_and_nothing_of_it_is_shown() {
    let [key, _] = keys();
    let runner = PlayedCommands::new();
    runner.plant("web", "00", b"hunter2 is no key");
    let vault = vault(&runner);
    let seen = vault.inspect(&name()).unwrap();
    assert!(matches!(seen, VaultKey::Unusable { .. }), "{seen:?}");
    let errors = [
        vault.put(&name(), &key).unwrap_err(),
        vault.make_room(&name()).unwrap_err(),
        vault.retire(&name(), print(&key)).unwrap_err(),
        vault.get(&name()).map(drop).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, VaultError::Unusable { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    assert_eq!(runner.kept().len(), 1, "it stays as it is");
}

#[test]
fn a_plan_runs_no_program_and_a_vault_without_a_list_says_what_to_write() {
    let runner = PlayedCommands::new();
    assert_eq!(vault(&runner).glance(&name()).unwrap(), VaultKey::NotLookedAt);
    assert_eq!(runner.runs(), 0);
    let choice = VaultCommands { list: None, ..PlayedCommands::choice() };
    let lender = Arc::new(Lender::new(Arc::new(MemoryDisk::new()), None));
    let silent = CommandVault::new(choice, Path::new("."), Arc::new(runner), lender);
    let refused = silent.list().unwrap_err();
    assert!(matches!(refused, VaultError::NoList { .. }), "{refused:?}");
}
