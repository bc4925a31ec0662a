//! Whoever asks: a user with a session, or an API token. Pages and API take an [`Actor`] as an argument; without one the
//! request ends in the problem "login needed".
//!
//! The frame puts it into the request's extensions; whatever other way there is to become one does the same.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use liangdi_domain::division::Code;
use liangdi_store::access::{Role, SessionUser};

use crate::problem::Problem;

/// The pages that a user may see who has to change the password first.
const BEFORE_THE_PASSWORD: [&str; 2] = ["/password", "/logout"];

/// Whoever asks.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The user's name, as the audit has it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Of clerks: what they may see, with what lies below.
    pub jurisdictions: Vec<Code>,
    /// Whether the password has to be changed before anything else.
    pub must_change: bool,
    /// Whether the user logs in through the provider, and has no password here.
    pub by_provider: bool,
}

impl Actor {
    /// Whether a jurisdiction's affairs are open to this actor: to operators all, to clerks their own and those below.
    pub fn may_see(&self, code: Code) -> bool {
        match self.role {
            Role::Operator => true,
            Role::Clerk => self.jurisdictions.iter().any(|own| own.contains(&code)),
            Role::Reviewer | Role::Auditor => false,
        }
    }

    /// The same, as a handler's first line.
    pub fn must_see(&self, code: Code) -> Result<(), Problem> {
        if self.may_see(code) { Ok(()) } else { Err(Problem::foreign_jurisdiction()) }
    }

    /// Key of the text that names the role.
    pub fn role_text(&self) -> &'static str {
        role_text(self.role)
    }

    /// Ends in a problem where there is no password here, nor what belongs to it.
    pub fn must_have_password(&self) -> Result<(), Problem> {
        if self.by_provider { Err(Problem::no_password_here()) } else { Ok(()) }
    }

    /// Ends in a problem unless the actor has one of these roles.
    pub fn must_be(&self, roles: &[Role]) -> Result<(), Problem> {
        if roles.contains(&self.role) { Ok(()) } else { Err(Problem::other_role()) }
    }
}

/// Key of the text that names a role.
pub fn role_text(role: Role) -> &'static str {
    match role {
        Role::Operator => "common.role.operator",
        Role::Reviewer => "common.role.reviewer",
        Role::Auditor => "common.role.auditor",
        Role::Clerk => "common.role.clerk",
    }
}

impl From<SessionUser> for Actor {
    fn from(user: SessionUser) -> Self {
        let SessionUser { name, role, jurisdictions, must_change, by_provider } = user;
        Actor { name, role, jurisdictions, must_change, by_provider }
    }
}

impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let actor = parts.extensions.get::<Actor>().cloned().ok_or_else(Problem::login_needed)?;
        if actor.must_change && !BEFORE_THE_PASSWORD.contains(&parts.uri.path()) {
            return Err(Problem::password_due());
        }
        Ok(actor)
    }
}

/// A layer for routes that only some roles may use:
/// `router.route_layer(middleware::from_fn_with_state(ROLES, access::only))`.
pub async fn only(
    State(roles): State<&'static [Role]>,
    actor: Actor,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    actor.must_be(roles)?;
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(role: Role, jurisdictions: &[&str]) -> Actor {
        let jurisdictions = jurisdictions.iter().map(|code| code.parse().unwrap()).collect();
        Actor { name: "a-fictional-user".to_owned(), role, jurisdictions, must_change: false, by_provider: false }
    }

    #[test]
    fn clerks_see_their_jurisdictions_and_what_lies_below_and_nothing_else() {
        let sees = |actor: &Actor, code: &str| actor.may_see(code.parse().unwrap());
        let township = actor(Role::Clerk, &["320583100"]);
        assert!(sees(&township, "320583100") && sees(&township, "320583100201"));
        assert!(!sees(&township, "320583101") && !sees(&township, "320583") && !sees(&township, "320000"));
        let village = actor(Role::Clerk, &["320583100201"]);
        assert!(sees(&village, "320583100201") && !sees(&village, "320583100"));
        assert!(sees(&actor(Role::Operator, &[]), "340000"));
        assert!(!sees(&actor(Role::Auditor, &[]), "320583100") && !sees(&actor(Role::Reviewer, &[]), "320583100"));
        assert!(!sees(&actor(Role::Clerk, &[]), "320583100"));
    }
}
