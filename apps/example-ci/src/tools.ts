import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { money, system } from "@watchword/core";
import { bind, guard } from "@watchword/middleware";

const payments = system("payments", stripeCatalogue);

/** What the model says when it wants money back for a customer. */
interface Refund {
  readonly charge: string;
  readonly cents: number;
}

/** The tools of our agents, as they run in production: none of them has a key. */
export const refund = guard(
  {
    name: "refund",
    description: "Refund a charge",
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

export const lookUp = guard(
  {
    name: "look_up",
    description: "Look a charge up",
    execute: async ({ charge }: { charge: string }, { credential }) => {
      const response = await credential.fetch(`https://api.stripe.com/v1/charges/${charge}`);
      return response.ok ? ((await response.json()) as object) : { missing: charge };
    },
  },
  bind(payments.chargesRetrieve, ({ charge }: { charge: string }) => ({ charge })),
);
