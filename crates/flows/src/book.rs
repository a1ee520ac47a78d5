//! Booking: whoever takes part is found in the directory, or entered there, in the same transaction.

use clients::Contact;
use db::{Tenant, Work};
use kernel::{Code, Kind, Locale, Refuse, Zone};
use scheduling::booking::{self, AttendeeDraft, BookingDraft, BookingMade};
use scheduling::series::{self, SeriesDraft, SeriesMade};

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

/// Books for whoever is typed in, whom the directory knows or gets to know. Somebody whom staff named stays who they are.
///
/// The directory comes before the diary's locks, always: two bookings of one new person wait for each other there.
///
/// # Errors
/// As [`booking::create`] and [`clients::recognise`].
pub async fn book(
    work: &Work<Tenant>,
    mut draft: BookingDraft,
    locale: Option<Locale>,
) -> Result<BookingMade, Refusal> {
    let timezone = draft.timezone;
    recognise(work, &mut draft.attendee, (timezone, locale)).await?;
    Ok(booking::create(work, draft).await?)
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

/// Says whom the directory knows by what was typed, unless staff have said who it is.
async fn recognise(
    work: &Work<Tenant>,
    typed: &mut AttendeeDraft,
    (timezone, locale): (Option<Zone>, Option<Locale>),
) -> Result<(), Refusal> {
    if typed.client.is_some() {
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
