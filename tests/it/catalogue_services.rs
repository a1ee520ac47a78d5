//! Services and the terms they have, what they need, and what cancelling them costs.

use std::collections::BTreeMap;

use db::{Asker, Tenant, Work};
use kernel::id::{CancellationPolicyId, ServiceId};
use kernel::{Id as _, Refuse as _};
use scheduling::cancellation::{
    CancellationPolicies, CancellationPolicyDraft, CancellationPolicyEdit, Tier, Tiers,
};
use scheduling::resource::ResourceKind;
use scheduling::service::{
    Ahead, Answer, Part, PaymentTerms, Question, QuestionKind, Questions, Service, ServiceEdit,
    ServiceFilter, ServicePart, Services, Who,
};
use scheduling::{Metadata, Refusal, cancellation, service};

use crate::catalogue_cast::{Practice, code, euros, field, first, nobody};
use crate::world::{World, run, stories};

stories! {
    both: [
        a_cancellation_policy_that_a_service_needs_stays,
        a_room_is_a_room_and_somebody_is_there,
        a_service_begins_with_plain_terms_and_keeps_what_is_said,
        answers_are_read_by_the_questions_that_are_asked,
        services_are_found_by_who_gives_them,
        the_public_sees_services_that_can_be_booked,
        what_is_out_of_range_is_refused_by_name_and_by_the_table,
    ],
}

impl Practice {
    async fn changes(&self, id: ServiceId, edit: ServiceEdit, version: Option<i64>) -> Result<(), Refusal> {
        self.does(async |work| service::update_service(work, id, edit, version).await)
            .await
            .map(drop)
    }

    async fn service(&self, id: ServiceId) -> Service {
        let found = service::find_services(&self.seen().await, &[id]).await.unwrap();
        found.into_iter().next().unwrap()
    }

    async fn has_policy(&self, name: &str) -> CancellationPolicyId {
        let tiers = vec![
            Tier {
                hours_before: 48,
                fee_percent: 0,
            },
            Tier {
                hours_before: 24,
                fee_percent: 50,
            },
        ];
        let draft = CancellationPolicyDraft {
            name: name.parse().unwrap(),
            tiers: Tiers::new(tiers).unwrap(),
        };
        let made = self.does(async |work| cancellation::create_cancellation_policy(work, draft).await);
        made.await.unwrap().cancellation_policy
    }
}

async fn a_service_begins_with_plain_terms_and_keeps_what_is_said(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    let lesson = aurora.offers("lesson", 50, &[bia]).await;
    let made = aurora.service(lesson).await;
    assert_eq!((made.interval_minutes, made.seats, made.version), (50, 1, 2));
    assert_eq!(
        (made.ahead(), made.payment(), made.price()),
        (Ahead::Calendar(60), PaymentTerms::None, euros(5_000))
    );
    assert!(made.is_active && made.pending_occupies && !made.is_free());
    let words = BTreeMap::from([("crm".to_owned(), "42".to_owned())]);
    let edit = ServiceEdit {
        ahead: Some(Ahead::Rolling(7)),
        payment: Some(PaymentTerms::Percent(30)),
        metadata: Some(Metadata::new(words).unwrap()),
        description: Some("For everybody".parse().ok()),
        ..ServiceEdit::default()
    };
    aurora.changes(lesson, edit, Some(2)).await.unwrap();
    let forget = ServiceEdit {
        description: Some(None),
        ..ServiceEdit::default()
    };
    assert_eq!(
        field(aurora.changes(lesson, forget.clone(), Some(2)).await),
        ("VERSION_CONFLICT", "expectedVersion".to_owned())
    );
    aurora.changes(lesson, forget, Some(3)).await.unwrap();
    let changed = aurora.service(lesson).await;
    assert_eq!(
        (changed.ahead(), changed.payment()),
        (Ahead::Rolling(7), PaymentTerms::Percent(30))
    );
    assert_eq!((changed.description, changed.version), (None, 4));
    assert_eq!(changed.metadata.iter().collect::<Vec<_>>(), [("crm", "42")]);
    let deeds = aurora.deeds().await;
    assert_eq!(
        deeds[2..],
        ["service.hosts_set", "service.updated", "service.updated"].map(ToOwned::to_owned)
    );
}

async fn what_is_out_of_range_is_refused_by_name_and_by_the_table(world: World) {
    let aurora = Practice::opens(world).await;
    let lesson = aurora.offers("lesson", 50, &[]).await;
    let edit = ServiceEdit {
        duration_minutes: Some(1_441),
        ..ServiceEdit::default()
    };
    assert_eq!(
        field(aurora.changes(lesson, edit, None).await),
        ("INVALID_INPUT", "duration".to_owned())
    );
    for (column, value, check) in [
        ("duration_minutes", "0", "services_duration_check"),
        ("interval_minutes", "1441", "services_interval_check"),
        ("buffer_after_minutes", "-1", "services_buffers_check"),
        ("notice_minutes", "527041", "services_notice_check"),
        ("horizon_days", "NULL", "services_horizon_check"),
        ("seats", "501", "services_seats_check"),
        ("confirmation", "'MAYBE'", "services_confirmation_check"),
        (
            "confirmation_timeout_minutes",
            "14",
            "services_confirmation_timeout_check",
        ),
        ("location", "'MOON'", "services_location_check"),
        ("price_minor", "-1", "services_price_check"),
        ("payment_percent", "5", "services_payment_check"),
        ("strategy", "'LUCK'", "services_strategy_check"),
        ("hosts_required", "21", "services_hosts_required_check"),
        ("zone_intent", "'ANY'", "services_zone_intent_check"),
    ] {
        let work = aurora
            .world
            .store
            .write(Tenant(aurora.id), &aurora.owner)
            .await
            .unwrap();
        let odd = run(&work, &format!("UPDATE services SET {column} = {value}"), []).await;
        assert_eq!(odd.unwrap_err().constraint(), Some(check), "{column}");
    }
}

async fn a_room_is_a_room_and_somebody_is_there(world: World) {
    let aurora = Practice::opens(world).await;
    let bia = aurora.has_person("bia").await;
    let sala = aurora.has("sala-1", ResourceKind::Room).await;
    let lesson = aurora.offers("lesson", 50, &[bia]).await;
    let set = async |parts: Vec<ServicePart>| {
        let verb = async |work: &Work<Tenant>| service::set_service_hosts(work, lesson, parts, None).await;
        aurora.does(verb).await
    };
    let host = ServicePart::host(Who::Resource(bia));
    set(vec![host.clone(), ServicePart::room(sala)]).await.unwrap();
    let carla = aurora.has_person("carla").await;
    assert_eq!(
        field(set(vec![host.clone(), ServicePart::room(carla)]).await).1,
        "resourceId"
    );
    assert_eq!(
        field(set(vec![host.clone(), ServicePart::room(bia)]).await).1,
        "hosts",
        "nobody is host and room at once"
    );
    let projector = ServicePart {
        part: Part::Equipment,
        ..ServicePart::room(sala)
    };
    assert_eq!(field(set(vec![host.clone(), projector]).await).1, "resourceId");
    let stranger = ServicePart::host(Who::Resource(nobody()));
    assert_eq!(code(set(vec![stranger]).await), "NOT_FOUND");
    assert_eq!(code(set(vec![host.clone(), host.clone()]).await), "INVALID_INPUT");
    let hosts = service::hosts_of_services(&aurora.seen().await, &[lesson])
        .await
        .unwrap();
    let parts: Vec<Part> = hosts.iter().map(|it| it.part).collect();
    assert_eq!(
        parts,
        [Part::Host, Part::Room],
        "what was refused changed nothing"
    );
}

async fn services_are_found_by_who_gives_them(world: World) {
    let aurora = Practice::opens(world).await;
    let [bia, carla] = [aurora.has_person("bia").await, aurora.has_person("carla").await];
    let maths = aurora
        .has_team("maths", scheduling::team::Strategy::RoundRobin, &[bia])
        .await;
    let parts = vec![ServicePart::host(Who::Team(maths))];
    let lesson = aurora
        .offers_with("lesson", (50, ServiceEdit::default()), parts)
        .await;
    let talk = aurora.offers("talk", 30, &[bia, carla]).await;
    let reading = aurora.seen().await;
    let listed = async |filter: ServiceFilter| {
        let page = service::services(&reading, &filter, &first::<Services>())
            .await
            .unwrap();
        assert_eq!(
            service::count_services(&reading, &filter).await.unwrap(),
            page.rows.len() as u64
        );
        page.rows.into_iter().map(|(_, it)| it.id).collect::<Vec<_>>()
    };
    let given_by = |resource| ServiceFilter {
        given_by: Some(resource),
        ..ServiceFilter::default()
    };
    assert_eq!(listed(given_by(bia)).await, [lesson, talk]);
    assert_eq!(listed(given_by(carla)).await, [talk]);
    let begins = ServiceFilter {
        text: "LÉSS".parse().ok(),
        ..ServiceFilter::default()
    };
    assert_eq!(listed(begins).await, [lesson]);
}

async fn the_public_sees_services_that_can_be_booked(world: World) {
    let aurora = Practice::opens(world).await;
    let lesson = aurora.offers("lesson", 50, &[]).await;
    let seen = async || {
        let public = aurora.seen_by(&Asker::anonymous()).await;
        let by_id = service::find_services(&public, &[lesson]).await.unwrap().len();
        let by_name = service::service_named(&public, &"lesson".parse().unwrap())
            .await
            .unwrap();
        let everything = ServiceFilter {
            with_archived: true,
            ..ServiceFilter::default()
        };
        let listed = service::services(&public, &everything, &first::<Services>())
            .await
            .unwrap();
        (by_id, by_name.is_some(), listed.rows.len())
    };
    assert_eq!(seen().await, (1, true, 1));
    let off = ServiceEdit {
        is_active: Some(false),
        ..ServiceEdit::default()
    };
    aurora.changes(lesson, off, None).await.unwrap();
    assert_eq!(seen().await, (0, false, 0));
    let on = ServiceEdit {
        is_active: Some(true),
        ..ServiceEdit::default()
    };
    aurora.changes(lesson, on, None).await.unwrap();
    let away = aurora.does(async |work| service::archive_service(work, lesson, None).await);
    away.await.unwrap();
    assert_eq!(seen().await, (0, false, 0));
}

async fn a_cancellation_policy_that_a_service_needs_stays(world: World) {
    let aurora = Practice::opens(world).await;
    let strict = aurora.has_policy("Strict").await;
    let with = |policy| ServiceEdit {
        cancellation_policy: Some(policy),
        ..ServiceEdit::default()
    };
    let lesson = aurora
        .offers_with("lesson", (50, with(Some(strict))), Vec::new())
        .await;
    let away = async || {
        aurora
            .does(async |work| cancellation::archive_cancellation_policy(work, strict, None).await)
            .await
    };
    assert_eq!(code(away().await), "IN_USE");
    aurora.changes(lesson, with(None), None).await.unwrap();
    away().await.unwrap();
    assert_eq!(
        code(aurora.changes(lesson, with(Some(strict)), None).await),
        "NOT_FOUND"
    );
    let unknown = CancellationPolicyId::from_uuid(nobody().uuid());
    assert_eq!(
        code(aurora.changes(lesson, with(Some(unknown)), None).await),
        "NOT_FOUND"
    );
    let other = aurora.has_policy("Strict").await;
    let back = aurora.does(async |work| cancellation::restore_cancellation_policy(work, strict, None).await);
    assert_eq!(field(back.await), ("TAKEN", "name".to_owned()));
    let edit = CancellationPolicyEdit {
        name: "Lenient".parse().ok(),
        ..CancellationPolicyEdit::default()
    };
    let rename = async |version| {
        let edit = edit.clone();
        aurora
            .does(async |work| cancellation::update_cancellation_policy(work, other, edit, version).await)
            .await
    };
    rename(Some(1)).await.unwrap();
    assert_eq!(code(rename(Some(1)).await), "VERSION_CONFLICT");
    let reading = aurora.seen_by(&Asker::anonymous()).await;
    let page = cancellation::cancellation_policies(&reading, &first::<CancellationPolicies>()).await;
    let names: Vec<String> = page
        .unwrap()
        .rows
        .into_iter()
        .map(|(_, it)| it.name.to_string())
        .collect();
    assert_eq!(names, ["Lenient"]);
    let found = cancellation::find_cancellation_policies(&reading, &[strict, other])
        .await
        .unwrap();
    assert_eq!(
        found.len(),
        2,
        "a booking may have been made on terms that are put away"
    );
}

async fn answers_are_read_by_the_questions_that_are_asked(world: World) {
    let aurora = Practice::opens(world).await;
    let asked = Question {
        key: "level".to_owned(),
        label: "Which level?".parse().unwrap(),
        kind: QuestionKind::Select,
        is_required: true,
        options: ["A1", "B2"].map(|it| it.parse().unwrap()).to_vec(),
        min: None,
        max: None,
    };
    let edit = ServiceEdit {
        questions: Questions::new(vec![asked]).ok(),
        ..ServiceEdit::default()
    };
    let lesson = aurora.offers_with("lesson", (50, edit), Vec::new()).await;
    let questions = aurora.service(lesson).await.questions;
    let answers = |text: &str| BTreeMap::from([("level".to_owned(), Answer::One(text.to_owned()))]);
    assert_eq!(questions.read(answers(" B2 ")).unwrap(), answers("B2"));
    let refused = questions.read(answers("C2")).unwrap_err();
    assert_eq!(
        (refused.code().word(), refused.field()),
        ("INVALID_INPUT", Some("answers"))
    );
    assert_eq!(
        refused.to_string(),
        "the answer to “level” is wrong: expected one of A1, B2, got “C2”"
    );
}
