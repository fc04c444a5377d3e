//! Which addresses are let through: those of pages and of mail. All else is text.

/// What an answer's links may begin with.
const LINKS: [&str; 3] = ["https://", "http://", "mailto:"];

/// Whether a link may go there.
pub(super) fn is_link(address: &str) -> bool {
    !address.contains(char::is_control) && LINKS.iter().any(|scheme| begins(address, scheme))
}

/// The host an image would be loaded from; `None`: it may not be.
pub(super) fn host_of_image(address: &str) -> Option<&str> {
    // Browsers leave these out, and go where nobody sees.
    if address.contains(|it: char| it.is_control() || it.is_whitespace()) {
        return None;
    }
    let scheme = LINKS[..2].iter().find(|scheme| begins(address, scheme))?;
    let rest = &address[scheme.len()..];
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    // What stands before an `@` is there to deceive.
    let host = rest[..end].rsplit('@').next()?;
    (!host.is_empty()).then_some(host)
}

fn begins(address: &str, scheme: &str) -> bool {
    address
        .get(..scheme.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
}
