//! The codes of what a run did not do.

use crate::code::codes;

codes! {
    /// The code of why a step, or an instance of it, was not done.
    pub enum FailureCode {
        StoppedBySignal = "stoppedBySignal" {
            meaning: "The run was asked to stop before the step began.",
            why: "After a signal nothing new is begun, and what runs is finished.",
            fix: "Run the same command again: it goes on where this run ended.",
        }
        DeadlineWouldPass = "deadlineWouldPass" {
            meaning: "The step would have ended beyond `--deadline`.",
            why: "A wave is begun only if it can be ended in time.",
            fix: "Run the same command again with a later deadline.",
        }
        WindowWouldClose = "windowWouldClose" {
            meaning: "The step would have ended beyond its window, or begun outside of it.",
            why: "No restart starts outside the windows of its Binding (L9).",
            fix: "Nothing: the work is deferred, and `keyform apply --due` does it in the next \
                  window.",
        }
        NotRecorded = "notRecorded" {
            meaning: "What the run does could not be written down, so the step was not begun.",
            why: "Nothing is done that is not recorded first (L7).",
            fix: "Fix what the error names, and run the same command again.",
        }
        LockLost = "lockLost" {
            meaning: "The run lost the lock of the project before the step began.",
            why: "Two runs at once could restart too many instances (L9).",
            fix: "Run the same command again.",
        }
        CredentialsNotAccepted = "credentialsNotAccepted" {
            meaning: "The service did not accept the credentials any more, so the run stopped.",
            why: "No call would be answered: one stop is clearer than a failure of each step.",
            fix: "See `keyform whoami` for where they are from, renew them, and run the same command \
                  again.",
        }
        ClockNotAccepted = "clockNotAccepted" {
            meaning: "The service did not accept the time of this machine, so the run stopped.",
            why: "Each call is signed with its time, and keyform has corrected that once already.",
            fix: "Set the clock of this machine, and run the same command again.",
        }
        StepBeforeFailed = "stepBeforeFailed" {
            meaning: "A step that this one waits for failed.",
            why: "Each step rests on those before it; `after` names the one that failed.",
            fix: "Fix what failed, and run the same command again.",
        }
        CanaryNotInEffect = "canaryNotInEffect" {
            meaning: "No instance of the canary of this fleet came into effect.",
            why: "A canary shows that a change works before it reaches the rest of its fleet, \
                  whatever `maxFailures` allows (L9).",
            fix: "See why the canary failed, fix that, and run the same command again; or take its \
                  instances out of the Binding.",
        }
        CallFailed = "callFailed" {
            meaning: "A call of the service, the vault or this machine failed.",
            why: "Calls that may succeed later were repeated for up to five minutes.",
            fix: "See `kind` and the message; then run the same command again.",
        }
        ItemRefused = "itemRefused" {
            meaning: "The service refused this instance in a call for several.",
            why: "Each instance is recorded by its own result (L8).",
            fix: "See the service's code; then run the same command again.",
        }
        ProgramFailed = "programFailed" {
            meaning: "A hook or a proof of the Binding failed for the instance.",
            why: "An instance that cannot be prepared is not restarted, and one that is not proven \
                  stops the next wave (L3, L9).",
            fix: "Read what the program printed, fix the cause, and run the same command again.",
        }
        NotPutBack = "notPutBack" {
            meaning: "Something failed for the instance, and then its hook `after` failed too.",
            why: "The instance counts as down until it is put back (L9).",
            fix: "Fix the hook; the next run puts the instance back.",
        }
        NotReached = "notReached" {
            meaning: "An earlier step did nothing for this instance.",
            why: "Later steps leave an instance alone that an earlier one did not change.",
            fix: "See the earlier step.",
        }
        InstanceNotFoundNow = "instanceNotFoundNow" {
            meaning: "The instance was not found when the step looked at it.",
            why: "Absence in one read is no proof that it is gone.",
            fix: "Plan again, which tells whether it still exists.",
        }
        BoundToOther = "boundToOther" {
            meaning: "The instance is bound to something that the plan did not know.",
            why: "Only what was reviewed is done (L5).",
            fix: "Plan again, and review what it is bound to.",
        }
        BindingChangedMeanwhile = "bindingChangedMeanwhile" {
            meaning: "The binding of the instance changed while the plan ran.",
            why: "Only what was reviewed is restarted and proven (L5).",
            fix: "Plan again, and review what it is bound to.",
        }
        InTransitionNow = "inTransitionNow" {
            meaning: "The instance is on its way from one status to another.",
            why: "The service rebinds Running and Stopped instances only.",
            fix: "Run the same command again once it is Running.",
        }
        NotRunning = "notRunning" {
            meaning: "The instance is not Running, so that no login can prove its key.",
            why: "A proof is a real login.",
            fix: "Start the instance; the next run proves it.",
        }
        StoppedNow = "stoppedNow" {
            meaning: "The instance was stopped before its restart.",
            why: "keyform starts no instance (L9).",
            fix: "Start it: what it is bound to takes effect with that.",
        }
        ChangeNotShown = "changeNotShown" {
            meaning: "The service took the change and does not show it yet.",
            why: "A binding counts once a read shows it.",
            fix: "Plan again later.",
        }
        NoAddress = "noAddress" {
            meaning: "The instance lacks the address by which its proof would reach it.",
            why: "`proof.ssh.address` says which of its addresses is used.",
            fix: "Change `proof.ssh.address` of its Binding, or give the instance that address.",
        }
        OthersDown = "othersDown" {
            meaning: "Too many other instances stayed down, so that this one was not restarted.",
            why: "No more may be down than the Binding allows (L9).",
            fix: "See why the named instances are down; then run the same command again.",
        }
        RestartUnheard = "restartUnheard" {
            meaning: "The call that restarts the instance was not answered, and it did not restart.",
            why: "Whether the service heard of it is unknown, so the instance is looked at.",
            fix: "Run the same command again.",
        }
        NotBackInTime = "notBackInTime" {
            meaning: "The instance was not back from its restart in time.",
            why: "It stays counted as down until it is seen Running (L9).",
            fix: "Look at the instance; raise `restart.timeout` if it needs longer.",
        }
        NotSettled = "notSettled" {
            meaning: "The instance came back, and did not stay Running as long as `settle` asks.",
            why: "An instance that goes down again is not back.",
            fix: "Look at the instance; then run the same command again.",
        }
        PairNotOurs = "pairNotOurs" {
            meaning: "The pair of this name is another one than this project made.",
            why: "Foreign pairs are never changed or deleted (L6).",
            fix: "Plan again, and review whose the pair is.",
        }
        PairStillBound = "pairStillBound" {
            meaning: "Instances are bound to the pair that was to be deleted.",
            why: "A bound pair cannot be deleted (R12), and without it nobody can log in (L3).",
            fix: "Unbind the named instances, or let the next plan do it.",
        }
        CreatedKeyLost = "createdKeyLost" {
            meaning: "The service made the pair, its private key was lost, and instances are bound to \
                      it.",
            why: "The service hands a private key out once. A pair without it is deleted and made \
                  again, but not while someone relies on it (L3).",
            fix: "Bind the named instances to another pair, and run the same command again.",
        }
        ResourceGroupNotFound = "resourceGroupNotFound" {
            meaning: "The account has no resource group of this id.",
            why: "The `resourceGroup` of the KeyPair says where the pair belongs.",
            fix: "Correct `resourceGroup` in the manifest, or leave it out.",
        }
        KeyNotInVault = "keyNotInVault" {
            meaning: "The private key that the pair is made of is not in the vault.",
            why: "No pair exists in the cloud without its private key in the vault (L2).",
            fix: "Put the private key back, and run the same command again.",
        }
        FingerprintDiffers = "fingerprintDiffers" {
            meaning: "The service computed another fingerprint of the key than keyform.",
            why: "Both are computed from the same bytes, so one of the two is wrong.",
            fix: "Please report this, with the public key.",
        }
        UnexpectedAnswer = "unexpectedAnswer" {
            meaning: "The answer was that of another call.",
            why: "This is a mistake of keyform.",
            fix: "Please report this; the same command again goes on where this run ended.",
        }
        AlreadyDone = "alreadyDone" {
            meaning: "What the step would do for the instance was so before the run.",
            why: "What is done already is not done again (L5).",
            fix: "No action is needed.",
        }
        GoneSincePlan = "goneSincePlan" {
            meaning: "The instance does not exist any more.",
            why: "An item that is gone is dropped from its step and reported (L5).",
            fix: "Take it out of its Binding.",
        }
        NoLongerSelected = "noLongerSelected" {
            meaning: "The instance lost a tag by which its Binding selected it, before it was bound.",
            why: "The plan binds it because the selector chose it. One that is bound already keeps \
                  its restart and its proof.",
            fix: "No action is needed; give the instance its tags back to have it bound.",
        }
        AlreadyInEffect = "alreadyInEffect" {
            meaning: "The instance was restarted meanwhile, so that its binding is in effect.",
            why: "No instance is restarted twice for one change (L9).",
            fix: "No action is needed.",
        }
    }
}
