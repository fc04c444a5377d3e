//! Which grammar a fence asks for, by the names that people and models give languages.

use syntect::parsing::{SyntaxReference, SyntaxSet};

/// The longest name that is looked up.
const LONGEST: usize = 40;

/// Names that the grammars do not know themselves, in lower case, and the ones they know.
#[rustfmt::skip]
const ALIASES: [(&[&str], &str); 42] = [
    (&["asm", "assembly", "nasm", "x86asm"], "asm"),
    (&["batch", "dosbatch", "winbatch"], "bat"),
    (&["shell", "shellscript", "shell-session", "shellsession", "console", "terminal", "zsh", "ksh"], "bash"),
    (&["cpp", "cuda", "cu", "arduino", "ino"], "C++"),
    (&["csharp", "c-sharp", "dotnet"], "C#"),
    (&["fsharp", "f-sharp", "fs"], "F#"),
    (&["golang"], "go"),
    (&["h"], "C"),
    (&["node", "mjs", "cjs", "javascriptreact"], "js"),
    (&["jsx", "typescriptreact", "javascript-react"], "tsx"),
    (&["jsonc", "json5", "jsonl", "ndjson", "geojson", "webmanifest"], "json"),
    (&["py", "python2", "python3", "ipython", "pycon", "sage", "starlark"], "Python"),
    (&["docker", "containerfile"], "dockerfile"),
    (&["objc", "objectivec", "obj-c"], "Objective-C"),
    (&["objcpp", "objectivec++"], "Objective-C++"),
    (&["postgres", "postgresql", "mysql", "mariadb", "sqlite", "sqlite3", "plsql", "plpgsql", "tsql", "mssql"], "sql"),
    (&["elisp", "emacs-lisp", "common-lisp", "commonlisp", "scheme"], "lisp"),
    (&["vimscript", "vim-script"], "vim"),
    (&["rs", "rust-script"], "Rust"),
    (&["rlang", "rscript"], "R"),
    (&["hcl", "opentofu", "terraform"], "tf"),
    (&["protobuf", "proto3", "grpc"], "proto"),
    (&["env", "dotenv"], "env"),
    (&["conf", "cfg", "config", "editorconfig", "systemd"], "ini"),
    (&["nginxconf"], "nginx"),
    (&["htaccess", "apache", "apacheconf"], "Apache Conf"),
    (&["regex", "regexp"], "re"),
    (&["django", "jinja-html", "html+jinja", "html+django"], "html.j2"),
    (&["erb", "html+erb", "eruby"], "erb"),
    (&["tex", "latex", "katex"], "tex"),
    (&["gdscript"], "gd"),
    (&["delphi", "objectpascal", "object-pascal"], "Pascal"),
    (&["fortran", "fortran90"], "f90"),
    (&["systemverilog"], "sv"),
    (&["udiff", "git-diff", "gitdiff"], "diff"),
    (&["svg", "plist", "xsl", "xhtml+xml", "wsdl"], "xml"),
    (&["makefile", "gnumake", "mk"], "Makefile"),
    (&["elixir", "iex", "heex"], "ex"),
    (&["reasonml", "rescript"], "ml"),
    (&["sh", "bash"], "bash"),
    (&["m", "octave"], "MATLAB"),
    (&["md", "mdx", "rmd", "qmd"], "markdown"),
];

/// The grammar of a language; `None` when there is none, or nothing to colour.
pub(super) fn grammar<'set>(
    grammars: &'set SyntaxSet,
    language: &str,
) -> Option<&'set SyntaxReference> {
    // What stands behind the name is for others: `rust,no_run`, `js {1,3}`, `python:main.py`.
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | '{' | ':' | ';' | '(');
    let name = language.trim().trim_matches(['{', '.', '}']);
    let name = name.split(ends).next().unwrap_or_default();
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    let alias = ALIASES.iter().find(|(names, _)| names.contains(&&*name));
    let token = alias.map_or(&*name, |(_, token)| token);
    let found = grammars
        .find_syntax_by_name(token)
        .or_else(|| grammars.find_syntax_by_token(token))?;
    // That of JavaScript is lost at the comment of `return a /* b */`; that of TypeScript knows all of it.
    if found.name == "JavaScript" {
        return grammars.find_syntax_by_name("TypeScript");
    }
    (found.name != "Plain Text").then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[(&str, &str)] = &[
        ("rust", "Rust"),
        ("rs", "Rust"),
        ("Rust", "Rust"),
        ("rust,no_run", "Rust"),
        ("js", "TypeScript"),
        ("javascript", "TypeScript"),
        ("js {1,3}", "TypeScript"),
        ("{.python}", "Python"),
        ("jsx", "TypeScriptReact"),
        ("ts", "TypeScript"),
        ("typescript", "TypeScript"),
        ("tsx", "TypeScriptReact"),
        ("sh", "Bourne Again Shell (bash)"),
        ("bash", "Bourne Again Shell (bash)"),
        ("shell", "Bourne Again Shell (bash)"),
        ("zsh", "Bourne Again Shell (bash)"),
        ("console", "Bourne Again Shell (bash)"),
        ("py", "Python"),
        ("python", "Python"),
        ("python:main.py", "Python"),
        ("c", "C"),
        ("h", "C"),
        ("c++", "C++"),
        ("cpp", "C++"),
        ("hpp", "C++"),
        ("c#", "C#"),
        ("cs", "C#"),
        ("csharp", "C#"),
        ("fsharp", "F#"),
        ("go", "Go"),
        ("golang", "Go"),
        ("java", "Java"),
        ("kotlin", "Kotlin"),
        ("kt", "Kotlin"),
        ("swift", "Swift"),
        ("objective-c", "Objective-C"),
        ("ruby", "Ruby"),
        ("rb", "Ruby"),
        ("php", "PHP"),
        ("perl", "Perl"),
        ("lua", "Lua"),
        ("r", "R"),
        ("julia", "Julia"),
        ("matlab", "MATLAB"),
        ("haskell", "Haskell"),
        ("hs", "Haskell"),
        ("ocaml", "OCaml"),
        ("elixir", "Elixir"),
        ("erlang", "Erlang"),
        ("clojure", "Clojure"),
        ("scala", "Scala"),
        ("dart", "Dart"),
        ("zig", "Zig"),
        ("nim", "Nim"),
        ("yml", "YAML"),
        ("yaml", "YAML"),
        ("toml", "TOML"),
        ("json", "JSON"),
        ("jsonc", "JSON"),
        ("json5", "JSON"),
        ("xml", "XML"),
        ("svg", "XML"),
        ("html", "HTML"),
        ("css", "CSS"),
        ("scss", "SCSS"),
        ("less", "Less"),
        ("vue", "Vue Component"),
        ("svelte", "Svelte"),
        ("sql", "SQL"),
        ("postgresql", "SQL"),
        ("graphql", "GraphQL"),
        ("protobuf", "Protocol Buffer"),
        ("dockerfile", "Dockerfile"),
        ("docker", "Dockerfile"),
        ("Dockerfile", "Dockerfile"),
        ("makefile", "Makefile"),
        ("make", "Makefile"),
        ("cmake", "CMake"),
        ("terraform", "Terraform"),
        ("hcl", "Terraform"),
        ("nix", "Nix"),
        ("nginx", "nginx"),
        ("ini", "INI"),
        ("env", "DotENV"),
        ("diff", "Diff"),
        ("patch", "Diff"),
        ("markdown", "Markdown"),
        ("md", "Markdown"),
        ("latex", "LaTeX"),
        ("tex", "LaTeX"),
        ("vim", "VimL"),
        ("viml", "VimL"),
        ("bat", "Batch File"),
        ("asm", "x86_64 Assembly"),
        ("solidity", "Solidity"),
        ("http", "HTTP Request and Response"),
        ("regex", "Regular Expression"),
    ];

    #[test]
    fn people_and_models_find_their_languages() {
        let grammars = two_face::syntax::extra_newlines();
        for (name, expected) in NAMES {
            let found = grammar(&grammars, name).map(|found| &*found.name);
            assert_eq!(found, Some(*expected), "{name}");
        }
        for name in [
            "",
            " ",
            "text",
            "txt",
            "plaintext",
            "output",
            "nonsense",
            "mermaid",
            "\u{202e}rust",
            "<script>",
            "a,rust",
        ] {
            assert!(grammar(&grammars, name).is_none(), "{name}");
        }
        assert!(grammar(&grammars, &"rust".repeat(100)).is_none());
        for (_, token) in ALIASES {
            assert!(grammar(&grammars, token).is_some(), "{token}");
        }
    }
}
