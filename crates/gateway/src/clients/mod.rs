//! Whom the organization serves: the directory, as staff see it.

mod change;
mod client;

use async_graphql::{Context, InputObject, Object, Result};
use clients::{ClientFilter, ClientStatus, Clients};
use db::paging::Page;
use kernel::id::{ClientId, ProviderId};

pub(crate) use self::change::ClientMutation;
pub(crate) use self::client::{CONFLICTS_MAX, Client, ConflictsOf};
use crate::caller::Caller;
use crate::errors::{asked, on_top};
use crate::list::{Count, connection, page};
use crate::loaders::load;
use crate::reads::Reads;

connection! {
    /// Clients of an organization.
    ClientConnection, ClientEdge of Client
}

/// Which clients are meant; what is absent does not matter.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct ClientFilterInput {
    /// Only those whose name, address or number has this in it, whatever the case and accents.
    text: Option<String>,
    /// Only those who stand here.
    status: Option<ClientStatus>,
    /// Only those whom this provider serves first of all.
    primary_provider_id: Option<ProviderId>,
}

impl ClientFilterInput {
    fn read(self) -> Result<ClientFilter> {
        Ok(ClientFilter {
            text: self.text.map(|it| asked("text", &it)).transpose()?,
            status: self.status,
            primary_provider: self.primary_provider_id,
        })
    }
}

/// The directory of clients.
#[derive(Debug, Default)]
pub(crate) struct ClientQuery;

/// The directory of clients.
#[expect(clippy::too_many_arguments, reason = "Relay gives a list four")]
#[Object]
impl ClientQuery {
    /// The clients of the organization, by name. Needs the right `clients:read`.
    async fn clients(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if absent.")] filter: Option<ClientFilterInput>,
        #[graphql(desc = "How many from the beginning, 1 to 100; 50 if absent.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<ClientConnection>> {
        let filter = filter.unwrap_or_default().read();
        Some(list(ctx, page::<Clients>(first, after, last, before), filter).await)
    }

    /// A client by their id; null if there is none. Needs the right `clients:read`.
    async fn client(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The client's global id.")] id: ClientId,
    ) -> Option<Result<Client>> {
        if let Err(error) = Caller::of(ctx).tenant() {
            return Some(Err(error));
        }
        load::<ClientId, Client>(ctx, id).await.transpose()
    }
}

async fn list(
    ctx: &Context<'_>,
    page: Result<Page>,
    filter: Result<ClientFilter>,
) -> Result<ClientConnection> {
    Caller::of(ctx).need(kernel::Right::ClientsRead)?;
    let (page, filter) = (page?, filter?);
    let reading = Reads::of(ctx).tenant().await?;
    let slice = clients::clients(&reading, &filter, &page)
        .await
        .map_err(on_top)?
        .map(Client);
    let count: Count = Box::new(move |reading| {
        let filter = filter.clone();
        Box::pin(async move { clients::count_clients(&reading, &filter).await.map_err(on_top) })
    });
    Ok(ClientConnection { slice, count })
}
