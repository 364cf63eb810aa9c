//! Who sends a mail, and whom it can be sent to.

use base64::{Engine, engine::general_purpose::STANDARD};

/// The longest address. Source: RFC 5321, 4.5.3.1, with erratum 1690.
const LONGEST_ADDRESS: usize = 254;

/// How many bytes of a name one encoded word takes at most. Source: RFC 2047, 2: a word has 75 characters at most.
const WORD: usize = 42;

/// An address with or without a name. Neither can have a line break, so that nobody adds headers to a mail.
#[derive(Debug)]
pub(crate) struct Mailbox<'t> {
    name: &'t str,
    address: &'t str,
}

impl<'t> Mailbox<'t> {
    /// Reads `ann@example.com` or `Ann <ann@example.com>`; `None` if it is neither.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        let mailbox = match text.strip_suffix('>') {
            None => Self { name: "", address: text },
            Some(text) => {
                let (name, address) = text.split_once('<')?;
                Self { name: name.trim_matches([' ', '"']), address }
            }
        };
        let is_odd = |letter: char| letter.is_control() || "\"\\<>".contains(letter);
        (is_address(mailbox.address) && !mailbox.name.contains(is_odd)).then_some(mailbox)
    }

    /// As a header has it: in ASCII, whatever the name.
    pub(crate) fn header(&self) -> String {
        match self.name {
            "" => self.address.to_owned(),
            name if name.is_ascii() => format!("\"{name}\" <{}>", self.address),
            name => format!("{} <{}>", encoded(name), self.address),
        }
    }
}

/// Whether mail can be sent to this: one address and nothing else, in ASCII.
pub(crate) fn is_address(text: &str) -> bool {
    let is_sound = |letter: char| letter.is_ascii_graphic() && !"()<>[]:;,\"\\@".contains(letter);
    let parts = text.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
    text.len() <= LONGEST_ADDRESS
        && parts.is_some_and(|(name, host)| name.chars().all(is_sound) && host.chars().all(is_sound))
}

/// Encoded words, each with whole letters.
fn encoded(name: &str) -> String {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        match words.last_mut().filter(|word| word.len().saturating_add(letter.len_utf8()) <= WORD) {
            Some(word) => word.push(letter),
            None => words.push(letter.to_string()),
        }
    }
    let words: Vec<_> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for (text, header) in [
            ("door@example.com", "door@example.com"),
            ("Acme, Inc. <door@example.com>", "\"Acme, Inc.\" <door@example.com>"),
            ("\"Acme\" <door@example.com>", "\"Acme\" <door@example.com>"),
            ("Zoë <door@example.com>", "=?UTF-8?B?Wm/Dqw==?= <door@example.com>"),
        ] {
            assert_eq!(Mailbox::parse(text).unwrap().header(), header);
        }
    }

    #[test]
    fn a_long_name_is_cut_between_letters() {
        let name = "ä".repeat(30);

        let header = encoded(&name);

        let words: Vec<_> =
            header.split(' ').map(|word| word.trim_start_matches("=?UTF-8?B?").trim_end_matches("?=")).collect();
        let read = words.iter().map(|word| String::from_utf8(STANDARD.decode(word).unwrap()).unwrap());
        assert_eq!(read.collect::<String>(), name);
        assert!(header.split(' ').all(|word| word.len() <= 75), "{header}");
    }

    #[test]
    fn nothing_else_gets_into_a_header() {
        for text in [
            "",
            "door",
            "@example.com",
            "door@",
            "a@b@c",
            "door@example.com\r\nBcc: eve@example.com",
            "A\nB <door@example.com>",
            "door@example.com, eve@example.com",
            "A <b> <door@example.com>",
            "dör@example.com",
            "door@example.com ",
        ] {
            assert!(Mailbox::parse(text).is_none(), "{text}");
        }
    }
}
