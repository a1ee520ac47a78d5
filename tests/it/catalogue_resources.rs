//! Resources: made, changed, put away, taken out, and how many there can be.

use db::Tenant;
use kernel::Id as _;
use kernel::id::ResourceId;
use scheduling::resource::{self, ResourceEdit, ResourceFilter, ResourceKind, Resources};
use tenancy::Role;

use crate::catalogue_cast::{Practice, code, field, first};
use crate::world::{World, number, run, stories};

stories! {
    both: [
        a_resource_is_changed_by_whoever_read_it_last,
        a_slug_is_free_again_when_its_resource_is_put_away,
        five_thousand_resources_and_not_one_more,
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
    assert_eq!(
        field(change(4, Some(1)).await),
        ("VERSION_CONFLICT", "expectedVersion".to_owned())
    );
    change(3, Some(2)).await.unwrap();
    let found = resource::find_resources(&aurora.seen().await, &[sala])
        .await
        .unwrap();
    assert_eq!(
        (found[0].capacity, found[0].version),
        (3, 2),
        "the same again is no change"
    );
    for (capacity, wanted) in [(0, false), (1, true), (500, true), (501, false)] {
        assert_eq!(
            change(capacity, None).await.is_ok(),
            wanted,
            "capacity {capacity}"
        );
    }
    let deeds = aurora.deeds().await;
    assert_eq!(
        deeds,
        [
            "resource.created",
            "resource.updated",
            "resource.updated",
            "resource.updated"
        ]
    );
    let staff = aurora.somebody("bia@example.com", Role::Staff).await;
    let refused = aurora
        .does_as(&staff, async |work| {
            resource::update_resource(work, sala, edit(2), None).await
        })
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
        let found = resource::resources(&reading, filter, &first::<Resources>())
            .await
            .unwrap();
        found.rows.len()
    };
    assert_eq!(
        (
            listed(&everything).await,
            listed(&ResourceFilter::default()).await
        ),
        (2, 1)
    );
    assert_eq!(resource::count_resources(&reading, &everything).await.unwrap(), 2);
}

/// Copies of one resource, so many that there are `total`.
async fn crowd(aurora: &Practice, like: ResourceId, total: i64) {
    let work = aurora
        .world
        .store
        .write(Tenant(aurora.id), &aurora.owner)
        .await
        .unwrap();
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
