//! A row in every table that is kept for an organization beyond its own members and keys, put there by the verbs that put it there in life.

use db::{Tenant, Work};
use kernel::Span;
use kernel::id::{
    AbsenceId, AttendeeId, BlockId, BookingId, CancellationPolicyId, ClientId, OverrideId, ProviderId,
    ResourceId, RuleId, SeriesId, ServiceId, TeamId,
};
use scheduling::absence::{AbsenceDraft, create_absence};
use scheduling::block::{BlockDraft, create_block};
use scheduling::booking::BookingDraft;
use scheduling::cancellation::{CancellationPolicyDraft, Tier, Tiers, create_cancellation_policy};
use scheduling::overrides::{OverrideDraft, create_override};
use scheduling::provider::{
    Person, ProviderDraft, ProviderEdit, ReviewState, TagFilter, TagKind, create_provider, set_provider_tags,
};
use scheduling::resource::ResourceKind;
use scheduling::rule::{Rule, RuleDraft, RuleEdit, create_rule};
use scheduling::series::SeriesDraft;
use scheduling::service::{Answer, Question, QuestionKind, Questions, ServiceEdit, ServicePart, Who};
use scheduling::team::{Locks, Strategy, TeamDraft, TeamPlace, create_team, put_team_members};

use super::practice::{Practice, at, draft, repeated};

/// What a story asks about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Furnished {
    pub(crate) resource: ResourceId,
    pub(crate) rule: RuleId,
    pub(crate) closed: OverrideId,
    pub(crate) away: AbsenceId,
    pub(crate) service: ServiceId,
    pub(crate) booking: BookingId,
    pub(crate) series: SeriesId,
    pub(crate) attendee: AttendeeId,
    pub(crate) block: BlockId,
    pub(crate) provider: ProviderId,
    pub(crate) team: TeamId,
    pub(crate) policy: CancellationPolicyId,
    pub(crate) client: ClientId,
}

impl Furnished {
    /// The ids as clients know them.
    pub(crate) fn ids(&self) -> [String; 13] {
        [
            self.resource.to_string(),
            self.rule.to_string(),
            self.closed.to_string(),
            self.away.to_string(),
            self.service.to_string(),
            self.booking.to_string(),
            self.series.to_string(),
            self.attendee.to_string(),
            self.block.to_string(),
            self.provider.to_string(),
            self.team.to_string(),
            self.policy.to_string(),
            self.client.to_string(),
        ]
    }
}

impl Practice {
    /// Somebody with a profile, hours and a team; a service with questions and terms; a booking of it, and a hold.
    pub(crate) async fn furnish(&self) -> Furnished {
        // A turn is owed to somebody else only.
        let resource = self.resource("bia", ResourceKind::Person, 1).await;
        let other = self.resource("caio", ResourceKind::Person, 1).await;
        let work = self.staff().await;
        let provider = profile(&work, resource).await;
        let (rule, closed, away) = calendar(&work, resource).await;
        let block = lunch(&work, resource).await;
        let policy = strict(&work).await;
        let maths = team(&work, &[resource, other]).await;
        work.commit().await.unwrap();
        let asks = Question {
            key: "goal".to_owned(),
            label: "What for?".parse().unwrap(),
            kind: QuestionKind::Text,
            is_required: false,
            options: Vec::new(),
            min: None,
            max: None,
        };
        let terms = ServiceEdit {
            questions: Some(Questions::new(vec![asks]).unwrap()),
            cancellation_policy: Some(Some(policy)),
            ..ServiceEdit::default()
        };
        let hosts = vec![ServicePart::host(Who::Team(maths))];
        let service = self.service_of("lesson", hosts, terms).await;
        let (booking, attendee) = self.booked(service).await;
        let weekly = SeriesDraft {
            // Whose turn it is stays as it was.
            host: Some(resource),
            ..repeated(service, "FREQ=WEEKLY;COUNT=2", "2026-03-04T14:00:00")
        };
        let series = self.repeats(weekly).await.unwrap().series;
        self.holds(service, at("2026-03-03T12:00:00Z")).await.unwrap();
        let client = self.booking(booking).await.client_id.expect("a client");
        Furnished {
            resource,
            rule,
            closed,
            away,
            service,
            booking,
            series,
            attendee,
            block,
            provider,
            team: maths,
            policy,
            client,
        }
    }

    async fn booked(&self, service: ServiceId) -> (BookingId, AttendeeId) {
        let work = self.stranger().await;
        let mut draft: BookingDraft = draft(service, at("2026-03-03T10:00:00Z"));
        let goal = Answer::One("To pass".to_owned());
        draft.attendee.answers = [("goal".to_owned(), goal)].into();
        let (made, _) = flows::book(&work, draft, None).await.unwrap();
        work.commit().await.unwrap();
        (made.booking, made.attendee)
    }
}

async fn profile(work: &Work<Tenant>, resource: ResourceId) -> ProviderId {
    let draft = ProviderDraft {
        person: Person::Known(resource),
        details: ProviderEdit::default(),
        review_state: ReviewState::Active,
    };
    let provider = create_provider(work, draft).await.unwrap().provider;
    let speaks = TagFilter {
        kind: TagKind::Language,
        word: "English".parse().unwrap(),
    };
    let tagged = set_provider_tags(work, provider, vec![speaks], None).await;
    tagged.unwrap().provider
}

async fn calendar(work: &Work<Tenant>, resource: ResourceId) -> (RuleId, OverrideId, AbsenceId) {
    let weekly = RuleDraft {
        resource,
        dates: Rule::for_dates("FREQ=WEEKLY").unwrap(),
        starts_on: "2026-01-01".parse().unwrap(),
        hours: "09:00-17:00".parse().unwrap(),
        details: RuleEdit::default(),
    };
    let closed = OverrideDraft {
        resource,
        date: "2026-04-25".parse().unwrap(),
        change: availability::Change::Close,
        reason: None,
    };
    let away = AbsenceDraft {
        resource,
        span: Span::new(at("2026-04-06T00:00:00Z"), at("2026-04-11T00:00:00Z")).unwrap(),
        reason: None,
        redirect_to: None,
    };
    (
        create_rule(work, weekly).await.unwrap().rule,
        create_override(work, closed).await.unwrap().id,
        create_absence(work, away).await.unwrap().absence,
    )
}

async fn lunch(work: &Work<Tenant>, resource: ResourceId) -> BlockId {
    let draft = BlockDraft {
        resource,
        span: Span::new(at("2026-03-04T12:00:00Z"), at("2026-03-04T13:00:00Z")).unwrap(),
        reason: None,
    };
    create_block(work, draft).await.unwrap().block
}

async fn strict(work: &Work<Tenant>) -> CancellationPolicyId {
    let tier = Tier {
        hours_before: 24,
        fee_percent: 50,
    };
    let draft = CancellationPolicyDraft {
        name: "Strict".parse().unwrap(),
        tiers: Tiers::new(vec![tier]).unwrap(),
    };
    let made = create_cancellation_policy(work, draft).await.unwrap();
    made.cancellation_policy
}

async fn team(work: &Work<Tenant>, members: &[ResourceId]) -> TeamId {
    let draft = TeamDraft {
        name: "Maths".parse().unwrap(),
        slug: "maths".parse().unwrap(),
        strategy: Strategy::RoundRobin,
        locks: Locks::default(),
    };
    let maths = create_team(work, draft).await.unwrap().team;
    let places = members.iter().map(|it| TeamPlace::of(*it)).collect();
    put_team_members(work, maths, places, None).await.unwrap();
    maths
}
