//! Problems between objects.

use crate::code::codes;

codes! {
    /// Codes of what objects say of one another.
    pub enum ReferenceCode {
        DuplicateName = "duplicateName" {
            meaning: "Two manifests of one kind have the same name.",
            why: "A name is the identity of an object, also in the state.",
            fix: "Rename one of the two, or merge them.",
        }
        NamesDifferInCase = "namesDifferInCase" {
            meaning: "The names of two key pairs differ only in upper and lower case.",
            why: "On some file systems their private keys would be one file (L2).",
            fix: "Rename one of the two.",
        }
        UnknownKeyPair = "unknownKeyPair" {
            meaning: "A manifest refers to a KeyPair that the project does not have.",
            why: "A binding to nothing would unbind its instances (L3).",
            fix: "Correct the name, without the Project's `namePrefix`, or add the KeyPair.",
        }
        KeyPairRemoved = "keyPairRemoved" {
            meaning: "A Binding refers to a KeyPair that a Removal removes.",
            why: "The Removal would take the login of its instances away (L3).",
            fix: "Take the Binding out too, or bind its instances to another pair.",
        }
        RemovalOfDeclared = "removalOfDeclared" {
            meaning: "A Removal removes a KeyPair that the project declares.",
            why: "The two contradict each other.",
            fix: "Take the KeyPair out to remove the pair, or the Removal to keep it.",
        }
        RemovedTwice = "removedTwice" {
            meaning: "Two Removals are about the same key pair.",
            why: "They could say different things.",
            fix: "Keep one of the two.",
        }
        RegionNotGiven = "regionNotGiven" {
            meaning: "A Binding does not say its region, and its pair is in several.",
            why: "An instance is bound to the pair of its own region.",
            fix: "Add `region` to the Binding.",
        }
        RegionNotOfPair = "regionNotOfPair" {
            meaning: "A Binding is in a region where its pair is not.",
            why: "An instance can only have a pair of its own region.",
            fix: "Correct the region, or add it to the `regions` of the pair.",
        }
        InstanceClaimedTwice = "instanceClaimedTwice" {
            meaning: "Two Bindings claim the same instance.",
            why: "An instance has one key pair (R6): each apply would undo the other.",
            fix: "Take the instance out of one of the two.",
        }
        ListedAndSelected = "listedAndSelected" {
            meaning: "A Binding has `instances` and a `selector`.",
            why: "Its instances are either named or selected, so that a reviewer knows where to \
                  look.",
            fix: "Keep one of the two.",
        }
        NothingChosen = "nothingChosen" {
            meaning: "A Binding has neither `instances` nor a `selector`.",
            why: "Nothing and none are different: an empty list unbinds all (L3).",
            fix: "List the ids of its instances, or select them by tags; `instances: []` says \
                  that none is bound.",
        }
        SelectorWithoutTags = "selectorWithoutTags" {
            meaning: "A selector has no tag.",
            why: "It would select every instance of the region.",
            fix: "Write at least one tag; those of the Project's `defaults` count too.",
        }
        SelectorContradiction = "selectorContradiction" {
            meaning: "A selector has another value of a tag than the Project's `defaults`.",
            why: "No instance has both values, so that it would select none.",
            fix: "Leave the tag out here, or take it out of the `defaults`.",
        }
        ProofWithoutKey = "proofWithoutKey" {
            meaning: "A proof by `ssh` is asked for with a pair whose private key keyform does \
                      not have.",
            why: "keyform logs on with the private key, and only the public half of this one was \
                  given.",
            fix: "Let a program of yours log on: `proof: {command: […]}`; or write `proof: none`.",
        }
    }
}
