//! What `brooklet-demo` says to a person who has no Ollama yet. It is honest
//! about what it is and useful about what to do next.

use crate::catalogue::digest;

/// How many words of the question are quoted back.
const QUOTED: usize = 12;

/// The words that call for an answer, and the answer. `{quote}` stands for
/// the question's first words. The first one whose word is in the question is
/// given.
const ANSWERS: [(&[&str], &str); 5] = [
    (
        &[
            "code",
            "function",
            "program",
            "script",
            "rust",
            "python",
            "javascript",
            "sql",
            "bash",
            "regex",
        ],
        "You asked: “{quote}”. I cannot write that for you: I am a scripted demo, not a language model. But I \
         can show how code looks in an answer:\n\n\
         ```rust\n\
         /// Counts the words of a text.\n\
         fn words(text: &str) -> usize {\n    \
             text.split_whitespace().count()\n\
         }\n\
         \n\
         fn main() {\n    \
             println!(\"{}\", words(\"a brook finds its way\"));\n\
         }\n\
         ```\n\n\
         A model that really writes code is two commands away:\n\n",
    ),
    (
        &[
            "poem", "poetry", "verse", "rhyme", "brook", "haiku", "song", "gedicht",
        ],
        "“{quote}” deserves a poet. I am only a scripted demo, so this one was written beforehand:\n\n\
         A brook came down from under stone,\n\
         too small to have a name,\n\
         and asked no river for the way,\n\
         and found it all the same.\n\n\
         It dropped a word at every bend,\n\
         it never lost its thread;\n\
         and when you looked away a while,\n\
         it kept what it had said.\n\n\
         For a poem of your own, bring a real model:\n\n",
    ),
    (
        &[
            "stream",
            "streaming",
            "resume",
            "reload",
            "reconnect",
            "disconnect",
            "token",
            "tokens",
            "sse",
            "offline",
        ],
        "You asked: “{quote}”. Watch this answer arrive: it comes word by word, as a model's tokens would.\n\n\
         The stream belongs to the server, not to your connection. Reload the page now, or close the lid and \
         come back: the server goes on writing, and the page continues at the very character where it stopped. \
         Nothing is lost and nothing comes twice. *Stop* ends the answer and keeps what is there.\n\n\
         I am a scripted demo, not a language model; the streaming is the real thing, though. To stream from a \
         real model:\n\n",
    ),
    (
        &[
            "brooklet", "what", "who", "how", "help", "model", "ollama", "demo", "install",
        ],
        "You asked: “{quote}”. What I can tell you about is Brooklet.\n\n\
         Brooklet is a chat page for Ollama in one program. It keeps your conversations, streams every answer, \
         and picks a stream up again exactly where your connection lost it. Nothing that you write leaves the \
         computer it runs on.\n\n\
         And I am its scripted demo, not a language model: no Ollama was found, so I stand in with a handful of \
         prepared answers. That changes with:\n\n",
    ),
    (
        &[
            "hello",
            "hi",
            "hey",
            "hallo",
            "moin",
            "greetings",
            "good",
            "thanks",
            "test",
        ],
        "“{quote}”: hello to you, and welcome to Brooklet!\n\n\
         I should say at once that I am a scripted demo, not a language model. I do not understand what you \
         write; I know a few answers by heart, so that you can see how the page feels. Ask me for a poem, for \
         some code, or what happens when you reload the page in the middle of an answer.\n\n\
         To talk with somebody cleverer:\n\n",
    ),
];

/// The end of every answer.
const ADVICE: &str = "1. Install Ollama from https://ollama.com/download and start it: `ollama serve`\n\
                      2. Get a model: `ollama pull llama3.2`\n\
                      3. Come back here and pick it in the list of models.";

/// The answer to `question`: by its words, else one that always goes with it.
pub(crate) fn answer(question: &str) -> String {
    let lower = question.to_lowercase();
    let asked: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let fits = |words: &[&str]| words.iter().any(|word| asked.contains(word));
    let known = ANSWERS
        .iter()
        .find(|(words, _)| fits(words))
        .map(|(_, answer)| *answer);
    let any = || {
        let chosen = digest(question).bytes().map(usize::from).sum::<usize>() % ANSWERS.len();
        ANSWERS[chosen].1
    };
    known
        .unwrap_or_else(any)
        .replace("{quote}", &quote(question))
        + ADVICE
}

/// The question's first words on one line, and nothing that the page could
/// take for Markdown or for the end of the quotation.
fn quote(question: &str) -> String {
    let words: Vec<&str> = question.split_whitespace().take(QUOTED + 1).collect();
    let mut quote = words[..words.len().min(QUOTED)].join(" ");
    quote.retain(|c| !c.is_control() && !"*_`#<>[]|\\“”".contains(c));
    // A single endless word is cut as well.
    let long = quote.char_indices().nth(120).map(|(at, _)| at);
    quote.truncate(long.unwrap_or(quote.len()));
    if words.len() > QUOTED || long.is_some() {
        quote.push('…');
    }
    let quote = quote.trim();
    if quote.is_empty() {
        "…".to_owned()
    } else {
        quote.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_honest_and_useful() {
        let questions = [
            "Hi!",
            "What is Brooklet?",
            "resume?",
            "a poem, please",
            "Python code",
            "Zebra",
            "",
        ];
        for question in questions {
            let answer = answer(question);
            assert!(answer.contains("scripted demo"), "{answer}");
            assert!(
                answer.contains("ollama serve") && answer.contains("ollama pull llama3.2"),
                "{answer}"
            );
            assert!(
                !answer.contains("{quote}") && !answer.contains("“”"),
                "{answer}"
            );
        }
    }

    #[test]
    fn the_words_choose() {
        assert!(answer("hey there").contains("welcome"));
        assert!(answer("Write a POEM about what you like").contains("under stone"));
        assert!(answer("fn in Rust").contains("```rust"));
        assert_eq!(answer("Zebra crossing"), answer("Zebra crossing"));
    }

    #[test]
    fn a_quote_is_short_and_plain() {
        let long = "one two three four five six seven eight nine ten eleven twelve thirteen";
        assert!(quote(long).ends_with("twelve…"));
        assert_eq!(quote(" <b>a\n\nb</b>\0 ”"), "ba b/b");
        assert_eq!(quote(&"é".repeat(500)).chars().count(), 121);
        assert_eq!(quote("`"), "…");
    }
}
