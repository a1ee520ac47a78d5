//! Everything that can be done, one thing at a time, as dice decide.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::audit::Auditor;
use crate::client::Client;
use crate::dice::Dice;
use crate::known::Known;
use crate::scene::Scene;

/// One client of a slice.
pub(crate) struct Operator {
    pub(crate) scene: Arc<Scene>,
    pub(crate) known: Arc<Mutex<Known>>,
    pub(crate) auditor: Arc<Auditor>,
    pub(crate) client: Client,
    pub(crate) dice: Dice,
    /// Which client of all slices.
    pub(crate) number: u64,
    /// Keys that it has used.
    pub(crate) keys: u64,
}

/// How many of the last count as recent.
const RECENT: usize = 40;

/// What a new booking shows of itself.
pub(crate) const BOOKED: &str = "booking { id version serviceId } manageToken";

/// What a booking shows of itself.
const BOOKING: &str = "booking { id version }";

impl Operator {
    /// Does one thing. An error leaves open whether it was done.
    pub(crate) async fn step(&mut self) -> io::Result<()> {
        match self.dice.below(100) {
            0..22 => self.book(None).await,
            22..34 => self.hold().await,
            34..42 => self.book_held().await,
            42..45 => self.let_go().await,
            45..52 => self.decide().await,
            52..61 => self.shift().await,
            61..68 => self.reassign().await,
            68..76 => self.swap().await,
            76..82 => self.block().await,
            82..84 => self.move_block().await,
            84..88 => self.unblock().await,
            88..97 => self.cancel().await,
            97..99 => self.cover().await,
            _ => self.audit().await,
        }
    }

    fn time(&mut self) -> String {
        let day = TimeDelta::days(self.dice.below(6) as i64);
        written(self.scene.opening + day + TimeDelta::minutes(15 * self.dice.below(32) as i64))
    }

    fn known<R>(&self, with: impl FnOnce(&mut Known) -> R) -> R {
        // A poisoned lock is a client that has panicked: the run has failed already.
        with(
            &mut self
                .known
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    fn booking(&mut self) -> Option<(String, String)> {
        let of = Arc::clone(&self.known);
        let known = of.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Mostly those that may still stand.
        let recent = if self.dice.below(4) == 0 {
            0
        } else {
            known.bookings.len().saturating_sub(RECENT)
        };
        self.dice.pick(&known.bookings[recent..])
    }

    /// Sends a mutation; what came of it is remembered.
    async fn run(&mut self, (name, shown): (&'static str, &str), input: Value) -> io::Result<Option<Value>> {
        let kind = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
        let document = format!(
            "mutation($input: {kind}Input!) {{ {name}(input: $input) {{ {shown} userErrors {{ code message }} }} }}"
        );
        let began = Instant::now();
        let answered = self.client.ask(&document, json!({ "input": input })).await;
        let Ok(body) = answered else {
            self.known(|it| it.unanswered += 1);
            return answered.map(|_| None);
        };
        let took = began.elapsed();
        let answer = answer::read(name, &body);
        Ok(self.known(|it| {
            it.times.push(took);
            match answer {
                Answer::Done(payload) => {
                    *it.done.entry(name).or_default() += 1;
                    for part in ["booking", "first", "second", "block"] {
                        if let (Some(id), Some(version)) =
                            (payload[part]["id"].as_str(), payload[part]["version"].as_u64())
                        {
                            it.acknowledge(id, version);
                        }
                    }
                    Some(payload)
                }
                Answer::Refused(code) => {
                    *it.refused.entry(code).or_default() += 1;
                    None
                }
                Answer::Leaked(what) => {
                    it.leaked.push(what);
                    None
                }
            }
        }))
    }

    async fn book(&mut self, hold: Option<String>) -> io::Result<()> {
        let mut input = json!({ "attendee": { "name": "Ana Prado", "email": "ana@example.com" } });
        if let Some(hold) = hold {
            input["hold"] = json!(hold);
        } else {
            input["serviceId"] = json!(self.dice.pick(&self.scene.services));
            input["startsAt"] = json!(self.time());
        }
        self.keys += 1;
        input["idempotencyKey"] = json!(format!("{}-{}", self.number, self.keys));
        match self.run(("bookingCreate", BOOKED), input.clone()).await {
            Ok(Some(made)) => {
                let class = self.scene.class().to_owned();
                self.known(|it| it.book(&made, &class));
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(gone) => {
                self.known(|it| it.open.push(input));
                Err(gone)
            }
        }
    }

    /// For a minute: what is not booked by then is given back by the clock.
    async fn hold(&mut self) -> io::Result<()> {
        let service = self.dice.pick(&self.scene.services);
        let input = json!({ "serviceId": service, "startsAt": self.time(), "lasts": "PT1M" });
        if let Some(held) = self.run(("holdCreate", "token"), input).await?
            && let Some(token) = held["token"].as_str()
        {
            self.known(|it| it.holds.push(token.to_owned()));
        }
        Ok(())
    }

    fn held(&mut self) -> Option<String> {
        let of = Arc::clone(&self.known);
        let known = of.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Mostly those that may still be there.
        let recent = known.holds.len().saturating_sub(RECENT);
        self.dice.pick(&known.holds[recent..])
    }

    async fn book_held(&mut self) -> io::Result<()> {
        match self.held() {
            Some(hold) => self.book(Some(hold)).await,
            None => Ok(()),
        }
    }

    async fn let_go(&mut self) -> io::Result<()> {
        let Some(hold) = self.held() else { return Ok(()) };
        self.run(("holdRelease", ""), json!({ "hold": hold }))
            .await
            .map(drop)
    }

    async fn decide(&mut self) -> io::Result<()> {
        let Some((id, _)) = self.booking() else {
            return Ok(());
        };
        let name = if self.dice.below(3) == 0 {
            "bookingReject"
        } else {
            "bookingConfirm"
        };
        self.run((name, BOOKING), json!({ "bookingId": id }))
            .await
            .map(drop)
    }

    async fn shift(&mut self) -> io::Result<()> {
        let Some((id, _)) = self.booking() else {
            return Ok(());
        };
        let input = json!({ "bookingId": id, "startsAt": self.time() });
        self.run(("bookingMove", BOOKING), input).await.map(drop)
    }

    async fn reassign(&mut self) -> io::Result<()> {
        let Some((id, _)) = self.booking() else {
            return Ok(());
        };
        let input = json!({ "bookingId": id, "toHostId": self.dice.pick(&self.scene.hosts) });
        self.run(("bookingReassign", BOOKING), input).await.map(drop)
    }

    async fn swap(&mut self) -> io::Result<()> {
        let (Some((first, _)), Some((second, _))) = (self.booking(), self.booking()) else {
            return Ok(());
        };
        let kind = self.dice.pick(&["TIMES", "HOSTS", "PLACES"]);
        let input =
            json!({ "first": { "bookingId": first }, "second": { "bookingId": second }, "kind": kind });
        let shown = "first { id version } second { id version }";
        self.run(("bookingSwap", shown), input).await.map(drop)
    }

    /// Half an hour of somebody, or of the room.
    async fn block(&mut self) -> io::Result<()> {
        let input = self.stretch(30);
        let made = self.run(("blockCreate", "block { id version }"), input).await?;
        if let Some(id) = made.as_ref().and_then(|it| it["block"]["id"].as_str()) {
            self.known(|it| it.blocks.push(id.to_owned()));
        }
        Ok(())
    }

    fn stretch(&mut self, minutes: i64) -> Value {
        let from = self.time();
        let starts: DateTime<Utc> = from.parse().unwrap_or(self.scene.opening);
        let at = self.dice.below(self.scene.hosts.len() + 1);
        let resource = self.scene.hosts.get(at).unwrap_or(&self.scene.room);
        let to = written(starts + TimeDelta::minutes(minutes));
        json!({ "resourceId": resource, "startsAt": from, "endsAt": to })
    }

    fn standing_block(&mut self) -> Option<String> {
        let of = Arc::clone(&self.known);
        let known = of.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.dice.pick(&known.blocks)
    }

    async fn move_block(&mut self) -> io::Result<()> {
        let Some(id) = self.standing_block() else {
            return Ok(());
        };
        let to = self.stretch(45);
        let input = json!({ "blockId": id, "startsAt": to["startsAt"], "endsAt": to["endsAt"] });
        self.run(("blockUpdate", "block { id version }"), input)
            .await
            .map(drop)
    }

    async fn unblock(&mut self) -> io::Result<()> {
        let Some(id) = self.standing_block() else {
            return Ok(());
        };
        let gone = self
            .run(("blockDelete", "deletedBlockId"), json!({ "blockId": id }))
            .await?;
        if gone.is_some() {
            self.known(|it| it.blocks.retain(|other| *other != id));
        }
        Ok(())
    }

    async fn cancel(&mut self) -> io::Result<()> {
        let Some((id, link)) = self.booking() else {
            return Ok(());
        };
        let input = if self.dice.below(2) == 0 {
            json!({ "bookingId": id })
        } else {
            json!({ "token": link })
        };
        self.run(("bookingCancel", BOOKING), input).await.map(drop)
    }

    /// Two hours of somebody; their absence goes again, so that the diary does not run empty.
    async fn cover(&mut self) -> io::Result<()> {
        let mut input = self.stretch(120);
        input["strategies"] = json!(["REASSIGN", "MOVE", "CANCEL"]);
        let shown = "outOfOffice { id } bookings { booking { id version } }";
        let Some(done) = self.run(("absenceCover", shown), input).await? else {
            return Ok(());
        };
        for it in done["bookings"].as_array().into_iter().flatten() {
            if let (Some(id), Some(version)) =
                (it["booking"]["id"].as_str(), it["booking"]["version"].as_u64())
            {
                self.known(|known| known.acknowledge(id, version));
            }
        }
        let input = json!({ "outOfOfficeId": done["outOfOffice"]["id"] });
        self.run(("outOfOfficeDelete", ""), input).await.map(drop)
    }

    /// The audit of the whole, in the middle of everything: a snapshot must always be clean.
    async fn audit(&mut self) -> io::Result<()> {
        match self.auditor.audit(&self.scene.organization).await {
            Ok(found) if found.is_clean() => {}
            Ok(_) => self.known(|it| it.unclean += 1),
            Err(why) => self.known(|it| it.leaked.push(format!("audit: {why}"))),
        }
        Ok(())
    }
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
