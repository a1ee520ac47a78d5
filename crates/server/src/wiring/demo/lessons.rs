//! Lingua: tutors in two zones teach pupils in others, for fifty minutes each, at their own rates.

use db::{Tenant, Work};
use kernel::id::UserId;
use scheduling::provider::TagKind;
use scheduling::service::{LocationKind, PriceMode, ServiceEdit, ServicePart, Who};
use tenancy::Role;

use super::Made;
use super::calendar::{Offer, Somebody, hours, person, service};
use super::diary::{Client, Habit};
use super::house::{House, Kind};

pub(super) const HOUSE: House = House {
    kind: Kind::Tutors,
    slug: "lingua",
    name: "Lingua Tutors",
    zone: "Europe/Madrid",
    locale: "en-GB",
    currency: "EUR",
    country: "ES",
    people: &[
        ("irene", "Irene Vidal", Role::Owner),
        ("jonas", "Jonas Brandt", Role::Provider),
        ("keiko", "Keiko Mori", Role::Provider),
    ],
};

const PUPILS: &[Client] = &[
    Client::new("Nils Aho", "nils.aho").in_zone("Europe/Helsinki"),
    Client::new("Maya Stone", "maya.stone").in_zone("America/New_York"),
    Client::new("Omar Farid", "omar.farid").in_zone("Africa/Cairo"),
    Client::new("Chloe Roux", "chloe.roux").in_zone("Europe/Paris"),
];

/// Somebody who teaches a language, where they live.
fn tutor(user: UserId, (slug, name): (&'static str, &'static str), zone: &'static str) -> Somebody {
    Somebody {
        slug,
        name,
        zone,
        profession: "Tutor",
        user: Some(user),
        rate: None,
        tags: &[(TagKind::Language, "English")],
    }
}

/// The tutors and their lessons: German in the mornings and evenings of Berlin, Japanese in the evenings of Tokyo.
pub(super) async fn open(work: &Work<Tenant>, users: &[UserId]) -> Made<Vec<Habit>> {
    let &[_, jonas, keiko] = users else {
        return Err("two tutors teach".into());
    };
    let jonas = Somebody {
        rate: Some((3_600, HOUSE.currency)),
        ..tutor(jonas, ("jonas", "Jonas Brandt"), "Europe/Berlin")
    };
    let jonas = person(work, jonas).await?;
    let weekdays = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR";
    let blocks = ["08:00-11:00", "16:00-20:00"];
    hours(work, (jonas, "Europe/Berlin"), weekdays, &blocks).await?;
    let keiko = Somebody {
        rate: Some((4_200, HOUSE.currency)),
        ..tutor(keiko, ("keiko", "Keiko Mori"), "Asia/Tokyo")
    };
    let keiko = person(work, keiko).await?;
    let dates = "FREQ=WEEKLY;BYDAY=TU,TH,SA,SU";
    hours(work, (keiko, "Asia/Tokyo"), dates, &["17:00-21:00"]).await?;
    let mut habits = Vec::new();
    for (slug, title, host) in [
        ("german", "German lesson", jonas),
        ("japanese", "Japanese lesson", keiko),
    ] {
        let lesson = Offer {
            slug,
            title,
            minutes: 50,
            price: (3_000, HOUSE.currency),
            details: ServiceEdit {
                interval_minutes: Some(60),
                notice_minutes: Some(240),
                price_mode: Some(PriceMode::HostRate),
                location: Some(LocationKind::Video),
                ..ServiceEdit::default()
            },
        };
        let by_host = vec![ServicePart::host(Who::Resource(host))];
        habits.push(Habit::of(service(work, lesson, by_host).await?, PUPILS, 2));
    }
    Ok(habits)
}
