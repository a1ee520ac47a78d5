//! Text as people search for it: without case and accents.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// `Clínica  Aurora` and `clinica aurora` are the same to whoever searches.
#[must_use]
pub fn folded(text: &str) -> String {
    let plain: String = text
        .nfkd()
        .filter(|it| !is_combining_mark(*it))
        .flat_map(char::to_lowercase)
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A pattern that finds a text anywhere; what is special in a pattern stands for itself behind `\`.
#[must_use]
pub fn anywhere(text: &str) -> String {
    let mut pattern = String::from("%");
    for it in folded(text).chars() {
        if matches!(it, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(it);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_spaces_do_not_count() {
        assert_eq!(folded("  Clínica\tAURORA "), "clinica aurora");
        assert_eq!(folded("ﬁn"), "fin");
        assert_eq!(folded(&folded("Ångström")), folded("Ångström"));
    }

    #[test]
    fn what_is_special_in_a_pattern_stands_for_itself() {
        assert_eq!(anywhere("50%_\\"), "%50\\%\\_\\\\%");
    }
}
