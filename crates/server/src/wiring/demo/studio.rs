//! Northside: three coaches share what is booked, in one room that holds two of them, and teach a class of twelve.

use db::{Tenant, Work};
use kernel::id::UserId;
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

/// The coaches, the room, a training that goes round, and a class on three evenings and on Saturday.
pub(super) async fn open(work: &Work<Tenant>, users: &[UserId]) -> Made<Vec<Habit>> {
    let mut coaches = Vec::new();
    for (slug, name, place) in [
        ("samira", "Samira Haddad", 0),
        ("lee", "Lee Park", 1),
        ("noor", "Noor Aziz", 2),
    ] {
        let somebody = Somebody {
            slug,
            name,
            zone: HOUSE.zone,
            profession: "Coach",
            user: users.get(place).copied(),
            rate: None,
            tags: &[
                (TagKind::Specialization, "Strength"),
                (TagKind::Language, "English"),
            ],
        };
        let coach = person(work, somebody).await?;
        hours(
            work,
            (coach, HOUSE.zone),
            WEEKDAYS,
            &["08:00-13:00", "14:00-17:00"],
        )
        .await?;
        coaches.push(coach);
    }
    let floor = room(work, ("floor", "The floor"), HOUSE.zone, 2).await?;
    let hall = room(work, ("hall", "The hall"), HOUSE.zone, 1).await?;
    let team = team(work, ("coaches", "Coaches"), &coaches).await?;
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
    hours(
        work,
        (teacher, HOUSE.zone),
        "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        &["18:00-19:00"],
    )
    .await?;
    hours(
        work,
        (teacher, HOUSE.zone),
        "FREQ=WEEKLY;BYDAY=SA",
        &["10:00-11:00"],
    )
    .await?;
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
    let trained = vec![ServicePart::host(Who::Team(team)), ServicePart::room(floor)];
    let taught = vec![ServicePart::host(Who::Resource(teacher)), ServicePart::room(hall)];
    Ok(vec![
        Habit::of(service(work, training, trained).await?, CLIENTS, 3),
        Habit::class(service(work, class, taught).await?, CLIENTS, 4),
    ])
}
