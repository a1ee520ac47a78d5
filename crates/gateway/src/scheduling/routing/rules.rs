//! What leads where, as it is read and written.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use kernel::id::{ResourceId, ServiceId, TeamId};
use scheduling::routing::{Condition, Joined, Operator, Rule, Target};

use crate::loaders::load;
use crate::scheduling::resource::Resource;
use crate::scheduling::service::Service;

/// One rule.
#[derive(Debug, Clone)]
pub(crate) struct RoutingRule(pub(super) Rule);

/// Which answers lead where.
#[Object]
impl RoutingRule {
    /// How its conditions go together.
    async fn joined(&self) -> Joined {
        self.0.joined
    }

    /// What must hold.
    async fn conditions(&self) -> Vec<RoutingCondition> {
        self.0.conditions.iter().map(RoutingCondition::of).collect()
    }

    /// Where it leads.
    async fn target(&self) -> RoutingTarget {
        RoutingTarget(self.0.target.clone())
    }
}

/// What must hold of one answer. Whatever was not answered matches nothing.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct RoutingCondition {
    /// The field's key.
    field: String,
    /// How it is compared; text without case and accents.
    operator: Operator,
    /// With what.
    values: Vec<String>,
}

impl RoutingCondition {
    fn of(condition: &Condition) -> Self {
        Self {
            field: condition.field.clone(),
            operator: condition.operator,
            values: condition.values.clone(),
        }
    }
}

/// Where somebody is to go.
#[derive(Debug, Clone)]
pub(crate) struct RoutingTarget(pub(super) Target);

/// What sort of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "RoutingTargetKind")]
pub(crate) enum TargetKind {
    /// A service to book.
    Service,
    /// Somebody of a team.
    Team,
    /// Somebody or something that can be booked.
    Resource,
    /// An address on the web.
    Url,
    /// Nowhere: a message is all there is.
    Message,
}

/// Where somebody is to go: one of these.
#[Object]
impl RoutingTarget {
    /// Which of them.
    async fn kind(&self) -> TargetKind {
        match self.0 {
            Target::Service(_) => TargetKind::Service,
            Target::Team(_) => TargetKind::Team,
            Target::Resource(_) => TargetKind::Resource,
            Target::Url(_) => TargetKind::Url,
            Target::Message(_) => TargetKind::Message,
        }
    }

    /// What to book. Null if it is not offered any more.
    async fn service(&self, ctx: &Context<'_>) -> Option<Result<Service>> {
        let Target::Service(id) = self.0 else { return None };
        load::<ServiceId, Service>(ctx, id).await.transpose()
    }

    /// Of which team; ask for `slots` of it.
    async fn team_id(&self) -> Option<TeamId> {
        match self.0 {
            Target::Team(id) => Some(id),
            Target::Service(_) | Target::Resource(_) | Target::Url(_) | Target::Message(_) => None,
        }
    }

    /// With whom. Null if they are not offered any more.
    async fn resource(&self, ctx: &Context<'_>) -> Option<Result<Resource>> {
        let Target::Resource(id) = self.0 else { return None };
        load::<ResourceId, Resource>(ctx, id).await.transpose()
    }

    /// Where on the web.
    async fn url(&self) -> Option<&str> {
        match &self.0 {
            Target::Url(url) => Some(url.as_str()),
            Target::Service(_) | Target::Team(_) | Target::Resource(_) | Target::Message(_) => None,
        }
    }

    /// What there is to say.
    async fn message(&self) -> Option<&str> {
        match &self.0 {
            Target::Message(message) => Some(message.as_str()),
            Target::Service(_) | Target::Team(_) | Target::Resource(_) | Target::Url(_) => None,
        }
    }
}

/// What must hold of one answer.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RoutingConditionInput {
    /// The field's key.
    field: String,
    /// How it is compared; text without case and accents.
    operator: Operator,
    /// With what; one value, or up to 50 for `IN`.
    values: Vec<String>,
}

/// Where somebody is to go: exactly one of these.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RoutingTargetInput {
    /// To book this.
    service_id: Option<ServiceId>,
    /// To somebody of this team.
    team_id: Option<TeamId>,
    /// To this one.
    resource_id: Option<ResourceId>,
    /// To an https address elsewhere.
    url: Option<String>,
    /// Nowhere; to read this.
    message: Option<String>,
}

impl RoutingTargetInput {
    /// Reads the one that is given.
    pub(super) fn read(self) -> std::result::Result<Target, String> {
        let url = self.url.map(|it| it.parse().map(Target::Url)).transpose();
        let message = self.message.map(|it| it.parse().map(Target::Message)).transpose();
        let given = [
            self.service_id.map(Target::Service),
            self.team_id.map(Target::Team),
            self.resource_id.map(Target::Resource),
            url.map_err(|wrong: kernel::Invalid| wrong.to_string())?,
            message.map_err(|wrong: kernel::Invalid| wrong.to_string())?,
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(target), None) => Ok(target),
            _ => Err("expected exactly one of serviceId, teamId, resourceId, url and message".to_owned()),
        }
    }
}

/// Which answers lead where.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RoutingRuleInput {
    /// How its conditions go together.
    #[graphql(default_with = "Joined::All")]
    joined: Joined,
    /// What must hold, 1 to 10 conditions.
    conditions: Vec<RoutingConditionInput>,
    /// Where it leads.
    target: RoutingTargetInput,
}

/// Reads rules, in their order.
pub(super) fn rules(given: Vec<RoutingRuleInput>) -> std::result::Result<Vec<Rule>, String> {
    let condition = |it: RoutingConditionInput| Condition {
        field: it.field,
        operator: it.operator,
        values: it.values,
    };
    let rule = |it: RoutingRuleInput| {
        Ok(Rule {
            joined: it.joined,
            conditions: it.conditions.into_iter().map(condition).collect(),
            target: it.target.read()?,
        })
    };
    given.into_iter().map(rule).collect()
}
