//! What stands on `/account`, a section each. What is done there is in [`super`].

use leptos::prelude::*;

use super::super::{
    super::{Caller, totp},
    frame::{allowance_fields, button, field, time},
};
use crate::{
    server::{
        quota::Allowance,
        store::credentials::{Key, Session},
    },
    words::Words,
};

/// Keys of programs, and a form for another one.
pub(super) fn keys_section(
    words: Words,
    keys: &[Key],
    has_password: bool,
    has_totp: bool,
) -> impl IntoView + use<> {
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
                    {allowance_fields(words, &Allowance::default(), &Allowance::default())}
                    {has_password.then(|| confirming(words, has_totp))}
                    <p><button class="primary" name="do" value="make_key">{words.make_key()}</button></p>
                </form>
            </details>
        </section>
    }
}

/// Fields by which one shows once more who one is.
fn confirming(words: Words, has_totp: bool) -> impl IntoView + use<> {
    view! {
        {field("password", "password", words.password_now(), "", "current-password")}
        {has_totp.then(|| field("code", "text", words.second_code(), "", "one-time-code"))}
    }
}

/// The form for another password.
pub(super) fn password_section(words: Words, name: &str, has_totp: bool) -> impl IntoView + use<> {
    view! {
        <section>
            <h2>{words.password()}</h2>
            <details>
                <summary>{words.change_password()}</summary>
                <form class="settings" method="post">
                    <input type="hidden" name="name" autocomplete="username" value=name.to_owned()/>
                    {confirming(words, has_totp)}
                    {field("new", "password", words.new_password(), "", "new-password")}
                    <p class="hint">{words.password_hint()}</p>
                    <p><button class="primary" name="do" value="password">{words.change_password()}</button></p>
                </form>
            </details>
        </section>
    }
}

/// The second factor: that there is one, that there is none, or how one is set up.
pub(super) fn second_section(
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
                    {confirming(words, true)}
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

/// Where one has signed in.
pub(super) fn sessions_section(
    words: Words,
    caller: &Caller,
    sessions: &[Session],
) -> impl IntoView + use<> {
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
