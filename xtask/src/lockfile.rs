//! Cargo.lock: which version of a crate this workspace is built with.

/// The version of the package in the text of a Cargo.lock; nothing when it is not there, or there
/// more than once.
pub(crate) fn version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let mut versions = lock.split("[[package]]").filter_map(|entry| {
        (field(entry, "name")? == package)
            .then(|| field(entry, "version"))
            .flatten()
    });
    let version = versions.next()?;
    versions.next().is_none().then_some(version)
}

/// The value of a line `name = "value"`.
fn field<'a>(entry: &'a str, name: &str) -> Option<&'a str> {
    entry.lines().find_map(|line| {
        line.strip_prefix(name)?
            .strip_prefix(" = \"")?
            .strip_suffix('"')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"# Written by cargo.
version = 4

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.99"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "somewhere"
dependencies = [
 "wasm-bindgen-macro",
]

[[package]]
name = "syn"
version = "1.0.1"

[[package]]
name = "syn"
version = "2.0.1"
"#;

    #[test]
    fn the_version_is_that_of_exactly_this_package() {
        assert_eq!(version(LOCK, "wasm-bindgen"), Some("0.2.130"));
    }

    #[test]
    fn windows_line_ends_do_not_matter() {
        let lock = LOCK.replace('\n', "\r\n");
        assert_eq!(version(&lock, "wasm-bindgen"), Some("0.2.130"));
    }

    #[test]
    fn a_package_that_is_missing_or_not_alone_has_no_version() {
        assert_eq!(version(LOCK, "leptos"), None);
        assert_eq!(version(LOCK, "syn"), None);
    }
}
