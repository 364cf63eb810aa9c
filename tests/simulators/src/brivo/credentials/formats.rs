//! The formats of credentials.
//!
//! Source: recorded 2017-09-13; formats have been added and renamed since, so that only the ids can be relied on. The sizes are
//! those that the names tell; where a name tells none, none is known, but for HID Corporate 1000, whose 35 bits are common knowledge.
//! Assumed: the full names of fields other than card number, facility code and credential number; that of two fields the first is
//! the card number; which of 202 and 203 is the reverse one.

use serde_json::{Value, json};

/// A format, its fields and the bits of a credential.
#[derive(Debug)]
pub(super) struct Format {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) fields: &'static [(u64, &'static str)],
    pub(super) size: Option<u64>,
}

/// The format of a user's PIN, which the listing of formats leaves out.
pub(super) const PIN: u64 = 2;

/// The format whose encoding is public.
pub(super) const STANDARD_26_BIT: u64 = 100;

/// The format of cards that are known by their bits alone.
pub(super) const UNKNOWN: u64 = 110;

/// The format of passes on telephones.
pub(in crate::brivo) const MOBILE_PASS: u64 = 307;

const CARD: &str = "card_number";
const FACILITY: &str = "facility_code";
const AGENCY: &str = "agency_code";
const SYSTEM: &str = "system_code";
const NUMBER: &str = "credential_number";

const fn format(id: u64, name: &'static str, fields: &'static [(u64, &'static str)], size: Option<u64>) -> Format {
    Format { id, name, fields, size }
}

/// In the recorded order: number 100 first, the others by name.
pub(super) const FORMATS: &[Format] = &[
    format(100, "Standard 26 Bit", &[(1, CARD), (2, FACILITY)], Some(26)),
    format(305, "128-bit PIV", &[(121, AGENCY), (122, SYSTEM), (123, NUMBER)], Some(128)),
    format(301, "30-bit Wiegand", &[(61, CARD), (62, FACILITY)], Some(30)),
    format(202, "64-bit BCD PIV for CodeBench", &[], Some(64)),
    format(203, "64-bit Reverse BCD PIV for CodeBench", &[], Some(64)),
    format(111, "75-bit PIV", &[(37, CARD), (38, SYSTEM), (39, AGENCY)], Some(75)),
    format(302, "Allegion 34-Bit Wiegand", &[(81, CARD), (82, FACILITY)], Some(34)),
    format(309, "Allegion 40-Bit Card", &[(181, CARD), (182, FACILITY)], Some(40)),
    format(307, "Brivo Mobile Pass", &[], None),
    format(106, "Casi-Rusco 40 Bit", &[(25, CARD), (26, FACILITY)], Some(40)),
    format(
        201,
        "FASC-N",
        &[(43, AGENCY), (45, SYSTEM), (47, NUMBER), (49, "credential_series"), (51, "individual_credential_issue")],
        None,
    ),
    format(105, "Generic 34 Bit (Even Parity)", &[(17, CARD), (18, FACILITY)], Some(34)),
    format(107, "Generic 34 Bit (Odd Parity)", &[(21, CARD), (22, FACILITY)], Some(34)),
    format(108, "HID 33 BIT", &[(29, CARD), (30, FACILITY)], Some(33)),
    format(109, "HID 33 D10202 BIT", &[(33, CARD), (34, FACILITY)], Some(33)),
    format(103, "HID 37 Bit w/ Fac. Code", &[(10, CARD), (11, FACILITY)], Some(37)),
    format(104, "HID 37 Bit w/ Fac. Code", &[(14, CARD)], Some(37)),
    format(102, "HID Corporate 1000", &[(5, CARD), (6, FACILITY)], Some(35)),
    format(304, "HID Corporate 1000 48-bit", &[(106, CARD), (107, FACILITY)], Some(48)),
    format(306, "PIV-I", &[(141, NUMBER), (142, NUMBER), (143, NUMBER), (144, NUMBER), (145, NUMBER)], None),
    format(110, "Unknown format", &[], None),
];

pub(super) fn find(id: u64) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.id == id)
}

/// A format as a credential names it.
pub(super) fn reference(id: u64) -> Value {
    let name = if id == PIN { "PIN Code" } else { find(id).map(|format| format.name).unwrap_or_default() };
    json!({"id": id, "name": name})
}

/// The name of a field of any format.
pub(super) fn field_name(format: u64, field: u64) -> &'static str {
    let fields = find(format).map(|format| format.fields).unwrap_or_default();
    fields.iter().find(|(id, _)| *id == field).map(|(_, name)| *name).unwrap_or_default()
}

/// The listing of formats.
pub(super) fn rows() -> Vec<Value> {
    let fields = |format: &Format| -> Vec<Value> {
        format.fields.iter().map(|(id, name)| json!({"id": id, "name": name})).collect()
    };
    let row = |format: &Format| json!({"id": format.id, "name": format.name, "credentialFields": fields(format)});
    FORMATS.iter().map(row).collect()
}
