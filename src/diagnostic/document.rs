//! Problems of files and documents.

use crate::code::codes;

codes! {
    /// Codes of files and documents: what can be wrong before any field counts.
    pub enum DocumentCode {
        ProjectMissing = "projectMissing" {
            meaning: "The directory has no `keyform.yaml`, so it is no project.",
            why: "keyform takes a directory for a project only where that file says so; it never \
                  guesses.",
            fix: "Run `keyform init` to make a project, or name the directory of one with `-C \
                  DIR`.",
        }
        ProjectDocumentMissing = "projectDocumentMissing" {
            meaning: "`keyform.yaml` has no document of `kind: Project`.",
            why: "The Project says which cloud, state and private keys all other manifests are \
                  about.",
            fix: "Add a document with `apiVersion: keyform/v1` and `kind: Project`; `keyform \
                  init` in an empty directory writes one.",
        }
        SecondProject = "secondProject" {
            meaning: "`keyform.yaml` has more than one Project.",
            why: "A directory is one project, with one state (L7); two would claim the same \
                  objects.",
            fix: "Move one of the two to a directory of its own.",
        }
        ProjectElsewhere = "projectElsewhere" {
            meaning: "A Project is in another file than `keyform.yaml`.",
            why: "keyform reads the Project first, since all other manifests depend on it.",
            fix: "Take it out, or move it to the `keyform.yaml` of another directory.",
        }
        DirectoryUnreadable = "directoryUnreadable" {
            meaning: "The directory of the project cannot be read.",
            why: "Without its manifests keyform does not know what is desired.",
            fix: "Name an existing directory with `-C DIR`, and see that you may read it.",
        }
        FileUnreadable = "fileUnreadable" {
            meaning: "A file or a directory cannot be read or is not there.",
            why: "Nothing is planned from a part of the manifests: what is missing would look \
                  unwanted.",
            fix: "Create the file, correct its path, or see that you may read it.",
        }
        NotAFile = "notAFile" {
            meaning: "A path leads to something that is not a regular file.",
            why: "Manifests and keys are read from regular files only: a device or a pipe may \
                  never end.",
            fix: "Name a regular file, or move the entry out of the project directory.",
        }
        NotUtf8 = "notUtf8" {
            meaning: "A manifest is not text in UTF-8.",
            why: "Another encoding can hide what a reviewer reads.",
            fix: "Save the file as UTF-8.",
        }
        OutsideWorkTree = "outsideWorkTree" {
            meaning: "A path leads out of the git work tree of the project, perhaps by a symbolic \
                      link.",
            why: "All that decides what is done is reviewed in one work tree.",
            fix: "Move the file into the work tree, and name it by a relative path.",
        }
        DanglingLink = "danglingLink" {
            meaning: "A path leads through a symbolic link to nothing.",
            why: "keyform cannot tell whether the link would lead out of the work tree.",
            fix: "Correct the link, or remove it.",
        }
        IncludesProject = "includesProject" {
            meaning: "An included directory is a project, this one or another.",
            why: "Its own `keyform.yaml` says what holds for its manifests; two projects never \
                  share a state.",
            fix: "Put the manifests that projects share into a directory without `keyform.yaml`.",
        }
        MisnamedManifest = "misnamedManifest" {
            meaning: "A manifest is in a file that ends in `.yml`, and manifests end in `.yaml`.",
            why: "A manifest that is silently not read would look like one that was removed.",
            fix: "Rename the file, or move it out of the project directory.",
        }
        InvalidYaml = "invalidYaml" {
            meaning: "A file is not valid YAML.",
            why: "keyform reads all of a file or reports where reading ended.",
            fix: "Correct the line, or the one above: a missing blank, quote or bracket, or \
                  another indentation.",
        }
        AmbiguousYaml = "ambiguousYaml" {
            meaning: "A document means different things to different readers of YAML.",
            why: "What a reviewer reads must be what keyform does (L5).",
            fix: "Write it more plainly: put the text in quotes, and one field on each line.",
        }
        SeparatorBroken = "separatorBroken" {
            meaning: "A `---` between two manifests has something before or after it on its line.",
            why: "YAML reads it as a part of a value, and the two manifests as one.",
            fix: "Write `---` alone on a line.",
        }
        MergeConflict = "mergeConflict" {
            meaning: "A file holds the marks of a merge conflict.",
            why: "Both sides are in it, and which of them is meant only a person can say.",
            fix: "Decide for one side, and remove the other with the three lines of marks.",
        }
        InvisibleCharacter = "invisibleCharacter" {
            meaning: "A file has a character that no one can see.",
            why: "It could hide from a reviewer what the file means (L5).",
            fix: "Remove it; inside double quotes it may be written as an escape.",
        }
        AnchorOrAlias = "anchorOrAlias" {
            meaning: "A manifest has an anchor (`&`) or an alias (`*`).",
            why: "A reviewer of a change must see each value where it counts (L5).",
            fix: "Write the value out at each place.",
        }
        YamlTag = "yamlTag" {
            meaning: "A manifest has a YAML tag (`!`).",
            why: "A tag changes what a value means.",
            fix: "Leave it out; put a text that starts with `!` in quotes.",
        }
        KeyNotText = "keyNotText" {
            meaning: "A key of a mapping is not a text.",
            why: "All fields and tags have texts as names.",
            fix: "Put the key in quotes.",
        }
        DuplicateKey = "duplicateKey" {
            meaning: "A mapping has the same key twice.",
            why: "Readers of YAML disagree on which of the two counts.",
            fix: "Keep one of the two.",
        }
        NestedTooDeep = "nestedTooDeep" {
            meaning: "A document is nested more deeply than any manifest.",
            why: "The limit keeps a broken file from exhausting memory.",
            fix: "Look for a bracket too many.",
        }
        TextTooLong = "textTooLong" {
            meaning: "A single value of a manifest is larger than a million bytes.",
            why: "No field takes one that long; the limit keeps a broken file from exhausting \
                  memory.",
            fix: "Look for a quote that is not closed.",
        }
        FileTooLarge = "fileTooLarge" {
            meaning: "A manifest, all manifests together, or another file of the project is too \
                      large.",
            why: "A manifest has at most 32 MiB and two million values, in which a million ids have \
                  room, and all of them 128 MiB; other files have at most 512 MiB. The limits keep \
                  a broken file from exhausting memory.",
            fix: "Select instances by tags in place of listing them, or split the manifests among \
                  projects.",
        }
        PrivateKeyInManifest = "privateKeyInManifest" {
            meaning: "A manifest holds a private key.",
            why: "A key that was in a file of the repository is exposed (L4), so keyform shows \
                  nothing of the file.",
            fix: "Remove it from the file, and give the public half if you meant that; the message \
                  says how to get it. If the file got into git, remove it from the history too and \
                  make a new key.",
        }
        NotAManifest = "notAManifest" {
            meaning: "A document is no manifest of keyform.",
            why: "A manifest that keyform skipped would look like one that was removed. Nothing of \
                  the document is shown, since it may hold another program's secrets (L4).",
            fix: "Begin it with `apiVersion: keyform/v1` and its `kind`, or keep the file \
                  elsewhere.",
        }
        OtherVersion = "otherVersion" {
            meaning: "A manifest is of a version that this keyform does not read.",
            why: "Its fields may mean something else.",
            fix: "Write `apiVersion: keyform/v1`, or use a keyform that reads this version.",
        }
        MissingKind = "missingKind" {
            meaning: "A document does not say its `kind`.",
            why: "The kind decides which fields it may have.",
            fix: "Add `kind: Project`, `KeyPair`, `Binding`, `Removal` or `Inventory`.",
        }
        UnknownKind = "unknownKind" {
            meaning: "A document is of a kind that does not exist.",
            why: "The kind decides which fields it may have.",
            fix: "Correct the spelling: the kinds are Project, KeyPair, Binding, Removal and \
                  Inventory.",
        }
        InventoryIsProject = "inventoryIsProject" {
            meaning: "The Project names `keyform.yaml` as its inventory.",
            why: "The inventory says what the embedded cloud starts with, and is a file of its \
                  own.",
            fix: "Give the inventory a file of its own, such as `inventory.yaml`.",
        }
        NotAnInventory = "notAnInventory" {
            meaning: "The file that the Project names as its inventory is not of `kind: \
                      Inventory`.",
            why: "The embedded cloud starts with what the inventory says.",
            fix: "Begin the file with `apiVersion: keyform/v1` and `kind: Inventory`.",
        }
        InventoryNotAlone = "inventoryNotAlone" {
            meaning: "The inventory's file does not have exactly one document.",
            why: "An inventory is one document in a file of its own.",
            fix: "Keep one document of `kind: Inventory`, and move others to other files.",
        }
    }
}
