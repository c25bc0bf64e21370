//! Problems of the fields of one object.

use crate::code::codes;

codes! {
    /// Codes of the fields of one object.
    pub enum FieldCode {
        UnknownField = "unknownField" {
            meaning: "An object has a field that does not exist.",
            why: "A misspelled field that is ignored would silently mean its default.",
            fix: "Correct the spelling; the message lists the fields that exist there.",
        }
        CredentialInManifest = "credentialInManifest" {
            meaning: "An object has a field that does not exist and that is named like a \
                      credential: a password, a token, a secret or an access key.",
            why: "A manifest lies in git, where credentials are exposed (L4). keyform reads none \
                  from manifests, and shows nothing of the line.",
            fix: "Change it, and remove it from the file and from git's history. Give credentials in \
                  `ALIBABA_CLOUD_ACCESS_KEY_ID` and `ALIBABA_CLOUD_ACCESS_KEY_SECRET`, or in the \
                  vendor's file.",
        }
        MissingField = "missingField" {
            meaning: "An object lacks a field that has no default.",
            why: "keyform does not guess what is left undecided.",
            fix: "Add the field as the message shows.",
        }
        WrongType = "wrongType" {
            meaning: "A field has a value of another type.",
            why: "YAML reads `1.10`, `yes` and `2026-01-01` as other things than texts; keyform \
                  does not convert them.",
            fix: "Write a value of the type that is expected, often with or without quotes.",
        }
        EmptyField = "emptyField" {
            meaning: "A field is there and has no value.",
            why: "Left out it means its default, such as a key that keyform makes where a public \
                  key was to be given; whoever writes the field wants something else.",
            fix: "Write a value, or leave the field out.",
        }
        InvalidValue = "invalidValue" {
            meaning: "A field has a value that it cannot have.",
            why: "The value has the right type, but not a form that means something.",
            fix: "Write it as the message says.",
        }
        UnknownWord = "unknownWord" {
            meaning: "A field that takes one of a few words has another.",
            why: "A word that is ignored would silently mean the default.",
            fix: "Write one of the words that the message lists.",
        }
        InvalidName = "invalidName" {
            meaning: "A name is against the rule for names.",
            why: "The service takes names of 2 to 128 characters, a letter first, then letters, \
                  digits, `:`, `_` and `-` (R11).",
            fix: "Choose a name that follows the rule.",
        }
        GenerationSuffix = "generationSuffix" {
            meaning: "The name of a key pair ends like a generation, such as `-g2`.",
            why: "keyform gives such names to the later generations of a pair, so two pairs could \
                  claim one name.",
            fix: "Choose another ending.",
        }
        NameTooLong = "nameTooLong" {
            meaning: "The name of a key pair is too long with the Project's `namePrefix`.",
            why: "The service takes 128 characters (R11), and the generation needs some of them.",
            fix: "Shorten the name or the prefix.",
        }
        InvalidNamePrefix = "invalidNamePrefix" {
            meaning: "Names cannot begin with this `namePrefix`.",
            why: "The prefix is part of names in the cloud, which follow a rule (R11).",
            fix: "Write a letter, then letters, digits, `:`, `_` and `-`, such as `prod-`; or \
                  leave it out.",
        }
        InvalidRegion = "invalidRegion" {
            meaning: "A text is not the id of a region.",
            why: "The id becomes part of the service's host name.",
            fix: "Write an id such as `cn-hangzhou`.",
        }
        NoRegion = "noRegion" {
            meaning: "A key pair is in no region.",
            why: "A pair exists once in each of its regions; there is no default beyond the \
                  Project's.",
            fix: "Add `regions: [cn-hangzhou]` to its spec, or to the Project's for all key pairs.",
        }
        DuplicateItem = "duplicateItem" {
            meaning: "A list has the same item twice.",
            why: "The second one is often meant to be another.",
            fix: "Keep one of the two, or correct the other.",
        }
        EmptyList = "emptyList" {
            meaning: "A list that needs an item is empty.",
            why: "An empty list could mean none or all.",
            fix: "Write at least one item, or leave the field out.",
        }
        InvalidTag = "invalidTag" {
            meaning: "A tag is against the rules for tags.",
            why: "The service reserves some prefixes, keyform reserves `keyform:`, and both limit \
                  lengths.",
            fix: "Choose another key, or a shorter value.",
        }
        TagKeysAlike = "tagKeysAlike" {
            meaning: "Two tags of a key pair have keys that differ only in case.",
            why: "The service refuses to keep both on one pair, so no apply could end.",
            fix: "Keep one of the two; the tags of the Project's `defaults` count too.",
        }
        TooManyTags = "tooManyTags" {
            meaning: "A key pair has more tags than fit.",
            why: "The service keeps 20 tags on a pair, and keyform needs 4 to know what it made \
                  (L6).",
            fix: "Leave some out; those of the Project's `defaults` count too.",
        }
        InvalidPath = "invalidPath" {
            meaning: "A path is absolute, leads out of the project where it may not, or has odd \
                      characters.",
            why: "A path must mean the same on each machine that runs keyform.",
            fix: "Write a path relative to the directory of the manifest, with `/`.",
        }
        InvalidInstanceId = "invalidInstanceId" {
            meaning: "A text is not the id of an instance.",
            why: "Instances are named by id, since their names are not unique.",
            fix: "Write an id such as `i-bp1a0001`; it is not the instance's name.",
        }
        TextLength = "textLength" {
            meaning: "A text is too short or too long.",
            why: "The service limits the length of names and types.",
            fix: "Write a text of the length that the message allows.",
        }
        InvalidAddress = "invalidAddress" {
            meaning: "A text is not an IP address.",
            why: "A proof logs on to this address.",
            fix: "Write an IPv4 address such as `10.0.0.11`, or an IPv6 address, without a prefix \
                  length and without a port.",
        }
        InvalidDuration = "invalidDuration" {
            meaning: "A text is not a duration.",
            why: "A number without its unit could mean seconds or minutes.",
            fix: "Write a whole number and its unit: `200ms`, `30s`, `2m`, `1h` or `1d`.",
        }
        DurationOutOfRange = "durationOutOfRange" {
            meaning: "A duration is shorter or longer than this field allows.",
            why: "Beyond the limits a run could never end, or fail at once.",
            fix: "Write a duration between the limits that the message names.",
        }
        InvalidBits = "invalidBits" {
            meaning: "`bits` is not the length of a key that can be made.",
            why: "A generated pair is RSA with 2048 bits (R2).",
            fix: "Write 2048, or leave `bits` out.",
        }
        BitsOfGivenKey = "bitsOfGivenKey" {
            meaning: "A key pair has `bits` and a public key that exists already.",
            why: "`bits` says how a key is made, and this one is not made.",
            fix: "Leave `bits` out.",
        }
        DirectoriesOverlap = "directoriesOverlap" {
            meaning: "The state or the private keys are kept where something else is.",
            why: "A state may be published and private keys may not (L4); in `.git` and in the \
                  embedded cloud's directory other programs remove and overwrite files.",
            fix: "Give each a directory of its own, such as `.keyform/state` and `keys`.",
        }
        TwoVaults = "twoVaults" {
            meaning: "Private keys are to be kept in two places.",
            why: "Each private key is kept in one place (L2).",
            fix: "Keep `command`, `s3`, `oss`, or `directory` with its `outlivesRunner`.",
        }
        InvalidEncryption = "invalidEncryption" {
            meaning: "The service of a bucket cannot encrypt private keys in the way that is written.",
            why: "A private key is stored only as it was asked for (L4).",
            fix: "Write `algorithm: AES256`, or `aws:kms` for S3 and `KMS` for OSS with the `keyId`.",
        }
        TwoPublicKeys = "twoPublicKeys" {
            meaning: "A key pair has a `publicKey` and a `publicKeyFile`.",
            why: "A pair has one key.",
            fix: "Keep one of the two.",
        }
        CreatedAndGiven = "createdAndGiven" {
            meaning: "A key pair has a public key and `createInCloud: true`.",
            why: "A pair has one key: one that is there already, or one that the service makes.",
            fix: "Keep one of the two.",
        }
        InvalidResourceGroup = "invalidResourceGroup" {
            meaning: "A text is not the id of a resource group.",
            why: "The service knows resource groups by their ids, and not by their names.",
            fix: "Write the id, such as `rg-acfmxazb4ph6aiy`; the console of Resource Management \
                  shows it.",
        }
    }
}
