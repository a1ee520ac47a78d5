//! Hours that recur, other hours on one date, and being away: who may change whose, and how many there can be.

use availability::Change;
use availability::recurrence::Rule;
use chrono::TimeDelta;
use db::{Asker, Tenant};
use kernel::id::{AbsenceId, OverrideId, ResourceId, RuleId, ServiceId};
use kernel::{Id as _, Span};
use scheduling::absence::{AbsenceDraft, AbsenceEdit, Absences};
use scheduling::overrides::{OverrideDraft, OverrideEdit};
use scheduling::rule::{RuleDraft, RuleEdit};
use scheduling::{Refusal, absence, overrides, rule};
use tenancy::Role;

use crate::catalogue_cast::{Practice, acting, at, code, field, first, hours, nobody, on, span};
use crate::world::{World, run, stories};

stories! {
    both: [
        a_hundred_rules_and_not_one_more,
        a_rule_is_changed_put_away_and_taken_out,
        a_thousand_overrides_a_year_and_not_one_more,
        a_wrong_date_is_refused_where_it_was_typed,
        an_absence_names_somebody_else_and_ends,
        overrides_are_listed_for_a_year_at_most,
        two_hundred_absences_and_not_one_more,
        whose_hours_somebody_may_change,
    ],
}

fn daily(resource: ResourceId) -> RuleDraft {
    RuleDraft {
        resource,
        dates: Rule::for_dates("FREQ=DAILY").unwrap(),
        starts_on: on("2026-01-01"),
        hours: hours("09:00-17:00"),
        details: RuleEdit::default(),
    }
}

fn closed(resource: ResourceId, date: &str) -> OverrideDraft {
    OverrideDraft {
        resource,
        date: on(date),
        change: Change::Close,
        reason: "Holiday".parse().ok(),
    }
}

fn away(resource: ResourceId, span: Span) -> AbsenceDraft {
    AbsenceDraft {
        resource,
        span,
        reason: "Ill".parse().ok(),
        redirect_to: None,
    }
}

impl Practice {
    async fn rules(&self, asker: &Asker, draft: RuleDraft) -> Result<RuleId, Refusal> {
        let made = self.does_as(asker, async |work| rule::create_rule(work, draft).await);
        made.await.map(|it| it.rule)
    }

    async fn overrides(&self, asker: &Asker, draft: OverrideDraft) -> Result<OverrideId, Refusal> {
        let made = self.does_as(asker, async |work| overrides::create_override(work, draft).await);
        made.await.map(|it| it.id)
    }

    async fn is_away(&self, asker: &Asker, draft: AbsenceDraft) -> Result<AbsenceId, Refusal> {
        let made = self.does_as(asker, async |work| absence::create_absence(work, draft).await);
        made.await.map(|it| it.absence)
    }
}

async fn whose_hours_somebody_may_change(world: World) {
    let aurora = Practice::opens(world).await;
    let user = aurora.world.person("bia@example.com").await;
    let bia = aurora.has_provider("bia", Some(user)).await.resource;
    let carla = aurora.has_provider("carla", None).await.resource;
    let herself = acting(user, Role::Provider);
    let staff = aurora.somebody("dora@example.com", Role::Staff).await;
    let week = span("2026-04-06T00:00:00Z", "2026-04-11T00:00:00Z");
    for asker in [&herself, &staff, &aurora.owner] {
        aurora.rules(asker, daily(bia)).await.unwrap();
        aurora.overrides(asker, closed(bia, "2026-04-25")).await.unwrap();
        aurora.is_away(asker, away(bia, week)).await.unwrap();
    }
    for (asker, wanted) in [(&herself, "FORBIDDEN"), (&Asker::anonymous(), "UNAUTHENTICATED")] {
        assert_eq!(code(aurora.rules(asker, daily(carla)).await), wanted);
        assert_eq!(
            code(aurora.overrides(asker, closed(carla, "2026-04-25")).await),
            wanted
        );
        assert_eq!(code(aurora.is_away(asker, away(carla, week)).await), wanted);
    }
    let others = aurora.rules(&staff, daily(carla)).await.unwrap();
    let put_away = async |id| {
        aurora
            .does_as(&herself, async |work| rule::archive_rule(work, id, None).await)
            .await
    };
    assert_eq!(code(put_away(others).await), "FORBIDDEN");
    let none = RuleId::from_uuid(nobody().uuid());
    assert_eq!(code(put_away(none).await), "FORBIDDEN", "as if it were another's");
    let by_staff = aurora.does_as(&staff, async |work| rule::archive_rule(work, none, None).await);
    assert_eq!(code(by_staff.await), "NOT_FOUND");
    let reading = aurora.seen_by(&herself).await;
    let year = (on("2026-01-01"), on("2026-12-31"));
    let seen = overrides::overrides_of(&reading, bia, year).await.unwrap();
    assert_eq!(seen.len(), 3);
    assert_eq!(
        code(overrides::overrides_of(&reading, carla, year).await),
        "FORBIDDEN"
    );
    assert_eq!(rule::find_rules(&reading, &[others]).await.unwrap(), []);
    let public = aurora.seen_by(&Asker::anonymous()).await;
    assert_eq!(
        rule::rules_of(&public, bia).await.unwrap().len(),
        3,
        "opening hours are public"
    );
    assert_eq!(
        code(overrides::overrides_of(&public, bia, year).await),
        "UNAUTHENTICATED"
    );
    let list = absence::absences_of(&public, (bia, week), &first::<Absences>()).await;
    assert_eq!(
        list.err().map(|it| kernel::Refuse::code(&it).word()),
        Some("UNAUTHENTICATED")
    );
}

async fn a_rule_is_changed_put_away_and_taken_out(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    let id = aurora.rules(&aurora.owner, daily(bia)).await.unwrap();
    let edit = RuleEdit {
        dates: Rule::for_dates("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU").ok(),
        hours: Some(hours("22:00-02:00")),
        timezone: Some("Asia/Tokyo".parse().ok()),
        valid_until: Some(Some(on("2026-12-31"))),
        except_on: Some(vec![on("2026-05-05"), on("2026-04-21"), on("2026-05-05")]),
        ..RuleEdit::default()
    };
    let change = async |edit: RuleEdit, version| {
        aurora
            .does(async |work| rule::update_rule(work, id, edit, version).await)
            .await
    };
    change(edit.clone(), Some(1)).await.unwrap();
    change(edit, Some(2)).await.unwrap();
    let found = rule::find_rules(&aurora.seen().await, &[id]).await.unwrap();
    assert_eq!(found[0].dates.to_string(), "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU");
    assert_eq!((found[0].hours, found[0].version), (hours("22:00-02:00"), 2));
    assert_eq!(found[0].except_on, [on("2026-04-21"), on("2026-05-05")]);
    let other = ServiceId::from_uuid(nobody().uuid());
    let for_service = RuleEdit {
        service: Some(Some(other)),
        ..RuleEdit::default()
    };
    assert_eq!(code(change(for_service, None).await), "NOT_FOUND");
    let archive = aurora.does(async |work| rule::archive_rule(work, id, Some(2)).await);
    archive.await.unwrap();
    assert_eq!(rule::rules_of(&aurora.seen().await, bia).await.unwrap(), []);
    let restore = aurora.does(async |work| rule::restore_rule(work, id, Some(3)).await);
    restore.await.unwrap();
    assert_eq!(rule::rules_of(&aurora.seen().await, bia).await.unwrap().len(), 1);
    let deeds = aurora.deeds().await;
    assert_eq!(
        deeds[1..],
        ["rule.created", "rule.updated", "rule.archived", "rule.restored"].map(ToOwned::to_owned)
    );
}

async fn a_wrong_date_is_refused_where_it_was_typed(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    let with = |details: RuleEdit| RuleDraft {
        details,
        ..daily(bia)
    };
    let backwards = RuleEdit {
        valid_from: Some(Some(on("2026-05-02"))),
        valid_until: Some(Some(on("2026-05-01"))),
        ..RuleEdit::default()
    };
    let refused = aurora.rules(&aurora.owner, with(backwards)).await;
    assert_eq!(field(refused), ("INVALID_INPUT", "validUntil".to_owned()));
    let dates = |count: i64| {
        let all = (0..count).map(|it| on("2026-01-01") + TimeDelta::days(it));
        RuleEdit {
            except_on: Some(all.collect()),
            ..RuleEdit::default()
        }
    };
    aurora.rules(&aurora.owner, with(dates(366))).await.unwrap();
    let refused = aurora.rules(&aurora.owner, with(dates(367))).await;
    assert_eq!(field(refused), ("INVALID_INPUT", "exceptOn".to_owned()));
    let early = RuleDraft {
        starts_on: on("1899-12-31"),
        ..daily(bia)
    };
    assert_eq!(code(aurora.rules(&aurora.owner, early).await), "INVALID_INPUT");
    let late = aurora.overrides(&aurora.owner, closed(bia, "9999-01-01")).await;
    assert_eq!(field(late), ("INVALID_INPUT", "appliesOn".to_owned()));
    assert_eq!(
        code(aurora.rules(&aurora.owner, daily(nobody())).await),
        "NOT_FOUND"
    );
}

async fn a_hundred_rules_and_not_one_more(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    for _ in 0..99 {
        aurora.rules(&aurora.owner, daily(bia)).await.unwrap();
    }
    let last = aurora.rules(&aurora.owner, daily(bia)).await.unwrap();
    assert_eq!(
        code(aurora.rules(&aurora.owner, daily(bia)).await),
        "LIMIT_REACHED"
    );
    let archive = aurora.does(async |work| rule::archive_rule(work, last, None).await);
    archive.await.unwrap();
    aurora.rules(&aurora.owner, daily(bia)).await.unwrap();
    let restore = aurora.does(async |work| rule::restore_rule(work, last, None).await);
    assert_eq!(code(restore.await), "LIMIT_REACHED");
}

async fn a_thousand_overrides_a_year_and_not_one_more(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    let like = aurora
        .overrides(&aurora.owner, closed(bia, "2026-04-25"))
        .await
        .unwrap();
    let work = aurora
        .world
        .store
        .write(Tenant(aurora.id), &aurora.owner)
        .await
        .unwrap();
    let copy = "INSERT INTO availability_overrides (organization_id, id, resource_id, on_date, kind, version, created_at, \
                updated_at) SELECT organization_id, $2, resource_id, on_date, kind, version, created_at, updated_at \
                FROM availability_overrides WHERE id = $1";
    for _ in 1..999 {
        let id: OverrideId = work.mint();
        run(&work, copy, [like.uuid().into(), id.uuid().into()])
            .await
            .unwrap();
    }
    work.commit().await.unwrap();
    aurora
        .overrides(&aurora.owner, closed(bia, "2026-12-31"))
        .await
        .unwrap();
    assert_eq!(
        code(aurora.overrides(&aurora.owner, closed(bia, "2026-01-01")).await),
        "LIMIT_REACHED"
    );
    let next_year = aurora
        .overrides(&aurora.owner, closed(bia, "2027-01-01"))
        .await
        .unwrap();
    let edit = OverrideEdit {
        date: Some(on("2026-06-01")),
        ..OverrideEdit::default()
    };
    let moved = aurora.does(async |work| overrides::update_override(work, next_year, edit, None).await);
    assert_eq!(code(moved.await), "LIMIT_REACHED");
}

async fn overrides_are_listed_for_a_year_at_most(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    let id = aurora
        .overrides(&aurora.owner, closed(bia, "2026-04-25"))
        .await
        .unwrap();
    let edit = OverrideEdit {
        change: Some(Change::Replace(hours("10:00-12:00"))),
        reason: Some(None),
        ..OverrideEdit::default()
    };
    let changed = aurora.does(async |work| overrides::update_override(work, id, edit, Some(1)).await);
    changed.await.unwrap();
    let reading = aurora.seen().await;
    let listed =
        async |from: &str, to: &str| overrides::overrides_of(&reading, bia, (on(from), on(to))).await;
    let found = listed("2026-01-01", "2027-01-01").await.unwrap();
    assert_eq!(found[0].change, Change::Replace(hours("10:00-12:00")));
    assert_eq!((found.len(), found[0].reason.is_none()), (1, true));
    assert_eq!(
        field(listed("2026-01-01", "2027-01-02").await),
        ("INVALID_INPUT", "to".to_owned())
    );
    assert_eq!(code(listed("2026-01-02", "2026-01-01").await), "INVALID_INPUT");
    let back = aurora.does(async |work| overrides::archive_override(work, id, None).await);
    back.await.unwrap();
    let reading = aurora.seen().await;
    let found = overrides::overrides_of(&reading, bia, (on("2026-04-25"), on("2026-04-25"))).await;
    assert_eq!(found.unwrap(), []);
    assert_eq!(overrides::find_overrides(&reading, &[id]).await.unwrap().len(), 1);
}

async fn an_absence_names_somebody_else_and_ends(world: World) {
    let aurora = Practice::opens(world).await;
    let [bia, carla] = [aurora.has_person("bia").await, aurora.has_person("carla").await];
    let week = span("2026-04-06T00:00:00Z", "2026-04-11T00:00:00Z");
    let id = aurora.is_away(&aurora.owner, away(bia, week)).await.unwrap();
    let redirect = async |to| {
        let edit = AbsenceEdit {
            redirect_to: Some(Some(to)),
            ..AbsenceEdit::default()
        };
        aurora
            .does(async |work| absence::update_absence(work, id, edit, None).await)
            .await
    };
    assert_eq!(
        field(redirect(bia).await),
        ("INVALID_INPUT", "redirectTo".to_owned())
    );
    assert_eq!(code(redirect(nobody()).await), "NOT_FOUND");
    redirect(carla).await.unwrap();
    let public = aurora.seen_by(&Asker::anonymous()).await;
    let instead = async |when: &str| absence::redirect_at(&public, bia, at(when)).await.unwrap();
    assert_eq!(instead("2026-04-06T00:00:00Z").await, Some(carla));
    assert_eq!(
        instead("2026-04-11T00:00:00Z").await,
        None,
        "the end is the first instant that is free"
    );
    let begin = week.start();
    let long = |days| Span::new(begin, begin + TimeDelta::days(days)).unwrap();
    aurora.is_away(&aurora.owner, away(bia, long(731))).await.unwrap();
    let longer = Span::new(begin, long(731).end() + TimeDelta::microseconds(1)).unwrap();
    let refused = aurora.is_away(&aurora.owner, away(bia, longer)).await;
    assert_eq!(field(refused), ("INVALID_INPUT", "endsAt".to_owned()));
    let back = aurora.does(async |work| absence::archive_absence(work, id, None).await);
    back.await.unwrap();
    let reading = aurora.seen().await;
    let page = absence::absences_of(&reading, (bia, week), &first::<Absences>())
        .await
        .unwrap();
    assert_eq!(page.rows.len(), 1);
}

async fn two_hundred_absences_and_not_one_more(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    let over = span("2026-01-06T00:00:00Z", "2026-01-11T00:00:00Z");
    let first_one = aurora.is_away(&aurora.owner, away(bia, over)).await.unwrap();
    let week = span("2026-04-06T00:00:00Z", "2026-04-11T00:00:00Z");
    for _ in 0..199 {
        aurora.is_away(&aurora.owner, away(bia, week)).await.unwrap();
    }
    let last = aurora.is_away(&aurora.owner, away(bia, week)).await.unwrap();
    assert_eq!(
        code(aurora.is_away(&aurora.owner, away(bia, week)).await),
        "LIMIT_REACHED"
    );
    let archive = aurora.does(async |work| absence::archive_absence(work, last, None).await);
    archive.await.unwrap();
    aurora.is_away(&aurora.owner, away(bia, week)).await.unwrap();
    let restore = aurora.does(async |work| absence::restore_absence(work, last, None).await);
    assert_eq!(code(restore.await), "LIMIT_REACHED");
    let again = AbsenceEdit {
        span: Some(week),
        ..AbsenceEdit::default()
    };
    let moved = aurora.does(async |work| absence::update_absence(work, first_one, again, None).await);
    assert_eq!(code(moved.await), "LIMIT_REACHED", "one that was over is not");
}
