//! The provider of identity, where there is one: whether it answers, what it shows of itself, what time it is there.

use super::{Finding, skew};
use crate::context::Context;

const CHECK: &str = "oidc provider";

/// Looks at the provider; nothing where nobody logs in through one.
pub(super) async fn look(context: &Context) -> Vec<Finding> {
    let oidc = &context.config.console.oidc;
    let provider = match context.provider() {
        Ok(None) => return Vec::new(),
        Ok(Some(provider)) => provider,
        Err(error) => return vec![Finding::wrong(CHECK, format!("{error:#}"), "mend [console.oidc]")],
    };
    let look = match provider.look().await {
        Ok(look) => look,
        Err(reason) => {
            let to_do = "have the provider started, or mend console.oidc.issuer, ca_file and what lies between; users with \
                         a password log in meanwhile";
            return vec![Finding::wrong(CHECK, format!("{}: {reason}", oidc.issuer), to_do)];
        }
    };
    let logout = if look.logout { "can be told of a logout" } else { "cannot be told of a logout: it ends here alone" };
    let found = format!("{} answers, shows {} keys and {logout}", oidc.issuer, look.keys);
    let first = if look.keys == 0 {
        Finding::wrong(CHECK, found, "have its operator publish the keys it signs with: nobody can log in through it")
    } else {
        Finding::ok(CHECK, found)
    };
    let clock = look.clock.map(|(asked, theirs, answered)| skew("oidc clock", asked, theirs, answered));
    std::iter::once(first).chain(clock).collect()
}
