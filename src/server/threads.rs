//! What the server functions of chats do: a chat is a tree of messages, and every question and answer a new leaf of it.

mod unsaved;

use uuid::Uuid;

use super::{
    AppState, Question, question,
    store::{Place, Question as NewQuestion},
    verbs::check_request_id,
};
use crate::{
    chat::{Chat, ChatMessage, Message, Role, Settings, Touch, api::Asked},
    error::{Error, ErrorKind, Result},
    words::told,
};

/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;

/// How many chats are changed at once, at the most.
const MOST_CHATS: usize = 1000;

/// How many characters of a question its chat is called by.
const TITLE: usize = 60;

/// What is asked, and where. See [`crate::chat::api::ask`].
#[derive(Clone, Debug, Default)]
pub struct Asking {
    /// The chat; without one a new one begins.
    pub chat: Option<String>,
    /// What the question follows, or the question that is answered once more.
    pub parent: Option<String>,
    /// The question.
    pub text: Option<String>,
    /// Which model; without it the default one.
    pub model: Option<String>,
    /// The client's own id of the request.
    pub request_id: Option<String>,
}

/// A chat with all its messages.
///
/// # Errors
/// [`ErrorKind::NotFound`]; or when it cannot be read.
pub async fn thread(state: &AppState, chat: &str) -> Result<Chat> {
    find(state, chat).await?.ok_or_else(no_such_chat)
}

/// The same; `None`: there is no such chat.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn find(state: &AppState, chat: &str) -> Result<Option<Chat>> {
    // First those: what is saved meanwhile is in the store then.
    let unsaved = state.generations.unsaved();
    let stored = state.chats.chat(chat).await?;
    Ok(unsaved::with(stored, chat, &unsaved))
}

/// Asks.
///
/// # Errors
/// See [`crate::chat::api::ask`].
pub async fn ask(state: &AppState, asking: Asking) -> Result<Asked> {
    check_request_id(asking.request_id.as_deref())?;
    let chat = match &asking.chat {
        Some(chat) => Some(thread(state, chat).await?),
        None => None,
    };
    let before = match (&chat, &asking.parent) {
        (_, None) => Vec::new(),
        (Some(chat), Some(parent)) => up_to(chat, parent)?,
        (None, Some(_)) => return Err(Error::bad_request("`parent` without `chat` is nowhere.")),
    };
    let last = before.last().map(|message| message.role);
    let settings = chat.as_ref().map(|chat| chat.settings.clone());
    let settings = settings.unwrap_or_default();
    let mut messages = told(&settings, &before)?;
    let question = match (asking.text, last) {
        (Some(_), Some(Role::User | Role::System)) => {
            return Err(Error::bad_request(
                "`parent` is a question. Ask after its answer, or without `text` for another answer to it.",
            ));
        }
        (Some(text), _) if text.trim().is_empty() => {
            return Err(Error::bad_request("`text` is empty. Ask something."));
        }
        (Some(text), _) => {
            messages.push(message(Role::User, &text));
            Some(NewQuestion {
                parent: asking.parent.clone(),
                text,
            })
        }
        (None, Some(Role::User)) => None,
        (None, _) => {
            return Err(Error::bad_request(
                "The request lacks `text`. Send it, or the question that is to be answered once more as `parent`.",
            ));
        }
    };
    let begins = chat.is_none_or(|chat| chat.leaf.is_none() && chat.title.is_empty());
    let place = Place {
        title: begins.then(|| title(question.as_ref().map_or("", |it| &it.text))),
        chat: asking.chat.unwrap_or_else(new_id),
        parent: match (&question, asking.parent) {
            (None, Some(parent)) => parent,
            _ => new_id(),
        },
        question,
        answer: new_id(),
        goes_on: false,
    };
    let settings = Settings {
        model: asking.model.or(settings.model),
        ..settings
    };
    begin(state, place, messages, settings, asking.request_id).await
}

/// Has an answer go on.
///
/// # Errors
/// See [`crate::chat::api::go_on`].
pub async fn go_on(
    state: &AppState,
    chat: &str,
    answer: &str,
    model: Option<String>,
    request_id: Option<String>,
) -> Result<Asked> {
    check_request_id(request_id.as_deref())?;
    let thread = thread(state, chat).await?;
    let path = up_to(&thread, answer)?;
    let Some((last, written)) = path
        .last()
        .and_then(|last| Some((last, last.written.as_ref()?)))
    else {
        return Err(Error::bad_request("`answer` is a question."));
    };
    let mut messages = told(&thread.settings, &path)?;
    let has_text = !last.content.trim().is_empty();
    if !has_text && !last.content.is_empty() {
        // A model takes blanks alone for nothing.
        messages.pop();
    }
    if let Some(partial) = messages.last_mut().filter(|_| has_text)
        && !written.thinking.is_empty()
    {
        partial.thinking = Some(written.thinking.clone());
    }
    // An answer has one hand.
    let model = if has_text {
        Some(written.model.clone())
    } else {
        model.or_else(|| thread.settings.model.clone())
    };
    let settings = Settings {
        model,
        ..thread.settings.clone()
    };
    let place = Place {
        chat: thread.id.clone(),
        title: None,
        question: None,
        parent: last.parent.clone().unwrap_or_default(),
        answer: last.id.clone(),
        goes_on: true,
    };
    begin(state, place, messages, settings, request_id).await
}

/// Changes chats.
///
/// # Errors
/// See [`crate::chat::api::touch`].
pub async fn touch(state: &AppState, chats: &[String], touch: Touch) -> Result<()> {
    if let Touch::Rename(title) = &touch
        && (title.trim().is_empty() || title.chars().count() > LONGEST_TITLE)
    {
        return Err(Error::bad_request(format!(
            "`touch.rename` must have 1 to {LONGEST_TITLE} characters."
        )));
    }
    if chats.is_empty() || chats.len() > MOST_CHATS {
        return Err(Error::bad_request(format!(
            "`chats` must have 1 to {MOST_CHATS} ids."
        )));
    }
    let missing = match touch {
        Touch::Move(Some(_)) => no_such_place,
        Touch::Show(_) | Touch::DeleteMessage(_) => no_such_message,
        _ => no_such_chat,
    };
    if state.chats.touch(chats, touch).await? {
        Ok(())
    } else {
        Err(missing())
    }
}

/// Begins the answer that stands in `place`.
async fn begin(
    state: &AppState,
    place: Place,
    messages: Vec<Message>,
    settings: Settings,
    request_id: Option<String>,
) -> Result<Asked> {
    let question = Question {
        messages: Some(messages.iter().map(Question::message).collect()),
        model: settings.model,
        think: settings.think,
        keep_alive: settings.keep_alive,
        options: (!settings.options.is_empty()).then_some(settings.options),
        ..Question::default()
    };
    let ask = question.into_ask(&state.catalogue).await?;
    let said = question::said_before(&ask.messages);
    let titles = state.titles.as_ref();
    let untitled = titles.and_then(|titles| titles.wanted(&place, &ask));
    let generations = &state.generations;
    let generation = generations
        .start(ask, said, request_id, Some(place))
        .await?;
    if let Some(untitled) = untitled {
        untitled.after(&generation);
    }
    // The same request may have begun before, in a place of its own: in memory, or only in the store by now.
    let place = match &generation.place {
        Some(place) => place.clone(),
        None => {
            let stored = state.chats.place_of(&generation.id).await?;
            stored.ok_or_else(|| {
                Error::bad_request("`request_id` is that of a request which belongs to no chat.")
            })?
        }
    };
    Ok(Asked {
        chat: place.chat,
        question: place.parent,
        answer: place.answer,
        generation: generation.id.clone(),
        model: generation.model.clone(),
        title: place.title,
    })
}

/// The path to a message.
fn up_to<'a>(chat: &'a Chat, id: &str) -> Result<Vec<&'a ChatMessage>> {
    let path = chat.up_to(id);
    if path.is_empty() {
        return Err(no_such_message());
    }
    Ok(path)
}

/// What the model is told of a path: what it is told in this chat before everything else, then what has text.
fn told(settings: &Settings, path: &[&ChatMessage]) -> Result<Vec<Message>> {
    let unfinished = |it: &&ChatMessage| it.written.as_ref().is_some_and(|it| it.done.is_none());
    if path.iter().any(unfinished) {
        return Err(Error::told(
            ErrorKind::BadRequest,
            told::parent_unfinished(),
        ));
    }
    let spoken = path.iter().filter(|it| !it.content.is_empty());
    let system = Some(&settings.system).filter(|system| !system.is_empty());
    let system = system.map(|system| message(Role::System, system));
    let spoken = spoken.map(|it| message(it.role, &it.content));
    Ok(system.into_iter().chain(spoken).collect())
}

fn message(role: Role, content: &str) -> Message {
    Message {
        role,
        content: content.to_owned(),
        thinking: None,
    }
}

/// What a chat is called that begins with `question`, until somebody says otherwise: its first line, as far as there
/// is room, up to the end of a word.
pub(super) fn title(question: &str) -> String {
    let line = question.trim().lines().next().unwrap_or_default();
    let Some((end, _)) = line.char_indices().nth(TITLE) else {
        return line.to_owned();
    };
    let cut = &line[..end];
    let word = cut.rfind(char::is_whitespace).filter(|at| *at > end / 2);
    format!("{}…", cut[..word.unwrap_or(end)].trim_end())
}

fn new_id() -> String {
    Uuid::now_v7().to_string()
}

pub(super) fn no_such_chat() -> Error {
    Error::told(ErrorKind::NotFound, told::chat_gone())
}

fn no_such_place() -> Error {
    Error::told(ErrorKind::NotFound, told::chat_or_folder_gone())
}

pub(super) fn no_such_message() -> Error {
    Error::told(ErrorKind::NotFound, told::message_gone())
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_title_is_the_beginning_of_the_first_line() {
        assert_eq!(
            title("  Why is the sky blue?\nTell me."),
            "Why is the sky blue?"
        );
        let long = "word ".repeat(30);
        assert_eq!(title(&long), format!("{}…", "word ".repeat(12).trim_end()));
        assert_eq!(title(&"水".repeat(70)), format!("{}…", "水".repeat(60)));
    }
}
