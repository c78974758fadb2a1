//! Text inside markup. Whatever comes from a scenario passes through here.

use std::fmt::{self, Display, Write as _};

/// A value as it may stand in an element and in a quoted attribute.
pub(super) struct Escaped<T>(pub(super) T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.to_string().chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// JSON as it may stand in a `script` element: nothing in it can end the element.
pub(super) fn embedded(json: &serde_json::Value) -> String {
    json.to_string().replace('<', "\\u003c")
}
