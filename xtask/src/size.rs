//! What a first visit loads, weighed against its budget.
//!
//! Not here: how it is made small ([`crate::site`]).

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Done, Failure};
use crate::renderer;
use crate::table;
use crate::workspace::Workspace;

/// What the step is called.
pub(crate) const TITLE: &str = "size";

/// The most that all files together may have, brotli, in bytes.
const BUDGET: u64 = 200_000;
/// What we would like.
const AIM: u64 = 150_000;

/// What a first visit loads; each by the names it may have.
const LOADED: [&[&str]; 4] = [
    &["brooklet.js"],
    &["__wasm_split.______________________.js"],
    &["brooklet_bg.wasm", "brooklet.wasm"],
    &["brooklet.css"],
];

/// Bytes as they are, with gzip, with brotli.
#[derive(Clone, Copy, Default)]
struct Weight {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// Prints the table; over the budget it fails.
pub(crate) fn weigh(workspace: &Workspace) -> Done {
    let folder = workspace.site().join("pkg");
    let mut files = Vec::new();
    for names in LOADED {
        let file = built(&folder, names)?;
        files.push((named(&file), weight(&file)?));
    }
    let total = total(files.iter().map(|(_, weight)| *weight));
    println!("{}", report(&files, total));
    println!("  {}", verdict(total.brotli));
    let parser = weight(&split_off(&folder)?)?;
    println!("  with the first answer: {} kB", kilobytes(parser.brotli));
    let diagram = weight(&workspace.site().join(renderer::FILE))?;
    println!(
        "  apart from that, once somebody has a diagram drawn: {} kB",
        kilobytes(diagram.brotli)
    );
    println!(
        "  the binary, the page inside: {} kB\n",
        kilobytes(bytes(&workspace.binary())?)
    );
    if total.brotli <= BUDGET {
        return Ok(());
    }
    Err(Failure::new(format!(
        "a first visit loads {} kB, over the budget of {} kB",
        kilobytes(total.brotli),
        BUDGET / 1000
    ))
    .advise(format!(
        "see what came in: cargo tree --target {} -e normal --no-default-features --features \
         hydrate",
        crate::tools::WASM
    )))
}

fn verdict(brotli: u64) -> String {
    let relation = |limit| if brotli <= limit { "within" } else { "over" };
    format!(
        "{} kB: {} the budget of {} kB, {} the aim of {} kB",
        kilobytes(brotli),
        relation(BUDGET),
        BUDGET / 1000,
        relation(AIM),
        AIM / 1000
    )
}

/// The file by whichever of its names is there.
fn built(folder: &Path, names: &[&str]) -> Done<PathBuf> {
    let mut paths = names.iter().map(|name| folder.join(name));
    paths.find(|path| path.is_file()).ok_or_else(|| {
        Failure::new(format!(
            "{} is not in {}: there is nothing to weigh before a build",
            names.join(" or "),
            folder.display()
        ))
        .advise("build first: cargo xtask build")
    })
}

/// What is split off the page's code: the parser of Markdown, the only such file.
fn split_off(folder: &Path) -> Done<PathBuf> {
    let files = fs::read_dir(folder).map_err(|error| Failure::file("reading", folder, &error))?;
    let mut files = files.flatten().map(|entry| entry.path());
    let parser = files.find(|file| {
        let name = named(file);
        name.starts_with("split_") && name.ends_with(".wasm")
    });
    parser.ok_or_else(|| {
        Failure::new("nothing was split off the page's code").advise("is the parser lazy still?")
    })
}

fn weight(file: &Path) -> Done<Weight> {
    let packed = |ending: &str| PathBuf::from(format!("{}.{ending}", file.display()));
    Ok(Weight {
        raw: bytes(file)?,
        gzip: bytes(&packed("gz"))?,
        brotli: bytes(&packed("br"))?,
    })
}

fn bytes(file: &Path) -> Done<u64> {
    fs::metadata(file)
        .map(|metadata| metadata.len())
        .map_err(|error| {
            Failure::file("weighing", file, &error).advise("build first: cargo xtask build")
        })
}

fn named(file: &Path) -> String {
    file.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn total(weights: impl Iterator<Item = Weight>) -> Weight {
    weights.fold(Weight::default(), |sum, weight| Weight {
        raw: sum.raw + weight.raw,
        gzip: sum.gzip + weight.gzip,
        brotli: sum.brotli + weight.brotli,
    })
}

fn report(files: &[(String, Weight)], total: Weight) -> String {
    let mut rows = vec![["kB", "raw", "gzip", "brotli"].map(str::to_owned).to_vec()];
    let row = |name: &str, weight: Weight| {
        let numbers = [weight.raw, weight.gzip, weight.brotli].map(kilobytes);
        let mut row = vec![name.to_owned()];
        row.extend(numbers);
        row
    };
    rows.extend(files.iter().map(|(name, weight)| row(name, *weight)));
    rows.push(row("a first visit", total));
    table::numbers(&rows)
}

/// In units of 1000 bytes, with one decimal, rounded up, so that what is over a limit looks it.
fn kilobytes(bytes: u64) -> String {
    let tenths = bytes.div_ceil(100);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilobytes_are_a_thousand_bytes_and_rounded_up() {
        for (bytes, expected) in [
            (0, "0.0"),
            (1, "0.1"),
            (100, "0.1"),
            (82_340, "82.4"),
            (200_000, "200.0"),
            (200_001, "200.1"),
        ] {
            assert_eq!(kilobytes(bytes), expected);
        }
    }

    #[test]
    fn the_table_ends_with_the_total() {
        let files = [
            (
                "brooklet.js".to_owned(),
                Weight {
                    raw: 30_000,
                    gzip: 7_000,
                    brotli: 6_000,
                },
            ),
            (
                "brooklet.wasm".to_owned(),
                Weight {
                    raw: 375_000,
                    gzip: 150_000,
                    brotli: 121_000,
                },
            ),
        ];
        let total = total(files.iter().map(|(_, weight)| *weight));
        assert_eq!(
            report(&files, total),
            "  kB               raw   gzip  brotli\n\
             \x20 brooklet.js     30.0    7.0     6.0\n\
             \x20 brooklet.wasm  375.0  150.0   121.0\n\
             \x20 a first visit  405.0  157.0   127.0\n"
        );
    }

    #[test]
    fn the_verdict_names_both_limits() {
        for (bytes, expected) in [
            (
                150_000,
                "150.0 kB: within the budget of 200 kB, within the aim of 150 kB",
            ),
            (
                150_001,
                "150.1 kB: within the budget of 200 kB, over the aim of 150 kB",
            ),
            (
                200_001,
                "200.1 kB: over the budget of 200 kB, over the aim of 150 kB",
            ),
        ] {
            assert_eq!(verdict(bytes), expected);
        }
    }

    #[test]
    fn before_a_build_it_says_so() {
        let told = built(Path::new("no/such/folder"), LOADED[2])
            .expect_err("nothing is there")
            .to_string();
        assert!(told.contains("brooklet_bg.wasm or brooklet.wasm"), "{told}");
        assert!(told.contains("cargo xtask build"), "{told}");
    }
}
