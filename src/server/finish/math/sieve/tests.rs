//! What passes, and what does not.

use super::*;

#[test]
fn what_is_on_the_lists_passes() {
    for (mathml, expected) in [
        (
            "<math><mi>x</mi></math>",
            "<math alttext=\"s\"><mi>x</mi></math>",
        ),
        (
            "<math display=\"block\"><mtd style=\"text-align: right;justify-items: end;padding-right: 0;\"></mtd></math>",
            "<math alttext=\"s\" display=\"block\"><mtd class=\"right pr0\"></mtd></math>",
        ),
        (
            "<math><mrow style=\"color:#FF0000;\"><mspace width=\"1em\"/></mrow></math>",
            "<math alttext=\"s\"><mrow mathcolor=\"#FF0000\"><mspace width=\"1em\"/></mrow></math>",
        ),
        (
            "<math><mtext><span style=\"x\">a&lt;b&amp;</span></mtext></math>",
            "<math alttext=\"s\"><mtext>a&lt;b&amp;</mtext></math>",
        ),
        (
            "<math><menclose notation=\"updiagonalstrike\"><mi>x</mi></menclose></math>",
            "<math alttext=\"s\"><mrow class=\"up\"><mi>x</mi></mrow></math>",
        ),
        (
            "<math><mrow style=\"color:#B0CED1;\"><mn>42</mn></mrow></math>",
            "<math alttext=\"s\"><mrow class=\"boxed\"><mn>42</mn></mrow></math>",
        ),
    ] {
        assert_eq!(sift(mathml, "s").as_deref(), Some(expected), "{mathml}");
    }
    let told = sift("<math></math>", "a<b>\"&");
    assert_eq!(
        told.as_deref(),
        Some("<math alttext=\"a&lt;b&gt;&quot;&amp;\"></math>")
    );
}

#[test]
fn what_is_not_stops_the_formula() {
    for mathml in [
        "",
        "<math>",
        "<math></math>x",
        "<math><mi>x</math></mi>",
        "<math><script>x</script></math>",
        "<math><mtext><a href=\"#\">x</a></mtext></math>",
        "<math><mtext><img src=\"x\"/></mtext></math>",
        "<math href=\"x\"></math>",
        "<math><mi onclick=\"x\">x</mi></math>",
        "<math><mi mathvariant=\"a b\">x</mi></math>",
        "<math><mi mathvariant=\"javascript:x\">x</mi></math>",
        "<math><mrow style=\"color:url(x)\"></mrow></math>",
        "<math><mi>&copy;</mi></math>",
        "<math><mi>&</mi></math>",
        "<math><mi>\u{202e}</mi></math>",
        "<math><math></math></math>",
        "<math><!-- x --></math>",
        "<math><mi",
        "<math><b/></math>",
        "<svg></svg>",
        "<mathx></mathx>",
    ] {
        assert_eq!(sift(mathml, "s"), None, "{mathml}");
    }
    let deep = format!(
        "<math>{}{}</math>",
        "<mrow>".repeat(200),
        "</mrow>".repeat(200)
    );
    assert_eq!(sift(&deep, "s"), None);
}
