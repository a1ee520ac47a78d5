//! Settings that nobody may see: addresses with passwords, keys, tokens.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{self, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use url::Url;

use super::setting::Setting;

/// The address of a PostgreSQL database, with its password.
#[derive(Debug, Clone)]
pub struct DatabaseUrl(SecretString);

impl DatabaseUrl {
    /// The whole address, for the one who connects.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Setting for DatabaseUrl {
    const SECRET: bool = true;

    fn kind() -> String {
        "`postgres://user:password@host/database`".to_owned()
    }

    fn read(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|_| Self::kind())?;
        match url.scheme() {
            "postgres" | "postgresql" => Ok(Self(text.into())),
            _ => Err(format!(
                "{}, or nothing for the embedded SQLite file",
                Self::kind()
            )),
        }
    }
}

/// The key from which every other key is derived: at least 32 bytes.
#[derive(Debug, Clone)]
pub struct MasterKey(SecretSlice<u8>);

impl MasterKey {
    /// The fewest bytes a key may have.
    pub const MIN_BYTES: usize = 32;

    /// The key that `text` spells.
    ///
    /// # Errors
    /// What would have been right; never the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        // Sixty-four hex digits would also pass as base64, of other bytes: hex is asked first.
        let bytes = hex(text).or_else(|| BASE64.decode(text).ok()).or_else(|| {
            general_purpose::URL_SAFE_NO_PAD
                .decode(text.trim_end_matches('='))
                .ok()
        });
        match bytes {
            Some(bytes) if bytes.len() >= Self::MIN_BYTES => Ok(Self(bytes.into())),
            Some(bytes) => Err(format!("{}, and this is {}", Self::kind(), bytes.len())),
            None => Err(Self::kind()),
        }
    }

    /// The bytes, for the one who derives keys from them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

/// Standard alphabet, padding as it comes.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Setting for MasterKey {
    const SECRET: bool = true;

    fn kind() -> String {
        format!("at least {} random bytes in hex or base64", Self::MIN_BYTES)
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

/// The bytes that `text` spells in hex, if it does.
fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

/// A token that whoever asks must show.
#[derive(Debug, Clone)]
pub struct Token(SecretString);

impl Token {
    /// The fewest characters a token may have.
    pub const MIN_CHARS: usize = 16;

    /// The characters, for the one who compares.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Setting for Token {
    const SECRET: bool = true;

    fn kind() -> String {
        format!("at least {} characters", Self::MIN_CHARS)
    }

    fn read(text: &str) -> Result<Self, String> {
        let is_long = text.chars().count() >= Self::MIN_CHARS;
        is_long.then(|| Self(text.into())).ok_or_else(Self::kind)
    }
}
