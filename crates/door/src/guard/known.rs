//! Documents that were parsed before: a client sends the same few again and again.
//!
//! What a text says, and what the executor's validator says of it, depends on nothing but the text, so nothing here is a secret and
//! nothing goes stale. Everything that depends on variables, limits of cost or who is asking is decided anew for every request.

use std::sync::Arc;

use moka::sync::Cache;

use super::vetting::Read;

/// Bytes of text that are remembered. A parsed document takes up to some two hundred times its text, so this is the
/// bound of what strangers can make the process keep: about 50 MB at the very worst.
const REMEMBERED_BYTES: u64 = 256 * 1024;

/// The longest text that is remembered: longer ones are written by machines, and differ.
const LONGEST: usize = 8 * 1024;

/// Texts and what they say.
#[derive(Debug)]
pub(super) struct Known(Cache<Box<str>, Arc<Read>>);

impl Known {
    pub(super) fn new() -> Self {
        let cache = Cache::<Box<str>, _>::builder()
            .weigher(|text, _| u32::try_from(text.len()).unwrap_or(u32::MAX))
            .max_capacity(REMEMBERED_BYTES)
            .build();
        Self(cache)
    }

    /// What the text says, if it was read before.
    pub(super) fn get(&self, text: &str) -> Option<Arc<Read>> {
        if text.len() > LONGEST {
            None
        } else {
            self.0.get(text)
        }
    }

    /// Remembers a text that keeps to the limits.
    pub(super) fn keep(&self, text: &str, read: &Arc<Read>) {
        if text.len() <= LONGEST {
            self.0.insert(text.into(), Arc::clone(read));
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql_parser::parse_query;

    use super::*;

    fn keep(known: &Known, text: &str) {
        known.keep(text, &Arc::new(Read::new(parse_query(text).unwrap())));
        known.0.run_pending_tasks();
    }

    #[test]
    fn a_text_is_remembered_to_the_letter() {
        let known = Known::new();
        keep(&known, "{ a }");
        assert_eq!(known.get("{ a }").unwrap().document.operations.iter().len(), 1);
        assert!(known.get("{ b }").is_none() && known.get("{a}").is_none());
    }

    #[test]
    fn a_text_that_is_too_long_is_not_remembered() {
        let known = Known::new();
        for (length, is_kept) in [(LONGEST, true), (LONGEST + 1, false)] {
            let text = format!("{:length$}", "{ a }");
            keep(&known, &text);
            assert_eq!(known.get(&text).is_some(), is_kept, "{length}");
        }
    }

    #[test]
    fn strangers_can_fill_it_only_so_far() {
        let known = Known::new();
        for count in 0..100 {
            keep(&known, &format!("{:LONGEST$}", format!("{{ a{count} }}")));
        }
        assert!(known.0.weighted_size() <= REMEMBERED_BYTES);
    }
}
