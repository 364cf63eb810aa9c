//! Reads a JSON object field by field and notes every fault, so that a sender hears of all of them at once.

use std::fmt;

use domain::facts::Change;
use serde_json::{Map, Number, Value};

/// How many faults are spelled out; a body full of nonsense must not make an answer of many megabytes.
const FAULTS_LISTED: usize = 100;

/// The longest id taken, in bytes: far above any platform's, and two of them still fit into a DynamoDB sort key.
pub(crate) const LONGEST_ID: usize = 256;

/// The longest text taken, in bytes: far above any name or address, far below what a stored item holds.
const LONGEST_TEXT: usize = 1000;

/// A body that cannot be taken in, and everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body cannot be read: {}", faults.join("; "))]
pub struct Unreadable {
    /// What is wrong and what to do about it, for the sender: each begins with the place, `[2].data.ends: …`.
    pub faults: Vec<String>,
}

/// What is wrong with a body so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    listed: Vec<String>,
    unlisted: usize,
}

/// Proof that a fault was noted, so that nothing unread goes unmentioned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noted(());

/// What was read, or proof that the fault was noted.
pub(crate) type Read<T> = Result<T, Noted>;

impl Faults {
    /// Notes what is wrong at a place.
    pub(crate) fn note(&mut self, at: &str, what: impl fmt::Display) -> Noted {
        if self.listed.len() < FAULTS_LISTED {
            let at = if at.is_empty() { "the body" } else { at };
            self.listed.push(format!("{at}: {what}"));
        } else {
            self.unlisted += 1;
        }
        Noted(())
    }

    /// The value if nothing was wrong.
    pub(crate) fn none_or<T>(mut self, value: T) -> Result<T, Unreadable> {
        if self.listed.is_empty() {
            return Ok(value);
        }
        if self.unlisted > 0 {
            self.listed.push(format!("and {} more faults", self.unlisted));
        }
        Err(Unreadable { faults: self.listed })
    }
}

/// The body as JSON.
pub(crate) fn json(body: &[u8]) -> Result<Value, Unreadable> {
    // serde_json's own text names line and column and quotes nothing of the body.
    serde_json::from_slice(body)
        .map_err(|fault| Unreadable { faults: vec![format!("the body: must be JSON in UTF-8, but {fault}")] })
}

/// The entries of an array, or the one thing that stands there without an array, each with its place.
pub(crate) fn one_or_many(sent: &Value) -> Vec<(String, &Value)> {
    match sent.as_array() {
        Some(many) => many.iter().enumerate().map(|(number, one)| (format!("[{number}]"), one)).collect(),
        None => vec![(String::new(), sent)],
    }
}

/// The name of a field inside a place.
pub(crate) fn inside(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// A JSON object whose fields are being read. `null` is the same as absent, except where a field can be cleared.
#[derive(Debug)]
pub(crate) struct Fields<'v, 'f> {
    map: &'v Map<String, Value>,
    at: String,
    faults: &'f mut Faults,
}

impl<'v, 'f> Fields<'v, 'f> {
    /// The fields of an object at a place.
    pub(crate) fn of(value: &'v Value, at: &str, faults: &'f mut Faults) -> Read<Self> {
        match value.as_object() {
            Some(map) => Ok(Self { map, at: at.to_owned(), faults }),
            None => Err(faults.note(at, "must be a JSON object")),
        }
    }

    /// Notes what is wrong with a field.
    pub(crate) fn note(&mut self, name: &str, what: impl fmt::Display) -> Noted {
        self.faults.note(&inside(&self.at, name), what)
    }

    fn get(&self, name: &str) -> Option<&'v Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// Whether the field is there at all, be it `null`.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// A field that has to be there.
    pub(crate) fn required<T>(&mut self, name: &str, read: impl Fn(&Value) -> Result<T, String>) -> Read<T> {
        if let Some(value) = self.get(name) {
            return read(value).map_err(|wanted| self.note(name, wanted));
        }
        let wanted = read(&Value::Null).err().unwrap_or_default();
        Err(self.note(name, format_args!("is missing; it {wanted}")))
    }

    /// A field that may be left out.
    pub(crate) fn optional<T>(&mut self, name: &str, read: impl Fn(&Value) -> Result<T, String>) -> Read<Option<T>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        read(value).map(Some).map_err(|wanted| self.note(name, wanted))
    }

    /// A list that may be left out.
    pub(crate) fn list<T>(&mut self, name: &str, read: impl Fn(&Value) -> Result<T, String>) -> Read<Option<Vec<T>>> {
        self.each(name, |value, at, faults| read(value).map_err(|wanted| faults.note(at, wanted)))
    }

    /// A list of objects that may be left out.
    pub(crate) fn objects<T>(
        &mut self,
        name: &str,
        read: impl Fn(&mut Fields<'_, '_>) -> Read<T>,
    ) -> Read<Option<Vec<T>>> {
        self.each(name, |value, at, faults| read(&mut Fields::of(value, at, faults)?))
    }

    fn each<T>(&mut self, name: &str, read: impl Fn(&Value, &str, &mut Faults) -> Read<T>) -> Read<Option<Vec<T>>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let Some(list) = value.as_array() else { return Err(self.note(name, "must be a list")) };
        let at = inside(&self.at, name);
        let mut entries = Ok(Vec::with_capacity(list.len()));
        for (number, value) in list.iter().enumerate() {
            match (read(value, &format!("{at}[{number}]"), self.faults), &mut entries) {
                (Ok(entry), Ok(entries)) => entries.push(entry),
                (Ok(_), Err(_)) => {}
                (Err(noted), _) => entries = Err(noted),
            }
        }
        entries.map(Some)
    }

    /// An object that may be left out.
    pub(crate) fn object(&mut self, name: &str) -> Read<Option<Fields<'v, '_>>> {
        let Some(value) = self.get(name) else { return Ok(None) };
        Fields::of(value, &inside(&self.at, name), self.faults).map(Some)
    }

    /// What is said about a field that can be cleared: absent keeps, `null` or blank clears.
    pub(crate) fn change<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> Read<Option<T>>) -> Read<Change<T>> {
        let Some(value) = self.map.get(name) else { return Ok(Change::Keep) };
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return Ok(Change::Clear);
        }
        Ok(set_or_clear(read(self)?))
    }
}

/// An id: opaque text, or a whole number, which becomes its digits.
pub(crate) fn id(value: &Value) -> Result<String, String> {
    let text = match value.as_number() {
        Some(number) => digits(number),
        None => value.as_str().map(str::to_owned),
    };
    text.filter(|text| !text.trim().is_empty() && text.len() <= LONGEST_ID && !text.contains(char::is_control))
        .ok_or_else(|| {
            format!("must be a text of 1 to {LONGEST_ID} bytes without control characters, or a whole number")
        })
}

/// The digits of a number that was written without fraction or exponent; others may already have lost digits.
pub(crate) fn digits(number: &Number) -> Option<String> {
    number.as_i64().map(|number| number.to_string()).or_else(|| number.as_u64().map(|number| number.to_string()))
}

/// What becomes of something that is empty where nothing is told.
pub(crate) fn set_or_clear<T>(told: Option<T>) -> Change<T> {
    told.map_or(Change::Clear, Change::Set)
}

/// A text such as a name.
pub(crate) fn text(value: &Value) -> Result<String, String> {
    let text = value.as_str().filter(|text| text.len() <= LONGEST_TEXT);
    text.map(str::to_owned).ok_or_else(|| format!("must be a text of at most {LONGEST_TEXT} bytes"))
}

/// Reads an e-mail address, which may be blank if there is none. Whether mail gets there is not for us to know.
pub(crate) fn email(value: &Value) -> Result<Option<String>, String> {
    let email = text(value)?.trim().to_owned();
    if email.is_empty() {
        return Ok(None);
    }
    if email.contains('@') && !email.contains(|c: char| c.is_whitespace() || c.is_control()) {
        Ok(Some(email))
    } else {
        Err("must be an e-mail address: with an @, and without white space".to_owned())
    }
}

/// A whole number of things.
pub(crate) fn count(value: &Value) -> Result<u32, String> {
    let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
    count.ok_or_else(|| "must be a whole number from 0".to_owned())
}

/// One of some words.
pub(crate) fn word<T: Copy>(words: &[(&str, T)]) -> impl Fn(&Value) -> Result<T, String> {
    move |value| {
        let meant = words.iter().find(|(word, _)| value.as_str() == Some(word));
        meant.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            format!("must be one of: {}", words.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_opaque_texts_or_whole_numbers() {
        assert_eq!(id(&json!("b/7 ü")).unwrap(), "b/7 ü");
        assert_eq!(id(&json!(7)).unwrap(), "7");
        assert_eq!(id(&json!(u64::MAX)).unwrap(), u64::MAX.to_string());
        assert_eq!(id(&json!(-3)).unwrap(), "-3");
    }

    #[test]
    fn an_id_that_is_empty_or_endless_or_has_lost_digits_is_a_fault() {
        let too_long_a_number: Value = serde_json::from_str("123456789012345678901234567890").unwrap();
        for value in [json!(""), json!(" "), json!("a\nb"), json!("x".repeat(257)), json!(7.0), too_long_a_number] {
            assert!(id(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn all_faults_of_a_list_are_noted_with_their_place() {
        let value = json!({"members": ["m1", "", 3, null]});
        let mut faults = Faults::default();

        let read = Fields::of(&value, "[4].data", &mut faults).unwrap().list("members", id);

        assert!(read.is_err());
        let faults = faults.none_or(()).unwrap_err().faults;
        assert_eq!(faults.len(), 2);
        assert!(faults[0].starts_with("[4].data.members[1]: must be"), "{faults:?}");
        assert!(faults[1].starts_with("[4].data.members[3]: must be"), "{faults:?}");
    }

    #[test]
    fn a_body_full_of_faults_gets_a_short_answer() {
        let mut faults = Faults::default();
        for number in 0..10_000 {
            faults.note(&format!("[{number}]"), "must be a JSON object");
        }

        let faults = faults.none_or(()).unwrap_err().faults;

        assert_eq!(faults.len(), FAULTS_LISTED + 1);
        assert_eq!(faults[FAULTS_LISTED], "and 9900 more faults");
    }
}
