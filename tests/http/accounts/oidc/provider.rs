//! A provider that a test plays: it signs everybody in without asking, and says what the test has it say.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use brooklet::server::{accounts::token, clock::Clock};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::{net::TcpSocket, task::JoinHandle};

/// Who Brooklet is there.
pub(crate) const CLIENT: &str = "brooklet";

/// By what it is known there: with letters that have to be escaped.
pub(crate) const SECRET: &str = "a secret: 100%&+/=";

/// Where people come back to.
pub(crate) const HOME: &str = "http://chat.example";

pub(crate) struct Provider {
    pub(crate) issuer: String,
    scene: Arc<Mutex<Scene>>,
    server: JoinHandle<()>,
}

/// Where one is to be that is not there yet: nobody listens, and no other test is given the port meanwhile.
pub(crate) struct Place {
    pub(crate) issuer: String,
    socket: TcpSocket,
}

/// What the provider says, and what it was asked.
pub(crate) struct Scene {
    /// What it signs by.
    pub(crate) key: Key,
    /// The keys that it says it signs by.
    pub(crate) published: Vec<Value>,
    /// What a token says beside what each has to: `null` takes a claim away.
    pub(crate) claims: Value,
    /// What is said to who asks for more.
    pub(crate) more: Value,
    /// What it says of itself beside what it has to.
    pub(crate) about: Value,
    /// Why it signs nobody in.
    pub(crate) error: Option<&'static str>,
    /// How a token is signed, and what its header says.
    pub(crate) sign: Sign,
    /// Whether it wants a secret.
    pub(crate) is_confidential: bool,
    /// How often it has said what it is.
    pub(crate) asked: usize,
    codes: HashMap<String, HashMap<String, String>>,
    issuer: String,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Sign {
    Key,
    None,
    /// By the secret that Brooklet has too.
    Shared,
}

pub(crate) struct Key {
    name: String,
    pair: EcdsaKeyPair,
}

impl Key {
    pub(crate) fn new(name: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        Self {
            name: name.to_owned(),
            pair,
        }
    }

    /// As it is published.
    pub(crate) fn public(&self) -> Value {
        let [_, point @ ..] = self.pair.public_key().as_ref() else {
            unreachable!()
        };
        let (x, y) = point.split_at(32);
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.name,
               "x": BASE64_URL_SAFE_NO_PAD.encode(x), "y": BASE64_URL_SAFE_NO_PAD.encode(y)})
    }
}

impl Scene {
    fn token(&self, nonce: Option<&String>) -> String {
        let now = Clock::default().now() / 1000;
        let mut claims =
            json!({"iss": self.issuer, "aud": CLIENT, "exp": now + 60, "iat": now, "nonce": nonce});
        let claims = claims.as_object_mut().unwrap();
        claims.extend(self.claims.as_object().unwrap().clone());
        claims.retain(|_, value| !value.is_null());
        let algorithm = match self.sign {
            Sign::Key => "ES256",
            Sign::None => "none",
            Sign::Shared => "HS256",
        };
        let header = json!({"alg": algorithm, "kid": self.key.name, "typ": "JWT"});
        let parts = [header, Value::Object(claims.clone())];
        let parts = parts.map(|it| BASE64_URL_SAFE_NO_PAD.encode(it.to_string()));
        let text = parts.join(".");
        let signature = match self.sign {
            Sign::Key => {
                let random = SystemRandom::new();
                let signed = self.key.pair.sign(&random, text.as_bytes()).unwrap();
                signed.as_ref().to_vec()
            }
            Sign::None => Vec::new(),
            Sign::Shared => {
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
                ring::hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

impl Place {
    pub(crate) fn take() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let issuer = format!("http://{}", socket.local_addr().unwrap());
        Self { issuer, socket }
    }
}

impl Provider {
    pub(crate) async fn start() -> Self {
        Self::at(Place::take())
    }

    pub(crate) fn at(Place { issuer, socket }: Place) -> Self {
        let listener = socket.listen(128).unwrap();
        let key = Key::new("first");
        let scene = Scene {
            published: vec![key.public()],
            key,
            claims: json!({"sub": "1", "preferred_username": "anna"}),
            more: json!({}),
            about: json!({}),
            error: None,
            sign: Sign::Key,
            is_confidential: true,
            asked: 0,
            codes: HashMap::new(),
            issuer: issuer.clone(),
        };
        let scene = Arc::new(Mutex::new(scene));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(about))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(redeem))
            .route("/more", get(more))
            .with_state(Arc::clone(&scene));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            issuer,
            scene,
            server,
        }
    }

    pub(crate) fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap()
    }

    /// Whom it signs in from now on.
    pub(crate) fn signs_in(&self, claims: Value) {
        self.scene().claims = claims;
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

type Shared = State<Arc<Mutex<Scene>>>;
type Fields = HashMap<String, String>;

async fn about(State(scene): Shared) -> Json<Value> {
    let mut scene = scene.lock().unwrap();
    scene.asked += 1;
    let issuer = &scene.issuer;
    let mut about = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    });
    let more = scene.about.as_object().unwrap().clone();
    about.as_object_mut().unwrap().extend(more);
    Json(about)
}

async fn keys(State(scene): Shared) -> Json<Value> {
    Json(json!({"keys": scene.lock().unwrap().published}))
}

async fn authorize(State(scene): Shared, Query(asked): Query<Fields>) -> Response {
    let mut scene = scene.lock().unwrap();
    for (name, value) in [
        ("client_id", CLIENT),
        ("response_type", "code"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &format!("{HOME}/oidc/end")),
    ] {
        assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    }
    // 256 bits each: nobody guesses them.
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(asked[name].len(), 43, "{name}");
    }
    let state = &asked["state"];
    if let Some(error) = scene.error {
        let to = format!("{HOME}/oidc/end?error={error}&state={state}");
        return Redirect::to(&to).into_response();
    }
    let code = token::new().unwrap();
    let to = format!("{HOME}/oidc/end?code={code}&state={state}");
    scene.codes.insert(code, asked);
    Redirect::to(&to).into_response()
}

async fn redeem(
    State(scene): Shared,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> (StatusCode, Json<Value>) {
    let mut scene = scene.lock().unwrap();
    let no = |error| (StatusCode::BAD_REQUEST, Json(json!({"error": error})));
    let is_known = if scene.is_confidential {
        let escaped =
            |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
        let basic = format!("{}:{}", escaped(CLIENT), escaped(SECRET));
        let basic = format!("Basic {}", BASE64_STANDARD.encode(basic));
        headers.get("authorization").is_some_and(|it| *it == *basic)
    } else {
        form.get("client_id").is_some_and(|it| it == CLIENT) && !form.contains_key("client_secret")
    };
    if !is_known {
        return no("invalid_client");
    }
    // Each is good once, whatever comes of it.
    let Some(asked) = scene.codes.remove(&form["code"]) else {
        return no("invalid_grant");
    };
    let verifier = form.get("code_verifier").map_or("", String::as_str);
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    if asked["code_challenge"] != challenge || form["redirect_uri"] != asked["redirect_uri"] {
        return no("invalid_grant");
    }
    let mut answer = Map::new();
    answer.insert("access_token".to_owned(), "let me in".into());
    answer.insert("token_type".to_owned(), "Bearer".into());
    answer.insert(
        "id_token".to_owned(),
        scene.token(asked.get("nonce")).into(),
    );
    (StatusCode::OK, Json(Value::Object(answer)))
}

async fn more(State(scene): Shared, headers: HeaderMap) -> Json<Value> {
    assert_eq!(headers["authorization"], "Bearer let me in");
    Json(scene.lock().unwrap().more.clone())
}
