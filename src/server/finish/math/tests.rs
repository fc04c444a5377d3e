//! Formulas that models write, and those that nobody should.

#![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

use std::{thread, time::Instant};

use super::*;

/// What models write.
const WRITTEN: &[&str] = &[
    r"x^2",
    r"E = mc^2",
    r"\frac{-b \pm \sqrt{b^2 - 4ac}}{2a}",
    r"\sum_{i=1}^{n} i = \frac{n(n+1)}{2}",
    r"\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
    r"\begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}",
    r"\begin{aligned} a &= b + c \\ &= d \end{aligned}",
    r"\begin{align} a &= b \\ c &= d \end{align}",
    r"\begin{align*} a &= b + c \\ &= d \end{align*}",
    r"\begin{equation} a = b \label{eq:a} \end{equation}",
    r"\begin{gather*} a \\ b \end{gather*}",
    r"\begin{split} a &= b \\ &= c \end{split}",
    r"\begin{alignat}{2} a &= b \end{alignat}",
    r"\begin{multline} a \\ b \end{multline}",
    r"\begin{smallmatrix} a & b\end{smallmatrix}",
    r"\begin{array}{c|c} a & b \\ \hline c & d \end{array}",
    r"\left[\begin{array}{cc|c} 1 & 0 & 3 \\ 0 & 1 & 4 \end{array}\right]",
    r"f(x) = \begin{cases} x & \text{if } x > 0 \\ -x & \text{otherwise} \end{cases}",
    r"f(n) = \begin{cases} 1 & \text{if $n = 0$} \\[4pt] n f(n-1) & \text{else} \end{cases}",
    r"\text{Area} = \pi r^2",
    r"\mathbb{R}^n \to \mathcal{L}(\theta), \mathscr{F}, \mathfrak{g}, \mathbf{v} \cdot \bm{w}",
    r"\operatorname{argmax}_x f(x), \operatorname*{arg\,min}_{\theta} L(\theta)",
    r"\color{red}{x} + \textcolor{blue}{y} + \color[HTML]{ff0000} z",
    r"\lim_{x \to 0} \frac{\sin x}{x} = 1",
    r"\vec{F} = m\vec{a}, \hat{y}, \bar{x}, \dot{x}, \tilde{x}, \overline{AB}, \widehat{abc}",
    r"\underbrace{a+b+c}_{n} \overbrace{x}^{m}",
    r"\left( \frac{a}{b} \right)^2 \left\{ x \right. \left\lfloor y \right\rfloor \big( z \big)",
    r"\binom{n}{k} = {n \choose k}",
    r"P(A \mid B) = \frac{P(B \mid A)\, P(A)}{P(B)}",
    r"\nabla \times \mathbf{E} = -\frac{\partial \mathbf{B}}{\partial t}",
    r"\boxed{42}",
    r"\boxed{\begin{aligned} a &= b \\ &= c \end{aligned}}",
    r"\forall x \in \mathbb{N}, \exists y : a \equiv b \pmod{n}",
    r"A \xrightarrow{f} B \implies C \iff D",
    r"50\% \text{ of } \$5 = \$2.50",
    r"x \tag{1}",
    r"a &= b \\ &= c",
    r"a \\ b",
    r"\sum_{\substack{a \\ b}} x",
    r"\cancel{x} + \phantom{y} + \stackrel{!}{=} + \overset{a}{b}",
    r"f'(x) = x''",
    r"\lVert x \rVert_2 + \| y \| + |z| + \langle \psi | \phi \rangle",
    r"\text{中文 & more_of it} \quad αβγ",
    r"\displaystyle \sum_i x \tfrac12 \dfrac12",
    r"\mathbb{E}_{x \sim p}\left[\log \frac{p(x)}{q(x)}\right]",
    r"\href{https://example.com/}{x}",
    r"\left.\frac{dy}{dx}\right|_{x=0}",
    r"5\,000{,}00 \; \text{m/s} \! x",
    r"\dv{x}{t} = \pdv{f}{x}",
    "a\u{2062}b\u{200b}",
    r"\begin{array}{c} \displaystyle \frac{a}{b} \\ \rm c \end{array}",
    r"\begin{matrix} \color{red} a & b \\ {\bf c} & \left( \displaystyle d \right) \end{matrix}",
];

/// What stays as it was written.
const REFUSED: &[&str] = &[
    "",
    "   ",
    r"\foo{x}",
    r"\frac{a}",
    r"\unicode{x41}",
    r"\def\a{\a\a}\a",
    r"\newcommand{\R}{\mathbb{R}} \R",
    r"\begin{nothing} x \end{nothing}",
    r"\begin{align} x",
    r"{x",
    r"\left( x",
    r"x^2^3^",
    r"\textcolor{red;background:url(x)}{y}",
    r"\color[HTML]{zz} x",
    r"\ref{x} \eqref{x}",
    "x\u{202e}y",
    "x\0y",
];

/// What is not to do anything but to be shown, or to be refused.
const HOSTILE: &[&str] = &[
    r"\text{<script>alert(1)</script>}",
    r#"\text{<img src=x onerror="alert(1)">}"#,
    r#"\text{"><script>alert(1)</script>}"#,
    r"\text{</mtext></math><script>alert(1)</script>}",
    r"\href{javascript:alert(1)}{x}",
    r"\href{data:text/html,<script>alert(1)</script>}{x}",
    r"\url{javascript:alert(1)}",
    r"\html{<b>}",
    r"\htmlClass{x}{y} \htmlStyle{color:red}{y} \htmlData{a=b}{y} \cssId{x}{y} \class{x}{y} \style{x}{y}",
    r"\includegraphics{https://example.com/x.png}",
    r"\input{/etc/passwd} \write18{ls}",
    r"a<b>c&d",
    r"<script>alert(1)</script>",
    r"&lt;script&gt;",
    r"\operatorname{<svg onload=alert(1)>}",
    r"\mathrm{<svg/onload=alert(1)>}",
    r"\tag{<b onclick=x>}",
    r"\label{<b>}\ref{<b>}",
    r"\begin{<b>} x \end{<b>}",
    r"\color{<b>}x",
    r"\color[<b>]{x}y",
    r"\begin{array}{<b>} x \end{array}",
    r"\begin{array}{|c|}\hline x \\ \hline\end{array}",
    r"\begin{matrix} \cal a & b \\ \scriptsize c & \limits d \end{matrix}",
    r"\begin{matrix} {a & b} \\ \text{a & b} & \hat & \\ \sqrt \end{matrix}",
    r"\hspace{1em;background:url(x)}x",
    r"\hspace{99999999em} \kern{-9999999em}",
    r"\genfrac{<}{>}{1em}{0}{a}{b}",
    r"\begin{multline} a \end{multline} \begin{align} \\ \\ & & \end{align}",
    r"\verb|<b>|",
    r"\unicode{x3c}script",
    r"\char`\<",
    "^^3cscript>",
];

/// On a stack as deep as the workshop's.
fn deep<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = thread::Builder::new().stack_size(super::super::workshop::STACK);
    thread.spawn(work).unwrap().join().unwrap()
}

/// Whether math-core fell over it, as the workshop finds out.
fn html(source: &str) -> Option<String> {
    std::panic::catch_unwind(|| Formulas::new().html(source, true)).unwrap_or_default()
}

#[test]
fn what_models_write_is_read() {
    let formulas = Formulas::new();
    for source in WRITTEN {
        for display in [true, false] {
            let html = formulas.html(source, display);
            let html = html.unwrap_or_else(|| panic!("{source}"));
            assert!(html.starts_with("<math alttext=\"") && html.ends_with("</math>"));
            assert_eq!(html.contains(" display=\"block\""), display, "{html}");
            assert!(
                !html.contains(" style=") && !html.contains("merror"),
                "{html}"
            );
        }
    }
    for source in REFUSED {
        assert_eq!(formulas.html(source, true), None, "{source}");
    }
}

/// The sieve has passed every output: here a second pair of eyes looks at it.
#[test]
fn nothing_comes_out_that_is_not_mathematics() {
    for source in HOSTILE.iter().chain(WRITTEN) {
        let Some(html) = html(source) else { continue };
        let mut rest = &*html;
        while let Some((_, tag)) = rest.split_once('<') {
            let (tag, after) = tag.split_once('>').unwrap();
            rest = after;
            let mut parts = tag.split('"');
            let name = parts.next().unwrap().split(' ').next().unwrap();
            let name = name.trim_matches('/');
            assert!(
                name.starts_with('m') || ["b", "i", "em", "code", "s", "u"].contains(&name),
                "{source}: {tag}"
            );
            for attribute in tag
                .split('"')
                .step_by(2)
                .filter_map(|part| part.trim().strip_suffix('='))
            {
                let attribute = attribute.rsplit(' ').next().unwrap();
                assert!(!attribute.starts_with("on"), "{source}: {tag}");
                assert!(
                    !["href", "src", "style", "xlink:href", "id", "actiontype"]
                        .contains(&attribute),
                    "{source}: {tag}"
                );
            }
        }
    }
}

/// Whatever is nested, or repeated, it takes neither the stack nor the day.
#[test]
fn depth_and_length_are_bounded() {
    const OPENINGS: &[(&str, &str)] = &[
        ("{", "}"),
        (r"\hat ", ""),
        (r"\hat{", "}"),
        (r"\sqrt", ""),
        (r"\frac1", ""),
        (r"\frac{1}{", "}"),
        (r"x^{", "}"),
        (r"\left(", r"\right)"),
        (r"\text{$", "$}"),
        (r"\boxed{", "}"),
        (r"\color{red}", ""),
        (r"\textcolor{red}{", "}"),
        (r"\abs{", "}"),
        (r"\dv{x}{", "}"),
        (r"\begin{matrix}", r"\end{matrix}"),
        (r"\begin{aligned}", r"\end{aligned}"),
        (r"\substack{", "}"),
        (r"\bm", ""),
        (r"\not", ""),
        (r"\rm", ""),
        ("[", "]"),
        ("'", ""),
        (r"\\", ""),
        ("&", ""),
        ("_{", "}"),
        (r"\cancel{", "}"),
        (r"\overset{", "}{x}"),
        (r"\mathop{", "}"),
        (r"\limits_", ""),
        (r"\big", ""),
        (r"\middle|", ""),
    ];
    let started = Instant::now();
    for (open, close) in OPENINGS {
        let times = LONGEST / (open.len() + close.len()) - 1;
        for source in [
            format!("{}x{}", open.repeat(times), close.repeat(times)),
            open.repeat(LONGEST / open.len()),
        ] {
            assert!(source.len() <= LONGEST);
            deep(move || html(&source));
        }
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    let long = "x+".repeat(LONGEST);
    assert_eq!(html(&long), None);
}
