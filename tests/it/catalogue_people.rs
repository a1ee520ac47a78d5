//! Resources and the profiles of people: made, changed, put away, found.

use db::paging::Asked;
use db::{Asker, Tenant, Work};
use kernel::Id as _;
use kernel::id::ResourceId;
use scheduling::provider::{
    Person, ProviderDraft, ProviderEdit, ProviderFilter, ReviewState, TagFilter, TagKind,
};
use scheduling::resource::{ResourceEdit, ResourceFilter, ResourceKind};
use scheduling::{provider, resource};
use tenancy::Role;

use crate::catalogue_cast::{Practice, acting, code, euros, field, first};
use crate::world::{World, number, run, stories};

stories! {
    both: [
        a_provider_changes_their_own_profile_and_nobody_elses,
        a_resource_is_changed_by_whoever_read_it_last,
        a_slug_is_free_again_when_its_resource_is_put_away,
        an_admission_goes_the_way_that_was_drawn,
        five_thousand_resources_and_not_one_more,
        only_a_person_has_a_profile_and_only_one,
        people_are_found_by_tags_and_by_words_without_accents,
        the_public_sees_who_can_be_booked,
    ],
}

async fn a_resource_is_changed_by_whoever_read_it_last(world: World) {
    let aurora = Practice::opens(world).await;
    let sala = aurora.has("sala-1", ResourceKind::Room).await;
    let edit = |capacity| ResourceEdit {
        capacity: Some(capacity),
        ..ResourceEdit::default()
    };
    let change = async |capacity, version| {
        aurora
            .does(async |work| resource::update_resource(work, sala, edit(capacity), version).await)
            .await
    };
    change(3, Some(1)).await.unwrap();
    assert_eq!(field(change(4, Some(1)).await), ("VERSION_CONFLICT", "expectedVersion".to_owned()));
    change(3, Some(2)).await.unwrap();
    let found = resource::find_resources(&aurora.seen().await, &[sala]).await.unwrap();
    assert_eq!((found[0].capacity, found[0].version), (3, 2), "the same again is no change");
    for (capacity, wanted) in [(0, false), (1, true), (500, true), (501, false)] {
        assert_eq!(change(capacity, None).await.is_ok(), wanted, "capacity {capacity}");
    }
    let deeds = aurora.deeds().await;
    assert_eq!(
        deeds,
        ["resource.created", "resource.updated", "resource.updated", "resource.updated"]
    );
    let staff = aurora.somebody("bia@example.com", Role::Staff).await;
    let refused = aurora
        .does_as(&staff, async |work| resource::update_resource(work, sala, edit(2), None).await)
        .await;
    assert_eq!(code(refused), "FORBIDDEN");
}

async fn a_slug_is_free_again_when_its_resource_is_put_away(world: World) {
    let aurora = Practice::opens(world).await;
    let old = aurora.has("sala-1", ResourceKind::Room).await;
    let again = aurora.draft("sala-1", ResourceKind::Room);
    let twice = aurora
        .does(async |work| resource::create_resource(work, again).await)
        .await;
    assert_eq!(field(twice), ("TAKEN", "slug".to_owned()));
    let put_away = aurora.does(async |work| resource::archive_resource(work, old, Some(1)).await);
    put_away.await.unwrap();
    let new = aurora.has("sala-1", ResourceKind::Room).await;
    let back = aurora
        .does(async |work| resource::restore_resource(work, old, None).await)
        .await;
    assert_eq!(field(back), ("TAKEN", "slug".to_owned()));
    let reading = aurora.seen().await;
    let named = resource::resource_named(&reading, &"sala-1".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(named.map(|it| it.id), Some(new));
    let everything = ResourceFilter {
        with_archived: true,
        ..ResourceFilter::default()
    };
    let listed = async |filter: &ResourceFilter| {
        let page = Asked::default().page::<scheduling::resource::Resources>().unwrap();
        let found = resource::resources(&reading, filter, &page).await.unwrap();
        found.rows.len()
    };
    assert_eq!((listed(&everything).await, listed(&ResourceFilter::default()).await), (2, 1));
    assert_eq!(resource::count_resources(&reading, &everything).await.unwrap(), 2);
}

/// Copies of one resource, so many that there are `total`.
async fn crowd(aurora: &Practice, like: ResourceId, total: i64) {
    let work = aurora.world.store.write(Tenant(aurora.id), &aurora.owner).await.unwrap();
    let held = number(&work, "SELECT count(*) FROM resources", []).await.unwrap();
    let copy = "INSERT INTO resources (organization_id, id, kind, name, slug, timezone, capacity, is_active, metadata, \
                search, version, created_at, updated_at) SELECT organization_id, $2, kind, name, $3, timezone, capacity, \
                is_active, metadata, search, version, created_at, updated_at FROM resources WHERE id = $1";
    for it in held..total {
        let id: ResourceId = work.mint();
        let slug = format!("copy-{it}");
        run(&work, copy, [like.uuid().into(), id.uuid().into(), slug.into()])
            .await
            .unwrap();
    }
    work.commit().await.unwrap();
}

async fn five_thousand_resources_and_not_one_more(world: World) {
    let aurora = Practice::opens(world).await;
    let sala = aurora.has("sala-1", ResourceKind::Room).await;
    crowd(&aurora, sala, 4_999).await;
    let last = aurora.has("the-last", ResourceKind::Room).await;
    let draft = aurora.draft("one-more", ResourceKind::Room);
    let refused = aurora
        .does(async |work| resource::create_resource(work, draft).await)
        .await;
    assert_eq!(code(refused), "LIMIT_REACHED");
    let away = aurora.does(async |work| resource::archive_resource(work, last, None).await);
    away.await.unwrap();
    aurora.has("one-more", ResourceKind::Room).await;
    let back = aurora
        .does(async |work| resource::restore_resource(work, last, None).await)
        .await;
    assert_eq!(code(back), "LIMIT_REACHED");
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
    assert_eq!(field(make(sala, None).await), ("INVALID_INPUT", "resourceId".to_owned()));
    assert_eq!(field(make(bia.resource, None).await), ("TAKEN", "resourceId".to_owned()));
    let other = aurora.has_person("carla").await;
    assert_eq!(field(make(other, Some(user)).await), ("TAKEN", "userId".to_owned()));
    make(other, None).await.unwrap();
    let sala = aurora.draft("carla-2", ResourceKind::Person);
    let (another, third) = (aurora.does(async |work| resource::create_resource(work, sala).await).await, None);
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
            .does_as(asker, async |work| provider::update_provider(work, id, edit, None).await)
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
    assert_eq!(code(update(&herself, carla.provider, profession()).await), "FORBIDDEN");
    assert_eq!(code(update(&Asker::anonymous(), bia.provider, profession()).await), "UNAUTHENTICATED");
    update(&aurora.owner, bia.provider, rate()).await.unwrap();
    let tags = vec![TagFilter {
        kind: TagKind::Language,
        word: "Português".parse().unwrap(),
    }];
    let tag = async |id| {
        let tags = tags.clone();
        aurora
            .does_as(&herself, async |work| provider::set_provider_tags(work, id, tags, None).await)
            .await
    };
    tag(bia.provider).await.unwrap();
    assert_eq!(code(tag(carla.provider).await), "FORBIDDEN");
    let reading = aurora.seen().await;
    let found = provider::find_providers(&reading, &[bia.provider]).await.unwrap();
    assert_eq!(found[0].hourly_rate(), Some(euros(9_000)));
    assert_eq!(found[0].profession.as_ref().map(kernel::Line::as_str), Some("Psychologist"));
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
            .does_as(asker, async |work| provider::review_provider(work, bia, next, None).await)
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
    assert_eq!(code(review(&aurora.owner, ReviewState::Draft).await), "INVALID_INPUT");
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
        let verb = async |work: &Work<Tenant>| provider::set_provider_tags(work, made.provider, tags, None).await;
        aurora.does(verb).await.unwrap();
        made.provider
    };
    let bia = tagged("bia", &[(TagKind::Subject, "Matemática"), (TagKind::Language, "English")]).await;
    let carla = tagged(
        "carla",
        &[(TagKind::Subject, "matematica"), (TagKind::Subject, "MATEMÁTICA"), (TagKind::Subject, "Physics")],
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
    assert_eq!(found(&[(TagKind::Subject, "MATEMATICA")], None).await.unwrap(), [bia, carla]);
    let both = [(TagKind::Subject, "matemática"), (TagKind::Language, "english")];
    assert_eq!(found(&both, None).await.unwrap(), [bia]);
    assert_eq!(found(&[(TagKind::Language, "matemática")], None).await.unwrap(), []);
    assert_eq!(found(&[], Some("phýs")).await.unwrap(), [carla]);
    assert_eq!(found(&[], Some("%")).await.unwrap(), [], "a percent sign is a percent sign");
    let tags = provider::tags_of_providers(&reading, &[carla]).await.unwrap();
    assert_eq!(tags.len(), 2, "two that differ in case and accents are one");
    let eleven = [(TagKind::Subject, "maths"); 11];
    assert!(found(&eleven[..10], None).await.is_ok());
    assert_eq!(field(found(&eleven, None).await), ("INVALID_INPUT", "tags".to_owned()));
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
    let named = async |slug: &str| provider::provider_named(&public, &slug.parse().unwrap()).await.unwrap();
    assert!(named("bia").await.is_some() && named("carla").await.is_none());
    let owner = aurora.seen().await;
    let mut all = provider::find_providers(&owner, &both).await.unwrap();
    all.sort_by_key(|it| it.id);
    assert_eq!(all[1].name.as_str(), "Carla Dias", "a profile is listed by its resource's name");
}
