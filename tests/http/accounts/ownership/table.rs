//! Which ids of somebody each route takes, and how each of them is tried. What is to be added for a new route is said at
//! [`TRIES`].

use brooklet::server::{accounts::Access, router::Route};

/// One try: a request that names what is another's.
pub(super) struct Try {
    /// The route, as the router's table has it.
    pub(super) route: &'static str,
    pub(super) how: How,
    /// What is sent, in which `{chat}` and others like it stand for ids (see `belongings`). `{mine}` is a chat of who asks,
    /// and where the owner asks the one that all else is in.
    what: &'static str,
    /// Whether the owner has another answer than others, or does something by it.
    pub(super) is_own: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// A query, or a path with one.
    Get,
    /// JSON that is posted.
    Json,
    /// A form that is posted.
    Form,
}

use How::{Form, Get, Json};

impl Try {
    /// The path, and the body if it has one.
    pub(super) fn parts(&self) -> (String, &'static str) {
        match self.how {
            Get if self.what.starts_with('/') => (self.what.to_owned(), ""),
            Get => (self.route.to_owned() + self.what, ""),
            Json | Form => (self.route.to_owned(), self.what),
        }
    }
}

const fn own(route: &'static str, how: How, what: &'static str) -> Try {
    Try {
        route,
        how,
        what,
        is_own: true,
    }
}

/// One by which everybody has the same: whatever ids it names are passed over.
const fn common(route: &'static str, how: How, what: &'static str) -> Try {
    Try {
        route,
        how,
        what,
        is_own: false,
    }
}

/// What has to be known of each route that is not for all.
///
/// For a new one: a row for each id of a user that it takes, and for each thing that it does with one. If it takes none but
/// shows what is one's own, a row with a query that would show it; and if it shows nobody's own, a `common` row, with ids
/// that it is to pass over.
#[rustfmt::skip]
pub(super) const TRIES: &[Try] = &[
    // Pages.
    own("/",               Get,  ""),
    own("/c/{chat}",       Get,  ""),
    own("/c/{chat}",       Get,  "?all"),
    own("/c/{chat}",       Get,  "/c/{running_chat}?live"),
    own("/ask",            Form, "chat={chat}&parent={answer}&text=And?&model=sim:tokens=3"),
    own("/ask",            Form, "chat={chat}&text=And?&model=sim:tokens=3"),
    own("/ask",            Form, "chat={mine}&parent={answer}&text=And?&model=sim:tokens=3"),
    own("/ask",            Form, "nonce={nonce}&text=Which way?&model=sim:tokens=3"),
    own("/halt",           Form, "chat={running_chat}&generation={running}"),
    // Answers.
    own("/api/send",       Json, r#"{"message": "hi", "model": "sim:tokens=3", "request_id": "{request}"}"#),
    common("/api/send",    Json, r#"{"message": "hi", "model": "sim:tokens=3", "chat": "{chat}", "parent": "{answer}"}"#),
    own("/api/follow",     Get,  "?generation={generation}"),
    own("/api/follow",     Get,  "?generation={running}"),
    own("/api/stop",       Json, r#"{"generation": "{generation}"}"#),
    own("/api/stop",       Json, r#"{"generation": "{running}"}"#),
    own("/api/unload",     Json, r#"{"generation": "{running}"}"#),
    common("/api/models",  Get,  "?chat={chat}"),
    // The list.
    own("/api/shelf",      Get,  "?current={chat}&from=0&offset=0"),
    own("/api/shelf",      Get,  "?view={folder}&from=0&offset=0"),
    own("/api/shelf",      Get,  "?view=archive&from=0&offset=0"),
    own("/api/shelf",      Get,  "?find=zanzibar&from=0&offset=0"),
    own("/api/chats",      Get,  ""),
    own("/api/chats",      Get,  "?after={chat}"),
    own("/api/search",     Get,  "?words=zanzibar"),
    own("/api/search",     Get,  "?words=zanzibar&before={number}"),
    own("/api/folders",    Get,  ""),
    own("/api/folder",     Json, r#"{"change": {"rename": {"id": "{folder}", "name": "x"}}}"#),
    own("/api/folder",     Json, r#"{"change": {"delete": "{folder}"}}"#),
    own("/api/export",     Get,  "?chat={chat}&form=json"),
    own("/api/export",     Get,  "?chat={chat}&form=markdown"),
    own("/api/export",     Get,  "?form=json"),
    own("/api/export",     Get,  "?form=markdown"),
    // A chat.
    own("/api/thread",     Get,  "?chat={chat}"),
    own("/api/path",       Get,  ""),
    own("/api/path",       Get,  "?chat={chat}"),
    own("/api/path",       Get,  "?chat={mine}&before={answer}"),
    own("/api/path",       Get,  "?chat={mine}&count=1&through={question}"),
    own("/api/ask",        Json, r#"{"chat": "{chat}", "parent": "{answer}", "text": "And?", "model": "sim:tokens=3"}"#),
    own("/api/ask",        Json, r#"{"chat": "{chat}", "text": "And?", "model": "sim:tokens=3"}"#),
    own("/api/ask",        Json, r#"{"chat": "{chat}", "parent": "{question}", "model": "sim:tokens=3"}"#),
    own("/api/ask",        Json, r#"{"chat": "{mine}", "parent": "{answer}", "text": "And?", "model": "sim:tokens=3"}"#),
    own("/api/ask",        Json, r#"{"text": "hi", "model": "sim:tokens=3", "request_id": "{request}"}"#),
    own("/api/go_on",      Json, r#"{"chat": "{chat}", "answer": "{answer}", "model": "sim:tokens=3"}"#),
    own("/api/go_on",      Json, r#"{"chat": "{mine}", "answer": "{answer}", "model": "sim:tokens=3"}"#),
    own("/api/touch",      Json, r#"{"chats": ["{chat}"], "touch": {"rename": "Mine"}}"#),
    own("/api/touch",      Json, r#"{"chats": ["{mine}", "{chat}"], "touch": {"rename": "Mine"}}"#),
    own("/api/touch",      Json, r#"{"chats": ["{chat}"], "touch": {"pin": true}}"#),
    own("/api/touch",      Json, r#"{"chats": ["{chat}"], "touch": {"archive": true}}"#),
    own("/api/touch",      Json, r#"{"chats": ["{chat}"], "touch": {"move": null}}"#),
    own("/api/touch",      Json, r#"{"chats": ["{mine}"], "touch": {"move": "{folder}"}}"#),
    own("/api/touch",      Json, r#"{"chats": ["{chat}"], "touch": {"show": "{answer}"}}"#),
    own("/api/touch",      Json, r#"{"chats": ["{mine}"], "touch": {"show": "{answer}"}}"#),
    own("/api/touch",      Json, r#"{"chats": ["{chat}"], "touch": {"delete_message": "{answer}"}}"#),
    own("/api/touch",      Json, r#"{"chats": ["{mine}"], "touch": {"delete_message": "{answer}"}}"#),
    own("/api/touch",      Json, r#"{"chats": ["{chat}"], "touch": "delete"}"#),
    own("/api/touch",      Json, r#"{"chats": ["{gone}"], "touch": "restore"}"#),
    common("/api/finish",  Json, r#"{"pieces": []}"#),
    // The desk.
    own("/api/begin",      Json, r#"{"preset": "{preset}"}"#),
    own("/api/configure",  Json, r#"{"chat": "{chat}", "settings": {"system": "x"}}"#),
    own("/api/fill",       Json, r#"{"chat": "{chat}", "form": "for=chat&system=x"}"#),
    own("/api/fill",       Json, r#"{"form": "for=begin&item={preset}"}"#),
    own("/api/fill",       Json, r#"{"form": "for=forget&item={preset}"}"#),
    own("/api/fill",       Json, r#"{"form": "for=prompt&item={prompt}&name=x&text=x"}"#),
    own("/api/fill",       Json, r#"{"form": "for=unprompt&item={prompt}"}"#),
    own("/api/panel",      Get,  "?name=settings&chat={chat}&offset=0"),
    own("/api/panel",      Get,  "?name=settings&item={preset}&offset=0"),
    own("/api/panel",      Get,  "?name=presets&offset=0"),
    own("/api/panel",      Get,  "?name=answer&item={answer}&offset=0"),
    own("/api/panel",      Get,  "?name=source&chat={chat}&item={question}&offset=0"),
    own("/api/panel",      Get,  "?name=source&chat={mine}&item={question}&offset=0"),
    own("/api/panel",      Get,  "?name=prompts&item={prompt}&offset=0"),
    own("/api/panel",      Get,  "?name=prompts&offset=0"),
    own("/api/panel",      Get,  "?name=offered&item=zanzibar&offset=0"),
    own("/api/panel",      Get,  "?name=found&item=zanzibar&offset=0"),
    own("/api/presets",    Get,  ""),
    own("/api/preset",     Json, r#"{"change": {"change": {"id": "{preset}", "name": "x", "settings": {}}}}"#),
    own("/api/preset",     Json, r#"{"change": {"delete": "{preset}"}}"#),
    own("/api/prompts",    Get,  ""),
    own("/api/prompt",     Json, r#"{"change": {"change": {"id": "{prompt}", "name": "x", "text": "x"}}}"#),
    own("/api/prompt",     Json, r#"{"change": {"delete": "{prompt}"}}"#),
    own("/api/draft",      Json, r#"{"chat": "{chat}", "text": "theirs"}"#),
    own("/api/draft",      Json, r#"{"chat": "{chat}", "text": ""}"#),
    // Programs. Of what they say nothing is kept, so there is nothing to name.
    common("/api/chat",    Json, r#"{"message": "hi", "model": "sim:tokens=3", "chat": "{chat}", "request_id": "{request}"}"#),
    common("/v1/chat/completions", Json, r#"{"messages": [{"role": "user", "content": "hi"}], "model": "sim:tokens=3",
                                             "user": "{user}", "metadata": {"chat": "{chat}"}, "store": true}"#),
    common("/v1/models",   Get,  "?after={generation}"),
    common("/v1/models/{*model}", Get, "/v1/models/{generation}"),
    common("/v1/{*rest}",  Get,  "/v1/chat/completions/chatcmpl-{generation}"),
    common("/v1/{*rest}",  Get,  "/v1/threads/{chat}/messages"),
    common("/v1/{*rest}",  Get,  "/v1/files"),
    // The account. The code is one of those for when the second factor is lost, which is theirs who has it.
    own("/account",        Get,  ""),
    own("/account",        Form, "do=end&id={session}"),
    own("/account",        Form, "do=drop_key&id={key}"),
    own("/account",        Form, "do=drop_second&code={code}&password=seven brown trout"),
    // What is for administrators, whoever is meant.
    own("/admin",          Get,  ""),
    own("/admin",          Form, "do=invite&role=admin"),
    own("/admin",          Form, "do=take_back&id={link}"),
    own("/admin",          Form, "do=reset&id={user}"),
    own("/admin",          Form, "do=end&id={user}"),
    own("/admin",          Form, "do=role&id={user}&role=admin"),
    own("/admin",          Form, "do=limits&id={user}&day=1"),
    own("/admin",          Form, "do=limit_key&id={key}&day=1"),
    own("/admin",          Form, "do=drop_key&id={key}"),
    own("/admin",          Form, "do=disable&id={user}"),
    own("/admin",          Form, "do=enable&id={user}"),
    own("/admin",          Form, "do=drop_second&id={user}"),
    own("/admin",          Form, "do=delete&id={user}&name=anna"),
    common("/models",      Get,  "?about={user}"),
    common("/models",      Form, "do=pull&name={chat}"),
];

/// Holds the table to the routes that there are.
pub(super) fn check(routes: &[Route]) {
    let closed = |it: &&Route| it.access != Access::Open;
    for route in routes.iter().filter(closed) {
        assert!(
            TRIES.iter().any(|it| it.route == route.path),
            "nobody has tried `{}` with what is another's. Add to `TRIES` in tests/http/accounts/ownership/table.rs a row for \
             each id of a user that it takes, or a `common` row if it neither takes one nor shows what is one's own.",
            route.path
        );
    }
    for it in TRIES {
        let route = routes.iter().find(|route| route.path == it.route);
        let route = route.unwrap_or_else(|| panic!("there is no route `{}` any more", it.route));
        assert!(closed(&route), "`{}` is open to all", it.route);
        let begins = it.route.split('{').next().unwrap();
        let (path, _) = it.parts();
        assert!(path.starts_with(begins), "{path} is not of `{}`", it.route);
    }
}
