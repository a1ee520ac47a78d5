//! Mail as files, for as long as no server is configured: one `.eml` a message, in a folder that only its owner reads.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use kernel::Email;
use messaging::mail::{Mail, Post, Unsent};
use tokio::io::AsyncWriteExt as _;

use super::written;

/// Keeps messages in a folder.
#[derive(Debug, Clone)]
pub struct Folder {
    folder: PathBuf,
    sender: Email,
}

impl Folder {
    /// Keeps them in `folder`, which is made when the first one comes.
    #[must_use]
    pub fn new(folder: PathBuf, sender: Email) -> Self {
        Self { folder, sender }
    }
}

#[async_trait]
impl Post for Folder {
    fn sender(&self) -> &Email {
        &self.sender
    }

    async fn send(&self, mail: &Mail) -> Result<(), Unsent> {
        let message = written(mail, &self.sender).map_err(|why| Unsent::Refused(why.to_string()))?;
        let name = format!("{}.eml", mail.id);
        let kept = keep(&self.folder, &name, &message.formatted()).await;
        let path = kept.map_err(|why| Unsent::Later(why.kind().to_string()))?;
        tracing::info!(path = %path.display(), "a message is kept as a file");
        Ok(())
    }
}

/// Writes a file that only its owner reads. One that comes twice is the same file.
pub(crate) async fn keep(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
    let mut making = tokio::fs::DirBuilder::new();
    making.recursive(true).mode(0o700).create(folder).await?;
    let path = folder.join(name);
    let mut opening = tokio::fs::OpenOptions::new();
    let mut file = opening
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .await?;
    file.write_all(bytes).await?;
    file.flush().await?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mail, sender};
    use super::*;

    #[tokio::test]
    async fn a_message_that_comes_twice_is_one_file_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path().join("mail"), sender());
        folder.send(&mail()).await.unwrap();
        folder.send(&mail()).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(home.path().join("mail"))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].file_name(), "dlv_01kjp00000000000000000000a.eml");
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
