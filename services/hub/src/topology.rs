//! What the broker should hold, as the configuration and the boundary changes announced have it; the difference to what it
//! holds, read and made. For the command and for the console's page.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use liangdi_broker::BrokerError;
use liangdi_broker::management::Management;
use liangdi_broker::topology::{self, Admin, Jurisdiction, Plan, Scope, Wanted};
use liangdi_console::topology::{Administrator, Comparing, Made, Topology, TopologyError};
use liangdi_domain::division::{Announcement, Code};
use liangdi_store::port::{Announced, register};
use liangdi_store::postgres::PgStore;

use crate::context::Context;

/// How long a page waits for a difference. A broker that answers, but slowly, takes longer for one request.
const COMPARE_TIMEOUT_MS: u64 = 50_000;

/// What the broker should hold.
pub fn wanted(context: &Context, announced: Vec<Announced>) -> Result<Wanted> {
    let mut scope = context.scope()?;
    add_announced(context, announced, &mut scope);
    Ok(Wanted::new(&scope))
}

/// The difference to what it holds.
pub async fn compare(management: &Management, wanted: &Wanted) -> Result<Plan, BrokerError> {
    Ok(topology::plan(wanted, &topology::read(management, &wanted.vhost).await?))
}

/// Divisions that boundary changes bring get their exchange as soon as they are announced; former ones keep theirs.
fn add_announced(context: &Context, announced: Vec<Announced>, scope: &mut Scope) {
    let (divisions, modes) = (context.tables, context.delivery_modes());
    // In the order of days: what comes of a division that came of one of these is one of these.
    let register = register(divisions, announced);
    for Announcement { change, .. } in register.followed() {
        let served = scope.jurisdictions.iter().map(|jurisdiction| jurisdiction.code);
        let concerned: Vec<Code> =
            served.filter(|code| change.from.iter().any(|from| from.code.contains(code))).collect();
        if concerned.is_empty() {
            continue;
        }
        // What lies below goes along under new digits, and what a split leaves without a village goes to the division above.
        let table = register.on(change.effective_on);
        let heirs = concerned.into_iter().filter_map(|code| table.receiver(code));
        let codes: Vec<Code> = change.to.iter().map(|to| to.code).chain(heirs).collect();
        for code in codes.into_iter().filter(|code| code.province() == divisions.home()) {
            if !scope.jurisdictions.iter().any(|jurisdiction| jurisdiction.code == code) {
                scope.jurisdictions.push(Jurisdiction { code, delivery: modes.of(code) });
            }
        }
    }
}

/// The console's way to the broker.
pub struct OnPage {
    pub context: Context,
    pub store: PgStore,
}

impl OnPage {
    async fn wanted(&self) -> Result<Wanted, TopologyError> {
        let announced = self.store.announced().await.map_err(|error| TopologyError::Database(error.to_string()))?;
        wanted(&self.context, announced).map_err(settings)
    }

    fn admin(&self, by: Option<Administrator>) -> Result<Admin, TopologyError> {
        let Some(Administrator { user, password }) = by else { return self.context.admin().map_err(settings) };
        self.context.admin_as(&user, &password).map_err(settings)
    }

    async fn plan(&self, by: Option<Administrator>) -> Result<Plan, TopologyError> {
        Ok(compare(&self.admin(by)?.management, &self.wanted().await?).await?)
    }

    async fn apply(&self, by: Administrator, shown: &Plan, made: &Made) -> Result<Plan, TopologyError> {
        let (admin, wanted) = (self.admin(Some(by))?, self.wanted().await?);
        let plan = compare(&admin.management, &wanted).await?;
        if plan != *shown {
            return Err(TopologyError::Changed(Box::new(plan)));
        }
        topology::apply_noting(&admin, &wanted, &plan, &|| made()).await?;
        Ok(compare(&admin.management, &wanted).await?)
    }
}

impl Topology for OnPage {
    fn place(&self) -> String {
        let place = self.context.endpoint().and_then(|endpoint| Ok(endpoint.place()?));
        place.unwrap_or_else(|_| self.context.config.amqp.vhost.clone())
    }

    fn has_administrator(&self) -> bool {
        !self.context.config.amqp.admin_user.is_empty()
    }

    fn plan(&self, by: Option<Administrator>) -> Comparing<'_> {
        Box::pin(async move {
            let limit = Duration::from_millis(COMPARE_TIMEOUT_MS);
            tokio::time::timeout(limit, OnPage::plan(self, by)).await.unwrap_or_else(|_| {
                let what = "reading what the broker holds".to_owned();
                Err(BrokerError::TimedOut { what, limit_ms: COMPARE_TIMEOUT_MS }.into())
            })
        })
    }

    fn apply(&self, by: Administrator, shown: Arc<Plan>, made: Made) -> Comparing<'_> {
        Box::pin(async move { OnPage::apply(self, by, &shown, &made).await })
    }
}

/// The configuration's mistakes name keys and files, and no secrets.
fn settings(error: anyhow::Error) -> TopologyError {
    match error.downcast::<BrokerError>() {
        Ok(broker) => broker.into(),
        Err(other) => TopologyError::Settings(format!("{other:#}")),
    }
}
