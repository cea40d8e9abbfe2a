import type { ToolExamples } from "@watchword/boundary";

export { lookUp, refund } from "../src/tools.ts";

/** What calls of our tools mean, by hand: a binding that passes dollars for cents is found by it. */
export const boundaryExamples: ToolExamples = {
  refund: [
    {
      args: { charge: "ch_1", cents: 4_200 },
      action: {
        operation: "payments/refunds.create",
        arguments: { charge: "ch_1", amount: { minor: 4_200, currency: "USD" } },
      },
    },
  ],
  lookUp: [
    {
      args: { charge: "ch_1" },
      action: { operation: "payments/charges.retrieve", arguments: { charge: "ch_1" } },
    },
  ],
};
