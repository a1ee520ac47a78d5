//! The log: text for people on a terminal, JSON for machines elsewhere; always on standard error, because
//! standard output belongs to the commands that print.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{Config, LogFormat};

/// Starts the log of this process, and sends panics there.
///
/// # Errors
/// When a log has been started before.
pub fn install(config: &Config) -> Result<(), TryInitError> {
    let registry = tracing_subscriber::registry().with(config.log.filter());
    let is_human = match config.log_format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let lines = fmt::layer().with_writer(std::io::stderr);
    if is_human {
        registry.with(lines).try_init()?;
    } else {
        registry
            .with(lines.json().flatten_event(true).with_current_span(false))
            .try_init()?;
    }
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A panic is one line of the log like any other, not several lines of another form.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = std::backtrace::Backtrace::capture();
    tracing::error!(place, %backtrace, "panicked: {}", panic.payload_as_str().unwrap_or("(no message)"));
}
