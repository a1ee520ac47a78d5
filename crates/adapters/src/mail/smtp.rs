//! Mail through somebody's server.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use kernel::Email;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::response::{Code, Severity};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use messaging::mail::{Mail, Post, Unsent};
use secrecy::ExposeSecret;

use super::server::{Security, Server};
use super::written;

/// How long the server may take for one step.
const STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// Connections at most.
const CONNECTIONS: u32 = 4;

/// This machine can make no secure connections.
#[derive(Debug, thiserror::Error)]
#[error("no secure connection to the mail server can be made from this machine")]
pub struct NoTls(#[from] lettre::transport::smtp::Error);

/// Hands messages to a mail server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    sender: Email,
}

impl Smtp {
    /// Sends in the name of `sender`. Its connections need a runtime, so it is made inside one.
    ///
    /// # Errors
    /// If this machine can make no secure connections.
    pub fn new(server: &Server, sender: Email) -> Result<Self, NoTls> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let mut builder = match server.security {
            Security::Implicit => Transport::relay(&server.host)?,
            Security::StartTls => Transport::starttls_relay(&server.host)?,
            Security::Plain => Transport::builder_dangerous(&server.host),
        };
        if let Some(port) = server.port {
            builder = builder.port(port);
        }
        if let Some((user, password)) = &server.login {
            let login = Credentials::new(user.clone(), password.expose_secret().to_owned());
            builder = builder.credentials(login);
        }
        let transport = builder
            .timeout(Some(STEP_TIMEOUT))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS))
            .build();
        Ok(Self { transport, sender })
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").finish_non_exhaustive()
    }
}

#[async_trait]
impl Post for Smtp {
    fn sender(&self) -> &Email {
        &self.sender
    }

    async fn send(&self, mail: &Mail) -> Result<(), Unsent> {
        let message = written(mail, &self.sender).map_err(|why| Unsent::Refused(why.to_string()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(why) => Err(unsent(&why)),
        }
    }
}

/// What a server says may quote whom it was for: only its code is kept.
fn unsent(why: &lettre::transport::smtp::Error) -> Unsent {
    match why.status() {
        Some(code) if is_final(code) => Unsent::Refused(format!("the mail server answers {code}")),
        Some(code) => Unsent::Later(format!("the mail server answers {code}")),
        None if why.is_timeout() => Unsent::Later("the mail server does not answer in time".to_owned()),
        None if why.is_tls() => Unsent::Later("no secure connection to the mail server".to_owned()),
        None => Unsent::Later("no connection to the mail server".to_owned()),
    }
}

/// Whether nothing but another message would be taken. A login that is refused (530, 534, 535) is the operator's to mend.
fn is_final(code: Code) -> bool {
    let is_login = matches!(code.to_string().as_str(), "530" | "534" | "535" | "538");
    code.severity == Severity::PermanentNegativeCompletion && !is_login
}
