//! What is said in other words.

use super::*;

#[test]
fn what_is_not_known_is_said_in_other_words() {
    for (source, expected) in [
        (r"x^2", r"x^2"),
        (r"\frac{a}{b}", r"\frac{a}{b}"),
        (r"a \\ b", r"\begin{gathered}a \\ b\end{gathered}"),
        (
            r"a &= b \\[2pt] &= c",
            r"\begin{aligned}a &= b \\ &= c\end{aligned}",
        ),
        (r"x \tag{1}", r"\begin{equation*}x \tag{1}\end{equation*}"),
        (r"x \tag*{1}", r"\begin{equation*}x \tag{1}\end{equation*}"),
        (
            r"\begin{align}a&=b\label{x}\\c\end{align}",
            r"\begin{align*}a&=b\\c\end{align*}",
        ),
        (
            r"\begin{alignat}{2}a\end{alignat}",
            r"\begin{align*}a\end{align*}",
        ),
        (
            r"\begin{aligned}[t]a\end{aligned}",
            r"\begin{aligned}a\end{aligned}",
        ),
        (r"\href{javascript:alert(1)}{x}", r"{x}"),
        (r"\text{if $x$ and a_b}", r"\text{if }{x}\text{ and a\_b}"),
        (r"\text{costs $5}", r"\text{costs }\$\text{5}"),
        (r"\text{50\% \$}", r"\text{50\% \$}"),
        (r"\boxed{\text{a}}", r"{\color[HTML]{B0CED1}\text{a}}"),
        (r"\{a\}", r"\{a\}"),
        (r"\displaystyle x", r"{\displaystyle x}"),
        (r"{\rm x}^2", r"{{\rm x}}^2"),
        (r"\\[x]", r"\begin{gathered}\\[x]\end{gathered}"),
    ] {
        assert_eq!(translate(source).as_deref(), Some(expected), "{source}");
    }
    for endless in [
        r"\text{a",
        r"\boxed{",
        r"\begin",
        r"\href{a}",
        "\\",
        &r"\boxed{".repeat(500),
    ] {
        assert_eq!(translate(endless), None, "{endless}");
    }
    let deep = format!("{}x{}", r"\boxed{".repeat(20), "}".repeat(20));
    assert_eq!(translate(&deep), None);
}
