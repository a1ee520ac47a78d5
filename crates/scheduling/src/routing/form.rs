//! Making and changing routing forms.

use db::paging::{Page, Slice};
use db::{Fault, Reading, Tenant, Work, lock};
use kernel::id::RoutingFormId;
use kernel::{EventType, Line, Right, Slug};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::route::{Rule, Rules, Target};
use super::{RoutingForm, RoutingForms};
use crate::error::Refusal;
use crate::patch::{Shelf, expect_version, named, set, write_down};
use crate::service::Questions;
use crate::store;

/// Forms that are not put away, in one organization.
pub const FORMS_MAX: u64 = 200;

/// What a form is made from.
#[derive(Debug, Clone)]
pub struct FormDraft {
    /// Its part of a public address.
    pub slug: Slug,
    /// What it is called.
    pub title: Line,
    /// What it asks.
    pub fields: Questions,
    /// Which answers lead where, in order.
    pub rules: Vec<Rule>,
    /// Where everybody else goes.
    pub fallback: Target,
}

/// A change of a form: what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct FormEdit {
    /// Its part of a public address.
    pub slug: Option<Slug>,
    /// What it is called.
    pub title: Option<Line>,
    /// What it asks; the rules must still make sense.
    pub fields: Option<Questions>,
    /// Which answers lead where; they replace those that were there.
    pub rules: Option<Vec<Rule>>,
    /// Where everybody else goes.
    pub fallback: Option<Target>,
}

impl FormEdit {
    /// Applies itself and names what has changed.
    fn apply(self, to: &mut RoutingForm) -> Result<Vec<&'static str>, Refusal> {
        let fields = set(&mut to.fields, self.fields);
        let rules = self.rules.unwrap_or_else(|| to.rules.as_slice().to_vec());
        let rules = Rules::new(rules, &to.fields)?;
        Ok(named(&[
            ("slug", set(&mut to.slug, self.slug)),
            ("title", set(&mut to.title, self.title)),
            ("fields", fields),
            ("rules", set(&mut to.rules, Some(rules))),
            ("fallback", set(&mut to.fallback, self.fallback)),
        ]))
    }
}

/// A form was made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormChanged {
    /// Which.
    pub form: RoutingFormId,
}

/// Makes a form.
///
/// # Errors
/// If the right is missing, the address is taken, a rule makes no sense or leads to what is not there, or there are too many.
pub async fn create_form(work: &Work<Tenant>, draft: FormDraft) -> Result<FormChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    room_for_one_more(work).await?;
    let form = RoutingForm {
        organization_id: work.organization(),
        id: work.mint(),
        slug: draft.slug,
        title: draft.title,
        rules: Rules::new(draft.rules, &draft.fields)?,
        fields: draft.fields,
        fallback: draft.fallback,
        version: 1,
        archived_at: None,
        created_at: work.now(),
        updated_at: work.now(),
    };
    targets_are_there(work, &form).await?;
    let made = FormChanged { form: form.id };
    let diff = json!({ "slug": form.slug });
    store::routing_form::insert(work, form).await?;
    write_down(work, EventType::RoutingFormCreated, (made.form, 1), diff).await?;
    Ok(made)
}

/// Changes a form. A change that changes nothing counts as none.
///
/// # Errors
/// As [`create_form`], or if it is not there or has another version than expected.
pub async fn update_form(
    work: &Work<Tenant>,
    id: RoutingFormId,
    edit: FormEdit,
    expected_version: Option<i64>,
) -> Result<FormChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    let mut form: RoutingForm = store::hold::<RoutingForms>(work, id).await?;
    expect_version(expected_version, form.version)?;
    let changed = edit.apply(&mut form)?;
    if changed.is_empty() {
        return Ok(FormChanged { form: id });
    }
    targets_are_there(work, &form).await?;
    let version = form.touch(work.now());
    store::routing_form::save(work, form).await?;
    let diff = json!({ "changed": changed });
    write_down(work, EventType::RoutingFormUpdated, (id, version), diff).await?;
    Ok(FormChanged { form: id })
}

/// Puts a form away: nobody can fill it in, and its address is free.
///
/// # Errors
/// If the right is missing, it is not there, or has another version than expected.
pub async fn archive_form(
    work: &Work<Tenant>,
    id: RoutingFormId,
    expected_version: Option<i64>,
) -> Result<FormChanged, Refusal> {
    put(work, id, (Shelf::Away, expected_version)).await
}

/// Takes a form out again.
///
/// # Errors
/// If the right is missing, it is not there, has another version than expected, its address is taken, or there are too many.
pub async fn restore_form(
    work: &Work<Tenant>,
    id: RoutingFormId,
    expected_version: Option<i64>,
) -> Result<FormChanged, Refusal> {
    put(work, id, (Shelf::Back, expected_version)).await
}

async fn put(
    work: &Work<Tenant>,
    id: RoutingFormId,
    (shelf, expected_version): (Shelf, Option<i64>),
) -> Result<FormChanged, Refusal> {
    work.need(Right::CatalogueWrite)?;
    if shelf == Shelf::Back {
        lock::organization(work).await?;
    }
    let mut form: RoutingForm = store::hold::<RoutingForms>(work, id).await?;
    expect_version(expected_version, form.version)?;
    if !shelf.put(&mut form.archived_at, work.now()) {
        return Ok(FormChanged { form: id });
    }
    if shelf == Shelf::Back {
        room_for_one_more(work).await?;
    }
    let version = form.touch(work.now());
    store::routing_form::save(work, form).await?;
    let action = shelf.word([EventType::RoutingFormArchived, EventType::RoutingFormRestored]);
    write_down(work, action, (id, version), json!({})).await?;
    Ok(FormChanged { form: id })
}

async fn room_for_one_more(work: &Work<Tenant>) -> Result<(), Refusal> {
    lock::organization(work).await?;
    if store::routing_form::live(work).await? >= FORMS_MAX {
        return Err(Refusal::LimitReached {
            what: "routing forms",
            max: FORMS_MAX,
        });
    }
    Ok(())
}

/// Refuses to lead people to what is not there.
async fn targets_are_there(work: &Work<Tenant>, form: &RoutingForm) -> Result<(), Refusal> {
    let rules = form.rules.as_slice().iter().map(|it| &it.target);
    let (mut services, mut teams, mut resources) = (Vec::new(), Vec::new(), Vec::new());
    for target in rules.chain([&form.fallback]) {
        match target {
            Target::Service(id) => services.push(*id),
            Target::Team(id) => teams.push(*id),
            Target::Resource(id) => resources.push(*id),
            Target::Url(_) | Target::Message(_) => {}
        }
    }
    let found = store::find::<store::service::Entity>(work, &services).await?;
    let is_there = |id| found.iter().any(|it| it.id == id && it.archived_at.is_none());
    if !services.into_iter().all(is_there) {
        return Err(Refusal::NotFound("service"));
    }
    let found = store::find::<store::team::Entity>(work, &teams).await?;
    let is_there = |id| found.iter().any(|it| it.id == id && it.archived_at.is_none());
    if !teams.into_iter().all(is_there) {
        return Err(Refusal::NotFound("team"));
    }
    let found = store::find::<store::resource::Entity>(work, &resources).await?;
    let is_there = |id| found.iter().any(|it| it.id == id && it.archived_at.is_none());
    if !resources.into_iter().all(is_there) {
        return Err(Refusal::NotFound("resource"));
    }
    Ok(())
}

/// A page of the forms, by title. Whoever may not read the catalogue sees those that can be filled in.
///
/// # Errors
/// If the database refuses.
pub async fn forms(
    reading: &Reading<Tenant>,
    with_archived: bool,
    page: &Page,
) -> Result<Slice<RoutingForm>, Refusal> {
    Ok(store::page(reading, store::routing_form::list(reading, with_archived), page).await?)
}

/// How many there are, counting no further than the cap.
///
/// # Errors
/// If the database refuses.
pub async fn count_forms(reading: &Reading<Tenant>, with_archived: bool) -> Result<u64, Refusal> {
    Ok(store::count(reading, store::routing_form::list(reading, with_archived)).await?)
}

/// Forms by their ids, as far as whoever asks may see them.
///
/// # Errors
/// If the database refuses.
pub async fn find_forms(reading: &Reading<Tenant>, ids: &[RoutingFormId]) -> Result<Vec<RoutingForm>, Fault> {
    store::seen::<RoutingForms>(reading, ids).await
}

/// The form at a public address.
///
/// # Errors
/// If the database refuses.
pub async fn form_named(reading: &Reading<Tenant>, slug: &Slug) -> Result<Option<RoutingForm>, Fault> {
    store::routing_form::named(reading, slug).await
}
