//! People whom bookings name by an e-mail address: the one member who has it, or else a guest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AsOf, FINAL, Intake, News, Record, address_subject};
use crate::{
    AddressId, MemberId, Subject,
    facts::{Attendee, Change, Entitlement, Guest, Holder, Member, MemberPatch, MemberStatus, Stamped},
};

/// How long after its end a booking is remembered with an address: as long as with its holder.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Whom to write to under an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The whole name, if it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address as it was told.
    pub email: String,
}

/// What is remembered of an e-mail address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressRecord {
    /// The members whose address it is.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub members: BTreeSet<MemberId>,
    /// The member whose address it was when that member was removed: their Brivo user goes on as the guest's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<MemberId>,
    /// The name that bookings give; one without a name says nothing.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub name: Stamped<String>,
    /// The address as bookings write it.
    #[serde(default, skip_serializing_if = "Stamped::is_blank")]
    pub email: Stamped<String>,
    /// What is held by whoever has the address, and when it ends.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bookings: BTreeMap<Subject, Option<Timestamp>>,
    /// Whether there has been a guest of this address.
    #[serde(default)]
    pub hosted: bool,
}

impl AddressRecord {
    /// Who is meant by the address: the only member who has it, or else its guest.
    pub fn person(&self, address: &AddressId) -> MemberId {
        match self.only_member() {
            Some(member) => member.clone(),
            None => address.guest(),
        }
    }

    fn only_member(&self) -> Option<&MemberId> {
        let mut members = self.members.iter();
        members.next().filter(|_| members.next().is_none())
    }

    /// The guest of the address; `None` while it means a member.
    fn guest(&self) -> Option<Guest> {
        match self.members.len() {
            0 => Some(Guest::Alone),
            1 => None,
            _ => Some(Guest::Disputed),
        }
    }

    fn forget_before(&mut self, now: Timestamp) {
        let long_over = |end: Timestamp| end.saturating_add(KEPT).is_ok_and(|until| until < now);
        self.bookings.retain(|_, end| !end.is_some_and(long_over));
    }
}

impl Intake<'_> {
    pub(super) fn address_record(&mut self, address: &AddressId) -> AddressRecord {
        match self.record(&address_subject(address)) {
            Some(Record::Address(record)) => *record,
            Some(Record::Member(_) | Record::Team(_) | Record::Entitlement(_)) | None => AddressRecord::default(),
        }
    }

    fn put_address(&mut self, address: &AddressId, record: AddressRecord) {
        self.recording.records.insert(address_subject(address), Record::Address(Box::new(record)));
    }

    /// Takes the name that goes with an address; the newest counts.
    pub(super) fn contact(&mut self, piece: &News, contact: &Contact) {
        let address = AddressId::new(piece.subject.id.as_str());
        let before = self.address_record(&address);
        let mut record = before.clone();
        record.email.merge(Change::Set(contact.email.clone()), piece.as_of);
        record.name.merge(contact.name.clone().map_or(Change::Keep, Change::Set), piece.as_of);
        if record == before {
            return;
        }
        self.put_address(&address, record.clone());
        if record.hosted {
            self.host(&address, record);
        }
    }

    /// Remembers with the addresses among the holders what is held by them.
    pub(super) fn hold_by_address(
        &mut self,
        (subject, as_of): (&Subject, Timestamp),
        entitlement: Option<&Entitlement>,
        holders: BTreeSet<Holder>,
    ) {
        for holder in holders {
            let Holder::Address(address) = &holder else { continue };
            let mut record = self.address_record(address);
            let held = entitlement.filter(|entitlement| entitlement.holders().contains(&holder));
            match held {
                Some(entitlement) => {
                    record.forget_before(as_of);
                    record.bookings.insert(subject.clone(), entitlement.ends());
                }
                None => {
                    record.bookings.remove(subject);
                }
            }
            self.put_address(address, record.clone());
            if held.is_some() && record.guest().is_some() {
                self.host(address, record);
            }
        }
    }

    /// What is held by an address under this subject, and the instant that is true of.
    fn held_by_address(&mut self, subject: &Subject) -> Option<AsOf<Entitlement>> {
        match self.record(subject)? {
            Record::Entitlement(record) => record.held.map(|held| AsOf { as_of: record.as_of, what: *held }),
            Record::Member(_) | Record::Team(_) | Record::Address(_) => None,
        }
    }

    /// Who holds, once addresses are people.
    pub(super) fn resolved(&mut self, holder: &Holder) -> Holder {
        match holder {
            Holder::Address(address) => Holder::Member(self.address_record(address).person(address)),
            Holder::Member(_) | Holder::Team(_) => holder.clone(),
        }
    }

    /// Follows a person whose address changed, or who came or went: what is held by an address goes to whom it means now.
    pub(super) fn readdress(&mut self, before: &Member, after: &Member, as_of: Timestamp) {
        if let Some(address) = before.answers_to() {
            let mut record = self.address_record(address);
            record.members.remove(&before.id);
            if after.answers_to().is_none() && after.address.get() == Some(address) {
                record.former = Some(before.id.clone());
            }
            self.reassign(address, record, as_of);
        }
        if let Some(address) = after.answers_to() {
            let mut record = self.address_record(address);
            record.members.insert(after.id.clone());
            record.former = None;
            self.reassign(address, record, as_of);
        }
    }

    fn reassign(&mut self, address: &AddressId, mut record: AddressRecord, as_of: Timestamp) {
        let old = self.address_record(address).person(address);
        let new = record.person(address);
        self.put_address(address, record.clone());
        // Where nothing was booked there is nobody to look at.
        if old != new && !record.bookings.is_empty() {
            for subject in record.bookings.keys() {
                // A copy is as new as what it is a copy of, whoever holds it: the next news of that goes over it.
                let Some(AsOf { as_of, what: booking }) = self.held_by_address(subject) else { continue };
                let still_named = booking.holders().contains(&Holder::Member(old.clone()));
                let kept = Some(booking.clone()).filter(|_| still_named);
                for (person, what) in [(&old, kept), (&new, Some(booking))] {
                    self.recording
                        .copies
                        .insert((Holder::Member(person.clone()), subject.clone()), AsOf { as_of, what });
                }
            }
            self.recording.wakes.extend([old.clone(), new.clone()]);
        }
        if record.guest().is_some() {
            // A removal that is final says nothing of when it was.
            if as_of < FINAL {
                record.forget_before(as_of);
            }
            if record.hosted || !record.bookings.is_empty() {
                self.host(address, record);
            }
        } else if record.hosted {
            self.bequeath(address.guest(), new);
        }
    }

    /// Makes the guest of an address a person, who goes on with the Brivo user of a member who is gone.
    fn host(&mut self, address: &AddressId, mut record: AddressRecord) {
        let mut guest = self.member_record(&address.guest());
        let before = guest.clone();
        guest.guest = record.guest().or(guest.guest);
        if let (Some(email), Some(as_of)) = (record.email.get(), record.email.as_of().max(record.name.as_of())) {
            let patch = MemberPatch {
                full_name: Change::Set(record.name.get().unwrap_or(email).clone()),
                email: Change::Set(email.clone()),
                address: Change::Set(address.clone()),
                status: Change::Set(MemberStatus::Active),
                ..MemberPatch::default()
            };
            guest.merge(patch, as_of);
        }
        if guest != before {
            self.recording.wakes.insert(guest.id.clone());
            self.put_member(guest);
        }
        if record.members.is_empty()
            && let Some(former) = record.former.take()
            && self.is_still_gone(&former, address)
        {
            self.bequeath(former, address.guest());
        }
        record.hosted = true;
        self.put_address(address, record);
    }

    /// Whether a member who was removed has not come back, and had this address to the last.
    fn is_still_gone(&mut self, member: &MemberId, address: &AddressId) -> bool {
        let member = self.member_record(member);
        member.answers_to().is_none() && member.address.get() == Some(address)
    }

    fn bequeath(&mut self, from: MemberId, to: MemberId) {
        self.recording.wakes.extend([from.clone(), to.clone()]);
        self.recording.bequests.insert((to.clone(), from.clone()), false);
        self.recording.bequests.insert((from, to), true);
    }
}

/// Whether a booking means this person, and how.
pub(crate) fn means(attendee: &Attendee, member: &Member) -> bool {
    match attendee {
        Attendee::Member(id) => *id == member.id,
        Attendee::Address(address) => member.answers_to() == Some(address),
    }
}
