//! Looks over a live system and says what is wrong.

use db::{Account, Asker, Store, Tenant};
use kernel::SystemKind;
use scheduling::proof;

use super::World;
use super::database::{self, Place};
use crate::config::{Config, Mode};
use crate::start::Failure;

/// Promises that were given up, of which so many are listed.
const LISTED: u64 = 100;

/// One finding a line, `ok` or `BAD` first. Whatever is bad is a failure of the whole.
pub(super) async fn examine(config: &Config, world: &World, place: Place) -> Result<String, Failure> {
    let mut findings = Vec::new();
    let missing = place.pending().await?;
    findings.push(match missing.as_slice() {
        [] => format!("ok   schema    {}", migration::latest()),
        missing => format!(
            "BAD  schema    lacks {}; run `horarium migrate`",
            missing.join(", ")
        ),
    });
    if missing.is_empty() {
        let store = place.open(config, world).await?;
        for check in database::checks(&store, place.clone()) {
            findings.push(match check.probe().await {
                Ok(version) => format!("ok   {:<9} {version}", check.name()),
                Err(why) => format!("BAD  {:<9} {why}", check.name()),
            });
        }
        findings.push(match store.integrity().await {
            Ok(()) => "ok   integrity".to_owned(),
            Err(fault) => format!("BAD  integrity {fault}"),
        });
        findings.extend(guards(&place).await?);
        findings.extend(bookings(&store).await);
        findings.extend(promises(&store).await);
        store.close().await;
    }
    if config.env == Mode::Development {
        findings.push("note HORARIUM_ENV is `development`: pages for developers are open".to_owned());
    }
    let told = findings.join("\n");
    if findings.iter().any(|it| it.starts_with("BAD")) {
        Err(Failure::Unwell(told))
    } else {
        Ok(told)
    }
}

/// Whether every constraint, unique index, trigger and seal of the schema is there and in force.
async fn guards(place: &Place) -> Result<Vec<String>, Failure> {
    let (missing, count) = place.lacks().await?;
    Ok(match missing.as_slice() {
        [] => vec![format!("ok   guards    {count}")],
        missing => vec![format!("BAD  guards    lacks {}", missing.join(", "))],
    })
}

/// Whether anything that was promised was given up.
async fn promises(store: &Store) -> Vec<String> {
    match db::timer::dead_everywhere(store, LISTED).await {
        Ok(dead) if dead.is_empty() => vec!["ok   promises  none was given up".to_owned()],
        Ok(dead) => dead
            .iter()
            .map(|it| {
                let why = it.last_error.as_deref().unwrap_or("its workers died");
                let (organization, kind, about) = (it.organization_id, &it.kind, &it.subject_id);
                format!(
                    "BAD  promises  {organization}: {} ({kind} of {about}): {why}",
                    it.id
                )
            })
            .collect(),
        Err(why) => vec![format!("BAD  promises  {why}")],
    }
}

/// Whether anybody is booked twice, in any organization: the audit that the proofs use.
async fn bookings(store: &Store) -> Vec<String> {
    match audited(store).await {
        Ok((count, bad)) if bad.is_empty() => vec![format!("ok   bookings  {count} organizations")],
        Ok((_, bad)) => bad,
        Err(why) => vec![format!("BAD  bookings  {why}")],
    }
}

async fn audited(store: &Store) -> Result<(usize, Vec<String>), scheduling::Refusal> {
    let asker = Asker::system(SystemKind::Operator);
    let reading = store.read(Account, &asker).await?;
    let organizations = tenancy::every_organization(&reading).await?;
    drop(reading);
    let mut bad = Vec::new();
    for organization in &organizations {
        let reading = store.read(Tenant(*organization), &asker).await?;
        let found = proof::audit(&reading).await?;
        if !found.is_clean() {
            let proof::Audit {
                overlaps,
                orphans,
                seats_over,
            } = found;
            bad.push(format!(
                "BAD  bookings  {organization}: {overlaps} overlaps, {orphans} orphans, {seats_over} classes with too many"
            ));
        }
    }
    Ok((organizations.len(), bad))
}
