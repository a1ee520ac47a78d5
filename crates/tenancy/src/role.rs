//! What each role may do.

use kernel::{Denied, Right, Rights};
use sea_orm::{DeriveActiveEnum, EnumIter};

/// As what somebody belongs to an organization.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "graphql", derive(async_graphql::Enum))]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Role {
    /// May do everything, closing the organization included.
    #[sea_orm(string_value = "OWNER")]
    Owner,
    /// Runs the organization for its owners.
    #[sea_orm(string_value = "ADMIN")]
    Admin,
    /// Works at the desk.
    #[sea_orm(string_value = "STAFF")]
    Staff,
    /// Is booked by clients, and sees their own calendar.
    #[sea_orm(string_value = "PROVIDER")]
    Provider,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Staff, Self::Provider];

    /// The role as rows and clients know it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Admin => "ADMIN",
            Self::Staff => "STAFF",
            Self::Provider => "PROVIDER",
        }
    }
}

/// What a role may do in its organization.
#[must_use]
pub const fn role_rights(role: Role) -> Rights {
    match role {
        Role::Owner => Rights::of(Right::ALL),
        Role::Admin => Rights::of(&[
            Right::OrganizationRead,
            Right::OrganizationWrite,
            Right::MembersRead,
            Right::MembersWrite,
            Right::ApiKeysRead,
            Right::ApiKeysWrite,
            Right::AuditRead,
            Right::CatalogueRead,
            Right::CatalogueWrite,
            Right::CalendarsRead,
            Right::CalendarsWrite,
            Right::OwnCalendarWrite,
            Right::ClientsRead,
            Right::ClientsWrite,
            Right::DiaryRead,
            Right::DiaryWrite,
            Right::OwnDiaryWrite,
            Right::BookingsOverride,
            Right::WebhooksRead,
            Right::WebhooksWrite,
            Right::MessagesRead,
            Right::MessagesWrite,
        ]),
        Role::Staff => Rights::of(&[
            Right::OrganizationRead,
            Right::MembersRead,
            Right::CatalogueRead,
            Right::CalendarsRead,
            Right::CalendarsWrite,
            Right::OwnCalendarWrite,
            Right::ClientsRead,
            Right::ClientsWrite,
            Right::DiaryRead,
            Right::DiaryWrite,
            Right::OwnDiaryWrite,
            Right::BookingsOverride,
            Right::MessagesRead,
        ]),
        Role::Provider => Rights::of(&[
            Right::OrganizationRead,
            Right::CatalogueRead,
            Right::OwnCalendarWrite,
            Right::OwnDiaryWrite,
        ]),
    }
}

/// Nobody gives, changes or takes away more than they have themselves: so an ADMIN cannot touch an OWNER, and no key can
/// make a mightier one.
pub(crate) fn within_reach(own: Rights, reached: Rights) -> Result<(), Denied> {
    match reached.iter().find(|right| !own.has(*right)) {
        Some(missing) => Err(Denied::Forbidden(missing)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_reaches_everybody_but_owners() {
        let reaches = |own: Role, other: Role| within_reach(role_rights(own), role_rights(other)).is_ok();
        for role in Role::ALL {
            assert!(reaches(Role::Owner, role), "{role:?}");
            assert_eq!(reaches(Role::Admin, role), role != Role::Owner, "{role:?}");
        }
        assert!(!reaches(Role::Staff, Role::Admin) && !reaches(Role::Provider, Role::Staff));
    }

    #[test]
    fn what_is_missing_is_named() {
        let refused = within_reach(role_rights(Role::Admin), role_rights(Role::Owner));
        assert_eq!(refused, Err(Denied::Forbidden(Right::OrganizationDelete)));
    }

    /// Which role has which right, as a table for people.
    fn table() -> String {
        let roles: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
        let mut table = format!(
            "| right | {} |\n|---|{}\n",
            roles.join(" | "),
            ":-:|".repeat(roles.len())
        );
        for right in Right::ALL {
            let cells: Vec<&str> = Role::ALL
                .iter()
                .map(|role| if role_rights(*role).has(*right) { "yes" } else { "" })
                .collect();
            table.push_str(&format!("| `{right}` | {} |\n", cells.join(" | ")));
        }
        table
    }

    #[test]
    fn the_documented_table_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/tenancy.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (before, rest) = page.split_once("<!-- roles").unwrap();
        let (mark, rest) = rest.split_once('\n').unwrap();
        let (_, after) = rest.split_once("<!-- /roles -->").unwrap();
        let current = format!("{before}<!-- roles{mark}\n{}<!-- /roles -->{after}", table());
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, &current).unwrap();
        } else {
            assert_eq!(page, current, "run UPDATE_DOCS=1 cargo test -p tenancy");
        }
    }
}
