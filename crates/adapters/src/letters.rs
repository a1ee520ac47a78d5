//! Letters as files, for as long as no mail is configured: one a letter, in a folder that only its owner reads.

use std::path::PathBuf;

use async_trait::async_trait;
use secrecy::ExposeSecret;
use tenancy::{Courier, Letter, Matter, Undelivered};
use tokio::io::AsyncWriteExt;

/// Keeps letters in a folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Keeps them in `folder`, which is made when the first one comes.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    async fn keep(&self, letter: &Letter) -> std::io::Result<PathBuf> {
        let mut making = tokio::fs::DirBuilder::new();
        making.recursive(true).mode(0o700).create(&self.0).await?;
        // Named by its id: a letter that comes twice is the same file.
        let path = self.0.join(format!("{}.txt", letter.id));
        let mut opening = tokio::fs::OpenOptions::new();
        let mut file = opening
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .await?;
        file.write_all(text(letter).as_bytes()).await?;
        file.flush().await?;
        Ok(path)
    }
}

#[async_trait]
impl Courier for Folder {
    async fn deliver(&self, letter: Letter) -> Result<(), Undelivered> {
        let path = self.keep(&letter).await.map_err(|why| Undelivered(why.into()))?;
        tracing::info!(path = %path.display(), "a letter is kept as a file");
        Ok(())
    }
}

fn text(letter: &Letter) -> String {
    let (subject, body) = match &letter.matter {
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
    };
    format!("To: {}\nSubject: {subject}\n\n{body}\n", letter.to)
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
}
