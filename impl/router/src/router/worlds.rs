//! Worlds' configurations, as extension scripts change them.

use super::Router;
use super::check::within;
use crate::store::Store as _;
use crate::{
    ConfigureError, ContextId, LimitKind, OmittedMember, Payload, WorldChange, WorldConfig, WorldId,
};

impl<P: Payload> Router<P> {
    /// Configures a world, as `userScripts.configureWorld` does. Instances that start from now on
    /// get messaging accordingly; for those that run, [`Withdrawal`](crate::Withdrawal) decides.
    /// What an absent member means is a rule too ([`OmittedMember`],
    /// `b3_configure_without_messaging`).
    ///
    /// # Errors
    ///
    /// [`ConfigureError`]: the context cannot act; it is no background or page; the extension does
    /// not hold the permission; the policy is too long, or too many worlds are configured.
    #[allow(clippy::needless_pass_by_value, reason = "the id is stored, as the change is")]
    pub fn configure_world(
        &mut self,
        context: ContextId,
        world: WorldId,
        change: WorldChange,
    ) -> Result<(), ConfigureError> {
        let result = self.configure_inner(context, &world, change);
        self.done("configure_world", result)
    }

    fn configure_inner(
        &mut self,
        context: ContextId,
        world: &WorldId,
        change: WorldChange,
    ) -> Result<(), ConfigureError> {
        let extension = self.configuring(context)?;
        let policy = change.csp.as_ref().map_or(0, |policy| policy.len());
        within(policy, self.limits.policy_bytes, || LimitKind::PolicyBytes)?;
        let configs = &self.extensions.at(extension).configs;
        let old = configs.get(world);
        if old.is_none() {
            let limit = self.limits.configured_worlds;
            let limit = self.rules.configured_worlds.map_or(limit, |rule| rule.min(limit));
            within(configs.len() + 1, limit, || LimitKind::ConfiguredWorlds)?;
        }
        let base = match (self.rules.omitted_member, old) {
            (OmittedMember::KeepsOld, Some(old)) => old.clone(),
            (OmittedMember::KeepsOld, None) | (OmittedMember::Default, _) => WorldConfig::default(),
        };
        let config = WorldConfig {
            messaging: change.messaging.unwrap_or(base.messaging),
            csp: change.csp.or(base.csp),
        };

        self.extensions.at_mut(extension).configs.insert(world.clone(), config);
        self.withdraw_after_configure(extension, world);
        Ok(())
    }

    /// Takes a world's configuration away, as `userScripts.resetWorldConfiguration` does. One that
    /// there is not is no matter. For instances that run, [`Withdrawal`](crate::Withdrawal) decides
    /// (`k4_named_false_default_true_reset`).
    ///
    /// # Errors
    ///
    /// [`ConfigureError`], as [`configure_world`](Self::configure_world), but no limit.
    pub fn reset_world_configuration(
        &mut self,
        context: ContextId,
        world: &WorldId,
    ) -> Result<(), ConfigureError> {
        let result = self.configuring(context).map(|extension| {
            self.extensions.at_mut(extension).configs.remove(world);
            self.withdraw_after_reset(extension, world);
        });
        self.done("reset_world_configuration", result)
    }

    /// The slot of the extension whose worlds a context may configure.
    fn configuring(&self, id: ContextId) -> Result<u32, ConfigureError> {
        self.acting(id)?;
        let context = self.own(id)?;
        self.permitted(context.extension)?;
        Ok(context.extension)
    }
}
