import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { system } from "@watchword/core";
import { type ToolContext, bind, guard } from "@watchword/middleware";
import Stripe from "stripe";

interface Refund {
  readonly charge: string;
}

const refund = {
  name: "refund",
  description: "Refund a charge",
  execute: async ({ charge }: Refund, { credential }: ToolContext) => {
    const stripe = new Stripe("watchword", { httpClient: Stripe.createFetchHttpClient(credential.fetch) });
    const made = await stripe.refunds.create({ charge });
    return { refund: made.id, amount: made.amount };
  },
};

const binding = bind(system("payments", stripeCatalogue).refundsCreate, ({ charge }: Refund) => ({ charge }));
export const tools = { refund: guard(refund, binding) };
