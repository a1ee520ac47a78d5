//! Booking: whoever takes part is found in the directory, or entered there, in the same transaction.

use clients::Contact;
use db::{Tenant, Token, Work};
use kernel::id::{ClientId, ResourceId, WalkInId};
use kernel::{Code, Kind, Locale, Prose, Refuse, Right, Zone};
use scheduling::booking::{self, AttendeeDraft, Booking, BookingDraft, BookingMade};
use scheduling::contact::Contact as Typed;
use scheduling::series::{self, SeriesDraft, SeriesMade};
use scheduling::service::Answers;
use scheduling::waitlist;
use scheduling::walk_in::{self, WalkInStarted};

/// Either domain says no.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The directory of clients does.
    #[error(transparent)]
    Clients(#[from] clients::Refusal),
    /// What is told to others does.
    #[error(transparent)]
    Messaging(#[from] messaging::Refusal),
    /// The organization does.
    #[error(transparent)]
    Tenancy(#[from] tenancy::Refusal),
    /// The diary does.
    #[error(transparent)]
    Scheduling(#[from] scheduling::Refusal),
}

impl Refusal {
    fn inner(&self) -> &dyn Refuse {
        match self {
            Self::Clients(refused) => refused,
            Self::Messaging(refused) => refused,
            Self::Tenancy(refused) => refused,
            Self::Scheduling(refused) => refused,
        }
    }
}

impl Refuse for Refusal {
    fn kind(&self) -> Kind {
        self.inner().kind()
    }

    fn code(&self) -> Code {
        self.inner().code()
    }

    fn field(&self) -> Option<&str> {
        self.inner().field()
    }

    fn keeps(&self) -> bool {
        self.inner().keeps()
    }
}

/// Books for whoever is typed in, whom the directory knows or gets to know, and shows what was written. Somebody whom staff
/// named stays who they are.
///
/// The directory comes before the diary's locks, always: two bookings of one new person wait for each other there.
///
/// # Errors
/// As [`booking::create`] and [`clients::recognise`].
pub async fn book(
    work: &Work<Tenant>,
    mut draft: BookingDraft,
    locale: Option<Locale>,
) -> Result<(BookingMade, Booking), Refusal> {
    let timezone = draft.timezone;
    recognise(work, &mut draft.attendee, (timezone, locale)).await?;
    Ok(booking::create_and_show(work, draft).await?)
}

/// Books a series for whoever is typed in, as [`book`] books once.
///
/// # Errors
/// As [`series::create`] and [`clients::recognise`].
pub async fn book_series(
    work: &Work<Tenant>,
    mut draft: SeriesDraft,
    locale: Option<Locale>,
) -> Result<SeriesMade, Refusal> {
    let timezone = Some(draft.recurrence.timezone());
    recognise(work, &mut draft.attendee, (timezone, locale)).await?;
    Ok(series::create(work, draft).await?)
}

/// Books what was offered to somebody who waits, as [`book`] books.
///
/// # Errors
/// As [`waitlist::offered`], [`waitlist::accept`] and [`clients::recognise`].
pub async fn accept_offer(
    work: &Work<Tenant>,
    token: &Token,
    (answers, notes): (Answers, Option<Prose>),
) -> Result<BookingMade, Refusal> {
    let mut draft = waitlist::offered(work, token, answers).await?;
    draft.notes = notes;
    recognise(work, &mut draft.attendee, (None, None)).await?;
    Ok(waitlist::accept(work, token, draft).await?)
}

/// Begins to serve whoever stands in line, as [`book`] books. Whoever said only their name is not entered in the directory.
///
/// # Errors
/// As [`walk_in::turn`], [`walk_in::start`] and [`clients::recognise`].
pub async fn start_walk_in(
    work: &Work<Tenant>,
    id: WalkInId,
    host: Option<ResourceId>,
    expected_version: Option<i64>,
) -> Result<WalkInStarted, Refusal> {
    let mut draft = walk_in::turn(work, id, host).await?;
    recognise(work, &mut draft.attendee, (None, None)).await?;
    Ok(walk_in::start(work, (id, expected_version), draft).await?)
}

/// A client of the directory whom staff name, as they take part: what is not typed is as the directory has it.
///
/// # Errors
/// If a right is missing, or there is no such client.
pub async fn named(
    work: &Work<Tenant>,
    client: ClientId,
    typed: Option<Typed>,
    answers: Answers,
) -> Result<AttendeeDraft, Refusal> {
    work.need(Right::ClientsRead).map_err(clients::Refusal::from)?;
    if !work.asker().rights.has(Right::OwnDiaryWrite) {
        work.need(Right::DiaryWrite).map_err(clients::Refusal::from)?;
    }
    let mut found = clients::find_clients(work, &[client]).await?;
    found.retain(|it| it.archived_at.is_none());
    let known = found.pop().ok_or(clients::Refusal::NotFound("client"))?;
    let typed = match typed {
        Some(typed) if typed.email.is_some() || typed.phone.is_some() => typed,
        other => Typed {
            name: other.map_or(known.name, |it| it.name),
            email: known.email,
            phone: known.phone,
        },
    };
    Ok(AttendeeDraft {
        client: Some(client),
        ..typed.attends(answers)
    })
}

/// Says whom the directory knows by what was typed, unless staff have said who it is. Whoever cannot be reached is nobody
/// whom it could know.
async fn recognise(
    work: &Work<Tenant>,
    typed: &mut AttendeeDraft,
    (timezone, locale): (Option<Zone>, Option<Locale>),
) -> Result<(), Refusal> {
    let is_reachable = typed.email.is_some() || typed.phone.is_some();
    if typed.client.is_some() || !is_reachable {
        return Ok(());
    }
    let contact = Contact {
        name: typed.name.clone(),
        email: typed.email.clone(),
        phone: typed.phone.clone(),
        timezone,
        locale,
    };
    let found = clients::recognise(work, &contact).await?;
    typed.client = Some(found.client);
    typed.conflicting_client = found.conflict;
    Ok(())
}
