//! What draws diagrams: one file of Mermaid, pinned by `diagram/package-lock.json`.
//!
//! It is put among what is served as it is (`public/`), from where the build takes it into the binary, and a watching
//! build serves it. Git does not have it: 3 MB that others keep. Not here: the frame that it runs in
//! (`src/server/diagram.rs`), and how packages are fetched ([`crate::packages`]).

use std::fs;
use std::path::Path;

use crate::cache::Cache;
use crate::failure::{Done, Failure};
use crate::packages;
use crate::workspace::Workspace;

const PACKAGE: &str = "node_modules/@mermaid-js/tiny";

/// Its files, and what they are called in the site.
const FILES: [(&str, &str); 2] = [
    ("dist/mermaid.tiny.js", "mermaid.js"),
    ("LICENSE", "mermaid.LICENSE.txt"),
];

/// The file that a page with a diagram loads, from the root of the site.
pub(crate) const FILE: &str = "diagram/mermaid.js";

/// Fetches it if it is missing, and puts it into its place.
pub(crate) fn ensure(workspace: &Workspace, cache: &Cache) -> Done {
    let package = Path::new(PACKAGE);
    let proof = package.join(FILES[0].0);
    let packages = packages::installed(workspace, cache, "diagram", &proof)?;
    let folder = workspace.root().join("public/diagram");
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::file("making the folder", &folder, &error))?;
    for (from, to) in FILES {
        put(&packages.join(package).join(from), &folder.join(to))?;
    }
    Ok(())
}

/// Copies a file unless it is there already: a new one would have everything built again.
fn put(from: &Path, to: &Path) -> Done {
    let wanted = fs::read(from).map_err(|error| Failure::file("reading", from, &error))?;
    if fs::read(to).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    fs::write(to, wanted).map_err(|error| Failure::file("writing", to, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_already_is_not_written_again() {
        let name = format!("brooklet-xtask-renderer-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder of our own");
        let (from, to) = (folder.join("from"), folder.join("to"));
        let time = |file: &Path| fs::metadata(file).and_then(|it| it.modified()).ok();
        for text in ["one", "two"] {
            fs::write(&from, text).expect("a new file");
            put(&from, &to).expect("it can be copied");
            let first = time(&to);
            put(&from, &to).expect("it is there");
            assert_eq!(time(&to), first);
            assert_eq!(fs::read_to_string(&to).expect("it is there"), text);
        }
        fs::remove_dir_all(folder).expect("it was ours");
    }
}
