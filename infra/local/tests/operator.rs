//! The commands of an operator, as a terminal runs them, against a bundle that runs.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_local");

/// A bundle of its own, until dropped.
struct Bundle {
    process: Child,
    url: String,
    folder: tempfile::TempDir,
}

impl Drop for Bundle {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

impl Bundle {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tenant = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/tenant.toml");
        let mut process = Command::new(PROGRAM)
            .args(["serve", "--port", "0", "--admin-key", "opens-the-api", "--tenant", tenant])
            .args(["--clock", "manual", "--start-at", "2026-03-02T08:00:00Z"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let first: Value = serde_json::from_str(&first).unwrap();
        Self { process, url: first["url"].as_str().unwrap().to_owned(), folder }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).args(["--url", &self.url]).env("LATCHWORK_ADMIN_KEY", "opens-the-api");
        command.output().unwrap()
    }

    /// What a command that succeeds prints; whoever reads no terminal is shown no progress.
    fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (told, error) = (text(output.stdout), text(output.stderr));
        assert!(output.status.success(), "{arguments:?}: {told}{error}");
        assert_eq!(error, "");
        told
    }

    /// Why a command failed.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", text(output.stdout));
        text(output.stderr)
    }

    /// Events of the feed, taken in.
    fn deliver(&self, events: &str) {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut connection = TcpStream::connect(host).unwrap();
        let head = "POST /hooks/events/harbour/made-up-for-the-demonstration-0001 HTTP/1.1\r\n\
                    Authorization: Bearer demo-signing-secret-not-a-secret\r\nConnection: close\r\n";
        let length = events.len();
        write!(connection, "{head}Host: {host}\r\nContent-Length: {length}\r\n\r\n{events}").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn list(people: usize) -> String {
    let line = |number| format!("{number};Example {number};e{number}@example.com;active\n");
    format!("Number;Full name;Email;Status\n{}", (1..=people).map(line).collect::<String>())
}

const COLUMNS: [&str; 10] = [
    "--separator",
    ";",
    "--column",
    "id=Number",
    "--column",
    "full_name=Full name",
    "--column",
    "email=Email",
    "--column",
    "status=Status",
];

/// CWK-25: a list is tried, taken in, and what is missing from the next one waits until it is approved.
#[test]
fn a_list_is_taken_in_and_what_is_missing_waits_for_approval() {
    let bundle = Bundle::start();
    let (whole, less) = (bundle.file("whole.csv", &list(30)), bundle.file("less.csv", &list(20)));
    let upload = |file: &str, as_of: &str, more: &[&str]| {
        bundle.told(&[&["upload", "harbour", file, "--as-of", as_of][..], &COLUMNS, more].concat())
    };

    let tried = upload(&whole, "2026-03-02T07:00:00Z", &["--dry-run"]);
    assert!(tried.contains("30 new or changed") && tried.contains("Nothing was recorded"), "{tried}");
    let taken = upload(&whole, "2026-03-02T07:00:00Z", &[]);
    assert!(taken.contains("All of it was taken in."), "{taken}");
    let waiting =
        bundle.run(&[&["upload", "harbour", &less, "--as-of", "2026-03-02T07:30:00Z"][..], &COLUMNS].concat());
    let held_back = text(waiting.stdout);
    assert!(held_back.contains("10 missing: member/21"), "{held_back}");
    let why = text(waiting.stderr);
    assert!(!waiting.status.success() && why.contains("waits for approval"), "a schedule has to see that: {why}");
    let hash = held_back.lines().find_map(|line| line.strip_prefix("HASH is ")).unwrap();
    let approved = upload(&less, "2026-03-02T07:30:00Z", &["--approve", hash]);
    assert!(approved.contains("All of it was taken in."), "{approved}");
}

#[test]
fn hooks_are_shown_and_registered() {
    let bundle = Bundle::start();
    let before = bundle.told(&["hooks", "harbour"]);
    assert!(
        before.contains("{path_secret}/BookingCreate?location=1414800077") && before.contains("missing"),
        "{before}"
    );

    let done = bundle.told(&["hooks", "harbour", "--register"]);
    assert!(!done.contains("missing") && done.lines().filter(|line| line.starts_with("fine ")).count() == 18, "{done}");

    let whole = bundle.told(&["hooks", "harbour", "--show-urls"]);
    assert!(!whole.contains("{path_secret}") && whole.contains("/hooks/nexudus/harbour/"), "{whole}");
    let refused = bundle.refused(&["hooks", "harbour", "--register", "--public-url", "http://doors.example"]);
    assert!(refused.contains("https://"), "{refused}");
}

#[test]
fn a_booking_is_planned_explained_and_read_back() {
    let bundle = Bundle::start();
    let lists = bundle.file(
        "lists.json",
        r#"{"members": [{"id": "m1", "full_name": "Ann Example", "email": "ann@example.com", "status": "active"}],
            "bookings": [{"id": "b1", "resource": "1414925063", "kind": "room", "location": "1414800077",
                "starts": "2026-03-02T10:00:00Z", "ends": "2026-03-02T11:00:00Z", "status": "confirmed",
                "booker": {"member": "m1"}}]}"#,
    );
    bundle.told(&["upload", "harbour", &lists, "--as-of", "2026-03-02T07:00:00Z"]);

    let explained = bundle.told(&["explain", "harbour", "m1"]);
    assert!(explained.contains("booking/b1 (own, by resource/1414925063)"), "{explained}");
    assert!(explained.contains("until 2026-03-02T11:15:00Z"), "{explained}");
    assert!(explained.contains("The next change is at 2026-03-02T09:50:00Z."), "{explained}");
    let read = bundle.told(&["sync", "harbour"]);
    assert!(read.contains("Brivo account main:") && read.contains("managed groups 4"), "{read}");
    let json: Value = serde_json::from_str(&bundle.told(&["sync", "harbour", "--json"])).unwrap();
    assert_eq!(json["accounts"][0]["finished"], true);
    let planned = bundle.told(&["plan", "harbour"]);
    assert!(planned.contains("writes for") || planned.contains("Nothing is to be written."), "{planned}");
    let planned = bundle.told(&["plan", "harbour", "--member", "m1"]);
    assert!(planned.contains("Nothing is to be written."), "{planned}");
    let synced = bundle.told(&["sync", "harbour", "--member", "m1"]);
    assert!(
        synced.contains("Nothing was to be written.") && synced.contains("The next change is at 2026-03-02T09:50:00Z."),
        "{synced}"
    );
    let unknown = bundle.refused(&["sync", "harbour", "--member", "m2"]);
    assert!(unknown.contains("there is no such member"), "{unknown}");
}

/// CWK-26: who would become whom, as a table, to its last page.
#[test]
fn whoever_has_no_user_is_listed_with_what_becomes_of_them() {
    let bundle = Bundle::start();
    let people = bundle.file("people.csv", &list(120));
    bundle.told(&[&["upload", "harbour", &people, "--as-of", "2026-03-02T07:00:00Z"][..], &COLUMNS].concat());

    bundle.told(&["sync", "harbour"]);
    let told = bundle.told(&["adoption", "harbour"]);

    let of_one = told.lines().find(|line| line.starts_with("7 ")).unwrap();
    let cells: Vec<&str> = of_one.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells, ["7", "main", "nobody has the address", "a new user"], "{told}");
    assert!(told.contains("120: a new user") && told.contains("120 of them have nothing that gives access"), "{told}");
    assert!(told.contains("Account main: Brivo's users as of 2026-03-02T08:00:00Z."), "{told}");
    let json: Value = serde_json::from_str(&bundle.told(&["adoption", "harbour", "--json"])).unwrap();
    assert_eq!(json["members"].as_array().unwrap().len(), 120);
}

/// INV-7: what came in is read once more, call after call, and is no news.
#[test]
fn webhooks_are_read_once_more_to_the_last() {
    let bundle = Bundle::start();
    for batch in 0..6 {
        let events: Vec<String> = (0..100)
            .map(|number| {
                let id = batch * 100 + number;
                format!(
                    r#"{{"specversion":"1.0","id":"e{id}","source":"crm","type":"coworking.member.upserted","subject":"member/m{id}",
                        "time":"2026-03-02T07:00:00Z","data":{{"id":"m{id}","full_name":"Ann Example","status":"active"}}}}"#
                )
            })
            .collect();
        bundle.deliver(&format!("[{}]", events.join(",")));
    }
    let all = ["replay", "harbour", "--since", "2026-03-02T07:00:00Z", "--until", "2026-03-02T09:00:00Z"];

    let told = bundle.told(&all);
    assert!(told.contains("600 events were read once more; 0 pieces of news were taken in."), "{told}");
    let told = bundle.told(&[&all[..], &["--anew", "--source", "crm", "--hook", "events"]].concat());
    assert!(told.contains("600 events were read once more") && told.contains("Nothing in them was new."), "{told}");
    let json: Value =
        serde_json::from_str(&bundle.told(&[&all[..], &["--hook", "nexudus", "--json"]].concat())).unwrap();
    assert_eq!((&json["events"], &json["passed_over"]), (&0.into(), &600.into()));
}

/// What cannot be done says what to do.
#[test]
fn what_cannot_be_done_says_why() {
    let bundle = Bundle::start();
    let cases: [(&[&str], &str); 6] = [
        (&["plan", "nobody"], "there is no such tenant"),
        (&["explain", "harbour", "nobody"], "there is no such member"),
        (&["apply", "harbour", "0123"], "nothing that waits has this hash"),
        (&["upload", "harbour", "/nowhere.csv", "--as-of", "2026-03-02T07:00:00Z"], "cannot read /nowhere.csv"),
        (&["upload", "harbour", "/nowhere.csv"], "--as-of"),
        (&["sync", "harbour", "--admin-key-file", "/nowhere"], "cannot read /nowhere"),
    ];
    for (arguments, why) in cases {
        let told = bundle.refused(arguments);
        assert!(told.contains(why), "{arguments:?}: {told}");
    }

    let mut without_key = Command::new(PROGRAM);
    without_key.args(["sync", "harbour", "--url", &bundle.url]).env_remove("LATCHWORK_ADMIN_KEY");
    let told = text(without_key.output().unwrap().stderr);
    assert!(told.contains("LATCHWORK_ADMIN_KEY"), "{told}");

    let mut nowhere = Command::new(PROGRAM);
    nowhere
        .args(["sync", "harbour", "--url", "http://127.0.0.1:9"])
        .env("LATCHWORK_ADMIN_KEY", "secret-in-the-variable");
    let told = text(nowhere.output().unwrap().stderr);
    assert!(told.contains("is the bundle running there?") && !told.contains("secret-in-the-variable"), "{told}");
}
