//! What the broker should hold, what it holds, and the difference between the two, shown and made like a
//! migration. Nothing else in the hub declares anything but temporary queues.

mod apply;
mod delivery;
mod found;
pub mod names;
mod plan;
mod users;
mod wanted;

pub use apply::{Admin, apply, apply_noting, ensure_users, files_needed};
pub use delivery::{DeliveryMode, DeliveryModes};
pub use found::{Found, FoundUsers, read, read_users};
pub use plan::{Item, ItemKind, Plan, plan};
pub use users::{Permissions, TopicPermission, UserLimits, UserWanted};
pub use wanted::{Binding, Jurisdiction, Peer, Policy, Scope, TopologyLimits, Upstream, Wanted};
