//! Northside: three coaches share what is booked, in one room that holds two of them, and teach a class of twelve.

use db::{Tenant, Work};
use kernel::id::{ServiceId, UserId};
use scheduling::provider::TagKind;
use scheduling::service::{ServiceEdit, ServicePart, Who};
use tenancy::Role;

use super::Made;
use super::calendar::{Offer, Somebody, hours, person, room, service, team};
use super::diary::{Client, Habit};
use super::house::{House, Kind};

pub(super) const HOUSE: House = House {
    kind: Kind::Studio,
    slug: "northside",
    name: "Northside Movement",
    zone: "America/New_York",
    locale: "en-US",
    currency: "USD",
    country: "US",
    people: &[
        ("samira", "Samira Haddad", Role::Owner),
        ("lee", "Lee Park", Role::Provider),
        ("noor", "Noor Aziz", Role::Provider),
    ],
};

const CLIENTS: &[Client] = &[
    Client::new("Jo Rivers", "jo.rivers"),
    Client::new("Max Ferro", "max.ferro"),
    Client::new("Tess Quill", "tess.quill"),
    Client::new("Owen Hart", "owen.hart"),
    Client::new("Ida Bloom", "ida.bloom"),
    Client::new("Cal Winter", "cal.winter"),
];

const WEEKDAYS: &str = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR";

/// What is offered: a training that goes round, and a class on three evenings and on Saturday.
pub(super) async fn open(work: &Work<Tenant>, users: &[UserId]) -> Made<Vec<Habit>> {
    Ok(vec![
        Habit::of(training(work, users).await?, CLIENTS, 2),
        Habit::class(class(work).await?, CLIENTS, 4),
    ])
}

/// The coaches, the room that holds two of them, and what they take turns in.
async fn training(work: &Work<Tenant>, users: &[UserId]) -> Made<ServiceId> {
    let mut coaches = Vec::new();
    for (&(slug, name, _), user) in HOUSE.people.iter().zip(users) {
        let somebody = Somebody {
            slug,
            name,
            zone: HOUSE.zone,
            profession: "Coach",
            user: Some(*user),
            rate: None,
            tags: &[
                (TagKind::Specialization, "Strength"),
                (TagKind::Language, "English"),
            ],
        };
        let coach = person(work, somebody).await?;
        let blocks = ["08:00-13:00", "14:00-17:00"];
        hours(work, (coach, HOUSE.zone), WEEKDAYS, &blocks).await?;
        coaches.push(coach);
    }
    let floor = room(work, ("floor", "The floor"), HOUSE.zone, 2).await?;
    let team = team(work, ("coaches", "Coaches"), &coaches).await?;
    let training = Offer {
        slug: "training",
        title: "Personal training",
        minutes: 45,
        price: (9_000, HOUSE.currency),
        details: ServiceEdit {
            interval_minutes: Some(60),
            buffer_after_minutes: Some(15),
            notice_minutes: Some(120),
            ..ServiceEdit::default()
        },
    };
    let parts = vec![ServicePart::host(Who::Team(team)), ServicePart::room(floor)];
    service(work, training, parts).await
}

/// The teacher, the hall, and the class.
async fn class(work: &Work<Tenant>) -> Made<ServiceId> {
    let teacher = Somebody {
        slug: "ruth",
        name: "Ruth Amsel",
        zone: HOUSE.zone,
        profession: "Yoga teacher",
        user: None,
        rate: None,
        tags: &[(TagKind::Subject, "Yoga")],
    };
    let teacher = person(work, teacher).await?;
    for (dates, time) in [
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "18:00-19:00"),
        ("FREQ=WEEKLY;BYDAY=SA", "10:00-11:00"),
    ] {
        hours(work, (teacher, HOUSE.zone), dates, &[time]).await?;
    }
    let hall = room(work, ("hall", "The hall"), HOUSE.zone, 1).await?;
    let class = Offer {
        slug: "open-class",
        title: "Open yoga class",
        minutes: 60,
        price: (1_800, HOUSE.currency),
        details: ServiceEdit {
            seats: Some(12),
            ..ServiceEdit::default()
        },
    };
    let parts = vec![ServicePart::host(Who::Resource(teacher)), ServicePart::room(hall)];
    service(work, class, parts).await
}
