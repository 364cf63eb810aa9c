//! Answers as text.

use serde_json::Value;

mod adoption;

pub(super) use adoption::adoption;

/// What is missing, or taken in: so many are named.
const MOST_NAMED: usize = 10;

/// What would be written for a tenant.
pub(super) fn plan(plan: &Value) -> String {
    let mut lines = Vec::new();
    for (member, steps) in plan.get("writes").and_then(Value::as_object).into_iter().flatten() {
        lines.push(member.clone());
        lines.extend(steps_of(steps));
    }
    let writes: usize = lines.iter().filter(|line| line.starts_with("  ")).count();
    if lines.is_empty() {
        lines.push("Nothing is to be written.".to_owned());
    } else {
        lines.push(format!("\n{writes} writes for {} people.", number(plan, "/people")));
    }
    lines.extend(notices(plan));
    if is_true(plan, "/waits_for_approval") {
        let (losers, holders) = (number(plan, "/losses/people/losers"), number(plan, "/losses/people/holders"));
        lines.push(format!("\nThe settings wait for approval: {losers} of {holders} people would lose groups."));
        lines.extend(approval(plan));
    }
    lines.join("\n")
}

/// What would be written for one member.
pub(super) fn plan_of_member(plan: &Value) -> String {
    let mut lines: Vec<String> = plan.get("writes").map(steps_of).unwrap_or_default();
    if lines.is_empty() {
        lines.push("Nothing is to be written.".to_owned());
    }
    lines.extend(notices(plan));
    lines.join("\n")
}

fn steps_of(steps: &Value) -> Vec<String> {
    let step = |step: &Value| {
        let because = texts(step, "/because").join(", ");
        let why = if because.is_empty() { String::new() } else { format!(", because of {because}") };
        format!("  {}: {}{why}", text(step, "/account"), text(step, "/write"))
    };
    steps.as_array().into_iter().flatten().map(step).collect()
}

/// What is missing from the platform and waits for approval, with the first of it by name; nothing if nothing waits.
pub(super) fn missing(read: &Value) -> Option<String> {
    if !is_true(read, "/waits_for_approval") {
        return None;
    }
    let (missing, known) = (number(read, "/missing"), number(read, "/known"));
    let first = texts(read, "/first");
    let named: Vec<&str> = first.iter().take(MOST_NAMED).map(String::as_str).collect();
    let more = if first.len() > named.len() { ", …" } else { "" };
    let mut lines = vec![format!(
        "\n{missing} of {known} things are missing from the platform, and nothing of that is taken away: {}{more}",
        named.join(", ")
    )];
    lines.extend(approval(read));
    Some(lines.join("\n"))
}

/// How many people were put into groups by hand where undoing it waits for approval; nothing if nothing waits.
pub(super) fn by_hand(drift: &Value) -> Option<String> {
    if !is_true(drift, "/waits_for_approval") {
        return None;
    }
    let mut lines = vec!["\nSo many people were put into groups by hand that undoing it waits.".to_owned()];
    lines.extend(approval(drift));
    Some(lines.join("\n"))
}

/// What came of bringing one member in step.
pub(super) fn sync_of_member(answer: &Value) -> String {
    let written = |record: &Value| {
        let because = texts(record, "/because").join(", ");
        let groups = |at: &str| texts_or_numbers(record, at).join(", ");
        let changes = [("added", groups("/added")), ("removed", groups("/removed"))];
        let changes = changes.iter().filter(|(_, groups)| !groups.is_empty());
        let did: Vec<String> = [text(record, "/action")]
            .into_iter()
            .chain(changes.map(|(what, groups)| format!("{what} {groups}")))
            .collect();
        let outcome = match text(record, "/error").as_str() {
            "" => text(record, "/outcome"),
            error => format!("{}: {error}", text(record, "/outcome")),
        };
        format!("  {}: {}, because of {because}: {outcome}", text(record, "/account"), did.join(", "))
    };
    let mut lines: Vec<String> = list(answer, "/written").map(written).collect();
    let head = if lines.is_empty() { "Nothing was to be written." } else { "Written:" };
    lines.insert(0, head.to_owned());
    lines.push(answer.get("access").map(access).unwrap_or_default());
    lines.join("\n")
}

/// What could not be written for one member.
pub(super) fn left(answer: &Value) -> Vec<String> {
    let steps = answer.get("left").map(steps_of).unwrap_or_default();
    if steps.is_empty() { steps } else { [vec!["this is not written yet:".to_owned()], steps].concat() }
}

/// Whether a read and a pass have come to their end, be it a bad one.
pub(super) fn is_read(answer: &Value) -> bool {
    let is_done = |account: &Value| is_true(account, "/finished") || is_there(account, "/trouble");
    !is_there(answer, "/platform/under_way") && list(answer, "/accounts").all(is_done)
}

/// How far a read is.
pub(super) fn how_far(answer: &Value) -> String {
    let platform = is_there(answer, "/platform/under_way")
        .then(|| format!("the platform: {} listed", number(answer, "/platform/under_way/listed")));
    let accounts = list(answer, "/accounts").filter(|account| !is_true(account, "/finished"));
    let accounts =
        accounts.map(|account| format!("{}: {} users", text(account, "/account"), number(account, "/users")));
    platform.into_iter().chain(accounts).collect::<Vec<_>>().join(", ")
}

/// What kept something from being read.
pub(super) fn troubles(answer: &Value) -> Vec<String> {
    let platform = is_there(answer, "/platform/trouble")
        .then(|| format!("the platform could not be read: {}", text(answer, "/platform/trouble/error")));
    let accounts = list(answer, "/accounts").filter(|account| is_there(account, "/trouble"));
    let accounts = accounts.map(|account| {
        format!("account {} could not be read: {}", text(account, "/account"), text(account, "/trouble"))
    });
    platform.into_iter().chain(accounts).collect()
}

/// That what is told at one of these places waits for approval: whoever asked by a schedule has to look.
pub(super) fn waiting(answer: &Value, places: &[&str]) -> Vec<String> {
    let waits = places.iter().any(|place| is_true(answer, &format!("{place}/waits_for_approval")));
    waits.then(|| "this is not done: it waits for approval".to_owned()).into_iter().collect()
}

/// What a read and a pass found.
pub(super) fn sync(answer: &Value) -> String {
    let mut lines = Vec::new();
    if is_there(answer, "/platform/found") {
        let [listed, news] = ["listed", "news"].map(|what| number(answer, &format!("/platform/found/{what}")));
        lines.push(format!("The platform: {listed} listed, {news} of it news."));
    }
    if is_true(answer, "/platform/waits_for_approval") {
        let (missing, known) = (number(answer, "/platform/missing"), number(answer, "/platform/known"));
        lines.push(format!("{missing} of {known} things are missing from it, and nothing of that is taken away."));
        lines.extend(answer.get("platform").map(approval).unwrap_or_default());
    }
    for account in list(answer, "/accounts") {
        let [users, groups, reverted, reported] =
            ["/users", "/groups", "/reverted", "/reported"].map(|it| number(account, it));
        lines.push(format!(
            "Brivo account {}: users {users}, managed groups {groups}; hand edits to be undone {reverted}, only told {reported}.",
            text(account, "/account")
        ));
    }
    let missing: Vec<String> = list(answer, "/missing_groups").map(ToString::to_string).collect();
    if !missing.is_empty() {
        lines.push(format!("Brivo has no such groups, though the document names them: {}.", missing.join(", ")));
    }
    if is_true(answer, "/drift/waits_for_approval") {
        lines.push("So many people were put into groups by hand that undoing it waits.".to_owned());
        lines.extend(answer.get("drift").map(approval).unwrap_or_default());
    }
    if lines.is_empty() { "There is nothing to read.".to_owned() } else { lines.join("\n") }
}

/// Who has access, why and until when.
pub(super) fn access(answer: &Value) -> String {
    let mut lines = vec![match text(answer, "/brivo_url").as_str() {
        "" => format!("{} is no user in Brivo.", text(answer, "/member")),
        url => format!("{} is {url}", text(answer, "/member")),
    }];
    if is_true(answer, "/suspended") {
        lines.push("The user is suspended.".to_owned());
    }
    for group in list(answer, "/groups") {
        lines.push(format!("Group {} in {}: {}", number(group, "/group"), text(group, "/account"), standing(group)));
        lines.extend(list(group, "/reasons").map(|reason| format!("  {}", reason_of(reason))));
    }
    for fact in list(answer, "/gives_nothing") {
        lines.push(format!("{} gives nothing: {}", text(fact, "/fact"), text(fact, "/because")));
    }
    for account in list(answer, "/accounts").filter(|account| is_there(account, "/credentials/waits_for")) {
        let (account, what) = (text(account, "/account"), text(account, "/credentials/waits_for"));
        lines.push(format!("In {account} the person cannot open doors yet and waits for: {what}"));
    }
    match text(answer, "/next_change").as_str() {
        "" => lines.push("Nothing changes by itself.".to_owned()),
        next => lines.push(format!("The next change is at {next}.")),
    }
    lines.extend(notices(answer));
    if is_there(answer, "/last_error") {
        lines.push(format!("What went wrong last: {}", text(answer, "/last_error")));
    }
    lines.join("\n")
}

fn standing(group: &Value) -> String {
    let says = match (is_true(group, "/due"), is_true(group, "/held")) {
        (true, true) => "in it",
        (true, false) => "to be put into it",
        (false, true) => "to be taken out of it",
        (false, false) => "not in it",
    };
    match group.get("in_brivo").and_then(Value::as_bool) {
        Some(true) => format!("{says}; Brivo shows it"),
        Some(false) => format!("{says}; Brivo does not show it"),
        None => says.to_owned(),
    }
}

fn reason_of(reason: &Value) -> String {
    let from = Some(text(reason, "/from")).filter(|from| !from.is_empty()).map(|from| format!(" from {from}"));
    let until = Some(text(reason, "/until")).filter(|until| !until.is_empty()).map(|until| format!(" until {until}"));
    let times = [from, until].into_iter().flatten().collect::<String>();
    let times = if times.is_empty() { " without an end".to_owned() } else { times };
    format!("{} ({}, by {}){times}", text(reason, "/fact"), text(reason, "/path"), text(reason, "/mapping"))
}

/// What an upload came to.
pub(super) fn upload(answer: &Value) -> String {
    let mut lines = Vec::new();
    for (what, said) in [("news", "new or changed"), ("missing", "missing"), ("lessened", "giving less than before")] {
        let count = number(answer, &format!("/{what}/count"));
        let first = texts(answer, &format!("/{what}/first"));
        let named: Vec<String> = first.iter().take(MOST_NAMED).cloned().collect();
        let more = if first.len() > named.len() { ", …" } else { "" };
        lines.push(if named.is_empty() {
            format!("{count} {said}.")
        } else {
            format!("{count} {said}: {}{more}", named.join(", "))
        });
    }
    let unmapped = texts(answer, "/unmapped_plans");
    if !unmapped.is_empty() {
        lines.push(format!("No mapping names these plans, so they give nothing: {}", unmapped.join(", ")));
    }
    lines.push(format!("{}.", capitalised(&text(answer, "/next"))));
    if is_true(answer, "/waits_for_approval") {
        lines.push(format!("HASH is {}", text(answer, "/hash")));
    }
    lines.join("\n")
}

/// What a replay came to.
pub(super) fn replay(answer: &Value) -> String {
    let [events, news, passed_over, not_kept, unreadable] =
        ["/events", "/news", "/passed_over", "/not_kept", "/unreadable"].map(|it| number(answer, it));
    let mut lines = vec![format!("{events} events were read once more; {news} pieces of news were taken in.")];
    if news == 0 {
        lines.push("Nothing in them was new.".to_owned());
    }
    for (count, says) in [
        (passed_over, "are of other hooks or senders"),
        (not_kept, "were too large to be kept"),
        (unreadable, "cannot be read"),
    ] {
        if count > 0 {
            lines.push(format!("{count} {says}."));
        }
    }
    lines.extend(texts(answer, "/faults").into_iter().map(|fault| format!("  {fault}")));
    lines.join("\n")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn approval(list: &Value) -> Option<String> {
    is_there(list, "/hash").then(|| format!("To approve it, `apply` with the hash {}", text(list, "/hash")))
}

fn notices(answer: &Value) -> Vec<String> {
    texts(answer, "/notices").into_iter().map(|notice| format!("Note: {notice}")).collect()
}

fn list<'a>(value: &'a Value, at: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(at).and_then(Value::as_array).into_iter().flatten()
}

fn texts(value: &Value, at: &str) -> Vec<String> {
    list(value, at).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The entries of a list as they stand.
fn texts_or_numbers(value: &Value, at: &str) -> Vec<String> {
    list(value, at).map(|entry| text(entry, "")).collect()
}

/// A text or a number as it stands; nothing if it is not there.
fn text(value: &Value, at: &str) -> String {
    match value.pointer(at) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => other.to_string(),
    }
}

fn number(value: &Value, at: &str) -> u64 {
    value.pointer(at).and_then(Value::as_u64).unwrap_or_default()
}

fn is_true(value: &Value, at: &str) -> bool {
    value.pointer(at).and_then(Value::as_bool) == Some(true)
}

fn is_there(value: &Value, at: &str) -> bool {
    value.pointer(at).is_some_and(|found| !found.is_null())
}
