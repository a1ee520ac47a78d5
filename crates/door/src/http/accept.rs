//! Which media type the answer has.

use http::{HeaderMap, HeaderValue, header};

use crate::{Code, Refused};

/// A media type the door can answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells request errors from answers.
    GraphqlResponse,
    /// `application/json`: a well-formed request is 200, whatever becomes of it.
    Json,
}

impl Media {
    pub(super) fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }

    /// How closely a range of the `Accept` header fits; `None`: not at all.
    fn fits(self, range: &str) -> Option<u8> {
        let exact = match self {
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
        };
        match range {
            "*/*" => Some(0),
            "application/*" => Some(1),
            _ => (range == exact).then_some(2),
        }
    }
}

/// The acceptable type with the highest quality; `application/json` where the client does not care.
pub(super) fn choose(headers: &HeaderMap) -> Result<Media, Refused> {
    let ranges: Vec<(String, f32)> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .map(range)
        .filter(|(range, _)| !range.is_empty())
        .collect();
    if ranges.is_empty() {
        return Ok(Media::Json);
    }
    // The closest range decides a type's quality, as RFC 9110 has it; of equals the first wins.
    let quality = |media: Media| {
        let fitting = ranges
            .iter()
            .filter_map(|(range, quality)| Some((media.fits(range)?, *quality)));
        fitting.max_by_key(|(fit, _)| *fit).map_or((0, 0.0), |it| it)
    };
    let (json, response) = (quality(Media::Json), quality(Media::GraphqlResponse));
    if json.1 <= 0.0 && response.1 <= 0.0 {
        let message =
            "Answers are `application/graphql-response+json`, `application/json` or `text/event-stream`.";
        return Err(Refused::new(Code::NotAcceptable, message));
    }
    let prefers_response = response.1 > json.1 || (response.1 >= json.1 && response.0 == 2);
    Ok(if prefers_response {
        Media::GraphqlResponse
    } else {
        Media::Json
    })
}

fn range(text: &str) -> (String, f32) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or("").to_ascii_lowercase();
    let quality = parts
        .find_map(|it| it.strip_prefix("q="))
        .map_or(1.0, |it| it.parse().unwrap_or(0.0));
    (range, quality)
}
