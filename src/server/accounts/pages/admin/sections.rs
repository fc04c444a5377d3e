//! What stands on `/admin`, a section each. What is done there is in [`super`].

use std::collections::HashMap;

use leptos::prelude::*;

use super::{
    super::frame::{allowance_fields, button, field, time},
    EVENTS,
};
use crate::{
    server::{
        accounts::Mode,
        quota::Allowance,
        store::{
            credentials::{Key, Link, LinkKind},
            ledger::Event,
            users::{Role, User},
        },
    },
    words::Words,
};

fn role_name(words: Words, role: Role) -> &'static str {
    match role {
        Role::Admin => words.role_admin(),
        Role::User => words.role_user(),
    }
}

/// Who there is, and what can be done about them.
pub(super) fn users_section(
    words: Words,
    users: &[User],
    own: &str,
    mode: Mode,
    tokens: &HashMap<&str, u64>,
    usual: &Allowance,
) -> impl IntoView + use<> {
    let rows: Vec<_> = users.iter().map(|user| {
        let (id, name) = (&*user.id, &*user.name);
        let (to, label) = match user.role {
            Role::Admin => ("user", words.make_user()),
            Role::User => ("admin", words.make_admin()),
        };
        let disable = if user.disabled {
            button("enable", id, words.enable(), name)
        } else {
            button("disable", id, words.disable(), name)
        };
        let second = user.has_totp.then(|| button("drop_second", id, words.second_drop(), name));
        let reset = (!mode.is_elsewhere()).then(|| button("reset", id, words.offer_reset(), name));
        // Whom a proxy names has no session to end.
        let end = (mode != Mode::Header).then(|| button("end", id, words.sign_out_of_all(), name));
        let state = user.disabled.then(|| view! { <span>{words.is_disabled()}</span> });
        let is_own = (user.id == own).then(|| format!(" ({})", words.that_is_you()));
        let had = words.number(tokens.get(id).copied().unwrap_or_default());
        let role_label = format!("{label}: {name}");
        let delete_label = format!("{}: {name}", words.delete_account());
        view! {
            <li>
                <p>
                    <b>{user.name.clone()}{is_own}</b>
                    <span>{role_name(words, user.role)}</span>
                    {state}
                    <span>{words.since()}" "{time(words, user.made_at)}</span>
                    <span>{words.usage_month()}": "{words.tokens_used(&had)}</span>
                </p>
                <details>
                    <summary aria-label=format!("{}: {name}", words.change())>{words.change()}</summary>
                    <div class="acts">
                        <form method="post">
                            <input type="hidden" name="id" value=user.id.clone()/>
                            <input type="hidden" name="role" value=to/>
                            <button name="do" value="role" aria-label=role_label>{label}</button>
                        </form>
                        {disable}
                        {end}
                        {reset}
                        {second}
                    </div>
                    {limits_form(words, user, usual)}
                    <form method="post" class="settings">
                        <input type="hidden" name="id" value=user.id.clone()/>
                        <p class="hint">{words.delete_account_why(name)}</p>
                        {field("name", "text", words.account_name(), "", "off")}
                        <p><button class="alarming" name="do" value="delete" aria-label=delete_label>{words.delete_account()}</button></p>
                    </form>
                </details>
            </li>
        }
    }).collect();
    view! {
        <section>
            <h2>{words.accounts()}</h2>
            <ul class="people">{rows}</ul>
        </section>
    }
}

/// What of the server's limits is another for a user.
fn limits_form(words: Words, user: &User, usual: &Allowance) -> impl IntoView + use<> {
    let label = format!("{}: {}", words.set_limits(), user.name);
    view! {
        <form method="post" class="settings">
            <input type="hidden" name="id" value=user.id.clone()/>
            {allowance_fields(words, &Allowance::read(&user.limits), usual)}
            <button name="do" value="limits" aria-label=label>{words.set_limits()}</button>
        </form>
    }
}

/// The keys of everybody, each with what it may have.
pub(super) fn keys_section(words: Words, keys: &[Key], users: &[User]) -> impl IntoView + use<> {
    let rows: Vec<_> = keys.iter().map(|key| {
        let whose = users.iter().find(|user| user.id == key.user);
        let whose = whose.map_or_else(String::new, |user| user.name.clone());
        let about = format!("{}, {whose}", key.name);
        let used = key.used_at.map(|at| view! { <span>{words.last_used()}": "{time(words, at)}</span> });
        let until = key.expires_at.map(|at| view! { <span>{words.expires()}": "{time(words, at)}</span> });
        let label = format!("{}: {about}", words.set_limits());
        view! {
            <li>
                <p>
                    <b>{key.name.clone()}</b>
                    <span>{whose}</span>
                    {used}
                    {until}
                </p>
                <details>
                    <summary aria-label=format!("{}: {about}", words.change())>{words.change()}</summary>
                    <div class="acts">{button("drop_key", &key.id, words.revoke(), &about)}</div>
                    <form method="post" class="settings">
                        <input type="hidden" name="id" value=key.id.clone()/>
                        {allowance_fields(words, &Allowance::read(&key.limits), &Allowance::default())}
                        <button name="do" value="limit_key" aria-label=label>{words.set_limits()}</button>
                    </form>
                </details>
            </li>
        }
    }).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section>
                <h2>{words.keys_of_programs()}</h2>
                <p class="hint">{words.keys_of_others_why()}</p>
                <ul class="people">{rows}</ul>
            </section>
        }
    })
}

/// Links by which more come in, and a form for another one.
pub(super) fn links_section(words: Words, links: &[Link], users: &[User]) -> impl IntoView + use<> {
    let rows: Vec<_> = links
        .iter()
        .map(|link| {
            let whose = link
                .user
                .as_ref()
                .and_then(|id| users.iter().find(|user| user.id == *id));
            let what = match (link.kind, whose) {
                (LinkKind::Reset, Some(user)) => format!("{}: {}", words.new_password(), user.name),
                _ => format!("{}: {}", words.invitation(), role_name(words, link.role)),
            };
            view! {
                <tr>
                    <th scope="row">{what.clone()}</th>
                    <td>{time(words, link.expires_at)}</td>
                    <td>{button("take_back", &link.id, words.revoke(), &what)}</td>
                </tr>
            }
        })
        .collect();
    let table = (!rows.is_empty()).then(|| {
        view! {
            <div class="wide" tabindex="0" role="region" aria-label=words.invitations()>
                <table>
                    <thead><tr>
                        <th scope="col">{words.link()}</th>
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
            <h2>{words.invitations()}</h2>
            <p class="hint">{words.invitations_why()}</p>
            {table}
            <form method="post" class="settings">
                <label>
                    <span>{words.role()}</span>
                    <select name="role">
                        <option value="user" selected>{words.role_user()}</option>
                        <option value="admin">{words.role_admin()}</option>
                    </select>
                </label>
                <p><button class="primary" name="do" value="invite">{words.invite()}</button></p>
            </form>
        </section>
    }
}

/// What has happened.
pub(super) fn events_section(words: Words, events: &[Event]) -> impl IntoView + use<> {
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            let by =
                (!event.actor.is_empty()).then(|| format!(" ({})", words.by_whom(&event.actor)));
            let name = if event.name.is_empty() {
                words.unknown_name()
            } else {
                &event.name
            };
            view! {
                <tr>
                    <td>{time(words, event.at)}</td>
                    <th scope="row">{happened(words, &event.kind)}{by}</th>
                    <td>{name.to_owned()}</td>
                    <td>{event.address.clone()}</td>
                    <td>{event.detail.clone()}</td>
                </tr>
            }
        })
        .collect();
    let last = events.last().map(|event| event.number);
    let more = last.filter(|_| events.len() == EVENTS as usize).map(|last| {
        view! { <p><a href=format!("/admin?before={last}#events")>{words.earlier_events()}</a></p> }
    });
    view! {
        <section id="events">
            <h2>{words.what_happened()}</h2>
            <div class="wide" tabindex="0" role="region" aria-label=words.what_happened()>
                <table>
                    <thead><tr>
                        <th scope="col">{words.when()}</th>
                        <th scope="col">{words.what()}</th>
                        <th scope="col">{words.account_name()}</th>
                        <th scope="col">{words.address()}</th>
                        <th scope="col">{words.details()}</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {more}
        </section>
    }
}

/// What an event is called.
fn happened(words: Words, kind: &str) -> String {
    let known = match kind {
        "code_refused" => words.event_code_refused(),
        "deleted" => words.event_deleted(),
        "disabled" => words.event_disabled(),
        "enabled" => words.event_enabled(),
        "invited" => words.event_invited(),
        "joined" => words.event_joined(),
        "key_dropped" => words.event_key_dropped(),
        "key_limited" => words.event_key_limited(),
        "key_made" => words.event_key_made(),
        "key_refused" => words.event_key_refused(),
        "key_used" => words.event_key_used(),
        "limits_changed" => words.event_limits_changed(),
        "link_dropped" => words.event_link_dropped(),
        "linked" => words.event_linked(),
        "model_deleted" => words.event_model_deleted(),
        "model_made" => words.event_model_made(),
        "model_pulled" => words.event_model_pulled(),
        "password_changed" => words.event_password_changed(),
        "refused" => words.event_refused(),
        "reset_offered" => words.event_reset_offered(),
        "role_changed" => words.event_role_changed(),
        "second_dropped" => words.event_second_dropped(),
        "second_set" => words.event_second_set(),
        "sessions_ended" => words.event_sessions_ended(),
        "set_up" => words.event_set_up(),
        "signed_in" => words.event_signed_in(),
        "signed_out" => words.event_signed_out(),
        "slowed" => words.event_slowed(),
        "turned_away" => words.event_turned_away(),
        other => return other.to_owned(),
    };
    known.to_owned()
}
