//! The records a test puts into the account, and their full form.
//!
//! Source: developers.nexudus.com, record pages of Coworker, `CoworkerContract`, `CoworkerTimePass`, Team,
//! Resource and Business (2026-11-21); the booking's full set of fields is the one captured in 2022.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::dates;
use super::entity::Record;

/// Every field of a contract, as documented.
const DOCUMENTED_CONTRACT: &str = include_str!("../../../fixtures/nexudus/rest_coworkercontract.json");

/// Every field of a pass, as documented.
const DOCUMENTED_PASS: &str = include_str!("../../../fixtures/nexudus/rest_coworkertimepass.json");

/// Every field of a booking, with the values it was captured with.
const CAPTURED_BOOKING: &str = include_str!("../../../fixtures/nexudus/booking_dto_captured_2022.json");

/// A customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customer {
    /// `Id`.
    pub id: u64,
    /// `UniqueId`, a GUID.
    pub unique_id: String,
    /// `FullName`, given and family name in one.
    pub full_name: String,
    /// `Email`.
    pub email: String,
    /// `MobilePhone`.
    pub mobile_phone: Option<String>,
    /// `AccessPincode`.
    pub access_pincode: Option<String>,
    /// `AccessCardId`.
    pub access_card_id: Option<String>,
    /// `Active`.
    pub active: bool,
    /// `Businesses`, the ids of the locations the customer belongs to.
    pub businesses: Vec<u64>,
}

/// A contract, which links a customer to a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    /// `Id`.
    pub id: u64,
    /// `CoworkerId`.
    pub coworker_id: u64,
    /// `IssuedById`, the location.
    pub issued_by_id: u64,
    /// `TariffId`, the plan.
    pub tariff_id: u64,
    /// `StartDate`, and `StartDateLocal` of the same day.
    pub start_date: Date,
    /// `Active`.
    pub active: bool,
    /// `Desks`, the ids of desks and offices.
    pub desks: Vec<u64>,
}

/// A pass that a customer holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimePass {
    /// `Id`.
    pub id: u64,
    /// `CoworkerId`.
    pub coworker_id: u64,
    /// `BusinessId`, the location.
    pub business_id: u64,
    /// `TimePassId`, what kind of pass it is.
    pub time_pass_id: u64,
    /// `Used`.
    pub used: bool,
    /// `ExpireDate`.
    pub expire_date: Option<Timestamp>,
}

/// A team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// `Id`.
    pub id: u64,
    /// `BusinessId`, the location.
    pub business_id: u64,
    /// `PayingMemberId`.
    pub paying_member_id: Option<u64>,
    /// `TeamMembers`, the ids of customers.
    pub team_members: Vec<u64>,
}

/// A booking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Booking {
    /// `Id`.
    pub id: u64,
    /// `UniqueId`, a GUID.
    pub unique_id: String,
    /// `ResourceId`.
    pub resource_id: u64,
    /// `CoworkerId`; an internal booking has none.
    pub coworker_id: Option<u64>,
    /// `FromTime`.
    pub from_time: Timestamp,
    /// `ToTime`.
    pub to_time: Timestamp,
    /// `Tentative`: awaits approval.
    pub tentative: bool,
}

/// Something that can be booked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// `Id`.
    pub id: u64,
    /// `UniqueId`, a GUID.
    pub unique_id: String,
    /// `Name`.
    pub name: String,
    /// `BusinessId`, the location.
    pub business_id: u64,
    /// `ResourceTypeId`.
    pub resource_type_id: u64,
    /// `ResourceTypeName`.
    pub resource_type_name: String,
}

/// A location.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Business {
    /// `Id`.
    pub id: u64,
    /// `UniqueId`, a GUID.
    pub unique_id: String,
    /// `Name`.
    pub name: String,
    /// `SimpleTimeZoneId`.
    pub simple_time_zone_id: u64,
}

impl Customer {
    pub(super) fn record(&self) -> Record {
        let (first_name, last_name) = self.full_name.split_once(' ').unwrap_or((&self.full_name, ""));
        let mut record = members(&json!({
            "Id": self.id,
            "UniqueId": self.unique_id,
            "CoworkerType": 1,
            "FullName": self.full_name,
            "GuessedFirstName": first_name,
            "GuessedLastName": last_name,
            "Email": self.email,
            "MobilePhone": self.mobile_phone,
            "AccessCardId": self.access_card_id,
            "AccessPincode": self.access_pincode,
            "KeyFobNumber": null,
            "Active": self.active,
            "Archived": false,
            "Teams": [],
            "Businesses": self.businesses,
            "InvoicingBusinessId": self.businesses.first(),
            "SimpleTimeZoneId": null,
            "BrivoUserId": null,
            "UpdatedBy": "admin@example.com",
            "IsNew": false,
            "SystemId": null,
            "ToStringText": self.full_name,
            "CustomFields": null,
        }));
        record.extend((1..=30).map(|number| (format!("Custom{number}"), Value::Null)));
        record
    }
}

impl Contract {
    /// The documented contract with this one's values; `coworker` lends its name and state.
    pub(super) fn record(&self, coworker: Option<&Record>) -> Record {
        let lent = |name: &str| coworker.and_then(|coworker| coworker.get(name)).cloned();
        let mut record: Record = serde_json::from_str(DOCUMENTED_CONTRACT).unwrap_or_default();
        record.extend(members(&json!({
            "Id": self.id,
            "IssuedById": self.issued_by_id,
            "CoworkerId": self.coworker_id,
            "CoworkerFullName": lent("FullName"),
            "CoworkerEmail": lent("Email"),
            "CoworkerActive": lent("Active"),
            "TariffId": self.tariff_id,
            "StartDate": format!("{}T00:00:00Z", self.start_date),
            "StartDateLocal": format!("{}T00:00:00", self.start_date),
            "Active": self.active,
            "Desks": self.desks,
        })));
        record
    }
}

impl TimePass {
    /// The documented pass with this one's values.
    pub(super) fn record(&self) -> Record {
        let mut record: Record = serde_json::from_str(DOCUMENTED_PASS).unwrap_or_default();
        record.extend(members(&json!({
            "Id": self.id,
            "CoworkerId": self.coworker_id,
            "BusinessId": self.business_id,
            "TimePassId": self.time_pass_id,
            "Used": self.used,
            "ExpireDate": self.expire_date.map(dates::plain),
        })));
        record
    }
}

impl Team {
    pub(super) fn record(&self) -> Record {
        members(&json!({
            "Id": self.id,
            "BusinessId": self.business_id,
            "Name": format!("Team {}", self.id),
            "PayingMemberId": self.paying_member_id,
            "TeamMembers": self.team_members,
            "TeamAdministrators": [],
            "ShareTimePasses": false,
            "SystemId": null,
        }))
    }
}

impl Booking {
    /// The captured booking with this one's values; `resource` and `coworker` lend their names.
    pub(super) fn record(&self, resource: Option<&Record>, coworker: Option<&Record>, now: Timestamp) -> Record {
        let lent = |record: Option<&Record>, name: &str| record.and_then(|record| record.get(name)).cloned();
        let mut record: Record = serde_json::from_str(CAPTURED_BOOKING).unwrap_or_default();
        record.extend(members(&json!({
            "Id": self.id,
            "UniqueId": self.unique_id,
            "ResourceId": self.resource_id,
            "ResourceName": lent(resource, "Name"),
            "ResourceResourceTypeId": lent(resource, "ResourceTypeId"),
            "ResourceResourceTypeName": lent(resource, "ResourceTypeName"),
            "CoworkerId": self.coworker_id,
            "CoworkerCoworkerType": coworker.map(|_| "Individual"),
            "CoworkerFullName": lent(coworker, "FullName"),
            "FromTime": dates::plain(self.from_time),
            "ToTime": dates::plain(self.to_time),
            "Tentative": self.tentative,
            "MinutesToStart": (self.from_time.as_millisecond() - now.as_millisecond()).div_euclid(60_000),
            "ToStringText": lent(resource, "Name"),
        })));
        record
    }
}

impl Resource {
    pub(super) fn record(&self) -> Record {
        members(&json!({
            "Id": self.id,
            "UniqueId": self.unique_id,
            "Name": self.name,
            "BusinessId": self.business_id,
            "ResourceTypeId": self.resource_type_id,
            "ResourceTypeName": self.resource_type_name,
            "Visible": true,
            "Archived": false,
            "SystemId": null,
        }))
    }
}

impl Business {
    pub(super) fn record(&self) -> Record {
        members(&json!({
            "Id": self.id,
            "UniqueId": self.unique_id,
            "Name": self.name,
            "SimpleTimeZoneId": self.simple_time_zone_id,
            "SystemId": null,
        }))
    }
}

/// A time zone, known by its Windows name.
pub(super) fn time_zone(id: u64, windows_name: &str) -> Record {
    members(&json!({
        "Id": id,
        "Name": windows_name,
        "Description": windows_name,
        "TimeOffset": "0:00",
        "UsesSummerTime": true,
    }))
}

fn members(value: &Value) -> Record {
    value.as_object().cloned().unwrap_or_default()
}
