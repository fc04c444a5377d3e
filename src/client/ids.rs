//! Request ids: made here, so that sending twice is asking once.

/// A UUIDv7: the time in milliseconds, then chance. It tells requests apart and guards nothing, so plain chance will
/// do; `crypto.randomUUID` is not there on a page served over plain HTTP.
pub fn request_id() -> String {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a clock reading is a whole number"
    )]
    let milliseconds = js_sys::Date::now() as u64;
    let chance = || {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 ≤ x < 2³²"
        )]
        let word = (js_sys::Math::random() * 4_294_967_296.0) as u32;
        word
    };
    let (a, b, c) = (chance(), chance(), chance());
    format!(
        "{:08x}-{:04x}-7{:03x}-{:04x}-{:04x}{c:08x}",
        milliseconds >> 16,
        milliseconds & 0xffff,
        a & 0xfff,
        0x8000 | (a >> 16) & 0x3fff,
        b & 0xffff,
    )
}
