//! Problems of restarts, windows, programs and proofs.

use crate::code::codes;

codes! {
    /// Codes of restarts, windows, programs and proofs.
    pub enum PolicyCode {
        RestartUndecided = "restartUndecided" {
            meaning: "A Binding does not say when its instances may be restarted.",
            why: "A key pair takes effect at a restart (R7), and a restart interrupts what runs \
                  there: someone decides it, in writing.",
            fix: "Add `restart: {when: now}` to its spec or to the Project's `defaults`; `window` \
                  and `manual` are the others.",
        }
        WindowsMissing = "windowsMissing" {
            meaning: "A policy waits for windows, and has none.",
            why: "Its instances would never be restarted.",
            fix: "Add `windows` beside `when: window`.",
        }
        WindowsUnused = "windowsUnused" {
            meaning: "A policy has windows, and does not wait for them.",
            why: "The windows would look like a promise that is not kept (L9).",
            fix: "Write `when: window`, or leave the windows out.",
        }
        UnknownDay = "unknownDay" {
            meaning: "A text is not a day of the week.",
            why: "A window that never opens holds restarts back forever.",
            fix: "Write `mon`, `tue`, `wed`, `thu`, `fri`, `sat` or `sun`.",
        }
        UnknownTimeZone = "unknownTimeZone" {
            meaning: "A text is not a time zone.",
            why: "A window starts at the time that the clocks of its zone show.",
            fix: "Write a name of the IANA database, such as `Asia/Shanghai`, with its capital \
                  letters.",
        }
        DateWithoutZone = "dateWithoutZone" {
            meaning: "A date has no time zone in which it is a day.",
            why: "A day begins at different moments in different zones; with no window, or with \
                  several zones, keyform cannot tell which.",
            fix: "Add `timeZone` beside it, or write a moment with its offset.",
        }
        DenyBackwards = "denyBackwards" {
            meaning: "A denied time ends before it begins.",
            why: "It would deny nothing.",
            fix: "Correct `from` or `to`; `to` is the last day that is denied, or the first \
                  moment that is not.",
        }
        InvalidReason = "invalidReason" {
            meaning: "A reason is empty, too long, or has more than one line.",
            why: "Reasons are shown in plans, in one line.",
            fix: "Write one line of at most 200 characters.",
        }
        InvalidArgument = "invalidArgument" {
            meaning: "An item of a command is empty or has an invisible character.",
            why: "No shell reads a command: each item is one argument as it stands.",
            fix: "Take the item out; put a script of several lines into a file.",
        }
        EmptyCommand = "emptyCommand" {
            meaning: "A command has no item.",
            why: "There is no program to run.",
            fix: "Write the program, then each of its arguments.",
        }
        CommandTooLong = "commandTooLong" {
            meaning: "A command has too many items.",
            why: "Plans show each command in full.",
            fix: "Put the arguments into a script, and name it.",
        }
        InvalidVariable = "invalidVariable" {
            meaning: "A variable of a program's environment has a name or a value that the system \
                      does not take.",
            why: "The system ends a value at a NUL, and programs read only such names.",
            fix: "Write a letter or `_` first, then letters, digits and `_`; take a NUL out of \
                  the value.",
        }
        ReservedVariable = "reservedVariable" {
            meaning: "A variable begins with `KEYFORM_`.",
            why: "Such variables tell the program of its instance.",
            fix: "Choose another name.",
        }
        SshAndCommand = "sshAndCommand" {
            meaning: "A proof has `ssh` and a `command`.",
            why: "One of them shows that a login works.",
            fix: "Keep one of the two.",
        }
        ProofOfNothing = "proofOfNothing" {
            meaning: "A proof has neither `ssh` nor a `command`.",
            why: "It would show nothing.",
            fix: "Write `proof: {ssh: {user: root}}`, `proof: {command: […]}`, or `proof: none`.",
        }
        FieldBesideSsh = "fieldBesideSsh" {
            meaning: "A field of a command stands beside `ssh`.",
            why: "It would have no effect there.",
            fix: "Move `timeout` into `ssh`; leave `environment` out.",
        }
        InvalidUser = "invalidUser" {
            meaning: "A proof logs on as a user that cannot exist.",
            why: "The name is an argument of ssh and must not be read as an option or a host.",
            fix: "Write 1 to 32 characters: a letter or `_` first, then letters, digits, `.`, `_` \
                  and `-`.",
        }
        InvalidJump = "invalidJump" {
            meaning: "The jump hosts of a proof are not in the form of `ssh -J`.",
            why: "The text is an argument of ssh and must not be read as an option.",
            fix: "Write hosts such as `ops@bastion.example.com:22`, with commas and no blanks \
                  between several.",
        }
    }
}
