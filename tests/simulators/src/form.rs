//! Reading `name=value` pairs, from a query or from a form body.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

/// The pairs of `encoded`, decoded; of a repeated name the last value counts.
pub(crate) fn pairs(encoded: &str) -> BTreeMap<String, String> {
    encoded
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
