//! The program's allocator: mimalloc, told to give memory back. The one place with `unsafe` in it, which is a call of C.

use libmimalloc_sys::{mi_option_set, mi_option_t};
pub use mimalloc::MiMalloc;

/// How long memory that nobody has any more is kept, in milliseconds. (`mi_option_purge_delay` in mimalloc.h of version 2,
/// for which the crate has no name.)
const PURGE_DELAY: mi_option_t = 15;

/// Has memory be given back as soon as nobody has it; to be called before there are threads. Otherwise that is put off by
/// some milliseconds, and then done when the thread that had it does something with memory again: after a crowd, which
/// leaves all at once, nobody does.
pub fn give_back_at_once() {
    // SAFETY: it writes a number into a table of the allocator's own, and there is no other thread that could read it.
    unsafe { mi_option_set(PURGE_DELAY, 0) };
}
