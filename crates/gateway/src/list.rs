//! Relay connections over [`db::paging`]: `edges`, `nodes`, `pageInfo` and a lazy, capped `totalCount`.

use std::sync::Arc;

use async_graphql::{Result, SimpleObject};
use db::paging::{Asked, BadPage, Cursor, Keyed, Page, Slice};
use db::{Reading, Tenant};
use futures::future::BoxFuture;
use kernel::{Code, Refuse};

use crate::errors::{coded, on_top};

/// Where a page lies in its list.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct PageInfo {
    /// Whether there is more after this page.
    has_next_page: bool,
    /// Whether there is more before this page.
    has_previous_page: bool,
    /// The cursor of the first edge.
    start_cursor: Option<String>,
    /// The cursor of the last edge; hand it back as `after` for the next page.
    end_cursor: Option<String>,
}

impl PageInfo {
    pub(crate) fn of<T>(slice: &Slice<T>) -> Self {
        let cursor = |row: Option<&(Cursor, T)>| row.map(|(cursor, _)| cursor.to_string());
        Self {
            has_next_page: slice.has_next,
            has_previous_page: slice.has_previous,
            start_cursor: cursor(slice.rows.first()),
            end_cursor: cursor(slice.rows.last()),
        }
    }
}

/// Counts a list when somebody asks.
pub(crate) type Count = Box<dyn Fn(Arc<Reading<Tenant>>) -> BoxFuture<'static, Result<u64>> + Send + Sync>;

/// Makes a count of a verb that counts.
pub(crate) fn counted<F, R>(count: F) -> Count
where
    F: for<'a> Fn(&'a Reading<Tenant>) -> BoxFuture<'a, std::result::Result<u64, R>>
        + Copy
        + Send
        + Sync
        + 'static,
    R: Refuse,
{
    Box::new(move |reading| Box::pin(async move { count(&reading).await.map_err(on_top) }))
}

/// The four arguments of a list, as a page of it.
pub(crate) fn page<E: Keyed>(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<Page> {
    let asked = Asked {
        first: first.map(i64::from),
        after,
        last: last.map(i64::from),
        before,
    };
    asked
        .page::<E>()
        .map_err(|wrong: BadPage| coded(Code::InvalidInput, &wrong))
}

/// Makes the two types of a connection, with whatever more there is to say about the list.
macro_rules! connection {
    ($(#[doc = $doc:literal])* $connection:ident, $edge:ident of $node:ident $({ $($more:item)* })?) => {
        $(#[doc = $doc])*
        pub(crate) struct $connection {
            pub(crate) slice: db::paging::Slice<$node>,
            pub(crate) count: $crate::list::Count,
        }

        $(#[doc = $doc])*
        #[async_graphql::Object]
        impl $connection {
            /// The nodes of this page with their cursors.
            async fn edges(&self) -> Vec<$edge<'_>> {
                self.slice.rows.iter().map(|(cursor, node)| $edge { cursor, node }).collect()
            }

            /// The nodes of this page.
            async fn nodes(&self) -> Vec<&$node> {
                self.slice.rows.iter().map(|(_, node)| node).collect()
            }

            /// Where this page lies in the list.
            async fn page_info(&self) -> $crate::list::PageInfo {
                $crate::list::PageInfo::of(&self.slice)
            }

            /// How many there are in all; counting stops at 10,000.
            async fn total_count(&self, ctx: &async_graphql::Context<'_>) -> Option<async_graphql::Result<u64>> {
                let reading = match $crate::reads::Reads::of(ctx).public().await {
                    Ok(reading) => reading,
                    Err(error) => return Some(Err(error)),
                };
                Some((self.count)(reading).await)
            }

            $($($more)*)?
        }

        /// One node of the list with its cursor.
        pub(crate) struct $edge<'a> {
            cursor: &'a db::paging::Cursor,
            node: &'a $node,
        }

        /// One node of the list with its cursor.
        #[async_graphql::Object]
        impl $edge<'_> {
            /// Where this node lies in the list; hand it back as `after` or `before`.
            async fn cursor(&self) -> String {
                self.cursor.to_string()
            }

            /// The node.
            async fn node(&self) -> &$node {
                self.node
            }
        }
    };
}
pub(crate) use connection;
