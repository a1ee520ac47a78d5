//! An issuer on this machine that lives for one test, with keys of every kind.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::oidc::{Issuer, Issuers};

/// How the issuer behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Good,
    Redirects,
    Fails,
    /// A description or keys with this many bytes.
    Long(usize),
    OtherName,
    /// Keys behind this address.
    KeysAt(&'static str),
    NotJson,
}

/// A key that signs.
#[derive(Clone)]
pub(super) struct Signer {
    pub(super) id: &'static str,
    pub(super) algorithm: Algorithm,
    key: EncodingKey,
}

pub(super) fn rsa() -> Signer {
    let key = EncodingKey::from_rsa_pem(include_bytes!("../../../testdata/rsa.pem")).unwrap();
    Signer {
        id: "rsa",
        algorithm: Algorithm::RS256,
        key,
    }
}

pub(super) fn short_rsa() -> Signer {
    let key = EncodingKey::from_rsa_pem(include_bytes!("../../../testdata/rsa-1024.pem")).unwrap();
    Signer {
        id: "short",
        algorithm: Algorithm::RS256,
        key,
    }
}

pub(super) fn ec() -> Signer {
    let key = EncodingKey::from_ec_pem(include_bytes!("../../../testdata/ec.pem")).unwrap();
    Signer {
        id: "ec",
        algorithm: Algorithm::ES256,
        key,
    }
}

pub(super) fn ed() -> Signer {
    let key = EncodingKey::from_ed_pem(include_bytes!("../../../testdata/ed.pem")).unwrap();
    Signer {
        id: "ed",
        algorithm: Algorithm::EdDSA,
        key,
    }
}

impl Signer {
    /// What is published of it, with `more` members or other ones.
    pub(super) fn public(&self, more: Value) -> Value {
        let mut key =
            serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        merge(&mut key, json!({ "kid": self.id, "use": "sig" }));
        merge(&mut key, more);
        key
    }

    /// The same key under another id.
    pub(super) fn named(self, id: &'static str) -> Self {
        Self { id, ..self }
    }

    /// A token with these claims, and `more` in its header.
    pub(super) fn sign_with(&self, more: Value, claims: &Value) -> String {
        let mut header = json!({ "alg": self.algorithm, "kid": self.id, "typ": "JWT" });
        merge(&mut header, more);
        let message = format!("{}.{}", encode(&header), encode(claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_with(json!({}), claims)
    }
}

pub(super) fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Puts the members of `more` into `value`; null takes one away.
pub(super) fn merge(value: &mut Value, more: Value) {
    let Value::Object(more) = more else {
        panic!("not an object")
    };
    for (name, member) in more {
        if member.is_null() {
            value.as_object_mut().unwrap().remove(&name);
        } else {
            value[name] = member;
        }
    }
}

/// The issuer.
pub(super) struct World {
    pub(super) name: String,
    state: Arc<Told>,
}

struct Told {
    name: String,
    keys: Mutex<Value>,
    mood: Mutex<Mood>,
    asked: AtomicUsize,
}

impl World {
    /// Publishes one key of each kind.
    pub(super) async fn new() -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = format!("http://{}/auth/v1", listener.local_addr().unwrap());
        let keys = Mutex::new(json!([rsa(), ec(), ed()].map(|signer| signer.public(json!({})))));
        let (mood, asked) = (Mutex::new(Mood::Good), AtomicUsize::new(0));
        let state = Arc::new(Told {
            name: name.clone(),
            keys,
            mood,
            asked,
        });
        let app = Router::new()
            .route("/auth/v1/.well-known/openid-configuration", get(describe))
            .route("/auth/v1/keys", get(keys_of))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { name, state }
    }

    pub(super) fn becomes(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
    }

    pub(super) fn publishes(&self, keys: Value) {
        *self.state.keys.lock().unwrap() = keys;
    }

    /// How often it was asked for its description.
    pub(super) fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }

    /// Accepts this issuer's tokens for the audience `horarium`.
    pub(super) fn by_audience(&self) -> Issuers {
        self.trusted(&["horarium"], &[])
    }

    pub(super) fn trusted(&self, audiences: &[&str], parties: &[&str]) -> Issuers {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Issuers::new(vec![
            Issuer::new(self.name.clone(), owned(audiences), owned(parties)).unwrap(),
        ])
        .unwrap()
    }
}

async fn describe(State(told): State<Arc<Told>>) -> Response {
    told.asked.fetch_add(1, Ordering::SeqCst);
    let mood = *told.mood.lock().unwrap();
    let keys_at = match mood {
        Mood::KeysAt(place) => place.to_owned(),
        Mood::Good | Mood::Redirects | Mood::Fails | Mood::Long(_) | Mood::OtherName | Mood::NotJson => {
            format!("{}/keys", told.name)
        }
    };
    let name = if mood == Mood::OtherName {
        "https://other.example.com"
    } else {
        &told.name
    };
    let description = json!({ "issuer": name, "jwks_uri": keys_at });
    match mood {
        Mood::Redirects => (
            StatusCode::FOUND,
            [(header::LOCATION, format!("{}/keys", told.name))],
        )
            .into_response(),
        Mood::Fails => StatusCode::BAD_GATEWAY.into_response(),
        Mood::NotJson => "<html>".into_response(),
        Mood::Good | Mood::Long(_) | Mood::OtherName | Mood::KeysAt(_) => {
            description.to_string().into_response()
        }
    }
}

async fn keys_of(State(told): State<Arc<Told>>) -> Response {
    let published = json!({ "keys": *told.keys.lock().unwrap() }).to_string();
    let mood = *told.mood.lock().unwrap();
    let Mood::Long(bytes) = mood else {
        return published.into_response();
    };
    format!("{published}{}", " ".repeat(bytes - published.len())).into_response()
}
