//! Aurora: Ana works alone, on weekdays and on Saturday mornings, and looks at every first visit herself.

use db::{Tenant, Work};
use kernel::id::UserId;
use scheduling::cancellation::{CancellationPolicyDraft, Tier, Tiers, create_cancellation_policy};
use scheduling::provider::TagKind;
use scheduling::service::{Confirmation, LocationKind, ServiceEdit, ServicePart, Who};
use tenancy::Role;

use super::Made;
use super::calendar::{Offer, Somebody, hours, person, service};
use super::diary::{Client, Habit};
use super::house::{House, Kind};

pub(super) const HOUSE: House = House {
    kind: Kind::Solo,
    slug: "aurora",
    name: "Aurora Nutrição",
    zone: "America/Sao_Paulo",
    locale: "pt-BR",
    currency: "BRL",
    country: "BR",
    people: &[("ana", "Ana Ribeiro", Role::Owner)],
};

const CLIENTS: &[Client] = &[
    Client::new("Rui Prado", "rui.prado"),
    Client::new("Eva Lima", "eva.lima"),
    Client::new("Caio Nunes", "caio.nunes"),
    Client::new("Lia Campos", "lia.campos"),
    Client::new("Davi Rocha", "davi.rocha"),
];

/// Ana, her hours, a visit that stands at once, and a first one that she answers.
pub(super) async fn open(work: &Work<Tenant>, users: &[UserId]) -> Made<Vec<Habit>> {
    let somebody = Somebody {
        slug: "ana",
        name: "Ana Ribeiro",
        zone: HOUSE.zone,
        profession: "Nutritionist",
        user: users.first().copied(),
        rate: None,
        tags: &[
            (TagKind::Specialization, "Sports nutrition"),
            (TagKind::Language, "Portuguese"),
            (TagKind::Language, "English"),
        ],
    };
    let ana = person(work, somebody).await?;
    let weekdays = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR";
    hours(work, (ana, HOUSE.zone), weekdays, &["09:00-12:00", "14:00-18:00"]).await?;
    hours(work, (ana, HOUSE.zone), "FREQ=WEEKLY;BYDAY=SA", &["09:00-12:00"]).await?;
    let policy = CancellationPolicyDraft {
        name: "A day before".parse()?,
        tiers: Tiers::new(vec![
            Tier {
                hours_before: 24,
                fee_percent: 0,
            },
            Tier {
                hours_before: 0,
                fee_percent: 50,
            },
        ])?,
    };
    let policy = create_cancellation_policy(work, policy)
        .await?
        .cancellation_policy;
    let terms = ServiceEdit {
        notice_minutes: Some(60),
        cancellation_policy: Some(Some(policy)),
        location: Some(LocationKind::InPerson),
        location_detail: Some(Some("Rua das Acácias 12, room 3".parse()?)),
        ..ServiceEdit::default()
    };
    let visit = Offer {
        slug: "visit",
        title: "Follow-up visit",
        minutes: 50,
        price: (18_000, HOUSE.currency),
        details: ServiceEdit {
            interval_minutes: Some(60),
            ..terms.clone()
        },
    };
    let first = Offer {
        slug: "first-visit",
        title: "First visit",
        minutes: 80,
        price: (25_000, HOUSE.currency),
        details: ServiceEdit {
            interval_minutes: Some(60),
            confirmation: Some(Confirmation::Manual),
            confirmation_timeout_minutes: Some(3 * 24 * 60),
            ..terms
        },
    };
    let by_ana = || vec![ServicePart::host(Who::Resource(ana))];
    Ok(vec![
        Habit::of(service(work, visit, by_ana()).await?, CLIENTS, 2),
        Habit::of(service(work, first, by_ana()).await?, &CLIENTS[3..], 1),
    ])
}
