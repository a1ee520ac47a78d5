//! Looks over a live system and says what is wrong.

use super::World;
use super::database::{self, Place};
use crate::config::{Config, Mode};
use crate::start::Failure;

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
        for check in database::checks(&store, place) {
            findings.push(match check.probe().await {
                Ok(version) => format!("ok   {:<9} {version}", check.name()),
                Err(why) => format!("BAD  {:<9} {why}", check.name()),
            });
        }
        findings.push(match store.integrity().await {
            Ok(()) => "ok   integrity".to_owned(),
            Err(fault) => format!("BAD  integrity {fault}"),
        });
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
