//! Names in messages: the nearest known one, and lists of them.

use crate::model::folded;

/// Longer names are not compared: the cost grows with the square.
const LENGTH_MAX: usize = 64;
/// Among more names nothing is suggested: a cluster that exists has fewer, and a file that asks for
/// a hundred suggestions among all names that fit into it would keep its reader waiting.
const KNOWN_MAX: usize = 300;

/// The known names that were most likely meant: those at the least distance, if that is near enough
/// and there are few of them.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Vec<&'k str> {
    const NAMES_MAX: usize = 3;
    let letters: Vec<char> = folded(name).take(LENGTH_MAX + 1).collect();
    if letters.is_empty() || letters.len() > LENGTH_MAX {
        return Vec::new();
    }
    let mut least = usize::MAX;
    let mut best = Vec::new();
    for (index, candidate) in known.into_iter().enumerate() {
        if index == KNOWN_MAX {
            return Vec::new();
        }
        let other: Vec<char> = folded(candidate).take(LENGTH_MAX + 1).collect();
        let near_enough = (letters.len().max(other.len()) / 3).max(1);
        if letters.len().abs_diff(other.len()) > near_enough {
            continue;
        }
        let distance = distance(&letters, &other);
        if distance > near_enough || distance > least {
            continue;
        }
        if distance < least {
            best.clear();
        }
        least = distance;
        best.push(candidate);
    }
    if best.len() > NAMES_MAX { Vec::new() } else { best }
}

/// How many letters have to be added, left out, exchanged or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let exchanged = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = exchanged.min(last[j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                row[j] = row[j].min(before_last[j - 2] + 1);
            }
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// A name as a message quotes it: on one line, and not too long.
pub(super) fn shown(name: &str) -> String {
    const LETTERS_MAX: usize = 60;
    let mut text: String = name.chars().take(LETTERS_MAX).flat_map(char::escape_debug).collect();
    if name.chars().nth(LETTERS_MAX).is_some() {
        text.push('…');
    }
    text.replace("\\'", "'").replace("\\\"", "\"")
}

/// `A`, `A or B`, `A, B or C`; cut short where there are many.
pub(super) fn one_of<'k>(names: impl IntoIterator<Item = &'k str>) -> String {
    listed(names, "or")
}

/// `A`, `A and B`, `A, B and C`; cut short where there are many.
pub(super) fn all_of<'k>(names: impl IntoIterator<Item = &'k str>) -> String {
    listed(names, "and")
}

fn listed<'k>(names: impl IntoIterator<Item = &'k str>, last_word: &str) -> String {
    const NAMES_MAX: usize = 40;
    let mut names = names.into_iter();
    let mut quoted: Vec<String> =
        names.by_ref().take(NAMES_MAX).map(|name| format!("`{}`", shown(name))).collect();
    let left = names.count();
    if left > 0 {
        quoted.push(format!("{left} more"));
    }
    match quoted.pop() {
        None => "none".to_owned(),
        Some(last) if quoted.is_empty() => last,
        Some(last) => format!("{} {last_word} {last}", quoted.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_what_was_meant() {
        let keys = ["owner", "preferred", "possible_owners", "stores"];
        assert_eq!(nearest("ownr", keys), ["owner"]);
        assert_eq!(nearest("Owner", keys), ["owner"]);
        assert_eq!(nearest("prefered", keys), ["preferred"]);
        assert_eq!(nearest("sotres", keys), ["stores"]);
        assert!(nearest("colour", keys).is_empty());
        assert!(nearest("", keys).is_empty());
        assert!(nearest(&"x".repeat(1_000_000), keys).is_empty());
    }

    #[test]
    fn equally_near_names_are_all_told_unless_they_are_many() {
        assert_eq!(nearest("NODE3", ["NODE1", "NODE2"]), ["NODE1", "NODE2"]);
        assert!(nearest("NODE9", ["NODE1", "NODE2", "NODE3", "NODE4"]).is_empty());
    }

    #[test]
    fn among_very_many_names_none_is_suggested() {
        let names = |count: usize| (0..count).map(|i| format!("NODE{i}")).collect::<Vec<_>>();
        let (few, many) = (names(KNOWN_MAX), names(KNOWN_MAX + 1));
        assert_eq!(nearest("NDOE7", few.iter().map(String::as_str)), ["NODE7"]);
        assert!(nearest("NDOE7", many.iter().map(String::as_str)).is_empty());
    }

    #[test]
    fn a_swap_of_neighbours_is_one_mistake() {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&letters("crahs"), &letters("crash")), 1);
        assert_eq!(distance(&letters(""), &letters("abc")), 3);
    }

    #[test]
    fn lists_read_as_a_sentence() {
        assert_eq!(one_of([]), "none");
        assert_eq!(one_of(["a"]), "`a`");
        assert_eq!(all_of(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
