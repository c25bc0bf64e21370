//! Codes of why a use case does not come to its end.

use crate::code::codes;

codes! {
    /// The codes of an [`OpenError`](super::OpenError) itself; what it wraps has its own.
    pub enum OpenErrorCode {
        Manifests = "manifestsInvalid" {
            meaning: "The manifests have problems, so nothing was done.",
            why: "Nothing is planned from manifests that are partly understood.",
            fix: "Fix the problems; each has its own code, and `keyform validate` shows them \
                  without reading the cloud.",
        }
        UntrustedHost = "untrustedHostRefused" {
            meaning: "Credentials would be sent to a host that is not of ECS or STS.",
            why: "A changed manifest must not be enough to collect credentials (L4).",
            fix: "Correct the endpoint, or name the host in `KEYFORM_TRUSTED_HOSTS`.",
        }
        UntrustedServerHost = "untrustedStateHost" {
            meaning: "Requests for the state or the private keys would be sent to a host that is \
                      neither of AWS nor of OSS, nor named as yours.",
            why: "A changed manifest must not be enough to collect what signs requests (L4).",
            fix: "Correct the endpoint, or name the host in `KEYFORM_TRUSTED_HOSTS`.",
        }
        NotBuiltIn = "storeNotBuiltIn" {
            meaning: "The project keeps its state or private keys where this build of keyform cannot.",
            why: "Each kind of server is a feature that a build can leave out.",
            fix: "Use a build with the feature that the message names; all are on by default.",
        }
        KeysEndWithRunner = "keysEndWithRunner" {
            meaning: "The private keys would end with this runner of CI, so nothing was done.",
            why: "A key pair whose private key is lost locks people out (L2).",
            fix: "Keep the keys in a bucket or the vault of a command, or on a disk that outlives the \
                  runner: `privateKeys: {directory: …, outlivesRunner: true}`.",
        }
        StateEndsWithRunner = "stateEndsWithRunner" {
            meaning: "The state would end with this runner of CI, so nothing was done.",
            why: "Without its state a project does not know what it has bound, restarted and deferred, \
                  and the next run would begin with what the tags of the cloud tell (L7).",
            fix: "Keep the state on a server: `state: {postgres: {url: …}}`. Or say that its \
                  directory outlives the runner: `state: {file: {directory: …, outlivesRunner: true}}`.",
        }
        DirectoryBesideVault = "privateKeysInTwoPlaces" {
            meaning: "The Project keeps the private keys elsewhere, and the machine names a directory \
                      for them.",
            why: "Each private key is kept in one place (L2).",
            fix: "Leave `--private-keys` and KEYFORM_PRIVATE_KEYS out.",
        }
        KeysOverlap = "privateKeysOverlap" {
            meaning: "The directory that `--private-keys` names is kept for something else.",
            why: "Private keys in the directory of the state could be published with it, and git \
                  and the embedded cloud remove files from theirs (L2, L4).",
            fix: "Name a directory that holds nothing but private keys.",
        }
    }
}

codes! {
    /// The codes of a [`SessionError`](super::SessionError) itself; what it wraps has its own.
    pub enum SessionErrorCode {
        Observe = "regionUnreadable" {
            meaning: "A region could not be read, so nothing was changed.",
            why: "What cannot be read is not taken for gone.",
            fix: "Fix what the cause names, and run the same command again.",
        }
        Vault = "keyNotLookedUp" {
            meaning: "A private key could not be looked up, so nothing was changed.",
            why: "Whether a key exists decides what may be done with its pair (L2, L3).",
            fix: "Fix what the cause names, and run the same command again.",
        }
        CleanVault = "keyDirectoryNotCleaned" {
            meaning: "Files that a dead run left among the private keys could not be removed, so \
                      nothing was changed.",
            why: "Half-written files must not be taken for keys (L2).",
            fix: "Fix what the cause names, and run the same command again.",
        }
        Unsound = "savedPlanUnsound" {
            meaning: "The saved plan is not sound: its file was changed after keyform wrote it.",
            why: "Only what was reviewed is done (L5).",
            fix: "Make a new plan with `keyform plan -o FILE`.",
        }
        Mistake = "planMistake" {
            meaning: "keyform has made a mistake in its plan, so nothing was done.",
            why: "Every plan is checked before it is shown or applied (L5).",
            fix: "Please report this, with the plan if you can.",
        }
        Stale = "planStale" {
            meaning: "The facts that the saved plan rests on have changed, so nothing of it was \
                      done.",
            why: "Only what was reviewed is done, on the facts that were reviewed (L5).",
            fix: "Make a new plan with `keyform plan -o FILE`.",
        }
        AlreadyApplied = "alreadyApplied" {
            meaning: "The saved plan was applied to its end before.",
            why: "A plan is done once (L5).",
            fix: "Make a new plan with `keyform plan -o FILE`.",
        }
        RightsMissing = "rightsMissing" {
            meaning: "`--check-permissions` found that the caller lacks rights in RAM, so nothing was \
                      changed.",
            why: "A run that is refused in its middle leaves the rest undone.",
            fix: "Add the statements that the message has to the caller's policy in RAM, or the whole \
                  policy that `keyform ram-policy` prints; docs/ram.md tells how.",
        }
        UnknownObject = "unknownObject" {
            meaning: "Nothing is known of the object that `plan --explain` was asked about.",
            why: "No manifest wants it, it is not recorded, and it was not seen in the cloud or \
                  the vault.",
            fix: "Check the address: `keyform status` lists what there is.",
        }
        NothingMatched = "nothingMatched" {
            meaning: "A filter of `keyform status` matches nothing in the project.",
            why: "A mistyped filter must not look as if there were nothing to do.",
            fix: "Give a name with * and ?, such as `--binding 'web-*'`; `keyform status` lists \
                  what there is.",
        }
        AmbiguousObject = "ambiguousObject" {
            meaning: "`plan --explain` was asked about a name that objects of several kinds have.",
            why: "A story of another object than the one that is meant would mislead.",
            fix: "Name one of the addresses that the message lists.",
        }
        LineageFound = "lineageFound" {
            meaning: "A state was to be begun, and key pairs in the cloud belong to another one of \
                      this project.",
            why: "Two states of one project would change the same pairs (L6, L7).",
            fix: "Let the Project name the place of that state; if it is lost for good, run `keyform \
                  state init --take-over`.",
        }
        NoLineageFound = "noLineageFound" {
            meaning: "No lineage can be taken over: the cloud has no key pairs of this project, or \
                      they are of several lineages.",
            why: "A state that continues another must be known to be the right one (L7).",
            fix: "Look at the regions and the account, or begin a new state without `--take-over`.",
        }
        NotFolded = "journalNotFolded" {
            meaning: "The run has ended, and its journal could not be folded into the state.",
            why: "The journal holds all that the run did, and the next command reads it, so nothing is \
                  lost. A new snapshot could not be written.",
            fix: "Fix what the cause names, and run the same command again: it folds the journal first.",
        }
        Random = "noLineage" {
            meaning: "The operating system gave no random numbers for a new state.",
            why: "Each state has a random identity, so that two of one name are told apart (L7).",
            fix: "Run the same command again.",
        }
    }
}

codes! {
    /// The code of a [`SavedPlanError`](super::SavedPlanError).
    pub enum SavedPlanErrorCode {
        Disk = "planFileDisk" {
            meaning: "The file of a plan cannot be read or written.",
            why: "A plan that is not written in full is not a plan.",
            fix: "Check the path and its permissions; `keyform plan -o FILE` writes one.",
        }
        Occupied = "planFileOccupied" {
            meaning: "The file exists and is not a plan of keyform, so it was not replaced.",
            why: "keyform overwrites nothing but its own plans.",
            fix: "Name another file.",
        }
        NotAPlan = "notAPlan" {
            meaning: "The file is not a plan that keyform wrote.",
            why: "Only what was reviewed is done (L5).",
            fix: "Make one with `keyform plan -o FILE`.",
        }
        Invisible = "planInvisible" {
            meaning: "The plan has invisible characters, which keyform writes out in its plans.",
            why: "They could hide from a reviewer what the plan does (L5).",
            fix: "Make a new one with `keyform plan -o FILE`, and find out who changed the file.",
        }
        OtherFormat = "planOtherFormat" {
            meaning: "The plan is of another format than this version applies.",
            why: "Its steps may mean something else (L5).",
            fix: "Make a new one with `keyform plan -o FILE`.",
        }
    }
}

codes! {
    /// The code of a [`MetricsError`](super::MetricsError).
    pub enum MetricsErrorCode {
        Disk = "metricsNotWritten" {
            meaning: "The file of metrics cannot be written.",
            why: "Old metrics would look like those of now; an alert on the age of the file notices.",
            fix: "Check the path of `--metrics-file` and its permissions.",
        }
        Occupied = "metricsFileOccupied" {
            meaning: "The file exists and holds no metrics of keyform, so it was not replaced.",
            why: "keyform overwrites nothing but its own metrics.",
            fix: "Name another file, or remove this one.",
        }
    }
}

codes! {
    /// The codes of a [`ServeError`](super::ServeError) itself; what it wraps has its own.
    pub enum ServeErrorCode {
        Inventory = "emulatorInventory" {
            meaning: "The inventory of the server has problems.",
            why: "The instances that there are must be understood in full.",
            fix: "Fix the problems; each has its own code.",
        }
        NoRegion = "emulatorNoRegion" {
            meaning: "An instance of the inventory is in a region that does not exist.",
            why: "The server refuses such regions as the service does, so that no client could \
                  reach the instance.",
            fix: "Correct the region, or take the instance out of the inventory.",
        }
        Unreadable = "emulatorFileUnreadable" {
            meaning: "A file that the server was told of cannot be read.",
            why: "A server without it would not be the one that was asked for.",
            fix: "Check the path and its permissions.",
        }
        Faults = "emulatorFaultsInvalid" {
            meaning: "The script of faults is wrong.",
            why: "A fault that never happens would let a test pass that tries nothing.",
            fix: "Write it as docs/emulator.md describes.",
        }
        Credentials = "emulatorCredentialsInvalid" {
            meaning: "The file of credentials is wrong.",
            why: "A server that knows other keys than it was told refuses its clients.",
            fix: "Write it as docs/emulator.md describes; nothing of its content is shown.",
        }
        Listen = "emulatorNotListening" {
            meaning: "The server cannot listen at its address.",
            why: "Another program has the port, or the address is not of this machine.",
            fix: "Name another address with `--listen`; port 0 takes any that is free.",
        }
        PortFile = "emulatorPortFile" {
            meaning: "The port cannot be written to its file, so the server was stopped.",
            why: "Whoever waits for the file would wait for ever.",
            fix: "Check the path of `--port-file` and its permissions.",
        }
    }
}

codes! {
    /// The codes of a [`ConsoleOpenError`](super::ConsoleOpenError) itself; what it wraps has its
    /// own.
    pub enum ConsoleOpenErrorCode {
        RealCloud = "consoleOfRealCloud" {
            meaning: "The project is about a real account, so there is no embedded cloud to act on.",
            why: "keyform does nothing by hand to real instances.",
            fix: "Use the console of Alibaba Cloud, or name a server with `--server`.",
        }
    }
}
