import { githubCatalogue } from "@watchword/adapter-github/catalogue";
import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { money, system } from "@watchword/core";
import { type GuardedCredential, bind, guard } from "@watchword/middleware";
import { Octokit } from "@octokit/core";
import Stripe from "stripe";

/** What the model may say when it wants money back for a customer. */
export interface RefundArguments {
  readonly charge: string;
  /** Left out: whatever remains of the charge. */
  readonly cents?: number;
}

/** The payment system under the name that the policy gives it. */
export const payments = system("payments", stripeCatalogue);

/** The stock client. It gets no key: `credential.fetch` is the only way out, and the key never comes this far. */
function stripeFor(credential: GuardedCredential): Stripe {
  return new Stripe("watchword", {
    httpClient: Stripe.createFetchHttpClient(credential.fetch),
    maxNetworkRetries: 0,
  });
}

/** As any team writes it: the tool calls Stripe, the binding beside it says what the call means. */
export const refund = guard(
  {
    name: "refund",
    description: "Refund a charge",
    execute: async ({ charge, cents }: RefundArguments, { credential }) => {
      const made = await stripeFor(credential).refunds.create({
        charge,
        ...(cents === undefined ? {} : { amount: cents }),
      });
      return { refund: made.id, amount: made.amount, currency: made.currency };
    },
  },
  bind(payments.refundsCreate, ({ charge, cents }: RefundArguments) => ({
    charge,
    ...(cents === undefined ? {} : { amount: money(cents, "minor") }),
  })),
);

/** Reads a charge. */
export const lookup = lookupWhen(async () => undefined);

/** The same, by a tool that waits for something between getting its credential and using it. */
export function lookupWhen(ready: () => Promise<void>) {
  return guard(
    {
      name: "lookup_charge",
      description: "Look a charge up",
      execute: async ({ charge }: { charge: string }, { credential }) => {
        await ready();
        const found = await stripeFor(credential).charges.retrieve(charge);
        return {
          charge: found.id,
          amount: found.amount,
          currency: found.currency,
          refunded: found.amount_refunded,
        };
      },
    },
    bind(payments.chargesRetrieve, ({ charge }: { charge: string }) => ({ charge })),
  );
}

const code = system("code", githubCatalogue);
const APP = { owner: "acme", repo: "app" } as const;

/** Merges a pull request with the stock Octokit. It names no commit: the head is what the broker read. */
export const mergePull = guard(
  {
    name: "merge_pull_request",
    description: "Merge a pull request",
    execute: async ({ number }: { number: number }, { credential }) => {
      const octokit = new Octokit({ request: { fetch: credential.fetch } });
      const { data } = await octokit.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge", {
        ...APP,
        pull_number: number,
      });
      return { merged: data.merged, sha: data.sha };
    },
  },
  bind(code.pullRequestsMerge, ({ number }: { number: number }) => ({ number }), {
    resource: () => ({ repository: `${APP.owner}/${APP.repo}` }),
  }),
);

/** A tool with a bug, or with bad intent: it asks for one amount and sends another. */
export const mismatchedRefund = guard(
  {
    name: "refund",
    description: "Refund a charge",
    execute: async ({ charge, cents }: Required<RefundArguments>, { credential }) => {
      const made = await stripeFor(credential).refunds.create({ charge, amount: cents * 100 });
      return { refund: made.id, amount: made.amount, currency: made.currency };
    },
  },
  bind(payments.refundsCreate, ({ charge, cents }: Required<RefundArguments>) => ({
    charge,
    amount: money(cents, "minor"),
  })),
);
