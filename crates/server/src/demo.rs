//! What the demo tells: to its page, to a person at a terminal, and to a script.

use serde::Serialize;
use serde_json::{Value, json};

/// What the demo tells its visitors, so that the first query runs at once.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Demo {
    /// Its organizations; the first query is about the first of them.
    pub organizations: Vec<Shown>,
    /// A first query.
    pub query: String,
    /// What else its page offers to ask.
    pub examples: Vec<Example>,
}

/// A document with variables that runs against the demo as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct Example {
    /// What it finds out or does.
    pub title: &'static str,
    /// The document.
    pub query: &'static str,
    /// Its variables.
    pub variables: Value,
}

impl Example {
    /// A document and its variables.
    #[must_use]
    pub fn new(title: &'static str, query: &'static str, variables: Value) -> Self {
        Self {
            title,
            query,
            variables,
        }
    }
}

/// An organization of the demo.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// Its part of a public address.
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// Whose daily life it shows.
    pub kind: String,
    /// A key that opens it.
    pub api_key: String,
    /// People who can sign in.
    pub sign_ins: Vec<SignIn>,
}

/// Somebody who can sign in to the demo.
#[derive(Debug, Clone, Serialize)]
pub struct SignIn {
    /// With this address,
    pub email: String,
    /// this password,
    pub password: String,
    /// and this role.
    pub role: String,
}

impl Demo {
    /// The organization that the first query is about.
    fn first(&self) -> Shown {
        self.organizations.first().cloned().unwrap_or_default()
    }

    /// One line of JSON for scripts.
    #[must_use]
    pub fn line(&self, base: &str) -> String {
        let first = self.first();
        json!({
            "url": base,
            "graphql": format!("{base}/graphql"),
            "apiKey": first.api_key,
            "organization": first.slug,
            "query": self.query,
        })
        .to_string()
    }

    /// A few lines for people, the last of which can be pasted into another terminal.
    #[must_use]
    pub fn welcome(&self, base: &str) -> String {
        let organizations: Vec<String> = self.organizations.iter().map(Shown::lines).collect();
        let password = self.first().sign_ins.first().map(|it| it.password.clone());
        let body = json!({ "query": self.query }).to_string().replace('\'', r"'\''");
        format!(
            "Horarium is serving its demo.\n\n  \
               page      {base}/\n  \
               GraphQL   {base}/graphql\n\n\
             Four organizations, each with a fortnight of bookings. Everybody's password is \"{}\".\n\n\
             {}\n\
             The first one's key, for the README's queries:\n\n  \
               KEY={}\n\n\
             A first query:\n\n  \
               curl -s {base}/graphql \\\n    \
                 -H 'Authorization: Bearer {}' \\\n    \
                 -H 'Content-Type: application/json' \\\n    \
                 -d '{body}'\n",
            password.unwrap_or_default(),
            organizations.join("\n"),
            self.first().api_key,
            self.first().api_key,
        )
    }
}

impl Shown {
    fn lines(&self) -> String {
        let person = |it: &SignIn| format!("{} ({})", it.email, it.role);
        let people: Vec<String> = self.sign_ins.iter().map(person).collect();
        format!(
            "  {:<10}{}, {}\n            key      {}\n            sign in  {}\n",
            self.slug,
            self.name,
            self.kind,
            self.api_key,
            people.join("\n                     "),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo() -> Demo {
        let person = |name: &str, role: &str| SignIn {
            email: format!("{name}@example.com"),
            password: "not a secret".to_owned(),
            role: role.to_owned(),
        };
        let one = |slug: &str, people: Vec<SignIn>| Shown {
            slug: slug.to_owned(),
            name: slug.to_uppercase(),
            kind: "somebody alone".to_owned(),
            api_key: format!("hor_live_{slug}"),
            sign_ins: people,
        };
        Demo {
            organizations: vec![
                one("demo", vec![person("owner", "owner"), person("member", "member")]),
                one("other", vec![person("another", "owner")]),
            ],
            query: "{ organization(slug: \"demo's\") { name } }".to_owned(),
            examples: Vec::new(),
        }
    }

    #[test]
    fn a_script_reads_one_line() {
        insta::assert_snapshot!(
            demo().line("http://127.0.0.1:4000"),
            @r#"{"apiKey":"hor_live_demo","graphql":"http://127.0.0.1:4000/graphql","organization":"demo","query":"{ organization(slug: \"demo's\") { name } }","url":"http://127.0.0.1:4000"}"#
        );
    }

    #[test]
    fn a_person_reads_what_can_be_pasted() {
        insta::assert_snapshot!(demo().welcome("http://127.0.0.1:4000"), @r#"
        Horarium is serving its demo.

          page      http://127.0.0.1:4000/
          GraphQL   http://127.0.0.1:4000/graphql

        Four organizations, each with a fortnight of bookings. Everybody's password is "not a secret".

          demo      DEMO, somebody alone
                    key      hor_live_demo
                    sign in  owner@example.com (owner)
                             member@example.com (member)

          other     OTHER, somebody alone
                    key      hor_live_other
                    sign in  another@example.com (owner)

        The first one's key, for the README's queries:

          KEY=hor_live_demo

        A first query:

          curl -s http://127.0.0.1:4000/graphql \
            -H 'Authorization: Bearer hor_live_demo' \
            -H 'Content-Type: application/json' \
            -d '{"query":"{ organization(slug: \"demo'\''s\") { name } }"}'
        "#);
    }
}
