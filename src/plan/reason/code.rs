//! The codes of reasons, with what they mean.

use crate::code::codes;

codes! {
    /// The code of a [`Reason`](super::Reason).
    pub enum ReasonCode {
        InstanceNotFound = "instanceNotFound" {
            meaning: "The instance does not exist in its region.",
            why: "Two complete reads by its id left it out. keyform binds only what is there.",
            fix: "Correct the id in the Binding, or remove it from the list.",
        }
        InstanceInOtherRegion = "instanceInOtherRegion" {
            meaning: "The instance is in another region than its Binding.",
            why: "A Binding is for one region, and ECS knows an instance only in its own. keyform \
                  looked in the other regions of the project.",
            fix: "List the instance in a Binding for its region, or correct the id.",
        }
        InstanceUnseen = "instanceUnseen" {
            meaning: "The instance could not be read, so nothing is done to it.",
            why: "A missing answer is no evidence: it may be a lost permission or an incomplete \
                  listing. keyform changes nothing that it has not seen.",
            fix: "Plan again. If it stays so, check that this account may describe the instance.",
        }
        RunsWindows = "runsWindows" {
            meaning: "The instance runs Windows.",
            why: "ECS key pairs are for Linux instances only (R1).",
            fix: "Remove the instance from the Binding, or narrow its selector.",
        }
        GenerationOne = "generationOne" {
            meaning: "The instance is of Generation I and not I/O optimized.",
            why: "The API does not bind key pairs to this family (R8).",
            fix: "Remove the instance from the Binding, or replace it with one of a newer family.",
        }
        GenerationOneOptimized = "generationOneOptimized" {
            meaning: "The instance is of Generation I and I/O optimized.",
            why: "The pages of ECS contradict each other on whether it can be bound (R8).",
            fix: "Set `allowGenerationOne: true` in the Binding to let ECS decide, or remove the \
                  instance from the Binding.",
        }
        Managed = "managed" {
            meaning: "Auto Scaling or ACK made the instance.",
            why: "Both replace an instance that stops, so a restart could destroy it (R13).",
            fix: "Set the key pair in the scaling group or the node pool and remove the instance \
                  from the Binding, or set `managedInstances: include`.",
        }
        Locked = "locked" {
            meaning: "The service has locked the instance.",
            why: "ECS refuses most changes of a locked instance, for example after a missed payment.",
            fix: "Remove the cause of the lock in the console, then plan again.",
        }
        InTransition = "inTransition" {
            meaning: "The instance is neither Running nor Stopped.",
            why: "A binding or a restart that meets a change of status may be lost, and restarts are \
                  counted (L9).",
            fix: "Wait until the instance is Running, then plan again.",
        }
        Unproven = "unproven" {
            meaning: "A login to the instance is still to be proven, and it is not Running.",
            why: "The Binding asks for a proof, and a login needs a running instance.",
            fix: "Start the instance, then apply again.",
        }
        Restarting = "restarting" {
            meaning: "An earlier run has asked for a restart of the instance, which is not over.",
            why: "No instance restarts a second time for one change (L9). Its return is watched.",
            fix: "Nothing. The apply waits for its return.",
        }
        NotBack = "notBack" {
            meaning: "An earlier run has restarted the instance, and it is Stopped since.",
            why: "An instance that keyform took down counts as down until it is back (L9), and \
                  keyform never starts an instance.",
            fix: "Find out why it did not come back, and start it.",
        }
        StoppedPrepared = "stoppedPrepared" {
            meaning: "The hook `before` has prepared the instance for a restart, and it is Stopped.",
            why: "The hook `after` runs once the instance is back, and keyform never starts one.",
            fix: "Start the instance, then apply again: the hook `after` puts it back.",
        }
        LeftPrepared = "leftPrepared" {
            meaning: "The hook `before` has prepared the instance, and no Binding wants it now.",
            why: "The hook `after` belongs to a Binding that no longer has the instance, so keyform \
                  does not run it.",
            fix: "Do by hand what the hook `after` does, for example add it to the load balancer.",
        }
        Paused = "paused" {
            meaning: "Restarts of the Binding are paused.",
            why: "Its policy has `paused` with a reason and an end. Until then the work is deferred.",
            fix: "Wait until the pause ends, or remove `paused` from the manifest.",
        }
        Denied = "denied" {
            meaning: "Restarts of the Binding are denied at this time.",
            why: "A span of `deny` in its policy covers now, or would before the restart is over.",
            fix: "Wait until the span ends, or change `deny` in the manifest.",
        }
        WaitsForWindow = "waitsForWindow" {
            meaning: "The work waits for the next window of its Binding.",
            why: "No restart begins outside its window (L9).",
            fix: "Apply the plan now: it records the work, and `keyform apply --due` does it in the \
                  window.",
        }
        NoWindow = "noWindow" {
            meaning: "No window within two years is long enough for the restart.",
            why: "A restart begins only if it can end within the window (L9), with its hooks, its \
                  timeout and its proof.",
            fix: "Make a window longer, shorten the `timeout`, or change `deny`.",
        }
        RestartLimit = "restartLimit" {
            meaning: "The limit of restarts for one run leaves the instance to a later run.",
            why: "`limits.restartsPerRun` of the Project caps what one run may interrupt.",
            fix: "Apply again after this run, or raise the limit.",
        }
        Manual = "manual" {
            meaning: "The binding takes effect when the instance is restarted by hand.",
            why: "The policy says `when: manual`, and a binding takes effect at a restart (R7).",
            fix: "Restart the instance when it suits you.",
        }
        ManualUnbound = "manualUnbound" {
            meaning: "The unbinding takes effect when the instance is restarted by hand.",
            why: "The policy says `when: manual`, and an unbinding takes effect at a restart (R7).",
            fix: "Make sure that you can log in without the key, then restart the instance.",
        }
        BoundWhileStopped = "boundWhileStopped" {
            meaning: "The binding takes effect when the instance is started.",
            why: "The instance is Stopped, and keyform never starts one (L9).",
            fix: "Start the instance when you need it.",
        }
        UnboundWhileStopped = "unboundWhileStopped" {
            meaning: "The unbinding takes effect when the instance is started.",
            why: "The instance is Stopped, and keyform never starts one (L9).",
            fix: "Make sure that you can log in without the key, then start the instance.",
        }
        ClaimedTwice = "claimedTwice" {
            meaning: "Several Bindings want the instance.",
            why: "An instance has one key pair (R6), and keyform does not choose for you.",
            fix: "Change the selectors or lists so that one Binding has it.",
        }
        BoundToForeign = "boundToForeign" {
            meaning: "The instance is bound to a pair that this project did not make.",
            why: "What is foreign is not touched (L6): others may log in with that pair.",
            fix: "Unbind it where it is managed, or set `replaceForeign: true` in the Binding.",
        }
        TakenFrom = "takenFrom" {
            meaning: "The binding was changed outside keyform, and is set right.",
            why: "A manifest wants the instance, so the plan binds it again. It is shown since the \
                  change may have been on purpose.",
            fix: "Nothing, or remove the instance from the Binding if the change should stay.",
        }
        RetakenAgain = "retakenAgain" {
            meaning: "The binding was changed again within a week after keyform had set it right.",
            why: "Another tool manages this instance. Each round would cost a restart, so keyform \
                  stops (L9).",
            fix: "Remove the instance from the Binding or from the other tool.",
        }
        ApprovalOutdated = "approvalOutdated" {
            meaning: "Deferred work is dropped, since the instance is bound to something else now.",
            why: "What was reviewed is what is done (L5), and the review was of another binding.",
            fix: "Run `keyform plan` and review what is to be done now.",
        }
        LeftSelector = "leftSelector" {
            meaning: "The instance lost a tag by which its Binding selected it.",
            why: "Deferred work was approved for an instance that the selector chose.",
            fix: "No action is needed; give the instance its tags back to have it bound.",
        }
        ApprovedPairGone = "approvedPairGone" {
            meaning: "Deferred work is dropped, since the pair it needs is not there as approved.",
            why: "What was reviewed is what is done (L5), and the pair has another key or is gone.",
            fix: "Run `keyform plan` and review what is to be done now.",
        }
        Held = "held" {
            meaning: "A tag holds the instance until a later time.",
            why: "The tag `keyform:hold` keeps keyform from binding and restarting it.",
            fix: "Wait until then, or remove the tag.",
        }
        HoldTooLong = "holdTooLong" {
            meaning: "The tag `keyform:hold` names a time more than seven days ahead.",
            why: "A hold is for a short piece of work. A longer one would be forgotten.",
            fix: "Set an earlier time, or remove the instance from its Binding.",
        }
        HoldUnreadable = "holdUnreadable" {
            meaning: "The tag `keyform:hold` holds no time.",
            why: "keyform does not guess how long the hold should last, so it does nothing.",
            fix: "Write a time such as 2027-02-05T18:00:00Z, or remove the tag.",
        }
        BoundToProtected = "boundToProtected" {
            meaning: "No Binding wants the instance, but its pair is protected, so it stays bound.",
            why: "The KeyPair had `protect: true`, which holds after its manifest is gone.",
            fix: "Write a Removal for the KeyPair, or declare the Binding again.",
        }
        NameTaken = "nameTaken" {
            meaning: "A pair that this project did not make has the wanted name.",
            why: "Names are unique in a region (R11), and what is foreign is not touched (L6).",
            fix: "Choose another name, or delete that pair if it is not needed.",
        }
        PairReplaced = "pairReplaced" {
            meaning: "The pair in the cloud has another key than the recorded one.",
            why: "It was replaced outside keyform, so it is not ours any more (L6).",
            fix: "Delete it there, and keyform imports ours again.",
        }
        PairTakenOver = "pairTakenOver" {
            meaning: "The pair is recorded here, but its lineage tag names another state.",
            why: "Another state claims it, and what is foreign is not touched (L6).",
            fix: "If it belongs here, remove its tag `keyform:lineage`, and keyform sets its own.",
        }
        PairDeleted = "pairDeleted" {
            meaning: "The pair was deleted outside keyform, and is imported again.",
            why: "A manifest wants it, and its key is still known.",
            fix: "Nothing, or remove the KeyPair if it should stay deleted.",
        }
        PairAndKeyGone = "pairAndKeyGone" {
            meaning: "The pair was deleted outside keyform, its private key is gone, and it is created \
                      again with another key.",
            why: "The manifest wants it, and says that the service makes its key.",
            fix: "Nothing; or put the private key back before you apply, to have the pair with it.",
        }
        TagsChanged = "tagsChanged" {
            meaning: "Tags of the pair were changed outside keyform, and are set again.",
            why: "The manifest says which tags it has, and keyform knows its pairs by their tags.",
            fix: "Nothing, or change the tags in the manifest.",
        }
        GroupChanged = "groupChanged" {
            meaning: "The pair was moved to another resource group outside keyform, and is moved back.",
            why: "The manifest says by `resourceGroup` in which one it is.",
            fix: "Nothing, or change the `resourceGroup` in the manifest, or leave it out.",
        }
        OfOtherState = "ofOtherState" {
            meaning: "The pair has the tags of this project and the lineage of another state.",
            why: "Another copy of the project may use it, and what is foreign is not touched (L6).",
            fix: "To take it over, declare it with its key and `adopt: true`.",
        }
        Orphaned = "orphaned" {
            meaning: "This project made the pair, but has neither its record nor its private key.",
            why: "Without the record keyform does not know whether the pair is still in use.",
            fix: "Put the private key back, or delete the pair if it is not needed.",
        }
        CanBeAdopted = "canBeAdopted" {
            meaning: "A foreign pair of this name has the very key that is wanted.",
            why: "Adopting a foreign pair is a reviewed step (L6), so the manifest must ask for it.",
            fix: "Set `adopt: true` in the KeyPair.",
        }
        TagClash = "tagClash" {
            meaning: "A tag of the manifest differs only in case from a tag of others on the pair.",
            why: "The service does not keep two such keys on one pair, and keyform removes no tag \
                  that it did not set (L6).",
            fix: "Write the key as it is on the pair, or remove that tag there.",
        }
        TagsDoNotFit = "tagsDoNotFit" {
            meaning: "The tags of the manifest do not fit on the pair beside those of others.",
            why: "The service keeps 20 tags on a pair, keyform needs 4, and it removes no tag that \
                  it did not set (L6).",
            fix: "Leave some tags out of the manifest, or remove some of the others on the pair.",
        }
        AdoptsOtherKey = "adoptsOtherKey" {
            meaning: "The pair that is to be adopted has another key.",
            why: "keyform adopts a pair only with the very key that the manifest gives (L6).",
            fix: "Give the key that the pair has, or choose another name.",
        }
        GenerationGone = "generationGone" {
            meaning: "The wanted generation was deleted after a later one had taken its place.",
            why: "The name of a deleted generation is never used again, so that one name is one key.",
            fix: "Choose the later generation, or a higher one for a new key.",
        }
        GenerationLost = "generationLost" {
            meaning: "The private key of the wanted generation is lost, and a later one is in use.",
            why: "Without the private key a change back would lock you out (L3).",
            fix: "Put the private key back, choose the later generation, or a higher one.",
        }
        PairBlocked = "pairBlocked" {
            meaning: "The key pair of the Binding is blocked.",
            why: "Instances are bound only to a pair that is there and can be used (L3).",
            fix: "Fix what blocks the pair or its key: the plan has a row for it.",
        }
        KeyLostWhileBound = "keyLostWhileBound" {
            meaning: "The private key is lost, and instances are bound to the pair.",
            why: "A pair that is bound cannot be deleted and made again (R12).",
            fix: "Put the private key back, or bind the instances to another pair first.",
        }
        KeyMissing = "keyMissing" {
            meaning: "The recorded private key of a pair in use is gone from the vault of this \
                      machine.",
            why: "Without it you cannot log in where the pair is in effect. keyform cannot bring \
                  it back, and makes no other key under this name (L2, L3).",
            fix: "Put the file back from a backup, or raise `generation` in the manifest of the \
                  key pair to rotate to a new key.",
        }
        KeyMissingForRegion = "keyMissingForRegion" {
            meaning: "The pair is not made in a further region, since its private key is missing.",
            why: "No pair is made whose private key is not in the vault (L2).",
            fix: "Put the private key back into the vault.",
        }
        KeyMissingForInstance = "keyMissingForInstance" {
            meaning: "The instance is not bound, since the private key of the pair is missing.",
            why: "After the restart nobody might be able to log in (L3).",
            fix: "Put the private key back into the vault.",
        }
        KeyMissingForProof = "keyMissingForProof" {
            meaning: "The login cannot be proven, since the private key is missing.",
            why: "The Binding asks for a proof by SSH, which uses the private key.",
            fix: "Put the private key back into the vault.",
        }
        CertificateForInstance = "certificateForInstance" {
            meaning: "The instance is not bound, since the key of the pair is a certificate.",
            why: "sshd ignores a certificate in authorized_keys, so nobody could log in (L3).",
            fix: "Give the plain public key that the certificate certifies.",
        }
        GivenKeyDiffers = "givenKeyDiffers" {
            meaning: "The manifest gives another public key than the pair has.",
            why: "The key of a generation never changes.",
            fix: "Raise `generation` to rotate to the new key, or give the old key again.",
        }
        KeyUnusable = "keyUnusable" {
            meaning: "What the vault holds under this name is no private key that can be used.",
            why: "keyform never overwrites what it finds in the vault (L2, L4).",
            fix: "Do what the message says: repair the file, make it readable, or move it away.",
        }
        KeyExposed = "keyExposed" {
            meaning: "Others on this machine can read or change the private key.",
            why: "Files of private keys are 0600 (L4), and ssh refuses others.",
            fix: "Run `chmod 600` on the file. If others may have read it, rotate the key.",
        }
        KeyNotLookedAt = "keyNotLookedAt" {
            meaning: "The pair is there, its private key is not recorded, and its vault was not looked at.",
            why: "The vault is a command, and plan, status and validate run no command. What becomes \
                  of the pair depends on whether the vault has its key (L2).",
            fix: "Run `keyform apply` without a saved plan: it looks, shows its plan and asks.",
        }
        KeyDiffers = "keyDiffers" {
            meaning: "The vault holds another private key than the recorded one.",
            why: "keyform never overwrites a private key (L2).",
            fix: "Put the right private key back, or move the file away.",
        }
        KeyStillInEffect = "keyStillInEffect" {
            meaning: "No pair has the private key any more, and guests may accept it until they are restarted.",
            why: "Without the private key there is no login to them until then (L3).",
            fix: "Restart these instances, or wait until a plan does.",
        }
        RotationDue = "rotationDue" {
            meaning: "The key is older than `rotateAfter` in its manifest allows.",
            why: "A rotation restarts instances, so it is a reviewed change of a manifest. The age counts \
                  from the run that made the pair, or from its CreationTime.",
            fix: "Raise `generation` of the key pair to the number that the row names. With a given \
                  key, change the key in the same commit.",
        }
        DeleteLimit = "deleteLimit" {
            meaning: "The limit of deletes for one run leaves the pair to a later run.",
            why: "`limits.deletesPerRun` of the Project caps what one run may delete.",
            fix: "Apply again after this run, or raise the limit.",
        }
        Protected = "protected" {
            meaning: "No manifest declares the pair, but it is protected, so it stays.",
            why: "The KeyPair had `protect: true`, which holds after its manifest is gone.",
            fix: "Declare the KeyPair again to keep it, or write a Removal for it.",
        }
        StillBound = "stillBound" {
            meaning: "The pair is not wanted, but instances that this project does not unbind use it.",
            why: "A bound pair cannot be deleted (R12), and its users must not be locked out (L3).",
            fix: "Unbind these instances where they are managed. The pair is deleted afterwards.",
        }
        StillInEffect = "stillInEffect" {
            meaning: "The pair is not wanted, but guests accept its key until they are restarted.",
            why: "Without the private key there is no login to them until then (L3).",
            fix: "Restart these instances, or wait until a plan does.",
        }
        NotOurs = "notOurs" {
            meaning: "The pair is not wanted, and what is there now is not what keyform made.",
            why: "What is foreign is not touched (L6). Only its record is removed.",
            fix: "Nothing, or delete the pair yourself if it is not needed.",
        }
    }
}
