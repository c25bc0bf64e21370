//! Codes of what a log-on did not show.

use crate::code::codes;

codes! {
    /// The code of a [`LogOnProblem`](super::LogOnProblem).
    pub enum LogOnCode {
        NoSsh = "noSsh" {
            meaning: "ssh is not installed on the machine that runs keyform.",
            why: "A proof by `ssh` is a login with OpenSSH's client.",
            fix: "Install the client of OpenSSH, or let a program of yours prove the login: \
                  `proof: {command: […]}`.",
        }
        SshNotStarted = "sshNotStarted" {
            meaning: "ssh could not be started.",
            why: "What was not seen was not shown, so the proof failed.",
            fix: "Fix what the message names, and run the same command again.",
        }
        Unfit = "sshArgumentRefused" {
            meaning: "A user, host or file cannot be given to ssh.",
            why: "ssh could read it as an option or as something else than keyform means.",
            fix: "Change the name or the path that the message shows.",
        }
        NoKey = "proofKeyMissing" {
            meaning: "The vault does not hold the private key that the proof needs, or cannot \
                      read it.",
            why: "Without the private key nobody can log on (L3).",
            fix: "Put the file back from a backup, or rotate the pair.",
        }
        KeyUnfit = "proofKeyUnfit" {
            meaning: "The private key cannot be used for a login.",
            why: "ssh leaves out a key that others can read, and so would not show what the host \
                  says to it.",
            fix: "Do as the message says, such as `chmod 600`.",
        }
        NoAgent = "keyAgentFailed" {
            meaning: "A key of a vault without files could not be given to ssh: there is no tmpfs, and \
                      OpenSSH's agent failed.",
            why: "Such a key is never written to a disk (L4).",
            fix: "Mount a tmpfs at /dev/shm, or install `ssh-agent` and `ssh-add` of OpenSSH.",
        }
        TooLong = "loginTooLong" {
            meaning: "The login took longer than its timeout and was ended.",
            why: "What was not seen was not shown, so the proof failed.",
            fix: "See whether the instance answers; a longer `timeout` may help, and a jump host \
                  must let ssh in without a question.",
        }
        JumpHostKey = "jumpHostKeyUnknown" {
            meaning: "ssh does not know the host key of a host on the way.",
            why: "Another machine could answer in its place.",
            fix: "Log on to that host once with ssh, or add its host key to the known hosts of \
                  ssh.",
        }
        NameUnknown = "hostNameUnknown" {
            meaning: "The name of the instance, or of a host on the way, does not resolve.",
            why: "Nothing was reached, so nothing was shown.",
            fix: "Correct the name, or the configuration of ssh.",
        }
        NoAnswer = "hostNoAnswer" {
            meaning: "The instance did not answer.",
            why: "Nothing was reached, so nothing was shown.",
            fix: "See whether a firewall or a security group is in the way.",
        }
        ConnectionRefused = "connectionRefused" {
            meaning: "The connection was refused.",
            why: "No sshd listens there yet, or something refuses for it.",
            fix: "See whether sshd runs on the instance, and on which port.",
        }
        Unreachable = "hostUnreachable" {
            meaning: "The instance could not be reached.",
            why: "Nothing was reached, so nothing was shown.",
            fix: "Do as the message of ssh says.",
        }
        AsksForMore = "asksForMore" {
            meaning: "The instance asks for more than a key.",
            why: "Then no login shows whether it accepts the key.",
            fix: "Let a program of yours prove the login, or change the configuration of its sshd.",
        }
        OldKeyNotTried = "oldKeyNotTried" {
            meaning: "ssh did not show whether the instance refuses the key before.",
            why: "What was not seen was not shown, so the proof failed.",
            fix: "See whether the configuration of ssh leaves keys out.",
        }
        PasswordsNotShown = "passwordsNotShown" {
            meaning: "ssh did not show whether the instance accepts passwords.",
            why: "What was not seen was not shown, so the proof failed.",
            fix: "See whether the configuration of ssh or of sshd hides the methods.",
        }
        AcceptsPasswords = "acceptsPasswords" {
            meaning: "The instance still accepts passwords.",
            why: "An effective key pair disables password login (R10).",
            fix: "Restart the instance so that its key pair takes effect, and see what changed \
                  its sshd.",
        }
        CommandFailed = "loginCommandFailed" {
            meaning: "The instance accepts the key, but runs no command for the user.",
            why: "A login that can do nothing is none.",
            fix: "Use a user with a shell.",
        }
        ConnectionBroke = "connectionBroke" {
            meaning: "The instance accepts the key, but the connection broke.",
            why: "What was not seen was not shown, so the proof failed.",
            fix: "Run the same command again.",
        }
        NoKeyNeeded = "noKeyNeeded" {
            meaning: "The instance lets in whoever asks, without a key.",
            why: "Such a login shows nothing of the key.",
            fix: "See what is wrong with the configuration of its sshd.",
        }
        AcceptsOldKey = "acceptsOldKey" {
            meaning: "The instance still accepts the private key of the generation before.",
            why: "A rotation is over when the old key no longer opens the instance.",
            fix: "Remove the old key from `authorized_keys`, or restart the instance if it was \
                  not.",
        }
        AcceptsOtherKey = "acceptsOtherKey" {
            meaning: "The instance accepts another key, which the configuration of ssh adds, and \
                      not the one of the pair.",
            why: "Only the key of the pair counts.",
            fix: "See why the pair is not in effect; the key that was accepted is in the message.",
        }
        AcceptsCertificate = "acceptsCertificate" {
            meaning: "The instance accepts a certificate for the key.",
            why: "That does not show that it accepts the key itself.",
            fix: "Take the certificate out of the configuration of ssh.",
        }
        HostKeyChanged = "hostKeyChanged" {
            meaning: "The host key of the instance is not the one that is known.",
            why: "It is another machine, or was reinstalled.",
            fix: "If you expected that, replace the old host key in the known hosts.",
        }
        HostKeyUnknown = "hostKeyUnknown" {
            meaning: "The host key of the instance is not known.",
            why: "Another machine could answer in its place.",
            fix: "Add it to `knownHosts` of the proof, or let ssh accept new hosts.",
        }
        Ended = "connectionEnded" {
            meaning: "The instance ended the connection before a key was tried.",
            why: "What was not seen was not shown, so the proof failed.",
            fix: "See the log of its sshd.",
        }
        KeyRefused = "keyRefused" {
            meaning: "The instance refuses the private key, or was not asked about it.",
            why: "The key pair is not in effect there, or the user is another.",
            fix: "See whether the user is right, and whether the instance was restarted after the \
                  bind.",
        }
    }
}
