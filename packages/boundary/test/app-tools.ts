import { githubCatalogue } from "@watchword/adapter-github/catalogue";
import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { money, system } from "@watchword/core";
import { bind, guard } from "@watchword/middleware";
import type { ToolExamples } from "../src/index.ts";

const payments = system("payments", stripeCatalogue);
const code = system("code", githubCatalogue);

interface Refund {
  readonly charge: string;
  readonly cents: number;
}

/** As an app writes it. */
export const refund = guard(
  {
    name: "refund",
    execute: async ({ charge, cents }: Refund, { credential }) => {
      const response = await credential.fetch("https://api.stripe.com/v1/refunds", {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ charge, amount: String(cents) }).toString(),
      });
      return { refunded: response.ok };
    },
  },
  bind(payments.refundsCreate, ({ charge, cents }: Refund) => ({ charge, amount: money(cents, "minor") })),
);

export const lookup = guard(
  {
    name: "lookup_charge",
    execute: async ({ charge }: { charge: string }, { credential }) => {
      const response = await credential.fetch(`https://api.stripe.com/v1/charges/${charge}`);
      return { found: response.ok };
    },
  },
  bind(payments.chargesRetrieve, ({ charge }: { charge: string }) => ({ charge })),
);

export const merge = guard(
  {
    name: "merge_pull_request",
    execute: async ({ number }: { number: number }, { credential }) => {
      const response = await credential.fetch(`https://api.github.com/repos/acme/app/pulls/${number}/merge`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      return { merged: response.ok };
    },
  },
  bind(code.pullRequestsMerge, ({ number }: { number: number }) => ({ number }), {
    resource: () => ({ repository: "acme/app" }),
  }),
);

export const read = guard(
  {
    name: "read_document",
    execute: async ({ document }: { document: string }, { credential }) => {
      const response = await credential.fetch(`https://api.github.com/repos/acme/app/contents${document}`);
      return { found: response.ok };
    },
  },
  bind(code.contentsGet, ({ document }: { document: string }) => ({ path: document }), {
    resource: () => ({ repository: "acme/app" }),
  }),
);

/** What each call means, by hand. */
export const boundaryExamples: ToolExamples = {
  refund: [
    {
      args: { charge: "ch_example", cents: 4_200 },
      action: {
        operation: "payments/refunds.create",
        arguments: { charge: "ch_example", amount: { minor: 4_200, currency: "USD" } },
      },
    },
  ],
  lookup: [
    {
      args: { charge: "ch_example" },
      action: { operation: "payments/charges.retrieve", arguments: { charge: "ch_example" } },
    },
  ],
  read: [
    {
      args: { document: "/docs/a.md" },
      action: { operation: "code/contents.get", arguments: { path: "/docs/a.md" } },
    },
  ],
  merge: [
    {
      args: { number: 7 },
      action: {
        operation: "code/pull_requests.merge",
        resource: { repository: "acme/app" },
        arguments: { number: 7 },
      },
    },
  ],
};
