//! The profiles of people: made, changed, admitted, found.

use db::{Asker, Tenant, Work};
use scheduling::provider::{
    Person, ProviderDraft, ProviderEdit, ProviderFilter, ReviewState, TagFilter, TagKind,
};
use scheduling::resource::{ResourceEdit, ResourceKind};
use scheduling::{provider, resource};
use tenancy::Role;

use crate::catalogue_cast::{Practice, acting, code, euros, field, first};
use crate::world::{World, stories};

stories! {
    both: [
        a_provider_changes_their_own_profile_and_nobody_elses,
        an_admission_goes_the_way_that_was_drawn,
        fifty_tags_of_one_and_ten_in_a_search,
        only_a_person_has_a_profile_and_only_one,
        people_are_found_by_tags_and_by_words_without_accents,
        the_public_sees_who_can_be_booked,
    ],
}

async fn only_a_person_has_a_profile_and_only_one(world: World) {
    let aurora = Practice::opens(world).await;
    let user = aurora.world.person("bia@example.com").await;
    let bia = aurora.has_provider("bia", Some(user)).await;
    let make = async |person, user| {
        let draft = ProviderDraft {
            person: Person::Known(person),
            details: ProviderEdit {
                user: Some(user),
                ..ProviderEdit::default()
            },
            review_state: ReviewState::Draft,
        };
        aurora
            .does(async |work| provider::create_provider(work, draft).await)
            .await
    };
    let sala = aurora.has("sala-1", ResourceKind::Room).await;
    assert_eq!(
        field(make(sala, None).await),
        ("INVALID_INPUT", "resourceId".to_owned())
    );
    assert_eq!(
        field(make(bia.resource, None).await),
        ("TAKEN", "resourceId".to_owned())
    );
    let other = aurora.has_person("carla").await;
    assert_eq!(
        field(make(other, Some(user)).await),
        ("TAKEN", "userId".to_owned())
    );
    make(other, None).await.unwrap();
    let sala = aurora.draft("carla-2", ResourceKind::Person);
    let (another, third) = (
        aurora
            .does(async |work| resource::create_resource(work, sala).await)
            .await,
        None,
    );
    make(another.unwrap().resource, third).await.unwrap();
}

async fn a_provider_changes_their_own_profile_and_nobody_elses(world: World) {
    let aurora = Practice::opens(world).await;
    let user = aurora.world.person("bia@example.com").await;
    let bia = aurora.has_provider("bia", Some(user)).await;
    let carla = aurora.has_provider("carla", None).await;
    let herself = acting(user, Role::Provider);
    let update = async |asker: &Asker, id, edit: ProviderEdit| {
        aurora
            .does_as(asker, async |work| {
                provider::update_provider(work, id, edit, None).await
            })
            .await
    };
    let profession = || ProviderEdit {
        profession: Some("Psychologist".parse().ok()),
        ..ProviderEdit::default()
    };
    let rate = || ProviderEdit {
        hourly_rate: Some(Some(euros(9_000))),
        ..ProviderEdit::default()
    };
    update(&herself, bia.provider, profession()).await.unwrap();
    assert_eq!(code(update(&herself, bia.provider, rate()).await), "FORBIDDEN");
    assert_eq!(
        code(update(&herself, carla.provider, profession()).await),
        "FORBIDDEN"
    );
    assert_eq!(
        code(update(&Asker::anonymous(), bia.provider, profession()).await),
        "UNAUTHENTICATED"
    );
    update(&aurora.owner, bia.provider, rate()).await.unwrap();
    let tags = vec![TagFilter {
        kind: TagKind::Language,
        word: "Português".parse().unwrap(),
    }];
    let tag = async |id| {
        let tags = tags.clone();
        aurora
            .does_as(&herself, async |work| {
                provider::set_provider_tags(work, id, tags, None).await
            })
            .await
    };
    tag(bia.provider).await.unwrap();
    assert_eq!(code(tag(carla.provider).await), "FORBIDDEN");
    let reading = aurora.seen().await;
    let found = provider::find_providers(&reading, &[bia.provider]).await.unwrap();
    assert_eq!(found[0].hourly_rate(), Some(euros(9_000)));
    assert_eq!(
        found[0].profession.as_ref().map(kernel::Line::as_str),
        Some("Psychologist")
    );
}

async fn an_admission_goes_the_way_that_was_drawn(world: World) {
    let aurora = Practice::opens(world).await;
    let user = aurora.world.person("bia@example.com").await;
    let person = aurora.has_person("bia").await;
    let draft = ProviderDraft {
        person: Person::Known(person),
        details: ProviderEdit {
            user: Some(Some(user)),
            ..ProviderEdit::default()
        },
        review_state: ReviewState::Draft,
    };
    let made = aurora.does(async |work| provider::create_provider(work, draft).await);
    let bia = made.await.unwrap().provider;
    let herself = acting(user, Role::Provider);
    let review = async |asker: &Asker, next| {
        aurora
            .does_as(asker, async |work| {
                let verdict = provider::Verdict {
                    reason: "As we said.".parse().ok(),
                    ..provider::Verdict::of(next)
                };
                provider::review_provider(work, bia, verdict).await
            })
            .await
    };
    assert_eq!(code(review(&herself, ReviewState::Active).await), "FORBIDDEN");
    review(&herself, ReviewState::PendingReview).await.unwrap();
    let seen = async || {
        let reading = aurora.seen_by(&Asker::anonymous()).await;
        provider::find_providers(&reading, &[bia]).await.unwrap().len()
    };
    assert_eq!(seen().await, 0);
    review(&aurora.owner, ReviewState::Active).await.unwrap();
    assert_eq!(seen().await, 1);
    assert_eq!(
        code(review(&aurora.owner, ReviewState::Draft).await),
        "INVALID_INPUT"
    );
}

async fn people_are_found_by_tags_and_by_words_without_accents(world: World) {
    let aurora = Practice::opens(world).await;
    let tagged = async |slug: &str, tags: &[(TagKind, &str)]| {
        let made = aurora.has_provider(slug, None).await;
        let tags: Vec<TagFilter> = tags
            .iter()
            .map(|(kind, word)| TagFilter {
                kind: *kind,
                word: word.parse().unwrap(),
            })
            .collect();
        let verb =
            async |work: &Work<Tenant>| provider::set_provider_tags(work, made.provider, tags, None).await;
        aurora.does(verb).await.unwrap();
        made.provider
    };
    let bia = tagged(
        "bia",
        &[(TagKind::Subject, "Matemática"), (TagKind::Language, "English")],
    )
    .await;
    let carla = tagged(
        "carla",
        &[
            (TagKind::Subject, "matematica"),
            (TagKind::Subject, "MATEMÁTICA"),
            (TagKind::Subject, "Physics"),
        ],
    )
    .await;
    let reading = aurora.seen_by(&Asker::anonymous()).await;
    let found = async |tags: &[(TagKind, &str)], text: Option<&str>| {
        let filter = ProviderFilter {
            tags: tags
                .iter()
                .map(|(kind, word)| TagFilter {
                    kind: *kind,
                    word: word.parse().unwrap(),
                })
                .collect(),
            text: text.map(|it| it.parse().unwrap()),
            ..ProviderFilter::default()
        };
        let found = provider::providers(&reading, &filter, &first::<scheduling::provider::Providers>()).await;
        found.map(|it| it.rows.into_iter().map(|(_, row)| row.id).collect::<Vec<_>>())
    };
    assert_eq!(
        found(&[(TagKind::Subject, "MATEMATICA")], None).await.unwrap(),
        [bia, carla]
    );
    let both = [(TagKind::Subject, "matemática"), (TagKind::Language, "english")];
    assert_eq!(found(&both, None).await.unwrap(), [bia]);
    assert_eq!(
        found(&[(TagKind::Language, "matemática")], None).await.unwrap(),
        []
    );
    assert_eq!(found(&[], Some("phýs")).await.unwrap(), [carla]);
    assert_eq!(
        found(&[], Some("%")).await.unwrap(),
        [],
        "a percent sign is a percent sign"
    );
    let tags = provider::tags_of_providers(&reading, &[carla]).await.unwrap();
    assert_eq!(tags.len(), 2, "two that differ in case and accents are one");
}

async fn fifty_tags_of_one_and_ten_in_a_search(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_provider("bia", None).await.provider;
    let many = |count: usize| {
        let each = (0..count).map(|it| TagFilter {
            kind: TagKind::Subject,
            word: format!("subject {it}").parse().unwrap(),
        });
        each.collect::<Vec<_>>()
    };
    let set = async |count| {
        aurora
            .does(async |work| provider::set_provider_tags(work, bia, many(count), None).await)
            .await
    };
    set(50).await.unwrap();
    assert_eq!(code(set(51).await), "LIMIT_REACHED");
    let reading = aurora.seen().await;
    let found = async |count| {
        let filter = ProviderFilter {
            tags: many(count),
            ..ProviderFilter::default()
        };
        provider::count_providers(&reading, &filter).await
    };
    assert_eq!(found(10).await.unwrap(), 1);
    assert_eq!(field(found(11).await), ("INVALID_INPUT", "tags".to_owned()));
}

async fn the_public_sees_who_can_be_booked(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_provider("bia", None).await;
    let carla = aurora.has_provider("carla", None).await;
    let off = ResourceEdit {
        is_active: Some(false),
        name: "Carla Dias".parse().ok(),
        ..ResourceEdit::default()
    };
    let change = aurora.does(async |work| resource::update_resource(work, carla.resource, off, None).await);
    change.await.unwrap();
    let both = [bia.provider, carla.provider];
    let public = aurora.seen_by(&Asker::anonymous()).await;
    let seen: Vec<_> = provider::find_providers(&public, &both).await.unwrap();
    assert_eq!(seen.iter().map(|it| it.id).collect::<Vec<_>>(), [bia.provider]);
    let named = async |slug: &str| {
        provider::provider_named(&public, &slug.parse().unwrap())
            .await
            .unwrap()
    };
    assert!(named("bia").await.is_some() && named("carla").await.is_none());
    let owner = aurora.seen().await;
    let mut all = provider::find_providers(&owner, &both).await.unwrap();
    all.sort_by_key(|it| it.id);
    assert_eq!(
        all[1].name.as_str(),
        "Carla Dias",
        "a profile is listed by its resource's name"
    );
}
