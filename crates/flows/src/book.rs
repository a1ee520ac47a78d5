//! Booking: whoever takes part is found in the directory, or entered there, in the same transaction.

use clients::Contact;
use db::{Tenant, Work};
use kernel::{Code, Kind, Locale, Refuse};
use scheduling::booking::{self, BookingDraft, BookingMade};

/// Either domain says no.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The directory of clients does.
    #[error(transparent)]
    Clients(#[from] clients::Refusal),
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
    if draft.attendee.client.is_none() {
        let typed = &draft.attendee;
        let contact = Contact {
            name: typed.name.clone(),
            email: typed.email.clone(),
            phone: typed.phone.clone(),
            timezone: draft.timezone,
            locale,
        };
        let found = clients::recognise(work, &contact).await?;
        draft.attendee.client = Some(found.client);
        draft.attendee.conflicting_client = found.conflict;
    }
    Ok(booking::create(work, draft).await?)
}
