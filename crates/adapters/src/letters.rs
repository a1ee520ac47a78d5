//! Letters to those who have an account: as mail, or, for as long as no mail is configured, as files.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use messaging::mail::date::Language;
use messaging::mail::{Mail, Post};
use secrecy::ExposeSecret;
use tenancy::{Courier, Letter, Matter, Undelivered};

use crate::mail::keep;

/// Keeps letters in a folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Keeps them in `folder`, which is made when the first one comes.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

#[async_trait]
impl Courier for Folder {
    async fn deliver(&self, letter: Letter) -> Result<(), Undelivered> {
        // Named by its id: a letter that comes twice is the same file.
        let name = format!("{}.txt", letter.id);
        let kept = keep(&self.0, &name, text(&letter).as_bytes()).await;
        let path = kept.map_err(|why| Undelivered(why.into()))?;
        tracing::info!(path = %path.display(), "a letter is kept as a file");
        Ok(())
    }
}

/// Sends letters as mail.
#[derive(Debug, Clone)]
pub struct ByMail(pub Arc<dyn Post>);

#[async_trait]
impl Courier for ByMail {
    async fn deliver(&self, letter: Letter) -> Result<(), Undelivered> {
        let (subject, text) = words(&letter);
        let mail = Mail {
            id: format!("letter_{}", letter.id.simple()),
            from_name: None,
            to: letter.to,
            to_name: letter.name,
            subject,
            text: format!("{text}\n"),
            invite: None,
        };
        self.0.send(&mail).await.map_err(|why| Undelivered(why.into()))
    }
}

fn text(letter: &Letter) -> String {
    let (subject, body) = words(letter);
    format!("To: {}\nSubject: {subject}\n\n{body}\n", letter.to)
}

/// The subject and the text of a letter, in its reader's language.
fn words(letter: &Letter) -> (String, String) {
    match Language::of(&letter.locale) {
        Language::English => english(&letter.matter),
        Language::Portuguese => portuguese(&letter.matter),
    }
}

fn english(matter: &Matter) -> (String, String) {
    match matter {
        Matter::PasswordReset { digits } => (
            "Your code to choose a new password".to_owned(),
            format!(
                "The code is {}. It is good for ten minutes.",
                digits.expose_secret()
            ),
        ),
        Matter::EmailVerification { digits } => (
            "Your code to verify your address".to_owned(),
            format!("The code is {}. It is good for 24 hours.", digits.expose_secret()),
        ),
        Matter::Invitation { organization, token } => (
            format!("You are invited to {organization}"),
            format!("Accept with the token {} within seven days.", token.reveal()),
        ),
    }
}

fn portuguese(matter: &Matter) -> (String, String) {
    match matter {
        Matter::PasswordReset { digits } => (
            "Seu código para escolher uma nova senha".to_owned(),
            format!("O código é {}. Ele vale por dez minutos.", digits.expose_secret()),
        ),
        Matter::EmailVerification { digits } => (
            "Seu código para confirmar seu endereço".to_owned(),
            format!("O código é {}. Ele vale por 24 horas.", digits.expose_secret()),
        ),
        Matter::Invitation { organization, token } => (
            format!("Você foi convidado para {organization}"),
            format!("Aceite com o código {} em até sete dias.", token.reveal()),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_letter_that_comes_twice_is_one_file_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("letters"));
        let letter = Letter {
            id: uuid::Uuid::from_u128(7),
            to: "ana@example.com".parse().unwrap(),
            name: None,
            locale: "en".parse().unwrap(),
            matter: Matter::PasswordReset {
                digits: "12345678".into(),
            },
        };
        folder.deliver(letter.clone()).await.unwrap();
        folder.deliver(letter).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(home.path().join("letters"))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let said = std::fs::read_to_string(files[0].path()).unwrap();
        assert!(
            said.starts_with("To: ana@example.com\n") && said.contains("12345678"),
            "{said}"
        );
    }

    #[tokio::test]
    async fn a_letter_by_mail_is_written_in_its_readers_language() {
        let home = tempfile::tempdir().unwrap();
        let sender = "horarium@example.com".parse().unwrap();
        let post = crate::mail::Folder::new(home.path().to_owned(), sender);
        let letter = Letter {
            id: uuid::Uuid::from_u128(7),
            to: "ana@example.com".parse().unwrap(),
            name: Some("Ana".parse().unwrap()),
            locale: "pt-BR".parse().unwrap(),
            matter: Matter::PasswordReset {
                digits: "12345678".into(),
            },
        };
        ByMail(Arc::new(post)).deliver(letter).await.unwrap();
        let file = home.path().join("letter_00000000000000000000000000000007.eml");
        let said = std::fs::read_to_string(file).unwrap();
        assert!(
            said.contains("To: Ana <ana@example.com>") && said.contains("12345678"),
            "{said}"
        );
        assert!(said.contains("vale por dez minutos"), "{said}");
    }
}
