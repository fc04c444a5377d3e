//! What can go wrong with models, told to people: Ollama's own words, and what to do.

use crate::{
    error::{Error, ErrorKind},
    server::upstream::{Fault, fault::excerpt},
    words::{Sentence, told},
};

/// What Ollama's words come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Nobody has such a model.
    Unknown,
    /// Its disk is full.
    Disk,
    /// The network, or the other end of it: it may be better in a moment.
    Network,
}

/// By which words each is known; the first that is found counts, as one may stand in the words of another.
const KNOWN: [(&str, Trouble); 13] = [
    ("file does not exist", Trouble::Unknown),
    ("manifest unknown", Trouble::Unknown),
    ("no space left on device", Trouble::Disk),
    ("not enough space on the disk", Trouble::Disk),
    ("disk quota exceeded", Trouble::Disk),
    ("EOF", Trouble::Network),
    ("max retries exceeded", Trouble::Network),
    ("connection reset", Trouble::Network),
    ("connection refused", Trouble::Network),
    ("i/o timeout", Trouble::Network),
    ("no such host", Trouble::Network),
    ("network is unreachable", Trouble::Network),
    ("TLS handshake timeout", Trouble::Network),
];

fn trouble(text: &str) -> Option<Trouble> {
    let known = KNOWN.iter().find(|(words, _)| text.contains(words));
    known.map(|(_, trouble)| *trouble)
}

/// Whether it may be better in a moment.
pub fn is_passing(fault: &Fault) -> bool {
    match fault {
        Fault::Unreachable { .. } | Fault::Nothing(_) | Fault::Incomplete(_) => true,
        Fault::Model(text) | Fault::Status { text, .. } => trouble(text) == Some(Trouble::Network),
        _ => false,
    }
}

/// What is told of a fault of what takes time: `model` is the one that is to come.
pub fn of_work(model: &str, fault: Fault) -> Error {
    let of = |kind, sentence: Sentence| Error::told(kind, sentence);
    match &fault {
        Fault::Nothing(why) | Fault::Incomplete(why) => {
            of(ErrorKind::Upstream, told::pull_network(model, why))
        }
        Fault::Model(text) | Fault::Status { text, .. } => match trouble(text) {
            Some(Trouble::Unknown) => of(ErrorKind::NotFound, told::pull_unknown(model)),
            Some(Trouble::Disk) => of(ErrorKind::Upstream, told::pull_disk_full(model)),
            // Which it is may stand at the end of much that says little.
            Some(Trouble::Network) => {
                let why = excerpt(text.as_bytes());
                of(ErrorKind::Upstream, told::pull_network(model, &why))
            }
            None => {
                let why = excerpt(text.as_bytes());
                of(ErrorKind::Upstream, told::ollama_reports(&why))
            }
        },
        _ => fault.into(),
    }
}

/// What is told of a fault of what is done with a model that should be there.
pub fn of_model(model: &str, fault: Fault) -> Error {
    match fault {
        Fault::UnknownModel(_) => Error::told(ErrorKind::NotFound, told::model_gone(model)),
        Fault::Nothing(why) | Fault::Incomplete(why) => {
            Error::told(ErrorKind::Upstream, told::model_not_done(&why))
        }
        fault => fault.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_not() {
        let model = |text: &str| Fault::Model(text.to_owned());
        for (fault, passes, says) in [
            (
                model("pull model manifest: file does not exist"),
                false,
                "no model `m`",
            ),
            (model("max retries exceeded: EOF"), true, "EOF"),
            (
                model("max retries exceeded: write x: no space left on device"),
                false,
                "disk",
            ),
            (
                model("read tcp 1.2.3.4:5: connection reset by peer"),
                true,
                "reset",
            ),
            (model("something else"), false, "something else"),
            (
                Fault::Incomplete("the stream ended".to_owned()),
                true,
                "the stream ended",
            ),
            (
                Fault::Refused("invalid model name".to_owned()),
                false,
                "invalid",
            ),
        ] {
            assert_eq!(is_passing(&fault), passes, "{fault}");
            let told = of_work("m", fault).message;
            assert!(told.contains(says), "{told}");
        }
    }
}
