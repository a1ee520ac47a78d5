//! Putting services away and taking them out again. A copy goes with its template and its member, never by itself.

use db::{Tenant, Work};
use kernel::id::{ServiceId, TeamId};
use kernel::{EventType, Right};
use serde_json::json;

use super::copies::{Family, Kin};
use super::{Service, ServiceChanged, hold_for_change, hosts, policy_is_there, room_for};
use crate::error::Refusal;
use crate::patch::{Shelf, expect_version, write_down};
use crate::store;

/// Puts a service away: it can no longer be booked, and its slug is free again. A template's copies go with it.
///
/// # Errors
/// If the right is missing, it is not there, is a copy, or has another version than expected.
pub async fn archive_service(
    work: &Work<Tenant>,
    id: ServiceId,
    expected_version: Option<i64>,
) -> Result<ServiceChanged, Refusal> {
    put_service(work, id, Shelf::Away, expected_version).await
}

/// Takes a service out again, a template with a copy for everybody who belongs to its team now.
///
/// # Errors
/// If the right is missing, it is not there, is a copy, has another version than expected, somebody took its slug
/// meanwhile, its cancellation policy or its team was put away, or there are as many as there may be.
pub async fn restore_service(
    work: &Work<Tenant>,
    id: ServiceId,
    expected_version: Option<i64>,
) -> Result<ServiceChanged, Refusal> {
    put_service(work, id, Shelf::Back, expected_version).await
}

async fn put_service(
    work: &Work<Tenant>,
    id: ServiceId,
    shelf: Shelf,
    expected_version: Option<i64>,
) -> Result<ServiceChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    if shelf == Shelf::Back {
        room_for(work, 1).await?;
    }
    match Kin::of(work, id).await? {
        Kin::Copy(template) => return Err(Refusal::GoesWith(template)),
        Kin::Template(team) => put_template(work, (team, id), shelf, expected_version).await?,
        Kin::None => {
            let mut service = hold_for_change(work, id, expected_version).await?;
            if shelf.put(&mut service.archived_at, work.now()) {
                write(work, service, shelf).await?;
            }
        }
    }
    Ok(ServiceChanged { service: id })
}

async fn put_template(
    work: &Work<Tenant>,
    which: (TeamId, ServiceId),
    shelf: Shelf,
    expected_version: Option<i64>,
) -> Result<(), Refusal> {
    let mut family = Family::of(work, which).await?;
    let template = family.template()?;
    expect_version(expected_version, template.version)?;
    if !shelf.put(&mut template.archived_at, work.now()) {
        return Ok(());
    }
    write(work, template.clone(), shelf).await?;
    match shelf {
        Shelf::Away => family.put_away(work).await,
        Shelf::Back => {
            family.need_managed()?;
            let members = family.members(work).await?;
            family.follow(work, &members).await
        }
    }
}

async fn write(work: &Work<Tenant>, mut service: Service, shelf: Shelf) -> Result<(), Refusal> {
    let id = service.id;
    if shelf == Shelf::Back {
        policy_is_there(work, &service).await?;
        hosts::teams_are_there(work, id).await?;
    }
    let version = service.touch(work.now());
    store::service::save(work, service).await?;
    let what = shelf.word([EventType::ServiceArchived, EventType::ServiceRestored]);
    write_down(work, what, (id, version), json!({})).await?;
    Ok(())
}
