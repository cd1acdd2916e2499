import { MonitoringError } from "../../errors";
import type { AlertTarget } from "../config";
import type { Channel, Secrets } from "./channel";
import { email, type PublishMail } from "./email";
import type { Fetch } from "./http";
import { jira } from "./jira";
import { pagerDuty } from "./pagerduty";
import { slack } from "./slack";

/** Addresses to use instead of the receivers' own. */
export interface ChannelAddresses {
  readonly pagerduty?: string;
  readonly slack?: string;
  readonly jira?: string;
}

interface ChannelNeeds {
  readonly secrets: Secrets;
  readonly fetch?: Fetch;
  readonly mail?: (target: string) => PublishMail;
  readonly addresses?: ChannelAddresses;
}

/** The way to a target. */
export function channelOf(name: string, target: AlertTarget, needs: ChannelNeeds): Channel {
  const { secrets, fetch = globalThis.fetch, addresses = {} } = needs;
  const at = (address: string | undefined) => (address === undefined ? {} : { address });
  switch (target.type) {
    case "pagerduty":
      return pagerDuty({ ...target, secrets, fetch, ...at(addresses.pagerduty) });
    case "slack":
      return slack({
        secret: target.secret,
        secrets,
        fetch,
        ...at(addresses.slack),
        ...(target.channel === undefined ? {} : { channel: target.channel }),
      });
    case "jira":
      return jira({ ...target, secrets, fetch, ...at(addresses.jira) });
    case "email":
      return email(needs.mail?.(name) ?? nobodyMails(name));
  }
}

/** Nothing sends mail here: a channel that fails until somebody sees to it, so that the other targets hear of it. */
function nobodyMails(name: string): PublishMail {
  return async () => {
    const remedy = "Give the router a way to send mail, such as a topic with the address.";
    throw new MonitoringError("mail_missing", `alerts.targets.${name}: nothing sends mail here. ${remedy}`);
  };
}
