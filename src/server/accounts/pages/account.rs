//! `/account`: what is one's own. Who a program is known by, how one signs in, and where one has.

use axum::{
    Extension, Form,
    extract::rejection::FormRejection,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{
    super::{Caller, Mode, Visitor, own::NewKey, token, totp},
    frame::{Note, amount, button, field, page, time, unreadable, wanted},
    usage,
};
use crate::{
    error::{Error, Result},
    server::{
        AppState,
        client::{Client, Secure},
        quota::Allowance,
        reply,
        store::credentials::{Key, Session},
    },
    words::Words,
};

/// What the forms of this page hold; `do` says which one it is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Act {
    #[serde(rename = "do")]
    what: String,
    id: String,
    name: String,
    password: String,
    new: String,
    code: String,
    secret: String,
    chat: String,
    read: String,
    days: String,
    requests: String,
    tokens: String,
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Act")
            .field("what", &self.what)
            .finish_non_exhaustive()
    }
}

/// `GET /account`.
pub async fn show(state: AppState, headers: HeaderMap, words: Words) -> Result<Response> {
    draw(&state, &headers, words, &Note::default(), None).await
}

/// `POST /account`: does one thing, and shows the page.
pub async fn change(
    state: AppState,
    Extension(Client(client)): Extension<Client>,
    Extension(Secure(secure)): Extension<Secure>,
    headers: HeaderMap,
    words: Words,
    form: Result<Form<Act>, FormRejection>,
) -> Response {
    let act = match form {
        Ok(Form(act)) => act,
        Err(why) => return reply::page(words, &unreadable(&why)),
    };
    let visitor = Visitor::new(client, secure, &headers);
    let setting = (act.what == "second")
        .then(|| unspelled(&act.secret))
        .flatten();
    let done = apply(&state, act, words, &visitor).await;
    let drawn = match done {
        // A reload does nothing again.
        Ok(None) => return Redirect::to("/account").into_response(),
        Ok(Some(Shown::Note(note))) => draw(&state, &headers, words, &note, None).await,
        Ok(Some(Shown::Secret(secret))) => {
            draw(&state, &headers, words, &Note::default(), Some(&secret)).await
        }
        Err(error) => {
            // What was scanned already is scanned once.
            let note = Note::of(error);
            draw(&state, &headers, words, &note, setting.as_deref()).await
        }
    };
    drawn.unwrap_or_else(|error| reply::page(words, &error))
}

/// What is shown of what was done, this once.
enum Shown {
    Note(Note),
    /// The secret of a second factor that is being set up.
    Secret(Vec<u8>),
}

async fn apply(
    state: &AppState,
    act: Act,
    words: Words,
    visitor: &Visitor,
) -> Result<Option<Shown>> {
    let (accounts, caller) = (&state.accounts, &state.caller);
    let signs_in_here = !accounts.mode.is_elsewhere();
    match &*act.what {
        "password" if signs_in_here => {
            let changed = accounts.change_password(caller, act.password, act.new, visitor);
            changed.await?;
            let sentence = words.password_changed();
            return Ok(Some(Shown::Note(Note::once(sentence, Vec::new()))));
        }
        "end" => accounts.end_session(caller, Some(&act.id), visitor).await?,
        "end_others" => accounts.end_session(caller, None, visitor).await?,
        "begin_second" if signs_in_here => {
            let secret = token::random::<20>().map_err(|_| Error::default())?;
            return Ok(Some(Shown::Secret(secret.to_vec())));
        }
        "second" if signs_in_here => {
            let secret = unspelled(&act.secret).ok_or_else(Error::default)?;
            let set = accounts.set_second(caller, &secret, &act.code, act.password, visitor);
            let note = Note::once(words.recovery_codes(), set.await?);
            return Ok(Some(Shown::Note(note)));
        }
        "drop_second" if signs_in_here => {
            let dropped = accounts.drop_second(caller, &act.code, act.password, visitor);
            dropped.await?;
        }
        "make_key" => {
            let key = NewKey {
                name: act.name,
                chat: !act.chat.is_empty(),
                read: !act.read.is_empty(),
                days: wanted(&act.days)?.map(|days| u32::try_from(days).unwrap_or(u32::MAX)),
                allowance: Allowance {
                    requests_per_minute: wanted(&act.requests)?,
                    tokens_per_day: wanted(&act.tokens)?,
                    ..Allowance::default()
                },
                password: act.password,
            };
            let secret = accounts.make_key(caller, key, visitor).await?;
            let note = Note::once(words.key_made(), vec![secret]);
            return Ok(Some(Shown::Note(note)));
        }
        "drop_key" => accounts.drop_key(caller, &act.id, visitor).await?,
        _ => return Err(Error::bad_request("The form's `do` is none that there is.")),
    }
    Ok(None)
}

async fn draw(
    state: &AppState,
    headers: &HeaderMap,
    words: Words,
    note: &Note,
    second: Option<&[u8]>,
) -> Result<Response> {
    let (accounts, caller) = (&state.accounts, &state.caller);
    let user = &caller.user;
    let keys = accounts.credentials.keys(&user.id).await?;
    let sessions = accounts.credentials.sessions(&user.id).await?;
    // What has just been set counts.
    let has_totp = accounts.has_second_now(caller).await?;
    let has_password = accounts.has_password(caller).await?;
    let metered = caller.metered(&accounts.quotas);
    let used = metered.used().await?;
    let today = accounts.today();
    let since = today - usage::DAYS + 1;
    let usage = accounts.ledger.usage(Some(&user.id), since).await?;
    let admin = caller.is_admin().then(|| {
        view! { <a href="/admin">{words.administration()}</a> }
    });
    let signs_in_here = !accounts.mode.is_elsewhere();
    // Who a proxy names at each request has no session to end.
    let has_sessions = accounts.mode != Mode::Header;
    let sign_out = has_sessions.then(|| {
        view! { <form method="post" action="/logout"><button>{words.sign_out()}</button></form> }
    });
    let body = view! {
        <div class="who">
            <p>{words.signed_in_as(&user.name)}</p>
            {admin}
            {sign_out}
        </div>
        {usage::section(words, used, &usage, today)}
        {keys_section(words, &keys, has_password)}
        {signs_in_here.then(|| password_section(words, &user.name))}
        {signs_in_here.then(|| second_section(words, caller, has_totp, second))}
        {has_sessions.then(|| sessions_section(words, caller, &sessions))}
    };
    Ok(page(words, headers, words.account(), true, note, body))
}

fn keys_section(words: Words, keys: &[Key], has_password: bool) -> impl IntoView + use<> {
    let rows: Vec<_> = keys.iter().map(|key| {
        let never = || view! { {words.never()} }.into_any();
        let used = key.used_at.map_or_else(never, |at| view! { {time(words, at)}" "{key.address.clone()} }.into_any());
        let until = key.expires_at.map_or_else(never, |at| time(words, at).into_any());
        view! {
            <tr>
                <th scope="row">{key.name.clone()}<br/><code>{format!("{}…", key.begins)}</code></th>
                <td>{key.scopes.clone()}</td>
                <td>{used}</td>
                <td>{until}</td>
                <td>{button("drop_key", &key.id, words.revoke(), &key.name)}</td>
            </tr>
        }
    }).collect();
    let table = (!rows.is_empty()).then(|| {
        view! {
            <div class="wide" tabindex="0" role="region" aria-label=words.keys_of_programs()>
                <table>
                    <thead><tr>
                        <th scope="col">{words.key_name()}</th>
                        <th scope="col">{words.key_scopes()}</th>
                        <th scope="col">{words.last_used()}</th>
                        <th scope="col">{words.expires()}</th>
                        <td></td>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    });
    view! {
        <section>
            <h2>{words.keys_of_programs()}</h2>
            <p class="hint">{words.keys_why()}</p>
            {table}
            <details>
                <summary>{words.make_key()}</summary>
                <form class="settings" method="post">
                    {field("name", "text", words.key_name(), "", "off")}
                    <fieldset>
                        <legend>{words.key_scopes()}</legend>
                        <label class="tick"><input type="checkbox" name="chat" value="yes" checked/><span>{words.scope_chat()}</span></label>
                        <label class="tick"><input type="checkbox" name="read" value="yes"/><span>{words.scope_read()}</span></label>
                    </fieldset>
                    <label>
                        <span>{words.good_for()}</span>
                        <select name="days">
                            <option value="30">{words.in_days(30)}</option>
                            <option value="90" selected>{words.in_days(90)}</option>
                            <option value="365">{words.in_days(365)}</option>
                            <option value="">{words.never()}</option>
                        </select>
                    </label>
                    {amount("requests", words.requests_per_minute(), None, words.no_limit())}
                    {amount("tokens", words.tokens_per_day(), None, words.no_limit())}
                    {has_password.then(|| field("password", "password", words.password_now(), "", "current-password"))}
                    <p><button class="primary" name="do" value="make_key">{words.make_key()}</button></p>
                </form>
            </details>
        </section>
    }
}

fn password_section(words: Words, name: &str) -> impl IntoView + use<> {
    view! {
        <section>
            <h2>{words.password()}</h2>
            <details>
                <summary>{words.change_password()}</summary>
                <form class="settings" method="post">
                    <input type="hidden" name="name" autocomplete="username" value=name.to_owned()/>
                    {field("password", "password", words.password_now(), "", "current-password")}
                    {field("new", "password", words.new_password(), "", "new-password")}
                    <p class="hint">{words.password_hint()}</p>
                    <p><button class="primary" name="do" value="password">{words.change_password()}</button></p>
                </form>
            </details>
        </section>
    }
}

fn second_section(
    words: Words,
    caller: &Caller,
    has_totp: bool,
    setting: Option<&[u8]>,
) -> impl IntoView + use<> {
    let inner = match (setting, has_totp) {
        (Some(secret), _) => {
            let spelled = totp::spelled(secret);
            let picture = totp::picture(secret, &caller.user.name).unwrap_or_default();
            view! {
                <p>{words.second_scan()}</p>
                <div class="scan" role="img" aria-label=words.second_picture() inner_html=picture></div>
                <p><code>{spelled.clone()}</code></p>
                <form class="settings" method="post">
                    <input type="hidden" name="secret" value=spelled/>
                    {field("code", "text", words.second_code(), "", "one-time-code")}
                    {field("password", "password", words.password_now(), "", "current-password")}
                    <p><button class="primary" name="do" value="second">{words.second_set()}</button></p>
                </form>
            }
            .into_any()
        }
        (None, true) => view! {
            <p class="hint">{words.second_is_set()}</p>
            <details>
                <summary>{words.second_drop()}</summary>
                <form class="settings" method="post">
                    {field("code", "text", words.second_code(), "", "one-time-code")}
                    {field("password", "password", words.password_now(), "", "current-password")}
                    <p><button name="do" value="drop_second">{words.second_drop()}</button></p>
                </form>
            </details>
        }
        .into_any(),
        (None, false) => view! {
            <p class="hint">{words.second_why()}</p>
            <form method="post"><button name="do" value="begin_second">{words.second_begin()}</button></form>
        }
        .into_any(),
    };
    view! {
        <section>
            <h2>{words.second_factor()}</h2>
            {inner}
        </section>
    }
}

fn sessions_section(words: Words, caller: &Caller, sessions: &[Session]) -> impl IntoView + use<> {
    let here = caller.session().map(str::to_owned);
    let rows: Vec<_> = sessions
        .iter()
        .map(|session| {
            let is_this = here.as_deref() == Some(&*session.id);
            let end = if is_this {
                view! { {words.this_browser()} }.into_any()
            } else {
                button("end", &session.id, words.revoke(), &session.agent).into_any()
            };
            view! {
                <tr>
                    <th scope="row">{browser(&session.agent)}</th>
                    <td>{session.address.clone()}</td>
                    <td>{time(words, session.seen_at)}</td>
                    <td>{end}</td>
                </tr>
            }
        })
        .collect();
    let others = (sessions.len() > 1).then(|| view! {
        <form method="post"><button name="do" value="end_others">{words.end_others()}</button></form>
    });
    view! {
        <section>
            <h2>{words.sessions()}</h2>
            <p class="hint">{words.sessions_why()}</p>
            <div class="wide" tabindex="0" role="region" aria-label=words.sessions()>
                <table>
                    <thead><tr>
                        <th scope="col">{words.browser()}</th>
                        <th scope="col">{words.address()}</th>
                        <th scope="col">{words.last_used()}</th>
                        <td></td>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {others}
        </section>
    }
}

/// What people call a browser that calls itself so: `Firefox, Linux`; all of that where it is not known.
fn browser(agent: &str) -> String {
    // What others claim to be comes after what does.
    const BROWSERS: [(&str, &str); 6] = [
        ("Firefox/", "Firefox"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let of = |known: &[(&str, &'static str)]| {
        let found = known.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    match (of(&BROWSERS), of(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => agent.to_owned(),
    }
}

/// A secret of the second factor, from how it is spelled.
fn unspelled(text: &str) -> Option<Vec<u8>> {
    let secret = totp::unspelled(text)?;
    (16..=64).contains(&secret.len()).then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_are_called_as_people_call_them() {
        for (agent, called) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox, Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 \
                 Safari/537.36 Edg/148.0.0.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/26.0 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            ("curl/8.14.1", "curl/8.14.1"),
            ("", ""),
        ] {
            assert_eq!(browser(agent), called, "{agent}");
        }
    }
}
