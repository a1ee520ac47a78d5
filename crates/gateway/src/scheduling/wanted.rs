//! Which start somebody wants: by the token of a slot, by naming it, or by the hold that keeps it.

use async_graphql::{Context, Result};
use db::{Reading, Tenant, Token};
use kernel::id::{ResourceId, ServiceId};
use scheduling::contact::Contact;
use scheduling::{Refusal, hold, slots};

use super::refusal::{Start, is_taken, with_alternatives};
use crate::act::Outcome;
use crate::caller::{Caller, Place};
use crate::errors::{Form, found};
use crate::host::Host;
use crate::reads::Reads;
use crate::scalars::{EmailAddress, Instant, PhoneNumber};

/// The fields of an input that say which start.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) slot_token: Option<String>,
    pub(super) service_id: Option<ServiceId>,
    pub(super) starts_at: Option<Instant>,
    pub(super) host_id: Option<ResourceId>,
    pub(super) hold: Option<Token>,
}

/// Which start is wanted.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// What a slot said about itself, and which of its hosts.
    Slot(String, Option<ResourceId>),
    /// This one.
    Start(Start),
    /// What a hold keeps.
    Held(Token),
}

impl Said {
    /// Reads the fields: a slot, a start, or a hold alone.
    pub(super) fn read(self, form: &mut Form) -> Option<Wanted> {
        let wanted = match (self.slot_token, self.service_id, self.starts_at, self.hold) {
            (Some(token), None, None, _) => Ok(Wanted::Slot(token, self.host_id)),
            (None, Some(service), Some(Instant(starts_at)), _) => Ok(Wanted::Start(Start {
                service,
                starts_at,
                host: self.host_id,
            })),
            (None, None, None, Some(hold)) => Ok(Wanted::Held(hold)),
            _ => Err("expected either a slotToken, or a serviceId with its startsAt"),
        };
        form.read("slotToken", wanted)
    }
}

impl Wanted {
    /// The start itself.
    pub(super) async fn start(&self, reading: &Reading<Tenant>) -> Result<Start, Refusal> {
        match self {
            Self::Start(start) => Ok(*start),
            Self::Slot(text, host) => {
                let (slot, host) = slots::redeem(reading, text, *host).await?;
                Ok(Start {
                    service: slot.service,
                    starts_at: slot.starts_at,
                    host,
                })
            }
            Self::Held(token) => {
                let kept = hold::open(reading, token).await?;
                Ok(Start {
                    service: kept.service_id,
                    starts_at: kept.starts_at,
                    host: None,
                })
            }
        }
    }

    /// Names other starts where somebody was faster.
    pub(super) async fn answered<T>(&self, ctx: &Context<'_>, outcome: Outcome<T>) -> Result<Outcome<T>> {
        if !is_taken(&outcome) {
            return Ok(outcome);
        }
        let reading = Reads::of(ctx).public().await?;
        Ok(match found(self.start(&reading).await)? {
            Some(start) => with_alternatives(outcome, start),
            None => outcome,
        })
    }
}

/// Refuses whoever fills in the field that people do not see.
pub(super) fn honest(form: &mut Form, website: Option<&str>) {
    let honest = match website {
        None | Some("") => Ok(()),
        Some(_) => Err("expected nothing here"),
    };
    form.read("website", honest);
}

/// Reads somebody who can be reached.
pub(super) fn contact(
    form: &mut Form,
    name: &str,
    (email, phone): (Option<&EmailAddress>, Option<&PhoneNumber>),
) -> Option<Contact> {
    let name = form.parse("name", name);
    let email = form.parse_if("email", email.map(|it| it.0.as_str()));
    let phone = form.parse_if("phone", phone.map(|it| it.0.as_str()));
    Some(Contact {
        name: name?,
        email: email?,
        phone: phone?,
    })
}

/// Spends one of what a stranger's address may do here; members are counted with the request itself.
pub(super) async fn budget(ctx: &Context<'_>, scope: &'static str) -> Result<()> {
    match Caller::of(ctx).place {
        Place::Member(_) => Ok(()),
        Place::Stranger(_) | Place::Unknown | Place::Nowhere => {
            crate::tenancy::budget(ctx, scope, Host::of(ctx).limits().booking).await
        }
    }
}
