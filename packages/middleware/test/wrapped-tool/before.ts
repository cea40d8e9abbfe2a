import Stripe from "stripe";

interface Refund {
  readonly charge: string;
}

const refund = {
  name: "refund",
  description: "Refund a charge",
  execute: async ({ charge }: Refund) => {
    const stripe = new Stripe(process.env["STRIPE_KEY"] ?? "");
    const made = await stripe.refunds.create({ charge });
    return { refund: made.id, amount: made.amount };
  },
};

export const tools = { refund };
