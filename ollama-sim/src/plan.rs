//! Models that are made for pulling: models of the catalogue and scripts come
//! in an instant of a few lines, `sim-pull:bytes-1000000_rate-500000_eof` as
//! its tag says: so many bytes, so many of them a second, with one trouble.

use crate::script::canonical;

/// What goes wrong with a pull: half-way, unless it is not there at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Missing,
    DiskFull,
    Eof,
    /// The connection ends.
    Cut,
    /// Nothing more comes, until the client leaves.
    Stall,
}

impl Trouble {
    /// Each by its name in a tag. `eof` and `cut` come once: the next pull
    /// goes on behind them.
    const ALL: [(&str, Self); 5] = [
        ("missing", Self::Missing),
        ("diskfull", Self::DiskFull),
        ("eof", Self::Eof),
        ("cut", Self::Cut),
        ("stall", Self::Stall),
    ];
}

/// How a model comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) bytes: u64,
    /// Bytes a second; 0: all at once.
    pub(crate) rate: u64,
    pub(crate) trouble: Option<Trouble>,
}

impl Plan {
    /// What the tag of a `sim-pull` says; what it does not understand is a
    /// model that is not there.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let tag = match canonical(name) {
            name if name == "sim-pull" => String::new(),
            name => name.strip_prefix("sim-pull:")?.to_owned(),
        };
        let mut plan = Self {
            bytes: 1_000_000,
            rate: 0,
            trouble: None,
        };
        for part in tag.split('_').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('-').unwrap_or((part, ""));
            let number = value.parse();
            let trouble = Trouble::ALL.iter().find(|(name, _)| *name == part);
            match (key, number, trouble) {
                ("bytes", Ok(number), _) => plan.bytes = number,
                ("rate", Ok(number), _) => plan.rate = number,
                // Whatever tells one model from another.
                ("no", Ok(_), _) => {}
                (_, _, Some((_, trouble))) => plan.trouble = Some(*trouble),
                _ => return None,
            }
        }
        Some(plan)
    }
}
