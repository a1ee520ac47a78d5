//! Routing forms: questions that find out where somebody is to go, and the answers that were given.

mod form;
mod route;
mod submission;

pub use self::form::{
    FORMS_MAX, FormChanged, FormDraft, FormEdit, archive_form, count_forms, create_form, find_forms,
    form_named, forms, restore_form, update_form,
};
pub use self::route::{Condition, Joined, Operator, Routed, Rule, Rules, Target};
pub use self::submission::{Given, Submitted, count_submissions, routed, submissions, submit};
pub use crate::store::routing_form::{Entity as RoutingForms, Model as RoutingForm};
pub use crate::store::routing_submission::{Entity as RoutingSubmissions, Model as RoutingSubmission};
