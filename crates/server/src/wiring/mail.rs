//! Who carries letters, events and messages to those outside.

use std::sync::Arc;

use adapters::letters::{ByMail, Folder as Letters};
use adapters::mail::{Folder, Smtp};
use adapters::outbound::Outbound;
use flows::tell::Outside;
use messaging::mail::Post;
use tenancy::Courier;

use crate::config::Config;
use crate::start::Failure;

/// In whose address messages are kept that go nowhere.
const NOBODY: &str = "horarium@example.com";

/// Who carries letters to those who have an account: the mail server, if there is one, else a folder.
pub(super) fn courier(config: &Config) -> Result<Arc<dyn Courier>, Failure> {
    Ok(match config.smtp_url {
        Some(_) => Arc::new(ByMail(post(config)?)),
        None => Arc::new(Letters::new(config.data.join("letters"))),
    })
}

/// Who tells others what happened.
pub(super) fn outside(config: &Config) -> Result<Outside, Failure> {
    let wire = Outbound::new(config.webhook_loopback).map_err(|why| Failure::Machine(why.to_string()))?;
    let page = config.manage_url.as_ref().map(|it| it.as_str().to_owned());
    Ok(Outside::new(Arc::new(wire), post(config)?, page))
}

/// The mail server, if there is one, else a folder.
fn post(config: &Config) -> Result<Arc<dyn Post>, Failure> {
    let sender = match &config.mail_from {
        Some(sender) => sender.clone(),
        None => NOBODY
            .parse()
            .map_err(|why: kernel::Invalid| Failure::Machine(why.to_string()))?,
    };
    Ok(match &config.smtp_url {
        Some(server) => Arc::new(Smtp::new(server, sender).map_err(|why| Failure::Machine(why.to_string()))?),
        None => Arc::new(Folder::new(config.data.join("mail"), sender)),
    })
}
