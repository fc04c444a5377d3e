//! In which language a text is: a screen reader reads it in that one.
//!
//! Of what is too short to tell nothing is said, as a wrong language is worse than none; of two languages it is the one that
//! there is more of.

use whatlang::{Info, Lang, detect};

use crate::{chat::finish::SAMPLE, markdown::fence_of};

/// How many letters are too few to tell a language by; those that are nearly words count as several.
const FEW: usize = 20;

/// How many letters a character of Chinese, Japanese or Korean counts as, and the first of them.
const NEARLY_WORDS: (usize, char) = (3, '\u{2e80}');

/// The codes of languages that ISO 639 has two for: BCP 47 takes the shorter one.
#[rustfmt::skip]
const CODES: [(&str, &str); 70] = [
    ("epo", "eo"), ("eng", "en"), ("rus", "ru"), ("cmn", "zh"), ("spa", "es"), ("por", "pt"),
    ("ita", "it"), ("ben", "bn"), ("fra", "fr"), ("deu", "de"), ("ukr", "uk"), ("kat", "ka"),
    ("ara", "ar"), ("hin", "hi"), ("jpn", "ja"), ("heb", "he"), ("yid", "yi"), ("pol", "pl"),
    ("amh", "am"), ("jav", "jv"), ("kor", "ko"), ("nob", "nb"), ("dan", "da"), ("swe", "sv"),
    ("fin", "fi"), ("tur", "tr"), ("nld", "nl"), ("hun", "hu"), ("ces", "cs"), ("ell", "el"),
    ("bul", "bg"), ("bel", "be"), ("mar", "mr"), ("kan", "kn"), ("ron", "ro"), ("slv", "sl"),
    ("hrv", "hr"), ("srp", "sr"), ("mkd", "mk"), ("lit", "lt"), ("lav", "lv"), ("est", "et"),
    ("tam", "ta"), ("vie", "vi"), ("urd", "ur"), ("tha", "th"), ("guj", "gu"), ("uzb", "uz"),
    ("pan", "pa"), ("aze", "az"), ("ind", "id"), ("tel", "te"), ("pes", "fa"), ("mal", "ml"),
    ("ori", "or"), ("mya", "my"), ("nep", "ne"), ("sin", "si"), ("khm", "km"), ("tuk", "tk"),
    ("aka", "ak"), ("zul", "zu"), ("sna", "sn"), ("afr", "af"), ("lat", "la"), ("slk", "sk"),
    ("cat", "ca"), ("tgl", "tl"), ("hye", "hy"), ("cym", "cy"),
];

/// The language of a text, by its BCP 47 code; `None`: it cannot be told.
pub(super) fn of(text: &str) -> Option<&'static str> {
    let (letters, first) = NEARLY_WORDS;
    let letters = |it: char| if it < first { 1 } else { letters };
    let count: usize = text
        .chars()
        .filter(|it| it.is_alphabetic())
        .map(letters)
        .sum();
    if count < FEW {
        return None;
    }
    let told = detect(text).filter(Info::is_reliable)?;
    Some(shortest(told.lang()))
}

fn shortest(language: Lang) -> &'static str {
    let code = language.code();
    let found = CODES.iter().find(|(long, _)| *long == code);
    found.map_or(code, |(_, short)| short)
}

/// What is to be looked at of a text: its beginning, without code.
pub(super) fn sample(markdown: &str) -> String {
    let mut sample = String::with_capacity(SAMPLE);
    let mut open: Option<&str> = None;
    for line in markdown.lines() {
        match (fence_of(line), open) {
            (Some((mark, _)), None) => open = Some(mark),
            (Some((mark, "")), Some(begun)) if mark.starts_with(begun) => open = None,
            (_, Some(_)) => {}
            (None, None) => {
                sample.push_str(line);
                sample.push('\n');
            }
        }
        if sample.len() >= SAMPLE {
            break;
        }
    }
    sample.truncate(sample.floor_char_boundary(SAMPLE));
    sample
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn languages_are_told_by_a_few_sentences_and_not_by_a_word() {
        for (text, code) in [
            (
                "The river runs to the sea, and nobody has ever asked it why it does so.",
                Some("en"),
            ),
            (
                "Der Fluss läuft zum Meer, und niemand hat ihn je gefragt, warum er das tut.",
                Some("de"),
            ),
            (
                "La rivière court vers la mer, et personne ne lui a jamais demandé pourquoi.",
                Some("fr"),
            ),
            (
                "El río corre hacia el mar, y nadie le ha preguntado nunca por qué lo hace.",
                Some("es"),
            ),
            (
                "يجري النهر إلى البحر ولم يسأله أحد لماذا يفعل ذلك",
                Some("ar"),
            ),
            (
                "Река бежит к морю. Никто не спрашивал её, зачем она это делает, и она никому об этом не рассказывает. Только что шёл дождь, поэтому вода сегодня очень быстрая.",
                Some("ru"),
            ),
            (
                "川は海へ流れ、なぜそうするのか誰も尋ねたことがない。",
                Some("ja"),
            ),
            ("河流向大海，从来没有人问过它为什么。", Some("zh")),
            ("OK", None),
            ("π ≈ 3.14", None),
            ("東京都庁", None),
            ("", None),
            ("12 + 30 = 42", None),
        ] {
            assert_eq!(of(text), code, "{text}");
        }
    }

    #[test]
    fn every_language_has_its_shortest_code() {
        let codes: Vec<_> = Lang::all().iter().map(|it| shortest(*it)).collect();
        assert!(codes.iter().all(|code| code.len() == 2), "{codes:?}");
        let all: HashSet<_> = codes.iter().collect();
        assert_eq!(all.len(), codes.len());
    }

    #[test]
    fn code_tells_no_language() {
        let text = "Eins\n```rust\nlet it = 1;\n~~~\n```\nZwei\n~~~\nthree\n";
        assert_eq!(sample(text), "Eins\nZwei\n");
        let readme = "Was ist das?\n````md\n# Run\n```sh\nmake\n```\nThat is all.\n````\nDrei ```x``` vier\n";
        assert_eq!(sample(readme), "Was ist das?\nDrei ```x``` vier\n");
        let long = "é".repeat(SAMPLE);
        assert_eq!(sample(&long).len(), SAMPLE);
        assert_eq!(sample("```\nnothing else"), "");
    }
}
