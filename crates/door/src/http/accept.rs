//! Which media type the answer has.

use http::{HeaderMap, HeaderValue, header};

use crate::{Code, Refused};

/// The fit of a range that names the type itself.
const NAMED: u8 = 2;

/// A media type the door can answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells request errors from answers.
    GraphqlResponse,
    /// `application/json`: a well-formed request is 200, whatever becomes of it.
    Json,
    /// `text/event-stream`: only where it is asked for by name.
    Events,
}

impl Media {
    pub(super) fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json | Self::Events => "application/json; charset=utf-8",
        })
    }

    /// How closely a range of the `Accept` header fits; `None`: not at all.
    fn fits(self, range: &str) -> Option<u8> {
        let exact = match self {
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
            Self::Events => "text/event-stream",
        };
        match range {
            "*/*" | "application/*" if self == Self::Events => None,
            "*/*" => Some(0),
            "application/*" => Some(1),
            _ => (range == exact).then_some(NAMED),
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
    // The closest range decides a type's quality, as RFC 9110 has it.
    let quality = |media: Media| {
        let fitting = ranges
            .iter()
            .filter_map(|(range, quality)| Some((media.fits(range)?, *quality)));
        fitting
            .max_by_key(|(fit, _)| *fit)
            .filter(|(_, quality)| *quality > 0.0)
    };
    // Of equal qualities, what the client named wins over what a `*` covers. Who names both kinds of JSON knows
    // the newer one; who names neither may not.
    let rank = |(fit, quality): (u8, f32), media| {
        let knows = usize::from(fit == NAMED && media == Media::GraphqlResponse);
        (quality, fit, knows, usize::from(media == Media::Json))
    };
    let offers = [Media::GraphqlResponse, Media::Json, Media::Events];
    let acceptable = offers
        .into_iter()
        .filter_map(|media| Some((rank(quality(media)?, media), media)));
    let best = acceptable.reduce(|best, offer| if offer.0 > best.0 { offer } else { best });
    best.map(|(_, media)| media).ok_or_else(|| {
        let message =
            "Answers are `application/graphql-response+json`, `application/json` or `text/event-stream`.";
        Refused::new(Code::NotAcceptable, message)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        choose(&headers).ok()
    }

    #[test]
    fn the_client_decides_and_plain_json_is_the_answer_to_anything() {
        let response = "application/graphql-response+json";
        let cases = [
            ("", Some(Media::Json)),
            ("*/*", Some(Media::Json)),
            ("application/*", Some(Media::Json)),
            ("application/json", Some(Media::Json)),
            ("text/html, application/xml;q=0.9, */*;q=0.8", Some(Media::Json)),
            (response, Some(Media::GraphqlResponse)),
            (
                "Application/GraphQL-Response+JSON; charset=utf-8",
                Some(Media::GraphqlResponse),
            ),
            (
                &format!("application/json, {response}"),
                Some(Media::GraphqlResponse),
            ),
            (&format!("{response};q=0.5, application/json"), Some(Media::Json)),
            (&format!("*/*, {response}"), Some(Media::GraphqlResponse)),
            (&format!("{response};q=0, */*"), Some(Media::Json)),
            ("text/event-stream", Some(Media::Events)),
            ("text/event-stream, application/json;q=0.9", Some(Media::Events)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("text/*", None),
        ];
        for (accept, media) in cases {
            assert_eq!(chosen(accept), media, "{accept:?}");
        }
    }
}
