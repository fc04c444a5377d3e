//! Titles: what a chat is called, by the model that answers in it.
//!
//! A chat has the beginning of its question as a title at once ([`super::threads`]). Once its first answer has ended
//! well, its model is asked for a better one, from question and answer. That is no generation: nobody follows it, and it
//! is neither listed nor kept. It has the model's server only while nobody else wants it ([`Interlude`]), and is tried
//! again when somebody came. It asks with the options of the answer, since with others Ollama would load the model
//! anew, and not at all once the model is out of memory. Whatever goes wrong, the chat keeps the title that it has.
//!
//! What the model says becomes a title in `cleaning`.
//!
//! [`Interlude`]: super::generation::Interlude

mod cleaning;

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::{
    generation::{Generation, Registry},
    store::{Chats, Place},
    upstream::{Ask, Batch, Fault, Kind, Upstream, fault::excerpt},
};
use crate::chat::{Status, model::DEMO_MODEL};

/// How often a model is asked at the most: whoever enters the queue ends a try.
const TRIES: u32 = 3;

/// How long a try may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long it is tried: a server that is never idle has no titles, and does not remember them for ever.
const KEEP_TRYING: Duration = Duration::from_secs(60 * 60);

/// How much of the question, and of the answer, is told, in characters.
const EXCERPT: usize = 1000;

/// The longest title that a model may say, in tokens.
const TOKENS: u32 = 24;

/// The same in bytes, for a model that takes no notice of that.
const LONGEST: usize = 4 * 1024;

/// Who makes titles; cheap to clone.
#[derive(Clone)]
pub struct Titles {
    upstream: Arc<dyn Upstream>,
    chats: Arc<dyn Chats>,
    generations: Registry,
    /// Cancelled when the server is to end: no title is made any more.
    shutdown: CancellationToken,
}

impl std::fmt::Debug for Titles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Titles").finish_non_exhaustive()
    }
}

/// A chat that is about to begin, and may be called something better later.
#[derive(Debug)]
pub struct Untitled {
    titles: Titles,
    chat: String,
    /// What it is called until then.
    title: String,
    /// As much of its first question as is told.
    question: String,
    /// What will be asked, but for the words.
    ask: Ask,
}

impl Titles {
    /// Makes titles by `upstream` in the interludes of `generations`, for `chats`, until `shutdown`.
    pub fn new(
        upstream: Arc<dyn Upstream>,
        chats: Arc<dyn Chats>,
        generations: Registry,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            upstream,
            chats,
            generations,
            shutdown,
        }
    }

    /// The same, for these chats.
    pub fn of(&self, chats: Arc<dyn Chats>) -> Self {
        Self {
            chats,
            ..self.clone()
        }
    }

    /// The chat that begins at `place` with what is asked. `None`: no chat begins there, or a script answers in it,
    /// which has nothing to say.
    pub fn wanted(&self, place: &Place, ask: &Ask) -> Option<Untitled> {
        if ask.model == DEMO_MODEL {
            return None;
        }
        Some(Untitled {
            titles: self.clone(),
            chat: place.chat.clone(),
            title: place.title.clone()?,
            question: beginning(&place.question.as_ref()?.text),
            ask: short(ask),
        })
    }

    /// Asks for a title, in one interlude after the other. `None`: there is none.
    async fn ask(&self, ask: Ask) -> Option<String> {
        let queue = self.generations.queue(&ask.model);
        for _ in 0..TRIES {
            let mut interlude = queue.interlude().await;
            let answer = tokio::select! {
                biased;
                // The connection is gone with the other future, before the interlude is given back.
                () = interlude.over() => continue,
                answer = timeout(PATIENCE, self.answer(ask.clone())) => answer.ok()?,
            };
            return answer.unwrap_or_else(|fault| {
                let (model, why) = (
                    excerpt(ask.model.as_bytes()),
                    excerpt(fault.to_string().as_bytes()),
                );
                debug!(%model, "no title was made: {why}");
                None
            });
        }
        None
    }

    /// What the model says, as a title.
    async fn answer(&self, ask: Ask) -> Result<Option<String>, Fault> {
        // While it was waited for an interlude, another model may have taken its room: to load it again for a title
        // would be in the way of the next question to the other.
        if !self.upstream.is_loaded(&ask.model).await? {
            return Ok(None);
        }
        let mut reply = self.upstream.chat(ask).await?;
        let (mut batch, mut said) = (Batch::default(), String::new());
        loop {
            let finish = reply.read(&mut batch).await?;
            let content = batch.runs().filter(|(kind, _)| *kind == Kind::Content);
            content.for_each(|(_, text)| said.push_str(text));
            batch.clear();
            if finish.is_some() || said.len() > LONGEST {
                return Ok(cleaning::clean(&said));
            }
        }
    }
}

impl Untitled {
    /// Has a title made, once `answer`, the first one of the chat, has ended well. Gives no sign of it.
    pub fn after(self, answer: &Arc<Generation>) {
        // A request that had begun before has begun another chat, which has its title from there.
        let place = answer.place.as_ref();
        if place.is_some_and(|place| place.chat == self.chat) {
            let generations = self.titles.generations.clone();
            generations.beside(self.make(Arc::clone(answer)));
        }
    }

    async fn make(mut self, answer: Arc<Generation>) {
        let shutdown = self.titles.shutdown.clone();
        let made = tokio::select! {
            biased;
            () = shutdown.cancelled() => None,
            made = self.made(answer) => made,
        };
        // Shutdown waits for this: it is a moment.
        if let Some(made) = made
            && let Err(fault) = self
                .titles
                .chats
                .entitle(&self.chat, &self.title, &made)
                .await
        {
            debug!("a title could not be kept: {fault}");
        }
    }

    async fn made(&mut self, answer: Arc<Generation>) -> Option<String> {
        let done = answer.log.ended().await;
        let mut said = String::new();
        let log = &answer.log;
        log.text(Kind::Content, 0, usize::MAX, |text| said = beginning(text));
        // It may wait for long: the answer need not stay in memory for that.
        drop(answer);
        let well = matches!(done.status, Status::Complete | Status::Stopped);
        if !well || said.trim().is_empty() {
            return None;
        }
        let words = prompt(&self.question, &said);
        self.ask.messages = vec![json!({"role": "user", "content": words})];
        let asked = self.titles.ask(self.ask.clone());
        timeout(KEEP_TRYING, asked).await.ok().flatten()
    }
}

/// The same model with the same options, for a few words and no thoughts. (Models that cannot think take `false` too.)
fn short(ask: &Ask) -> Ask {
    let mut options = ask.options.clone().unwrap_or_default();
    options.insert("num_predict".to_owned(), TOKENS.into());
    Ask {
        model: ask.model.clone(),
        messages: Vec::new(),
        stream: true,
        think: Some(false.into()),
        keep_alive: ask.keep_alive.clone(),
        options: Some(options),
        format: None,
        tools: Vec::new(),
    }
}

fn beginning(text: &str) -> String {
    text.chars().take(EXCERPT).collect()
}

/// What is asked comes last: a small model answers what it read last.
fn prompt(question: &str, answer: &str) -> String {
    format!(
        "This is the beginning of a conversation.\n\n\
         User:\n{question}\n\n\
         Assistant:\n{answer}\n\n\
         Give this conversation a title of 3 to 6 words, in the language of the conversation. \
         Answer with the title alone: no quotes, no explanation."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_asked_for_with_the_options_of_the_answer() {
        let options = json!({"num_ctx": 8192, "num_predict": 500, "temperature": 0.1});
        let ask = Ask {
            model: "m".to_owned(),
            messages: vec![json!({"role": "user", "content": "hi"})],
            stream: true,
            think: Some("high".into()),
            keep_alive: Some("1h".into()),
            options: options.as_object().cloned(),
            format: None,
            tools: Vec::new(),
        };
        let expected = json!({
            "model": "m", "messages": [], "stream": true, "think": false, "keep_alive": "1h",
            "options": {"num_ctx": 8192, "num_predict": 24, "temperature": 0.1},
        });
        assert_eq!(json!(short(&ask)), expected);
    }
}
