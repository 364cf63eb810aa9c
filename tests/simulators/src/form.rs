//! Reading names and values, from a query or from a form body of either kind.

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

/// The fields of a multipart body with that boundary, as they stand; a part without a name is passed over.
pub(crate) fn parts(body: &str, boundary: &str) -> BTreeMap<String, String> {
    let delimiter = format!("--{boundary}");
    let field = |part: &str| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let name = head.split_once("name=\"")?.1.split_once('"')?.0;
        Some((name.to_owned(), value.strip_suffix("\r\n").unwrap_or(value).to_owned()))
    };
    body.split(&delimiter).filter_map(field).collect()
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}
