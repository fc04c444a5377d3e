//! What a provider says of somebody: a JSON object, in which each provider has other things at other places.

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Settings, token::subject};
use crate::server::accounts::{
    entry::{LONGEST_NAME, is_unseen},
    named::Named,
};

/// What there is beside the claims that openidconnect knows by name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct More {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for More {}

/// All that is said of somebody, and has been verified.
#[derive(Clone, Debug, Default)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Those that this is the JSON of.
    pub fn of(claims: &impl Serialize) -> Self {
        match serde_json::to_value(claims) {
            Ok(Value::Object(claims)) => Self(claims),
            _ => Self::default(),
        }
    }

    /// These, and of the others what is not among them.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        let mut all = others.0;
        all.extend(self.0);
        Self(all)
    }

    /// Whether all is there that `settings` want to know.
    pub fn suffice(&self, settings: &Settings) -> bool {
        let has_groups = !settings.needs_groups || self.get(&settings.groups_claim).is_some();
        has_groups && self.name(settings).is_some()
    }

    /// Who it is for the provider.
    pub fn sub(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// Who it is.
    pub fn named(&self, settings: &Settings) -> Named {
        let sub = self.sub();
        Named {
            name: clean(self.name(settings).unwrap_or(sub)),
            subject: Some(subject(&settings.issuer, sub)),
            groups: self.groups(&settings.groups_claim),
        }
    }

    fn name(&self, settings: &Settings) -> Option<&str> {
        let mut names = settings.name_claims.iter();
        names.find_map(|claim| self.text(claim))
    }

    /// The groups: a list of texts, one text, or an object whose keys they are.
    fn groups(&self, claim: &str) -> Vec<String> {
        match self.get(claim) {
            Some(Value::Array(groups)) => {
                let groups = groups.iter().filter_map(Value::as_str);
                groups.map(str::to_owned).collect()
            }
            Some(Value::String(group)) => vec![group.clone()],
            Some(Value::Object(groups)) => groups.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    fn text(&self, claim: &str) -> Option<&str> {
        let text = self.get(claim)?.as_str()?;
        (!clean(text).is_empty()).then_some(text)
    }

    /// A claim by its name; one that is inside of others by theirs too: `realm_access.roles`.
    fn get(&self, claim: &str) -> Option<&Value> {
        let inside = || {
            let (first, rest) = claim.split_once('.')?;
            let mut rest = rest.split('.');
            rest.try_fold(self.0.get(first)?, |value, name| value.get(name))
        };
        let value = self.0.get(claim).or_else(inside);
        value.filter(|value| !value.is_null())
    }
}

/// A name within what names are here.
fn clean(name: &str) -> String {
    let letters = name.chars().filter(|letter| !is_unseen(*letter));
    let name: String = letters.collect();
    let name: String = name.trim().chars().take(LONGEST_NAME).collect();
    name.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what failed by failing")]

    use openidconnect::{ClientId, IssuerUrl, RedirectUrl};
    use serde_json::json;

    use super::*;

    fn settings(groups_claim: &str) -> Settings {
        Settings {
            issuer: IssuerUrl::new("https://id.example".to_owned()).unwrap(),
            client: ClientId::new("brooklet".to_owned()),
            secret: None,
            scopes: Vec::new(),
            redirect: RedirectUrl::new("https://chat.example/oidc/end".to_owned()).unwrap(),
            groups_claim: groups_claim.to_owned(),
            name_claims: ["preferred_username", "email", "name"]
                .map(str::to_owned)
                .to_vec(),
            user_group: None,
            needs_groups: true,
        }
    }

    #[test]
    fn a_name_is_the_first_that_is_there_within_what_names_are() {
        let long = "x".repeat(100);
        for (claims, name) in [
            (
                json!({"sub": "1", "name": "Anna A.", "email": "a@b.example"}),
                "a@b.example",
            ),
            (
                json!({"sub": "1", "name": "Anna A.", "preferred_username": " an\u{200b}na\n"}),
                "anna",
            ),
            (
                json!({"sub": "1", "name": "Anna A.", "preferred_username": " \n"}),
                "Anna A.",
            ),
            (
                json!({"sub": "1", "preferred_username": ["anna"], "name": null}),
                "1",
            ),
            (json!({"sub": "1", "name": long}), &long[..64]),
        ] {
            let named = Claims::of(&claims).named(&settings("groups"));
            assert_eq!(named.name, name, "{claims}");
            assert_eq!(named.subject.as_deref(), Some("https://id.example|1"));
        }
    }

    #[test]
    fn groups_are_found_wherever_a_provider_has_them() {
        for (claim, claims, groups) in [
            (
                "groups",
                json!({"groups": ["a", 1, "b c"]}),
                &["a", "b c"][..],
            ),
            ("groups", json!({"groups": "a b"}), &["a b"]),
            ("groups", json!({"groups": null}), &[]),
            ("groups", json!({}), &[]),
            (
                "realm_access.roles",
                json!({"realm_access": {"roles": ["a"]}}),
                &["a"],
            ),
            (
                "https://a.example/groups",
                json!({"https://a.example/groups": ["a"]}),
                &["a"],
            ),
            ("urn:roles", json!({"urn:roles": {"a": {"1": "x"}}}), &["a"]),
            ("a.b", json!({"a": "x"}), &[]),
        ] {
            let claims = Claims::of(&claims);
            assert_eq!(claims.groups(claim), groups, "{claim}");
            let has_any = claims.get(claim).is_some();
            let named = claims.and(Claims::of(&json!({"name": "Anna"})));
            assert_eq!(named.suffice(&settings(claim)), has_any, "{claim}");
        }
    }
}
