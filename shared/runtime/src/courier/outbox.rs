//! Mails that are kept instead of sent, for one machine.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{CourierError, Mail, Mailer};

/// How many mails are kept: the newest.
const MOST: usize = 1000;

/// Keeps mails in memory; here alone somebody else can read a pass code.
#[derive(Debug, Default)]
pub struct Outbox(Mutex<VecDeque<Kept>>);

/// A mail that was kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The mail.
    pub mail: Mail,
    /// When it would have been sent.
    pub at: Timestamp,
}

impl Outbox {
    /// What is kept, oldest first.
    pub fn mails(&self) -> Vec<Kept> {
        self.kept().iter().cloned().collect()
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Mailer for Outbox {
    async fn send(&self, mail: &Mail, now: Timestamp) -> Result<(), CourierError> {
        let mut kept = self.kept();
        if kept.len() == MOST {
            kept.pop_front();
        }
        kept.push_back(Kept { mail: mail.clone(), at: now });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_thousand_are_kept() {
        let outbox = Outbox::default();
        for number in 0..=MOST {
            let mail = Mail {
                from: "door@example.com".to_owned(),
                reply_to: None,
                to: "ann@example.com".to_owned(),
                subject: number.to_string(),
                text: "code".into(),
            };
            outbox.send(&mail, Timestamp::UNIX_EPOCH).await.unwrap();
        }

        let kept = outbox.mails();

        assert_eq!(kept.len(), MOST);
        assert_eq!(kept[0].mail.subject, "1");
        assert!(!format!("{kept:?}").contains("ann@"));
    }
}
