//! What the calls of a replay came to together.

use serde_json::{Map, Value, json};

/// What is counted.
const COUNTS: [&str; 5] = ["events", "news", "passed_over", "not_kept", "unreadable"];

/// How many faults are told.
const FAULTS_TOLD: usize = 20;

/// The sum of some answers.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    counts: [u64; COUNTS.len()],
    faults: Vec<Value>,
    came_in: Value,
}

impl Replayed {
    pub(super) fn add(&mut self, answer: &Value) {
        for (sum, name) in self.counts.iter_mut().zip(COUNTS) {
            *sum += answer.get(name).and_then(Value::as_u64).unwrap_or_default();
        }
        let faults = answer.get("faults").and_then(Value::as_array).into_iter().flatten();
        let room = FAULTS_TOLD.saturating_sub(self.faults.len());
        self.faults.extend(faults.take(room).cloned());
        if let Some(came_in) = answer.get("came_in").filter(|came_in| !came_in.is_null()) {
            self.came_in = came_in.clone();
        }
    }

    /// How far it is, in a few words.
    pub(super) fn how_far(&self) -> String {
        let [events, news, ..] = self.counts;
        let came_in = self.came_in.as_str().unwrap_or_default();
        format!("{events} events up to {came_in}, {news} pieces of news")
    }

    /// The sum as the API would have answered it.
    pub(super) fn answer(self) -> Value {
        let counts = COUNTS.iter().zip(self.counts).map(|(name, count)| ((*name).to_owned(), json!(count)));
        let mut answer: Map<String, Value> = counts.collect();
        answer.insert("faults".to_owned(), Value::Array(self.faults));
        answer.insert("came_in".to_owned(), self.came_in);
        Value::Object(answer)
    }
}
