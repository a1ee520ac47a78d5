//! Neem Tree: a front desk answers every first call, two therapists see their own clients.

use db::{Tenant, Work};
use kernel::id::UserId;
use scheduling::provider::TagKind;
use scheduling::service::{Confirmation, LocationKind, ServiceEdit, ServicePart, Who};
use tenancy::Role;

use super::Made;
use super::calendar::{Offer, Somebody, hours, person, service, team};
use super::diary::{Client, Habit};
use super::house::{House, Kind};

pub(super) const HOUSE: House = House {
    kind: Kind::Practice,
    slug: "neem",
    name: "Neem Tree Therapy",
    zone: "Asia/Kolkata",
    locale: "en-IN",
    currency: "INR",
    country: "IN",
    people: &[
        ("meera", "Meera Pillai", Role::Owner),
        ("kabir", "Kabir Sen", Role::Staff),
        ("asha", "Asha Rao", Role::Provider),
        ("rohan", "Rohan Das", Role::Provider),
    ],
};

const CLIENTS: &[Client] = &[
    Client::new("Tara Bose", "tara.bose"),
    Client::new("Imran Shah", "imran.shah"),
    Client::new("Divya Nair", "divya.nair"),
    Client::new("Arjun Mehta", "arjun.mehta"),
    Client::new("Leela Iyer", "leela.iyer"),
];

/// A slug, a name, and the words to be found by.
type Therapist = (&'static str, &'static str, &'static [(TagKind, &'static str)]);

const THERAPISTS: [Therapist; 2] = [
    (
        "asha",
        "Asha Rao",
        &[
            (TagKind::Specialization, "Anxiety"),
            (TagKind::Language, "Hindi"),
            (TagKind::Language, "English"),
        ],
    ),
    (
        "rohan",
        "Rohan Das",
        &[
            (TagKind::Specialization, "Couples"),
            (TagKind::Language, "Bengali"),
            (TagKind::Language, "English"),
        ],
    ),
];

/// The therapists, a consultation that is free and answered by the desk, and sessions.
pub(super) async fn open(work: &Work<Tenant>, users: &[UserId]) -> Made<Vec<Habit>> {
    let mut therapists = Vec::new();
    for ((slug, name, tags), user) in THERAPISTS.into_iter().zip(users.iter().skip(2)) {
        let somebody = Somebody {
            slug,
            name,
            zone: HOUSE.zone,
            profession: "Psychotherapist",
            user: Some(*user),
            rate: None,
            tags,
        };
        let therapist = person(work, somebody).await?;
        let dates = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA";
        hours(
            work,
            (therapist, HOUSE.zone),
            dates,
            &["10:00-13:00", "15:00-19:00"],
        )
        .await?;
        therapists.push(therapist);
    }
    let team = team(work, ("therapists", "Therapists"), &therapists).await?;
    let consultation = Offer {
        slug: "free-consultation",
        title: "Free consultation",
        minutes: 20,
        price: (0, HOUSE.currency),
        details: ServiceEdit {
            interval_minutes: Some(30),
            notice_minutes: Some(120),
            confirmation: Some(Confirmation::Manual),
            confirmation_timeout_minutes: Some(3 * 24 * 60),
            location: Some(LocationKind::Phone),
            ..ServiceEdit::default()
        },
    };
    let session = Offer {
        slug: "session",
        title: "Individual session",
        minutes: 50,
        price: (150_000, HOUSE.currency),
        details: ServiceEdit {
            interval_minutes: Some(60),
            buffer_after_minutes: Some(10),
            location: Some(LocationKind::Video),
            ..ServiceEdit::default()
        },
    };
    let anybody = || vec![ServicePart::host(Who::Team(team))];
    Ok(vec![
        Habit::of(service(work, session, anybody()).await?, CLIENTS, 3),
        Habit::of(service(work, consultation, anybody()).await?, &CLIENTS[2..], 1),
    ])
}
