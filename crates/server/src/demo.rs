//! What the demo tells: to its page, to a person at a terminal, and to a script.

use serde::Serialize;
use serde_json::json;

/// What the demo tells its visitors, so that the first query runs at once.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Demo {
    /// A key that opens the demo organization.
    pub api_key: String,
    /// The demo organization's slug.
    pub organization: String,
    /// A first query.
    pub query: String,
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
    /// One line of JSON for scripts.
    #[must_use]
    pub fn line(&self, base: &str) -> String {
        json!({
            "url": base,
            "graphql": format!("{base}/graphql"),
            "apiKey": self.api_key,
            "organization": self.organization,
            "query": self.query,
        })
        .to_string()
    }

    /// A few lines for people, the last of which can be pasted into another terminal.
    #[must_use]
    pub fn welcome(&self, base: &str) -> String {
        let person = |it: &SignIn| format!("{} / {} ({})", it.email, it.password, it.role);
        let people: Vec<_> = self.sign_ins.iter().map(person).collect();
        let body = json!({ "query": self.query }).to_string().replace('\'', r"'\''");
        format!(
            "Horarium is serving its demo.\n\n  \
               page          {base}/\n  \
               GraphQL       {base}/graphql\n  \
               organization  {}\n  \
               API key       {}\n  \
               sign in as    {}\n\n\
             A first query:\n\n  \
               curl -s {base}/graphql \\\n    \
                 -H 'Authorization: Bearer {}' \\\n    \
                 -H 'Content-Type: application/json' \\\n    \
                 -d '{body}'\n",
            self.organization,
            self.api_key,
            people.join("\n                "),
            self.api_key,
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
        Demo {
            api_key: "hor_live_demo".to_owned(),
            organization: "demo".to_owned(),
            query: "{ organization(slug: \"demo's\") { name } }".to_owned(),
            sign_ins: vec![person("owner", "owner"), person("member", "member")],
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

          page          http://127.0.0.1:4000/
          GraphQL       http://127.0.0.1:4000/graphql
          organization  demo
          API key       hor_live_demo
          sign in as    owner@example.com / not a secret (owner)
                        member@example.com / not a secret (member)

        A first query:

          curl -s http://127.0.0.1:4000/graphql \
            -H 'Authorization: Bearer hor_live_demo' \
            -H 'Content-Type: application/json' \
            -d '{"query":"{ organization(slug: \"demo'\''s\") { name } }"}'
        "#);
    }
}
