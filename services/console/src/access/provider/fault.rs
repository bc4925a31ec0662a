//! What can go wrong between this hub and the provider: each has words for whoever waits at the login page.

use std::error::Error;

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{RequestTokenError, StandardErrorResponse};

/// Why nobody was logged in through the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderFault {
    /// It cannot be reached, or answers what cannot be understood.
    Away,
    /// It does not accept this hub.
    Misconfigured,
    /// Too late, or for the second time.
    Stale,
    /// Another browser asked, or nobody did.
    Foreign,
    /// Whoever was there did not log in, or may not come here.
    Refused,
    /// Its clock and this machine's differ.
    Clock,
    /// What it says is not proved.
    Unproven(Unproven),
}

/// What about a token does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproven {
    /// There is none.
    NoToken,
    /// Signed with a key that the provider does not show.
    UnknownKey,
    /// The signature.
    Signature,
    /// Who wrote it.
    Issuer,
    /// For whom it was written.
    Audience,
    /// It answers another question.
    Nonce,
    /// Anything else.
    Form,
}

impl ProviderFault {
    /// Key of its text.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            ProviderFault::Away => "common.provider.away",
            ProviderFault::Misconfigured => "common.provider.misconfigured",
            ProviderFault::Stale => "common.provider.stale",
            ProviderFault::Foreign => "common.provider.foreign",
            ProviderFault::Refused => "common.provider.refused",
            ProviderFault::Clock => "common.provider.clock",
            ProviderFault::Unproven(_) => "common.provider.unproven",
        }
    }
}

/// Why a code was not exchanged for a token. Codes of the standard are said, descriptions are not: they may hold anything.
pub(super) fn not_exchanged<E>(
    error: RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> ProviderFault
where
    E: Error + 'static,
{
    let RequestTokenError::ServerResponse(answer) = &error else {
        // An answer that cannot be read is not repeated: it may hold a token.
        let reason = match &error {
            RequestTokenError::Request(error) => cause(error),
            _ => "its answer cannot be read".to_owned(),
        };
        tracing::warn!(reason, "the provider gave no token");
        return ProviderFault::Away;
    };
    match answer.error() {
        // The code is over, or was used.
        CoreErrorResponseType::InvalidGrant => ProviderFault::Stale,
        CoreErrorResponseType::Extension(_) => {
            tracing::warn!("the provider gave no token, for a reason that is not the standard's");
            ProviderFault::Misconfigured
        }
        code => {
            tracing::warn!(%code, "the provider gave no token: `liangdi doctor` and the provider's operator know more");
            ProviderFault::Misconfigured
        }
    }
}

/// An error with its causes; libraries' own texts only say that a request failed.
pub(super) fn cause(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
