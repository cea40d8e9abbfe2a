import { bind, createRuntime, guard } from "@watchword/middleware";
import { fakeBroker } from "@watchword/middleware/testing";
import { payments } from "./payments-tools.ts";

export const refund = guard(
  {
    name: "refund",
    execute: async ({ charge }: { charge: string }, { credential }) => {
      const made = await credential.fetch("https://api.example/v1/refunds", {
        method: "POST",
        body: `charge=${charge}`,
      });
      return { refunded: made.ok };
    },
  },
  bind(payments.refundsCreate, ({ charge }: { charge: string }) => ({ charge })),
);

const broker = fakeBroker({
  decide: ({ arguments: { charge } }) => (charge === "ch.ours" ? "allow" : "tenant_mismatch"),
});
const runtime = createRuntime({
  broker: broker.client,
  fetch: broker.fetch,
  workload: async () => "token",
  agent: "support@3",
});
await runtime.run({ user: { token: "user-token" } }, async () => {
  console.log(await refund.execute({ charge: "ch.ours" })); // { refunded: true }
  console.log(await refund.execute({ charge: "ch.theirs" })); // { error: "access_denied", reason: "tenant_mismatch", … }
});
