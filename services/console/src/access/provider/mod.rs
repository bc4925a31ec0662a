//! Logging in through a provider of identity (OpenID Connect): the authorization code flow with PKCE. The provider says who
//! somebody is; what they may do stays here.
//!
//! [`Provider`] is asked; `begun` is a login under way, kept by the browser; `http` is the way to the provider, with its
//! limits; `token` is what its word is held to; [`ProviderFault`] what can go wrong.

mod begun;
mod fault;
mod http;
mod token;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreGenderClaim};
use openidconnect::url::{Host, Url};
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClientId, ClientSecret, DiscoveryError, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, LanguageTag, LogoutRequest, OAuth2TokenResponse, PkceCodeVerifier, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, Scope, SubjectIdentifier, TokenResponse, UserInfoClaims, UserInfoError,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use self::http::{Away, Http};
use self::token::{Claims, Client, Held};
use crate::texts::Language;

pub(crate) use self::begun::Begun;
pub use self::fault::{ProviderFault, Unproven};

/// How long what the provider says of itself, its keys included, is taken to be so.
const METADATA_LASTS: TimeDelta = TimeDelta::minutes(10);

/// Where the provider sends browsers back to, under the console's own address.
pub const BACK_PATH: &str = "/login/oidc/back";
/// Where it sends them after they logged out there.
pub const LEFT_PATH: &str = "/login";

/// What an operator writes down of a provider. No `Debug`: it holds the secret.
#[derive(Clone)]
pub struct ProviderSettings {
    /// Its identifier, which is also where its metadata lies.
    pub issuer: String,
    /// What it calls this hub.
    pub client_id: String,
    /// What it knows this hub by.
    pub client_secret: SecretString,
    /// Certificates (PEM) of its authority; none: the system's.
    pub authority: Option<Vec<u8>>,
    /// Scopes that are asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim by which a user is found at the first login.
    pub name_claim: String,
    /// What it is called, in Chinese and in English.
    pub labels: [String; 2],
    /// How long somebody may take to log in there, in seconds.
    pub login_lasts_s: u64,
    /// Where browsers reach the console.
    pub public_url: String,
}

/// Why a provider cannot be spoken with, whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsFault {
    /// The issuer.
    #[error("issuer is no https:// address (http:// only on this machine)")]
    Issuer,
    /// The console's own address.
    #[error("console.public_url is no https://HOST without a path (http:// only on this machine)")]
    PublicUrl,
    /// The authority's certificates.
    #[error("ca_file holds no certificate (PEM)")]
    Authority,
}

/// The provider, as this hub knows it. Cheap to clone.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    settings: ProviderSettings,
    issuer: IssuerUrl,
    back: RedirectUrl,
    left: PostLogoutRedirectUrl,
    http: Http,
    /// What it said of itself last.
    metadata: Mutex<Option<(DateTime<Utc>, Arc<ProviderMetadataWithLogout>)>>,
}

/// Whoever has just proved at the provider who it is. No `Debug`.
pub(crate) struct Proved {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// What the ID token says it is called.
    name: Option<String>,
    access: AccessToken,
}

/// What a look at the provider found, for the doctor.
#[derive(Debug, Clone)]
pub struct ProviderLook {
    /// Keys that it signs with.
    pub keys: usize,
    /// Whether it can be told of a logout.
    pub logout: bool,
    /// Its clock, between question and answer.
    pub clock: Option<(DateTime<Utc>, DateTime<Utc>, DateTime<Utc>)>,
}

type Ready = Client<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

impl Provider {
    /// The provider with these settings. Nothing is asked of it yet.
    pub fn new(settings: ProviderSettings) -> Result<Self, SettingsFault> {
        let issuer = address(&settings.issuer).ok_or(SettingsFault::Issuer)?;
        let own = address(&settings.public_url).filter(|url| url.path() == "/").ok_or(SettingsFault::PublicUrl)?;
        let is_near = issuer.scheme() == "http";
        let http = Http::new(settings.authority.as_deref(), is_near).ok_or(SettingsFault::Authority)?;
        let under = |path: &str| own.join(path).map_err(|_| SettingsFault::PublicUrl);
        Ok(Provider(Arc::new(Inner {
            issuer: IssuerUrl::new(settings.issuer.clone()).map_err(|_| SettingsFault::Issuer)?,
            back: RedirectUrl::from_url(under(BACK_PATH)?),
            left: PostLogoutRedirectUrl::from_url(under(LEFT_PATH)?),
            http,
            metadata: Mutex::default(),
            settings,
        })))
    }

    /// What it is called.
    pub(crate) fn label(&self, language: Language) -> &str {
        let [chinese, english] = &self.0.settings.labels;
        match language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    /// How long somebody may take to log in there.
    pub(crate) fn login_lasts(&self) -> TimeDelta {
        TimeDelta::seconds(i64::try_from(self.0.settings.login_lasts_s).unwrap_or(i64::MAX / 1_000_000))
    }

    /// Whether an answer says that it is this provider's.
    pub(crate) fn is_issuer(&self, issuer: &str) -> bool {
        self.0.issuer.as_str() == issuer
    }

    /// The claim by which users are found.
    pub(crate) fn name_claim(&self) -> &str {
        &self.0.settings.name_claim
    }

    /// Where a browser goes to log in; `again`: the provider is to ask who it is, whoever is logged in there.
    pub(crate) async fn login_address(
        &self,
        begun: &Begun,
        language: Language,
        again: bool,
        now: DateTime<Utc>,
    ) -> Result<Url, ProviderFault> {
        let client = self.client(&*self.metadata(now).await?);
        let (state, nonce, challenge) = (begun.state(), begun.nonce(), begun.challenge());
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let scopes = self.0.settings.scopes.iter().cloned().map(Scope::new);
        let request = client.authorize_url(flow, move || state, move || nonce).add_scopes(scopes);
        let request = request.set_pkce_challenge(challenge).add_ui_locale(LanguageTag::new(language.tag().to_owned()));
        let request = if again { request.add_prompt(CoreAuthPrompt::Login) } else { request };
        Ok(request.url().0)
    }

    /// Who it is that came back with this code.
    pub(crate) async fn who(&self, code: String, begun: &Begun, now: DateTime<Utc>) -> Result<Proved, ProviderFault> {
        let mut metadata = self.metadata(now).await?;
        let client = self.client(&metadata);
        let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|_| ProviderFault::Away)?;
        let exchange = exchange.set_pkce_verifier(PkceCodeVerifier::new(begun.verifier()));
        let answer = exchange.request_async(&self.0.http).await.map_err(fault::not_exchanged)?;
        let token = answer.id_token().ok_or(ProviderFault::Unproven(Unproven::NoToken))?;
        let held = |metadata: &ProviderMetadataWithLogout| Held {
            issuer: self.0.issuer.clone(),
            client_id: ClientId::new(self.0.settings.client_id.clone()),
            keys: metadata.jwks().clone(),
            nonce: begun.nonce(),
            now,
        };
        let mut claims = held(&metadata).claims(token);
        if matches!(claims, Err(ProviderFault::Unproven(Unproven::UnknownKey))) {
            // It signs with another key than when it was asked last.
            metadata = self.metadata_anew(now).await?;
            claims = held(&metadata).claims(token);
        }
        let claims = claims.inspect_err(|fault| {
            // As a word: never what the token says.
            tracing::warn!(?fault, "what the provider says of a user is not taken");
        })?;
        Ok(Proved {
            issuer: self.0.issuer.to_string(),
            subject: claims.subject().to_string(),
            name: token::text(claims, self.name_claim()),
            access: answer.access_token().clone(),
        })
    }

    /// What the provider calls somebody: as the ID token says, else as its own page about users says.
    pub(crate) async fn name(&self, who: &Proved, now: DateTime<Utc>) -> Result<Option<String>, ProviderFault> {
        if who.name.is_some() {
            return Ok(who.name.clone());
        }
        let client = self.client(&*self.metadata(now).await?);
        let subject = SubjectIdentifier::new(who.subject.clone());
        let Ok(request) = client.user_info(who.access.clone(), Some(subject)) else { return Ok(None) };
        let answer: Result<UserInfoClaims<Claims, CoreGenderClaim>, _> = request.request_async(&self.0.http).await;
        let claims = answer.map_err(|error| {
            // Other errors repeat what it said of the user.
            let reason = match &error {
                UserInfoError::Request(error) => fault::cause(error),
                _ => "its answer cannot be used".to_owned(),
            };
            tracing::warn!(reason, "the provider does not say what it calls a user");
            ProviderFault::Away
        })?;
        Ok(token::text(&claims, self.name_claim()))
    }

    /// Where a browser goes to log out there as well; none if the provider has no such place, or is away. No ID token is
    /// kept for it: the provider asks whoever comes.
    pub(crate) async fn logout_address(&self, language: Language, now: DateTime<Utc>) -> Option<Url> {
        let metadata = self.metadata(now).await.ok()?;
        let endpoint = metadata.additional_metadata().end_session_endpoint.clone()?;
        let request = LogoutRequest::from(endpoint)
            .set_client_id(ClientId::new(self.0.settings.client_id.clone()))
            .set_post_logout_redirect_uri(self.0.left.clone())
            .add_ui_locale(LanguageTag::new(language.tag().to_owned()));
        Some(request.http_get_url())
    }

    /// Asks it for everything anew; why not, in words without any secret.
    pub async fn look(&self) -> Result<ProviderLook, String> {
        let metadata = self.discover().await.map_err(|error| fault::cause(&error))?;
        Ok(ProviderLook {
            keys: metadata.jwks().keys().len(),
            logout: metadata.additional_metadata().end_session_endpoint.is_some(),
            clock: self.0.http.clock(),
        })
    }

    async fn metadata(&self, now: DateTime<Utc>) -> Result<Arc<ProviderMetadataWithLogout>, ProviderFault> {
        let held = self.0.metadata.lock().await.clone();
        match held {
            Some((at, metadata)) if (TimeDelta::zero()..METADATA_LASTS).contains(&(now - at)) => Ok(metadata),
            _ => self.metadata_anew(now).await,
        }
    }

    async fn metadata_anew(&self, now: DateTime<Utc>) -> Result<Arc<ProviderMetadataWithLogout>, ProviderFault> {
        let metadata = self.discover().await.map_err(|error| {
            tracing::warn!(reason = fault::cause(&error), "the provider of identity does not answer as it should");
            ProviderFault::Away
        })?;
        let metadata = Arc::new(metadata);
        *self.0.metadata.lock().await = Some((now, metadata.clone()));
        Ok(metadata)
    }

    async fn discover(&self) -> Result<ProviderMetadataWithLogout, DiscoveryError<Away>> {
        let metadata = ProviderMetadataWithLogout::discover_async(self.0.issuer.clone(), &self.0.http).await?;
        let logout = metadata.additional_metadata().end_session_endpoint.as_ref().map(|endpoint| endpoint.url());
        let for_browsers = std::iter::once(metadata.authorization_endpoint().url()).chain(logout);
        if for_browsers.into_iter().any(|url| !is_safe(url)) {
            return Err(DiscoveryError::Validation("it sends browsers where nothing is encrypted".to_owned()));
        }
        Ok(metadata)
    }

    fn client(&self, metadata: &ProviderMetadataWithLogout) -> Ready {
        let settings = &self.0.settings;
        let secret = ClientSecret::new(settings.client_secret.expose_secret().to_owned());
        let client =
            Client::from_provider_metadata(metadata.clone(), ClientId::new(settings.client_id.clone()), Some(secret));
        // What is not said means Basic.
        let methods = metadata.token_endpoint_auth_methods_supported();
        let in_body = methods.is_some_and(|methods| {
            methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        let how = if in_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        client.set_auth_type(how).set_redirect_uri(self.0.back.clone())
    }
}

/// `https://`, or `http://` on this machine; nothing in it but host, port and path.
pub fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    (is_safe(&url) && plain).then_some(url)
}

fn is_safe(url: &Url) -> bool {
    let is_near = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_near)
}
