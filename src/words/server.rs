//! All sentences of all languages; plural categories and numbers by ICU4X.

use icu_decimal::{DecimalFormatter, input::Decimal};
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRules};
use leptos::prelude::use_context;

use super::{LANGUAGES, PAGE, Words};

/// A language.
#[derive(Debug)]
pub(super) struct Language {
    /// Its code, as in `Accept-Language`.
    pub(super) code: &'static str,
    /// What it calls itself.
    pub(super) name: &'static str,
    /// The page's sentences, then the server's.
    pub(super) sentences: &'static [&'static str],
}

impl Words {
    /// Those of the request that is being answered, where leptos answers it.
    pub fn here() -> Self {
        use_context().unwrap_or_default()
    }

    /// Those of a language by its code, whatever region or script that names.
    pub fn of(code: &str) -> Option<Self> {
        let code = code.split(['-', '_']).next().unwrap_or_default();
        let mut languages = LANGUAGES.iter();
        let language = languages.position(|it| it.code.eq_ignore_ascii_case(code))?;
        Some(Self { language })
    }

    /// Those of all languages: their codes and names.
    pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
        LANGUAGES.iter().map(|it| (it.code, it.name))
    }

    /// The language's code.
    pub fn code(self) -> &'static str {
        LANGUAGES[self.language].code
    }

    /// What travels to the browser: a line a sentence.
    pub fn of_page(self) -> String {
        LANGUAGES[self.language].sentences[..PAGE].join("\n")
    }

    pub(super) fn sentence(self, index: usize) -> &'static str {
        LANGUAGES[self.language].sentences[index]
    }

    pub(super) fn category(self, count: u64) -> &'static str {
        let rules = PluralRules::try_new(self.locale().into(), Default::default());
        match rules.map(|rules| rules.category_for(count)) {
            Ok(PluralCategory::Zero) => "zero",
            Ok(PluralCategory::One) => "one",
            Ok(PluralCategory::Two) => "two",
            Ok(PluralCategory::Few) => "few",
            Ok(PluralCategory::Many) => "many",
            Ok(PluralCategory::Other) | Err(_) => "other",
        }
    }

    /// A number as the language writes it.
    pub fn number(self, number: u64) -> String {
        self.write(&Decimal::from(number))
    }

    /// A number to a tenth, as the language writes it.
    pub fn tenths(self, number: f64) -> String {
        let mut decimal = Decimal::from(tenths_of(number));
        decimal.multiply_pow10(-1);
        self.write(&decimal)
    }

    /// A time, which is written as in RFC 3339, for whoever has no clock of their own here: UTC, the year first, so that
    /// nobody takes the day for the month.
    #[allow(clippy::unused_self, reason = "a browser has it in its language")]
    pub fn time(self, machine: &str) -> String {
        let time: Result<jiff::Timestamp, _> = machine.parse();
        time.map_or_else(
            |_| machine.to_owned(),
            |it| it.strftime("%F %T UTC").to_string(),
        )
    }

    fn write(self, decimal: &Decimal) -> String {
        let written = DecimalFormatter::try_new(self.locale().into(), Default::default());
        written.map_or_else(|_| decimal.to_string(), |it| it.format(decimal).to_string())
    }

    fn locale(self) -> Locale {
        self.code().parse().unwrap_or(Locale::UNKNOWN)
    }
}

/// How many tenths.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is not negative, and what is too large is as large as can be"
)]
fn tenths_of(number: f64) -> u64 {
    (number * 10.0).round() as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use super::*;

    #[test]
    fn languages_are_found_by_their_codes() {
        for (code, found) in [
            ("de", Some("de")),
            ("DE-at", Some("de")),
            ("en_GB", Some("en")),
            ("xx", None),
            ("", None),
        ] {
            assert_eq!(Words::of(code).map(Words::code), found, "{code}");
        }
        assert_eq!(Words::default().code(), "en");
    }

    #[test]
    fn numbers_and_their_sentences_are_the_languages_own() {
        let (en, de) = (Words::default(), Words::of("de").unwrap());
        assert_eq!(en.tokens_a_second(&en.tenths(1234.56)), "1,234.6 tokens/s");
        assert_eq!(de.tokens_a_second(&de.tenths(1234.56)), "1.234,6 Token/s");
        assert_eq!(en.tenths(12.0), "12.0");
        assert_eq!(en.selected(1), "1 selected");
        assert_eq!(de.unarchived_many(1), "1 Chat ist nicht mehr im Archiv");
        assert_eq!(
            de.unarchived_many(1000),
            "1.000 Chats sind nicht mehr im Archiv"
        );
        assert_eq!(en.thought_for(0), "Thought for a second");
        assert_eq!(en.thought_for(1001), "Thought for 2 seconds");
        assert_eq!(de.thought_for(61_000), "1 min 1 s nachgedacht");
    }

    #[test]
    fn what_is_put_in_is_text_and_braces_are_braces() {
        let words = Words::default();
        assert_eq!(words.deleted("{title} {x}"), "Deleted “{title} {x}”");
        assert!(words.prompts_help().contains("{{topic}}"));
        assert_eq!(super::super::fill("{a {b} {c", &[("b", "1")]), "{a {b} {c");
        assert_eq!(super::super::fill("{b}{b}}", &[("b", "1")]), "11}");
    }

    /// Each language has what its own numbers need, and nothing else.
    #[test]
    fn plurals_have_the_categories_of_their_language() {
        for (code, _) in Words::all() {
            let words = Words::of(code).unwrap();
            let rules = PluralRules::try_new(words.locale().into(), Default::default()).unwrap();
            let mut wanted: Vec<_> = rules
                .categories()
                .map(|category| format!("{category:?}").to_lowercase())
                .collect();
            wanted.sort();
            for sentence in LANGUAGES[words.language].sentences {
                let columns: Vec<_> = sentence.split('\t').collect();
                if columns.len() > 1 {
                    let has: Vec<_> = columns.iter().step_by(2).copied().collect();
                    assert_eq!(has, wanted, "{code}: {sentence}");
                }
            }
        }
    }

    #[test]
    fn what_travels_is_the_pages_sentences() {
        let page = Words::of("de").unwrap().of_page();
        assert_eq!(page.lines().count(), PAGE);
        assert!(page.contains("Noch einmal antworten") && !page.contains("Angeheftet"));
    }
}
