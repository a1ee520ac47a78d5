//! A glance at the text before the recursive parser sees it: how many tokens, how deep the brackets.

use crate::{Code, Limits, Refused};

/// Counts what the document is made of, in one pass without recursion or allocation.
///
/// It never sees *less* than the parser: what is not a closed string or a comment counts.
pub(super) fn scan(text: &str, limits: &Limits) -> Result<(), Refused> {
    if text.len() > limits.document_bytes {
        return Err(too_many("bytes in the document", limits.document_bytes));
    }
    let bytes = text.as_bytes();
    let (mut at, mut tokens, mut open) = (0, 0, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let length = match byte {
            b' ' | b',' | b'\t' | b'\n' | b'\r' | 0xEF | 0xBB | 0xBF => {
                at += 1;
                continue;
            }
            b'#' => {
                at += until_line_end(&bytes[at..]);
                continue;
            }
            b'"' => string(&bytes[at..]).ok_or_else(unclosed)?,
            b'{' | b'(' | b'[' => {
                open += 1;
                1
            }
            b'}' | b')' | b']' => {
                open = open.saturating_sub(1);
                1
            }
            b'.' if bytes[at..].starts_with(b"...") => 3,
            _ if is_word(byte) => bytes[at..].iter().take_while(|it| is_word(**it)).count(),
            _ => 1,
        };
        at += length;
        tokens += 1;
        if tokens > limits.tokens {
            return Err(too_many("tokens in the document", limits.tokens));
        }
        if open > limits.brackets {
            return Err(too_many("brackets open at once", limits.brackets));
        }
    }
    Ok(())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn until_line_end(rest: &[u8]) -> usize {
    rest.iter()
        .position(|it| matches!(it, b'\n' | b'\r'))
        .unwrap_or(rest.len())
}

/// The length of the string that `rest` begins with, quotes included.
fn string(rest: &[u8]) -> Option<usize> {
    if rest.starts_with(b"\"\"\"") {
        return block_string(rest);
    }
    let mut at = 1;
    loop {
        match rest.get(at)? {
            b'"' => return Some(at + 1),
            b'\n' | b'\r' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn block_string(rest: &[u8]) -> Option<usize> {
    let mut at = 3;
    loop {
        let here = rest.get(at..)?;
        if here.is_empty() {
            return None;
        }
        if here.starts_with(b"\"\"\"") {
            return Some(at + 3);
        }
        at += if here.starts_with(b"\\\"\"\"") { 4 } else { 1 };
    }
}

// The parser would read an unclosed `"""` as an empty string and go on: then brackets hide from the count.
fn unclosed() -> Refused {
    Refused::new(Code::ParseFailed, "Syntax error: a string is not closed.")
}

pub(super) fn too_many(what: &str, max: impl std::fmt::Display) -> Refused {
    Refused::new(
        Code::LimitExceeded,
        format!("Too many {what}: at most {max} are allowed."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            document_bytes: 100,
            tokens: 8,
            brackets: 3,
            ..Limits::default()
        }
    }

    fn verdict(text: &str) -> Result<(), String> {
        scan(text, &limits()).map_err(|it| it.message)
    }

    #[test]
    fn bytes_are_counted() {
        assert_eq!(verdict(&" ".repeat(100)), Ok(()));
        assert!(verdict(&" ".repeat(101)).unwrap_err().contains("at most 100"));
    }

    #[test]
    fn tokens_are_counted_and_blanks_commas_and_comments_are_not() {
        assert_eq!(verdict("... ... ... ... ... ... ... ..."), Ok(()));
        assert_eq!(verdict("\u{feff}{ a, b,, c d e f } # g h i j k\r\n"), Ok(()));
        assert!(verdict("{ a b c d e f g }").unwrap_err().contains("at most 8"));
        assert!(
            verdict("!!!!!!!!!").unwrap_err().contains("at most 8"),
            "punctuation counts"
        );
    }

    #[test]
    fn brackets_of_every_kind_are_counted() {
        assert_eq!(verdict("{([])}"), Ok(()));
        assert!(verdict("{([{").unwrap_err().contains("at most 3"));
        assert_eq!(
            verdict("}}{([])}"),
            Ok(()),
            "closing without opening earns no credit"
        );
        assert!(verdict("}}{([{").unwrap_err().contains("at most 3"));
    }

    #[test]
    fn brackets_in_strings_are_text_and_strings_must_close() {
        assert_eq!(verdict(r#""{{{{{{" """ {{{{ " "" \""" {{{ """ "\"{{{{""#), Ok(()));
        for broken in [
            "\"a",
            "\"a\nb\"",
            "\"\"\" a \"",
            "\"a\\",
            "\"\"\" \\\"\"\"",
            "[\"\"\" \"{",
        ] {
            assert!(verdict(broken).unwrap_err().contains("not closed"), "{broken:?}");
        }
    }
}
