//! A device that asks whether its user has decided (RFC 8628 section 3.4).

use oauth_sansio::{Digest, Moment, Spend, Timestamp, form};

use super::{
    Decision, allowed,
    issue::{NewRefresh, Source, Tokens},
};
use crate::server::{
    Batch, Device, Facts, GrantType, Once, Polls, Reason, Record, Want, Wanted, backchannel::Context,
    device::INTERVAL, parameters::required, records::kept_until, wire,
};

/// The code that the device was given.
#[cfg_attr(model, derive(Clone, PartialEq, Eq, Hash))]
pub(in crate::server) struct Form {
    device: Digest,
}

impl Form {
    pub(super) fn read(form: &form::Form<'_>, wanted: &mut Wanted) -> Result<Self, Reason> {
        let device = Digest::of_token(required(form, "device_code")?);
        wanted.rows.push(Want::Device(device));
        Ok(Self { device })
    }

    pub(super) fn decide(
        &self,
        context: &Context<'_>,
        facts: &Facts,
        moment: Moment,
    ) -> Result<Decision, Reason> {
        let Context { server, client, possession, .. } = *context;
        let grant = GrantType::DeviceCode;
        allowed(client, &grant)?;
        let device = facts.device.as_ref().ok_or(Reason::DeviceUnknown)?;
        if device.record.client_id != client.client_id {
            return Err(Reason::DeviceOfOtherClient);
        }
        let now = moment.now();
        // A device that asks again has most likely lost the answer; nothing tells it from its own user, so nothing is
        // revoked.
        if device.revoked || device.spent.is_some() {
            return Err(Reason::DeviceUsed);
        }
        if now >= device.record.expires {
            return Err(Reason::DeviceExpired);
        }
        let keep_until = kept_until(device.record.expires);
        let spend = vec![Spend { once: Once::Device(self.device), at: now.into(), keep_until }];
        let Some(decision) = &facts.decision else { return Ok(self.wait(&device.record, facts.polls, now)) };
        let Some(granted) = &decision.record.granted else {
            // Told once (RFC 8628 section 3.5).
            return Ok(Decision::Write(
                Batch { spend, ..Batch::default() },
                wire::token_error(Reason::DeviceDenied),
            ));
        };
        if decision.revoked {
            return Err(Reason::DeviceUsed);
        }
        let binding = possession.binding(server, client)?;
        let refresh = NewRefresh::first(context, granted, binding, now);
        let tokens = Tokens {
            context,
            grant,
            now,
            authorization: granted.clone(),
            binding,
            refresh,
            most: None,
            kept: None,
        };
        tokens.issue(spend, Source::Drawn(&mut moment.entropy()))
    }

    /// Each poll that comes too early makes the next one come five seconds later (RFC 8628 section 3.5).
    fn wait(&self, device: &Device, polls: Option<Polls>, now: Timestamp) -> Decision {
        let (interval, reason) = match polls {
            Some(Polls { last, interval, .. }) if now.since(last).as_secs() < interval => {
                (interval.saturating_add(5), Reason::DeviceTooFast)
            }
            Some(polls) => (polls.interval, Reason::DevicePending),
            None => (INTERVAL, Reason::DevicePending),
        };
        let polls = Polls { last: now, interval, expires: device.expires };
        let put = vec![Record::Polls(self.device, polls)];
        Decision::Write(Batch { put, ..Batch::default() }, wire::token_error(reason))
    }
}
