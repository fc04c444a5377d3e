//! In which language a text is: a screen reader reads it in that one.
//!
//! Of what is too short to tell, or in two languages, nothing is said: a wrong language is worse than none.

use whatlang::{Lang, detect};

use crate::chat::finish::SAMPLE;

/// What is known by another code than its own: BCP 47 takes the shortest one that there is.
const CODES: &str = "epo eo eng en rus ru cmn zh spa es por pt ita it ben bn fra fr deu de ukr uk kat ka ara ar hin hi \
                     jpn ja heb he yid yi pol pl amh am jav jv kor ko nob nb dan da swe sv fin fi tur tr nld nl hun hu \
                     ces cs ell el bul bg bel be mar mr kan kn ron ro slv sl hrv hr srp sr mkd mk lit lt lav lv est et \
                     tam ta vie vi urd ur tha th guj gu uzb uz pan pa aze az ind id tel te pes fa mal ml ori or mya my \
                     nep ne sin si khm km tuk tk aka ak zul zu sna sn afr af lat la slk sk cat ca tgl tl hye hy cym cy";

/// The language of a text, by its BCP 47 code; `None`: it cannot be told.
pub(super) fn of(text: &str) -> Option<&'static str> {
    let told = detect(text).filter(whatlang::Info::is_reliable)?;
    Some(shortest(told.lang()))
}

fn shortest(language: Lang) -> &'static str {
    let code = language.code();
    let mut codes = CODES.split_whitespace();
    let found = codes.find(|it| *it == code).and_then(|_| codes.next());
    found.unwrap_or(code)
}

/// What is to be looked at of a text: its beginning, without code.
pub(super) fn sample(markdown: &str) -> String {
    let mut sample = String::with_capacity(SAMPLE);
    let mut fence = None;
    for line in markdown.lines() {
        let mark = line.trim_start().get(..3);
        match (mark.filter(|it| ["```", "~~~"].contains(it)), fence) {
            (Some(mark), None) => fence = Some(mark),
            (Some(mark), Some(open)) if mark == open => fence = None,
            (None, None) => {
                sample.push_str(line);
                sample.push('\n');
            }
            _ => {}
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
            ("", None),
            ("12 + 30 = 42", None),
        ] {
            assert_eq!(of(text), code, "{text}");
        }
    }

    #[test]
    fn every_language_has_its_shortest_code() {
        let long: Vec<_> = Lang::all().iter().map(|it| shortest(*it)).collect();
        assert!(long.iter().all(|code| code.len() == 2), "{long:?}");
    }

    #[test]
    fn code_tells_no_language() {
        let text = "Eins\n```rust\nlet it = 1;\n~~~\n```\nZwei\n~~~\nthree\n";
        assert_eq!(sample(text), "Eins\nZwei\n");
        let long = "é".repeat(SAMPLE);
        assert_eq!(sample(&long).len(), SAMPLE);
        assert_eq!(sample("```\nnothing else"), "");
    }
}
