//! The parts that a service's terms are made of.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use kernel::id::{ResourceId, TeamId};
use kernel::{Invalid, Line};
use scheduling::Refusal;
use scheduling::service::{
    Ahead, HorizonKind, Limit, LimitPer, LimitScope, LimitUnit, Limits, Part, PaymentKind, PaymentTerms,
    Question, QuestionKind, Questions, Reminders, ServicePart, Who,
};

use crate::loaders::load;
use crate::scalars::{Duration, Int64};
use crate::scheduling::resource::Resource;

/// How far ahead one may book.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(crate) struct BookingHorizon {
    /// How the days are counted.
    kind: HorizonKind,
    /// How many; null if there is no horizon.
    days: Option<i64>,
}

impl From<Ahead> for BookingHorizon {
    fn from(ahead: Ahead) -> Self {
        let (kind, days) = match ahead {
            Ahead::Any => (HorizonKind::None, None),
            Ahead::Rolling(days) => (HorizonKind::Rolling, Some(days)),
            Ahead::Calendar(days) => (HorizonKind::Calendar, Some(days)),
        };
        Self { kind, days }
    }
}

/// How far ahead one may book.
#[derive(Debug, Clone, Copy, InputObject)]
pub(crate) struct BookingHorizonInput {
    /// How the days are counted.
    kind: HorizonKind,
    /// How many, 1 to 1,830; absent if and only if there is no horizon.
    days: Option<i64>,
}

impl BookingHorizonInput {
    pub(super) fn read(self) -> Result<Ahead, Invalid> {
        match (self.kind, self.days) {
            (HorizonKind::None, None) => Ok(Ahead::Any),
            (HorizonKind::Rolling, Some(days)) => Ok(Ahead::Rolling(days)),
            (HorizonKind::Calendar, Some(days)) => Ok(Ahead::Calendar(days)),
            (HorizonKind::None, Some(days)) => Err(Invalid::new("no days with NONE", &days.to_string())),
            (HorizonKind::Rolling | HorizonKind::Calendar, None) => {
                Err(Invalid::new("days, 1 to 1,830", "none"))
            }
        }
    }
}

/// How much there may be on a date or in a week.
#[derive(Debug, Clone, Copy, SimpleObject, InputObject)]
#[graphql(input_name = "BookingLimitInput")]
pub(crate) struct BookingLimit {
    /// Whose bookings it counts.
    scope: LimitScope,
    /// Over what.
    per: LimitPer,
    /// In which unit.
    unit: LimitUnit,
    /// How many, 1 to 100,000.
    most: u32,
}

impl From<Limit> for BookingLimit {
    fn from(it: Limit) -> Self {
        Self {
            scope: it.scope,
            per: it.per,
            unit: it.unit,
            most: it.most,
        }
    }
}

pub(super) fn limits(given: Option<Vec<BookingLimit>>) -> Result<Option<Limits>, Refusal> {
    let limit = |it: BookingLimit| Limit {
        scope: it.scope,
        per: it.per,
        unit: it.unit,
        most: it.most,
    };
    given
        .map(|it| Limits::new(it.into_iter().map(limit).collect()))
        .transpose()
}

pub(super) fn reminders(given: Option<Vec<Duration>>) -> Result<Option<Reminders>, Refusal> {
    let minutes = |it: Duration| u32::try_from(it.minutes).unwrap_or(u32::MAX);
    given
        .map(|it| Reminders::new(it.into_iter().map(minutes).collect()))
        .transpose()
}

/// What is paid when something is booked.
#[derive(Debug, Clone, Copy, SimpleObject, InputObject)]
#[graphql(input_name = "ServicePaymentInput")]
pub(crate) struct ServicePayment {
    /// How much of it.
    kind: PaymentKind,
    /// With PERCENT: how much percent of the price, 1 to 100.
    percent: Option<i64>,
    /// With DEPOSIT: how much, in the smallest unit of the service's currency.
    deposit_minor: Option<Int64>,
}

impl From<PaymentTerms> for ServicePayment {
    fn from(terms: PaymentTerms) -> Self {
        let (kind, percent, deposit) = match terms {
            PaymentTerms::None => (PaymentKind::None, None, None),
            PaymentTerms::Full => (PaymentKind::Full, None, None),
            PaymentTerms::Percent(percent) => (PaymentKind::Percent, Some(percent), None),
            PaymentTerms::Deposit(amount) => (PaymentKind::Deposit, None, Some(amount)),
        };
        Self {
            kind,
            percent,
            deposit_minor: deposit.map(Int64),
        }
    }
}

impl ServicePayment {
    pub(super) fn read(self) -> Result<PaymentTerms, Invalid> {
        match (self.kind, self.percent, self.deposit_minor) {
            (PaymentKind::None, None, None) => Ok(PaymentTerms::None),
            (PaymentKind::Full, None, None) => Ok(PaymentTerms::Full),
            (PaymentKind::Percent, Some(percent), None) => Ok(PaymentTerms::Percent(percent)),
            (PaymentKind::Deposit, None, Some(amount)) => Ok(PaymentTerms::Deposit(amount.0)),
            (PaymentKind::None | PaymentKind::Full | PaymentKind::Percent | PaymentKind::Deposit, ..) => {
                let wanted = "`percent` with PERCENT, `depositMinor` with DEPOSIT, and neither otherwise";
                Err(Invalid::new(wanted, "something else"))
            }
        }
    }
}

/// One question.
#[derive(Debug, Clone)]
pub(crate) struct ServiceQuestion(pub(crate) Question);

/// One question that whoever books is asked.
#[Object]
impl ServiceQuestion {
    /// What its answer is kept under.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// What is asked.
    async fn label(&self) -> &str {
        self.0.label.as_str()
    }

    /// What kind of answer it wants.
    async fn kind(&self) -> QuestionKind {
        self.0.kind
    }

    /// Whether it must be answered.
    async fn is_required(&self) -> bool {
        self.0.is_required
    }

    /// Of SELECT and MULTI_SELECT, what there is to choose from.
    async fn options(&self) -> Vec<&str> {
        self.0.options.iter().map(Line::as_str).collect()
    }

    /// The least: a number's value, a text's characters, how many options.
    async fn min(&self) -> Option<Int64> {
        self.0.min.map(Int64)
    }

    /// The most, likewise.
    async fn max(&self) -> Option<Int64> {
        self.0.max.map(Int64)
    }
}

/// One question that whoever books is asked.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ServiceQuestionInput {
    /// What its answer is kept under: 1 to 40 small letters, digits and `_`.
    key: String,
    /// What is asked.
    label: String,
    /// What kind of answer it wants.
    kind: QuestionKind,
    /// Whether it must be answered.
    #[graphql(default = false)]
    is_required: bool,
    /// Of SELECT and MULTI_SELECT, what there is to choose from, 50 at most.
    options: Option<Vec<String>>,
    /// The least: a number's value, a text's characters, how many options.
    min: Option<Int64>,
    /// The most, likewise.
    max: Option<Int64>,
}

/// Reads questions, or that nothing is said of them.
pub(crate) fn questions(given: Option<Vec<ServiceQuestionInput>>) -> Result<Option<Questions>, Refusal> {
    let wrong = |wrong: Invalid| Refusal::invalid("questions", wrong);
    let question = |it: ServiceQuestionInput| {
        let options = it.options.unwrap_or_default();
        Ok(Question {
            key: it.key,
            label: it.label.parse().map_err(wrong)?,
            kind: it.kind,
            is_required: it.is_required,
            options: options
                .iter()
                .map(|it| it.parse())
                .collect::<Result<_, _>>()
                .map_err(wrong)?,
            min: it.min.map(|it| it.0),
            max: it.max.map(|it| it.0),
        })
    };
    let Some(given) = given else {
        return Ok(None);
    };
    let questions = given.into_iter().map(question).collect::<Result<_, Refusal>>()?;
    Questions::new(questions).map(Some)
}

/// One resource or team that gives a part of a service.
#[derive(Debug, Clone)]
pub(crate) struct ServiceHost(pub(crate) scheduling::service::ServiceHost);

/// One resource or team that gives a part of a service.
#[Object]
impl ServiceHost {
    /// Which part.
    async fn part(&self) -> Part {
        self.0.part
    }

    /// Which of several rooms or pieces of equipment that are needed at once, from 0.
    async fn need(&self) -> i64 {
        self.0.need
    }

    /// Which resource, if it is one that you may see.
    async fn resource(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        load::<ResourceId, Resource>(ctx, self.0.resource_id?)
            .await
            .transpose()
    }

    /// Which team, if it is one.
    async fn team_id(&self) -> Option<TeamId> {
        self.0.team_id
    }

    /// Who comes first; the lowest number does.
    async fn priority(&self) -> i64 {
        self.0.priority
    }

    /// How much of the bookings, beside the others' weights.
    async fn weight(&self) -> i64 {
        self.0.weight
    }

    /// Whether a FIXED service can do nothing without them.
    async fn is_fixed(&self) -> bool {
        self.0.is_fixed
    }

    /// What it costs with them, if that differs, in the smallest unit of the service's currency.
    async fn price_minor(&self) -> Option<Int64> {
        self.0.price_minor.map(Int64)
    }
}

/// One resource or team that gives a part of a service: either `resourceId` or `teamId`.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ServiceHostInput {
    /// Which part; their time if absent.
    part: Option<Part>,
    /// Which of several rooms or pieces of equipment that are needed at once, 0 to 9; 0 if absent, and for hosts.
    need: Option<i64>,
    /// Which resource.
    resource_id: Option<ResourceId>,
    /// Which team; only hosts can be one.
    team_id: Option<TeamId>,
    /// Who comes first, 0 to 1,000; the lowest number does; 0 if absent.
    priority: Option<i64>,
    /// How much of the bookings, 0 to 1,000, beside the others' weights; 100 if absent.
    weight: Option<i64>,
    /// Whether a FIXED service can do nothing without them; it can if absent.
    is_fixed: Option<bool>,
    /// What it costs with them, if that differs, in the smallest unit of the service's currency.
    price_minor: Option<Int64>,
}

impl ServiceHostInput {
    pub(super) fn read(self) -> Result<ServicePart, Invalid> {
        let who = match (self.resource_id, self.team_id) {
            (Some(resource), None) => Who::Resource(resource),
            (None, Some(team)) => Who::Team(team),
            (Some(_), Some(_)) => return Err(Invalid::new("either a resourceId or a teamId", "both")),
            (None, None) => return Err(Invalid::new("either a resourceId or a teamId", "neither")),
        };
        let ordinary = ServicePart::host(who);
        Ok(ServicePart {
            part: self.part.unwrap_or(ordinary.part),
            need: self.need.unwrap_or(ordinary.need),
            who,
            priority: self.priority.unwrap_or(ordinary.priority),
            weight: self.weight.unwrap_or(ordinary.weight),
            is_fixed: self.is_fixed.unwrap_or(ordinary.is_fixed),
            price_minor: self.price_minor.map(|it| it.0),
        })
    }
}
