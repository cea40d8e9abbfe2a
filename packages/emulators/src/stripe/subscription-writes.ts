import type { AccountState } from "./account-state.ts";
import { readBoolean } from "./parameters.ts";
import { readMetadata } from "./read-metadata.ts";
import { StripeProblem, missingObject } from "./stripe-problem.ts";
import type { TwinSubscription } from "./twin-objects.ts";
import type { WriteEndpoint } from "./write-endpoint.ts";

const PATH = /^\/v1\/subscriptions\/([A-Za-z0-9_]+)$/;

/** What can be done to subscriptions that are there. */
export const SUBSCRIPTION_WRITES: readonly WriteEndpoint[] = [
  {
    method: "POST",
    path: PATH,
    resource: "subscriptions",
    parameters: { plain: ["cancel_at_period_end"], maps: ["metadata"] },
    begin(parameters, { id }) {
      const ends = readBoolean(parameters, "cancel_at_period_end");
      const metadata = readMetadata(parameters);
      return (account) => {
        const subscription = found(account, id);
        if (subscription.status === "canceled" && ends !== undefined)
          throw new StripeProblem(400, {
            message: "A canceled subscription can only update its cancellation_details and metadata.",
          });
        return kept(account, {
          ...subscription,
          cancel_at_period_end: ends ?? subscription.cancel_at_period_end,
          metadata: { ...subscription.metadata, ...metadata },
        });
      };
    },
  },
  {
    method: "DELETE",
    path: PATH,
    resource: "subscriptions",
    parameters: { plain: [] },
    begin:
      (_parameters, { id, seconds }) =>
      (account) => {
        const subscription = found(account, id);
        // What has ended is as good as not there.
        if (subscription.status === "canceled") throw missingObject("subscription", id, "id");
        return kept(account, { ...subscription, canceled_at: seconds, status: "canceled" });
      },
  },
];

function found(account: AccountState, id: string): TwinSubscription {
  const subscription = account.subscriptions.get(id);
  if (subscription === undefined) throw missingObject("subscription", id, "id");
  return subscription;
}

function kept(account: AccountState, subscription: TwinSubscription): TwinSubscription {
  account.subscriptions.set(subscription.id, subscription);
  return subscription;
}
