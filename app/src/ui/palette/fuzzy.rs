//! How well a few typed letters fit a line of text.

/// A score for `query` in `text`, both in lower case: higher fits better, `None` does not fit. Every word of the query must be there, as
/// letters in order; letters that stand together, and at the starts of words, count more.
pub fn score(query: &str, text: &str) -> Option<i32> {
    let words = query.split_whitespace();
    words.map(|word| word_score(word, text)).try_fold(0, |sum, score| Some(sum + score?)).map(|sum| sum - brevity(text))
}

/// Shorter lines come first among equals.
fn brevity(text: &str) -> i32 {
    i32::try_from(text.len() / 8).unwrap_or(i32::MAX).min(10)
}

fn word_score(word: &str, text: &str) -> Option<i32> {
    if let Some(at) = text.find(word) {
        let whole = i32::from(starts_word(text, at)) * 40;
        return Some(40 + whole + 4 * count(word) - i32::from(at > 0));
    }
    scattered(word, text)
}

/// The letters in order: the next one stands beside the last, or starts a word, or lies somewhere behind a gap. Gaps cost, and too many do
/// not fit at all; initials alone are what somebody types who knows the name.
fn scattered(word: &str, text: &str) -> Option<i32> {
    let (mut from, mut score, mut gaps, mut initials) = (0, 20, 0, 0);
    for letter in word.chars() {
        let at = next_letter(letter, text, from)?;
        match (starts_word(text, at), at == from) {
            (true, _) => (score, initials) = (score + 6, initials + 1),
            (false, true) => score += 4,
            (false, false) => gaps += 1,
        }
        from = at + letter.len_utf8();
    }
    let all_initials = if initials == count(word) { 40 } else { 0 };
    (gaps * 3 <= count(word)).then_some(score + all_initials - gaps * 3)
}

/// Where the letter is: right here, else at the next start of a word, else anywhere after.
fn next_letter(letter: char, text: &str, from: usize) -> Option<usize> {
    let mut places = text[from..].char_indices().filter(|&(_, c)| c == letter).map(|(at, _)| from + at).peekable();
    let first = *places.peek()?;
    if first == from { Some(first) } else { places.find(|&at| starts_word(text, at)).or(Some(first)) }
}

fn starts_word(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
}

fn count(word: &str) -> i32 {
    i32::try_from(word.chars().count()).unwrap_or(i32::MAX / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines that fit, best first.
    fn best<'a>(query: &str, lines: &[&'a str]) -> Vec<&'a str> {
        let mut fits: Vec<_> = lines.iter().filter_map(|line| Some((score(query, line)?, *line))).collect();
        fits.sort_by_key(|(score, _)| -score);
        fits.into_iter().map(|(_, line)| line).collect()
    }

    #[test]
    fn every_word_must_fit() {
        assert_eq!(best("create label", &["create a label", "create a pickup", "void a label"]), ["create a label"]);
        assert_eq!(score("label", ""), None);
        assert_eq!(score("", "anything").map(|it| it <= 0), Some(true));
    }

    #[test]
    fn the_start_of_a_word_beats_its_middle() {
        assert_eq!(best("rate", &["operate a pickup", "rates", "quote a rate"])[0], "rates");
        assert_eq!(best("rate", &["operate a pickup", "quote a rate"])[0], "quote a rate");
    }

    #[test]
    fn initials_and_small_slips_fit_but_noise_does_not() {
        assert_eq!(best("st", &["shipment tracking", "customs"])[0], "shipment tracking");
        assert!(score("trcking", "shipment tracking").is_some());
        assert_eq!(score("xyz", "shipment tracking"), None);
        assert_eq!(score("sgnk", "shipment tracking"), None);
    }

    #[test]
    fn letters_of_any_length_are_safe() {
        assert!(score("größe", "größe ändern").is_some());
        assert_eq!(score("ß", "gross"), None);
    }
}
