//! Somebody in every line that there is: a link that was sent, a place on the list with an offer, a form that was filled
//! in, somebody at the door.

use db::{Tenant, Work};
use kernel::Span;
use kernel::id::ServiceId;
use scheduling::booking;
use scheduling::contact::Contact;
use scheduling::request::{self, RequestDraft};
use scheduling::routing::{self, FormDraft, Target};
use scheduling::service::{Answers, Questions};
use scheduling::waitlist::{self, WaitDraft};
use scheduling::walk_in::{self, WalkInDraft};

use super::practice::{Practice, at};

impl Practice {
    /// Whoever does not book at once; the ids as clients know them.
    pub(crate) async fn furnish_lines(&self, service: ServiceId) -> Vec<String> {
        let three = at("2026-03-03T14:00:00Z");
        let first = self.books(service, three).await.unwrap();
        self.books(service, three).await.unwrap();
        let work = self.staff().await;
        let link = RequestDraft {
            service,
            host: None,
            client: client("Eva Lima"),
            message: None,
            expires_at: None,
        };
        let link = request::send(&work, link).await.unwrap().request;
        let form = form(&work).await;
        let waits = WaitDraft {
            service,
            host: None,
            window: Span::new(three, at("2026-03-03T14:01:00Z")).unwrap(),
            client: client("Gil Prado"),
        };
        let entry = waitlist::join(&work, waits).await.unwrap().entry;
        let draft = WalkInDraft {
            service,
            host: None,
            client: client("Zoe Prado"),
        };
        let walk_in = walk_in::join(&work, draft).await.unwrap().walk_in;
        let gone = booking::cancel(&work, first.booking, booking::Closing::default()).await;
        gone.unwrap();
        work.commit().await.unwrap();
        vec![
            link.to_string(),
            form.to_string(),
            entry.to_string(),
            walk_in.to_string(),
        ]
    }
}

fn client(name: &str) -> Contact {
    Contact {
        name: name.parse().unwrap(),
        email: Some("client@example.com".parse().unwrap()),
        phone: None,
    }
}

async fn form(work: &Work<Tenant>) -> kernel::id::RoutingFormId {
    let draft = FormDraft {
        slug: "where-to".parse().unwrap(),
        title: "Where to?".parse().unwrap(),
        fields: Questions::default(),
        rules: Vec::new(),
        fallback: Target::Message("Ask at the desk.".parse().unwrap()),
    };
    let form = routing::create_form(work, draft).await.unwrap().form;
    let slug = "where-to".parse().unwrap();
    routing::submit(work, &slug, Answers::new()).await.unwrap();
    form
}
