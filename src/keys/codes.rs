//! Codes of keys: of public keys that people give, and of private keys in files.

use crate::code::codes;

codes! {
    /// The code of a [`PublicKeyProblem`](super::PublicKeyProblem).
    pub enum PublicKeyCode {
        Empty = "publicKeyEmpty" {
            meaning: "The public key that was given is empty.",
            why: "Without a key there is no pair to import.",
            fix: "Give one line, such as `ssh-rsa AAAA…`.",
        }
        TooLong = "publicKeyTooLong" {
            meaning: "The content that was given is larger than any public key.",
            why: "The limit keeps a wrong file from being read.",
            fix: "Give the file of one public key.",
        }
        NotText = "publicKeyNotText" {
            meaning: "The content that was given is not text in UTF-8.",
            why: "A public key is one line of plain characters.",
            fix: "Give the `.pub` file that `ssh-keygen` wrote; if PowerShell wrote it, save it \
                  again as UTF-8.",
        }
        PrivateKeyGiven = "privateKeyGiven" {
            meaning: "A private key was given in the place of a public one.",
            why: "A key that was in a file of the repository is exposed (L4), so keyform shows \
                  nothing of it.",
            fix: "Give the public half; the message says how to get it from a key of this form. If \
                  the private one got into git, take it out of the history too and make a new \
                  key.",
        }
        SeveralKeys = "severalPublicKeys" {
            meaning: "Several public keys were given.",
            why: "A key pair has one key.",
            fix: "Give one of them.",
        }
        MoreText = "textAroundPublicKey" {
            meaning: "There is more text than one public key.",
            why: "What does not belong to the key could change what it means.",
            fix: "Give the key alone.",
        }
        Options = "publicKeyOptions" {
            meaning: "Options such as `from=` stand before the public key.",
            why: "The service takes none, so that they would be lost silently.",
            fix: "Remove them.",
        }
        Encoded = "publicKeyEncoded" {
            meaning: "The line of the public key was encoded in base64 as a whole.",
            why: "The key data of a line is base64 already, and ECS takes the line itself.",
            fix: "Write the line that the message shows.",
        }
        Escaped = "publicKeyEscaped" {
            meaning: "The public key has escapes such as `\\n` or `%20` in it.",
            why: "The escapes belong to JSON, a shell or a URL, and not to the key.",
            fix: "Write the line that the message shows.",
        }
        DamagedEnds = "publicKeyEndsDamaged" {
            meaning: "The first or the last line of the block with the public key is damaged or \
                      missing.",
            why: "These lines say in which form the key is written.",
            fix: "Copy the whole block, or write the line that the message shows.",
        }
        Wrapped = "publicKeyWrapped" {
            meaning: "The data of the public key is broken into pieces by line ends or blanks.",
            why: "A public key of OpenSSH is one line, in which a blank ends the key data.",
            fix: "Write the line that the message shows.",
        }
        Altered = "publicKeyAltered" {
            meaning: "The data of the public key lost its padding, or is in the alphabet of URLs.",
            why: "sshd reads only base64 with `+`, `/` and its `=` at the end.",
            fix: "Write the line that the message shows.",
        }
        InvisibleCharacter = "publicKeyInvisibleCharacter" {
            meaning: "The public key has characters that are not visible.",
            why: "Web pages and chats add them, and sshd does not read such a key.",
            fix: "Write the line that the message shows.",
        }
        NoType = "publicKeyTypeMissing" {
            meaning: "The public key has no type before its key data.",
            why: "A line of OpenSSH begins with the type, such as `ssh-rsa`.",
            fix: "Write the line that the message shows.",
        }
        NoSpace = "publicKeySpaceMissing" {
            meaning: "No blank stands between the type of the public key and its key data.",
            why: "sshd would take both for the type.",
            fix: "Write the line that the message shows.",
        }
        TypeMisspelled = "publicKeyTypeMisspelled" {
            meaning: "The word before the data of the public key is not its type.",
            why: "The key data says its type too, and the two must agree.",
            fix: "Write the line that the message shows.",
        }
        Quoted = "publicKeyQuoted" {
            meaning: "Quotation marks, brackets or other signs stand around the public key.",
            why: "They were copied with it and do not belong to it.",
            fix: "Write the line that the message shows.",
        }
        KnownHost = "hostKeyGiven" {
            meaning: "The name of a host stands before the public key, as in `known_hosts`.",
            why: "Such a key proves who the host is, and no login works with it (L3).",
            fix: "Give the public key of a user. If it is one, remove what stands before its type.",
        }
        FingerprintGiven = "fingerprintGiven" {
            meaning: "A fingerprint was given in the place of a public key.",
            why: "A fingerprint names a key and does not contain it.",
            fix: "Give the whole line of the `.pub` file.",
        }
        UrlGiven = "urlGiven" {
            meaning: "A URL was given in the place of a public key.",
            why: "keyform does not fetch keys: what is imported is what was reviewed.",
            fix: "Give the key that `curl` prints for the URL.",
        }
        Shortened = "publicKeyShortened" {
            meaning: "Dots stand for a part of the public key.",
            why: "Pages and consoles show long keys shortened.",
            fix: "Copy the whole key.",
        }
        UnsupportedType = "unsupportedKeyType" {
            meaning: "The public key is of a type that ECS does not import.",
            why: "ECS imports RSA, DSA and ECDSA keys and certificates of them (R9), and no \
                  ed25519.",
            fix: "Make a key with `ssh-keygen -t rsa -b 3072`.",
        }
        NotAPublicKey = "notAPublicKey" {
            meaning: "What was given is something else than a public key.",
            why: "A public key is one line that begins with its type, such as `ssh-rsa`, or a \
                  block of PEM or RFC 4716.",
            fix: "Copy the whole line of a `.pub` file. For an X.509 certificate, `openssl x509 \
                  -in FILE -noout -pubkey` prints its public key.",
        }
        Damaged = "publicKeyDamaged" {
            meaning: "The data of the public key is damaged or incomplete.",
            why: "keyform reads a key as sshd would, so that a broken one is found before it is \
                  bound (L3).",
            fix: "Copy the whole key again.",
        }
        TypesDisagree = "publicKeyTypesDisagree" {
            meaning: "The public key says one type, and its data is of another.",
            why: "sshd refuses such a key, so every login would fail (L3).",
            fix: "Copy the whole key again.",
        }
        Numbers = "publicKeyNumbers" {
            meaning: "The numbers of the public key cannot be those of a sound key.",
            why: "Such a key is refused by OpenSSH, or its private half can be computed.",
            fix: "Copy the whole key again from where it was made.",
        }
        RsaTooSmall = "rsaKeyTooSmall" {
            meaning: "The RSA key is so small that it can be broken.",
            why: "Whoever has its public half can compute the private one.",
            fix: "Make a new one with `ssh-keygen -t rsa -b 3072`.",
        }
        RsaTooLarge = "rsaKeyTooLarge" {
            meaning: "The RSA key is larger than OpenSSH reads.",
            why: "sshd would refuse it, so every login would fail (L3).",
            fix: "Make a new one with `ssh-keygen -t rsa -b 4096`.",
        }
        HostCertificate = "hostCertificate" {
            meaning: "The key is a certificate with which a host proves who it is.",
            why: "No login works with it (L3).",
            fix: "Give the public key of a user.",
        }
    }
}

codes! {
    /// The code of a [`KeyWarning`](super::KeyWarning).
    pub enum KeyWarningCode {
        WeakRsa = "weakRsaKey" {
            meaning: "The RSA key has less than 2048 bits. It is imported all the same.",
            why: "Keys of this size are expected to be broken in the coming years.",
            fix: "Make a new one with `ssh-keygen -t rsa -b 3072`.",
        }
        Dsa = "dsaKey" {
            meaning: "The key is a DSA key. It is imported all the same.",
            why: "sshd refuses DSA keys since OpenSSH 7.0, and OpenSSH 10.0 does not have them, \
                  so that a login may fail (L3).",
            fix: "Use an RSA or ECDSA key.",
        }
        Certificate = "certificateGiven" {
            meaning: "The key is a certificate. It is imported all the same.",
            why: "sshd passes over a certificate in `authorized_keys`, so that no login \
                  works with it (L3).",
            fix: "Give the plain key that it certifies.",
        }
        CommentLeftOut = "commentLeftOut" {
            meaning: "The comment of the public key is not sent.",
            why: "It is longer than 255 characters, or has others than printable ASCII.",
            fix: "Shorten it, or ignore this: the comment has no effect.",
        }
    }
}

codes! {
    /// The code of a [`KeyError`](super::KeyError).
    pub enum KeyErrorCode {
        Randomness = "noRandomness" {
            meaning: "No key was made, because the operating system gives no random numbers.",
            why: "A key that could be guessed protects nothing, so keyform does without one.",
            fix: "Fix what the message names, and run the same command again.",
        }
        Generation = "keyGenerationFailed" {
            meaning: "No key was made, because its generation failed.",
            why: "keyform checks each new key before it leaves the generator.",
            fix: "Run the same command again; if it fails again, please report it.",
        }
        PoolEmpty = "keyPoolEmpty" {
            meaning: "A pool of keys for tests has no key left.",
            why: "Tests take keys from a fixed pool, so that they repeat themselves exactly.",
            fix: "Give the test a larger pool.",
        }
    }
}
