//! The `filter` parameter of listings: `field__op:value,value;field__op:value`.
//!
//! Source: apidocs.brivo.com (2025-11-25), "Filters". That `eq` on text means "contains" is
//! documented; that it ignores case is assumed, being the reading that finds more.

use std::collections::BTreeMap;

use super::refusal;
use crate::message::Response;

/// One condition of a filter; all of them have to hold.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) field: String,
    pub(super) operator: Operator,
    pub(super) values: Vec<String>,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Gt,
    Lt,
}

/// The conditions the query asks for, none if it has no filter.
pub(super) fn read(query: &BTreeMap<String, String>) -> Result<Vec<Condition>, Response> {
    let text = query.get("filter").map(String::as_str).unwrap_or_default();
    text.split(';').filter(|part| !part.is_empty()).map(condition).collect()
}

/// The conditions of a listing that compares these fields with `eq` alone.
pub(super) fn read_texts(query: &BTreeMap<String, String>, known: &[&str]) -> Result<Vec<Condition>, Response> {
    let conditions = read(query)?;
    for Condition { field, operator, .. } in &conditions {
        if !known.contains(&field.as_str()) {
            return Err(refusal::invalid_criteria());
        }
        if *operator != Operator::Eq {
            return Err(refusal::coded(400, "Invalid filter operator"));
        }
    }
    Ok(conditions)
}

impl Condition {
    /// Whether `text` contains one of the values.
    pub(super) fn is_in(&self, text: &str) -> bool {
        contains_any(text, &self.values)
    }

    /// Whether one of the values is `text`.
    pub(super) fn is_one_of(&self, text: &str) -> bool {
        self.values.iter().any(|value| value.eq_ignore_ascii_case(text))
    }
}

fn condition(text: &str) -> Result<Condition, Response> {
    let malformed = || refusal::coded(400, "Invalid filter format");
    let (subject, values) = text.split_once(':').ok_or_else(malformed)?;
    let (field, operator) = subject.rsplit_once("__").ok_or_else(malformed)?;
    let operator = match operator {
        "eq" => Operator::Eq,
        "ne" => Operator::Ne,
        "gt" => Operator::Gt,
        "lt" => Operator::Lt,
        _ => return Err(refusal::coded(400, "Invalid filter operator")),
    };
    Ok(Condition { field: field.to_owned(), operator, values: values.split(',').map(str::to_owned).collect() })
}

/// Whether `text` contains one of the values.
pub(super) fn contains_any(text: &str, values: &[String]) -> bool {
    let text = text.to_lowercase();
    values.iter().any(|value| text.contains(&value.to_lowercase()))
}
