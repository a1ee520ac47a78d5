//! Signing in with a token that somebody else has issued (OpenID Connect), as Supabase and Clerk do.

mod issuer;

pub use issuer::{Issuer, IssuerRefusal, MAX_NAME_BYTES};
