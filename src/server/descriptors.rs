//! Room for open files: a connection is one, and so is each that is open to the model's server.
//!
//! Most systems let a program have 1,024 until it asks for more. And when Linux has to enlarge a process's table of
//! open files, at 256, 512, 1,024 and so on, every thread of it may have to be waited for: ten milliseconds and more
//! in which nothing is sent, once for each size. So the table is made large at the start, before there are
//! threads. Elsewhere than on Unix there is nothing to do.

/// Files beside those of the streams: the store's, the listener's, the threads' own.
#[cfg(unix)]
const OTHERS: u64 = 256;

/// Makes room for this many connections, as far as the system allows it. To be called before there are threads.
#[cfg(unix)]
pub fn make_room(connections: usize) {
    use rustix::{
        io::fcntl_dupfd_cloexec,
        process::{Resource, Rlimit, getrlimit, setrlimit},
    };

    let limit = getrlimit(Resource::Nofile);
    let wanted = (connections as u64).saturating_add(OTHERS);
    let allowed = limit.maximum.map_or(wanted, |maximum| wanted.min(maximum));
    // What is refused here is refused again when a connection comes in, which is then told to wait. One that has no
    // limit, or a higher one, needs nothing.
    if limit.current.is_some_and(|current| current < allowed) {
        let _ = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(allowed),
                ..limit
            },
        );
    }
    // The table is as large as its highest number wants it, and stays so.
    if let Ok(highest) = i32::try_from(wanted.min(allowed).saturating_sub(1)) {
        drop(fcntl_dupfd_cloexec(std::io::stderr(), highest));
    }
}

/// How many connections there is room for beside what Brooklet has open itself, and up to `upstream` of those to the model's
/// server; `None`: nobody says.
#[cfg(unix)]
pub fn left(upstream: usize) -> Option<usize> {
    use rustix::process::{Resource, getrlimit};

    let files = getrlimit(Resource::Nofile).current?;
    usize::try_from(share(files, upstream as u64)).ok()
}

/// What of `files` is for connections. However many generations may run, those who ask have the larger part.
#[cfg(unix)]
fn share(files: u64, upstream: u64) -> u64 {
    let left = files.saturating_sub(OTHERS).max(files / 4);
    left - upstream.min(left / 4)
}

/// How many connections there is room for: nobody says here.
#[cfg(not(unix))]
pub fn left(_: usize) -> Option<usize> {
    None
}

/// Makes room for connections: nothing to do here.
#[cfg(not(unix))]
pub fn make_room(_: usize) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn those_who_ask_have_the_larger_part_of_the_files() {
        assert_eq!(share(20_000, 1), 19_743);
        assert_eq!(share(20_000, 1000), 18_744);
        assert_eq!(share(20_000, 100_000), 14_808);
        assert_eq!(share(1024, 1000), 576);
        // Few, but not none.
        assert_eq!(share(256, 1000), 48);
    }
}
