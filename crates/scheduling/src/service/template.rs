//! What a template keeps of its copies. Pure.

use std::collections::BTreeSet;

use kernel::Slug;

use super::Service;
use crate::error::Refusal;
use crate::patch::{named, set};
use crate::team::{Lock, Locks};

impl Lock {
    /// The input fields that it covers, as the API spells them.
    #[must_use]
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Title => &["title", "description"],
            Self::Duration => &["duration", "interval"],
            Self::Buffers => &["bufferBefore", "bufferAfter"],
            Self::Notice => &["notice", "horizon"],
            Self::Limits => &["limits"],
            Self::Location => &["location", "locationDetail"],
            Self::Price => &["priceMode", "price", "payment"],
            Self::Questions => &["questions"],
        }
    }

    /// Makes what it covers as the template has it, and names what that has changed.
    fn bind(self, copy: &mut Service, template: &Service) -> Vec<&'static str> {
        let t = template.clone();
        match self {
            Self::Title => named(&[
                ("title", set(&mut copy.title, Some(t.title))),
                ("description", set(&mut copy.description, Some(t.description))),
            ]),
            Self::Duration => named(&[
                (
                    "duration",
                    set(&mut copy.duration_minutes, Some(t.duration_minutes)),
                ),
                (
                    "interval",
                    set(&mut copy.interval_minutes, Some(t.interval_minutes)),
                ),
            ]),
            Self::Buffers => named(&[
                (
                    "bufferBefore",
                    set(&mut copy.buffer_before_minutes, Some(t.buffer_before_minutes)),
                ),
                (
                    "bufferAfter",
                    set(&mut copy.buffer_after_minutes, Some(t.buffer_after_minutes)),
                ),
            ]),
            Self::Notice => {
                let kind = set(&mut copy.horizon, Some(t.horizon));
                named(&[
                    ("notice", set(&mut copy.notice_minutes, Some(t.notice_minutes))),
                    (
                        "horizon",
                        set(&mut copy.horizon_days, Some(t.horizon_days)) || kind,
                    ),
                ])
            }
            Self::Limits => named(&[("limits", set(&mut copy.limits, Some(t.limits)))]),
            Self::Location => named(&[
                ("location", set(&mut copy.location, Some(t.location))),
                (
                    "locationDetail",
                    set(&mut copy.location_detail, Some(t.location_detail)),
                ),
            ]),
            Self::Price => bind_price(copy, t),
            Self::Questions => named(&[("questions", set(&mut copy.questions, Some(t.questions)))]),
        }
    }
}

fn bind_price(copy: &mut Service, t: Service) -> Vec<&'static str> {
    let amount = set(&mut copy.price_minor, Some(t.price_minor));
    let percent = set(&mut copy.payment_percent, Some(t.payment_percent));
    let deposit = set(&mut copy.deposit_minor, Some(t.deposit_minor));
    named(&[
        ("priceMode", set(&mut copy.price_mode, Some(t.price_mode))),
        ("price", set(&mut copy.currency, Some(t.currency)) || amount),
        (
            "payment",
            set(&mut copy.payment_terms, Some(t.payment_terms)) || percent || deposit,
        ),
    ])
}

impl Locks {
    /// Whether a field of a service, as the API spells it, is locked.
    #[must_use]
    pub fn cover(&self, field: &str) -> bool {
        self.0.iter().any(|it| it.fields().contains(&field))
    }

    /// Makes everything that is locked as the template has it, and names what that has changed.
    pub(super) fn bind(&self, copy: &mut Service, template: &Service) -> Vec<&'static str> {
        let changed = self.0.iter().flat_map(|it| it.bind(copy, template)).collect();
        copy.find_by_its_words();
        changed
    }

    /// Refuses a change of a copy that touches what is locked.
    pub(super) fn allow(&self, changed: &[&'static str], template: &Service) -> Result<(), Refusal> {
        match changed.iter().find(|it| self.cover(it)) {
            Some(field) => Err(Refusal::Locked {
                field,
                template: template.id,
            }),
            None => Ok(()),
        }
    }
}

/// A public address for a copy that nobody has: the one that is wanted, cut to what fits, and a number if need be.
pub(super) fn free_slug(whole: &str, taken: &BTreeSet<String>) -> Result<Slug, Refusal> {
    let cut = |to: usize| whole[..whole.len().min(to)].trim_end_matches('-').to_owned();
    let numbered = |number: usize| {
        let end = format!("-{number}");
        cut(Slug::MAX - end.len()) + &end
    };
    let mut names = std::iter::once(cut(Slug::MAX)).chain((2..).map(numbered));
    let free = names.find(|it| !taken.contains(it)).unwrap_or_default();
    free.parse().map_err(|wrong| Refusal::invalid("slug", wrong))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::tests::service;
    use crate::service::{PaymentTerms, ServiceEdit};

    #[test]
    fn every_field_belongs_to_one_lock_and_every_lock_has_some() {
        let fields: Vec<&str> = Lock::ALL.iter().flat_map(|it| it.fields()).copied().collect();
        let once: BTreeSet<&str> = fields.iter().copied().collect();
        assert_eq!((once.len(), Lock::ALL.len()), (fields.len(), 8));
        assert!(Lock::ALL.iter().all(|it| !it.fields().is_empty()));
    }

    /// A template that differs from [`service`] in everything that can be locked.
    fn template() -> Service {
        let mut it = service();
        let limit = crate::service::Limit {
            scope: crate::service::LimitScope::Resource,
            per: crate::service::LimitPer::Day,
            unit: crate::service::LimitUnit::Bookings,
            most: 3,
        };
        let asks = r#"[{"key":"goal","label":"What for?","kind":"TEXT","is_required":false}]"#;
        let edit = ServiceEdit {
            title: "Another".parse().ok(),
            description: Some("Words".parse().ok()),
            duration_minutes: Some(45),
            interval_minutes: Some(15),
            buffer_before_minutes: Some(1),
            buffer_after_minutes: Some(2),
            notice_minutes: Some(3),
            ahead: Some(crate::service::Ahead::Rolling(7)),
            limits: crate::service::Limits::new(vec![limit]).ok(),
            location: Some(crate::service::LocationKind::Video),
            location_detail: Some("Room 1".parse().ok()),
            price_mode: Some(crate::service::PriceMode::HostRate),
            price: Some(kernel::Money::new(1, "BRL".parse().unwrap())),
            payment: Some(PaymentTerms::Percent(10)),
            questions: serde_json::from_str(asks).ok(),
            ..ServiceEdit::default()
        };
        edit.apply(&mut it).unwrap();
        it
    }

    #[test]
    fn what_is_locked_becomes_the_templates_and_the_rest_stays() {
        for lock in Lock::ALL {
            let (mut copy, template) = (service(), template());
            let locks = Locks([lock].into());
            assert_eq!(locks.bind(&mut copy, &template), lock.fields(), "{lock:?}");
            assert!(
                locks.bind(&mut copy, &template).is_empty(),
                "{lock:?}: nothing is left"
            );
        }
        let (mut copy, template) = (service(), template());
        Locks(Lock::ALL.into()).bind(&mut copy, &template);
        assert_eq!(
            (copy.search.as_str(), copy.currency.as_str()),
            ("another an-hour", "BRL")
        );
        copy.search.clone_from(&template.search);
        assert_eq!(copy, template, "all of them are all that differs");
    }

    #[test]
    fn a_change_of_what_is_locked_is_refused_by_its_name() {
        let (locks, template) = (Locks([Lock::Price].into()), template());
        assert!(locks.allow(&["title", "seats"], &template).is_ok());
        match locks.allow(&["title", "payment"], &template) {
            Err(Refusal::Locked { field, template: by }) => assert_eq!((field, by), ("payment", template.id)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_copy_finds_an_address_that_is_free_and_fits() {
        let mut taken = BTreeSet::new();
        let mut next = |template: &str, member: &str| {
            let free = free_slug(&format!("{template}-{member}"), &taken).unwrap();
            taken.insert(free.to_string());
            free.to_string()
        };
        assert_eq!(next("lesson", "bia"), "lesson-bia");
        assert_eq!(next("lesson", "bia"), "lesson-bia-2");
        assert_eq!(next("lesson", "bia"), "lesson-bia-3");
        let (long, tail) = ("l".repeat(62), "b".repeat(63));
        assert_eq!(next(&long, &tail), long, "a hyphen at the end is cut off");
        assert_eq!(next(&long, &tail), format!("{}-2", &long[..61]));
    }
}
