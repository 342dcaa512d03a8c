//! Where composed mails go.

use std::fs::DirBuilder;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lettre::Message;
use lettre::message::header::MessageId;
use tempfile::NamedTempFile;

use super::smtp::{Smtp, SmtpConfig, SmtpConfigError};

/// Hands messages over.
#[derive(Debug, Clone)]
pub enum Mailer {
    /// To a mail server.
    Smtp(Smtp),
    /// To a folder, one `.eml` file per message, for the demo.
    Folder(PathBuf),
    /// To whoever holds the list, for tests.
    Memory(Arc<Mutex<Vec<Message>>>),
}

/// Why a message was not handed over.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// For good: the server does not take this message for this recipient. Trying again is of no use.
    #[error("refused: {0}")]
    Refused(String),
    /// For now, or because of the configuration: try again later.
    #[error("not now: {0}")]
    Later(String),
}

impl Mailer {
    /// A mailer for the server named. Connects only when there is something to send.
    ///
    /// # Errors
    /// When the URL or the CA file cannot be used.
    pub fn smtp(config: &SmtpConfig) -> Result<Self, SmtpConfigError> {
        Smtp::new(config).map(Self::Smtp)
    }

    /// Hands one message over. Sent twice, it is the same mail with the same Message-ID.
    ///
    /// # Errors
    /// [`SendError::Refused`] for good, [`SendError::Later`] for everything that may pass.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp) => smtp.send(message).await,
            Self::Folder(folder) => {
                let (folder, name, content) =
                    (folder.clone(), file_name(message), message.formatted());
                tokio::task::spawn_blocking(move || write_whole(&folder, &name, &content))
                    .await
                    .map_err(|error| SendError::Later(error.to_string()))?
                    .map_err(|error| SendError::Later(error.to_string()))
            }
            Self::Memory(messages) => {
                messages
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(message.clone());
                Ok(())
            }
        }
    }
}

/// The Message-ID as a file name, so that the same message has the same file.
fn file_name(message: &Message) -> String {
    let id = message.headers().get::<MessageId>();
    let id = id
        .as_ref()
        .map_or("unnamed", |id| id.as_ref().trim_matches(['<', '>']));
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.@".contains(c) {
            c
        } else {
            '_'
        }
    };
    // A leading dot would hide the file; with no slash left, it cannot leave the folder.
    let name: String = id
        .trim_start_matches('.')
        .chars()
        .map(safe)
        .take(200)
        .collect();
    format!("{name}.eml")
}

/// Nobody ever sees half a file: it gets its name when it is complete.
fn write_whole(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn message(id: &str, body: &str) -> Message {
        Message::builder()
            .from("lockbox@provider.example".parse().unwrap())
            .to("ada@fabrikam.example".parse().unwrap())
            .message_id(Some(id.to_owned()))
            .body(body.to_owned())
            .unwrap()
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
    }

    #[test]
    fn the_same_message_is_the_same_file() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("data/mail");
        let mailer = Mailer::Folder(folder.clone());
        runtime().block_on(async {
            mailer
                .send(&message("<LBX-7Q2M-9XKD.1@localhost>", "one"))
                .await
                .unwrap();
            mailer
                .send(&message("<LBX-7Q2M-9XKD.1@localhost>", "two"))
                .await
                .unwrap();
            mailer
                .send(&message("<LBX-7Q2M-9XKD.2@localhost>", "three"))
                .await
                .unwrap();
        });
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            [
                "LBX-7Q2M-9XKD.1@localhost.eml",
                "LBX-7Q2M-9XKD.2@localhost.eml"
            ]
        );
        assert!(
            fs::read_to_string(folder.join(&names[0]))
                .unwrap()
                .ends_with("two")
        );
        assert_eq!(
            fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(
            fs::metadata(folder.join(&names[0]))
                .unwrap()
                .permissions()
                .mode()
                & 0o777,
            0o600
        );
    }

    #[test]
    fn no_message_id_leaves_the_folder() {
        assert_eq!(
            file_name(&message("<../../etc/x@[::1]>", "")),
            "_.._etc_x@___1_.eml"
        );
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_tried_again_later() {
        let file = NamedTempFile::new().unwrap();
        let mailer = Mailer::Folder(file.path().join("mail"));
        let sent = runtime().block_on(mailer.send(&message("<1@localhost>", "")));
        assert!(matches!(sent, Err(SendError::Later(_))), "{sent:?}");
    }

    #[test]
    fn a_test_holds_what_was_sent() {
        let sent = Arc::default();
        let mailer = Mailer::Memory(Arc::clone(&sent));
        runtime()
            .block_on(mailer.send(&message("<1@localhost>", "one")))
            .unwrap();
        assert_eq!(sent.lock().unwrap().len(), 1);
    }
}
