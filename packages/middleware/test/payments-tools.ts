import { Identifier, ProposedMoney, money, operation, system } from "@watchword/core";
import { type GuardedCredential, type RuntimeOptions, bind, createRuntime, guard } from "../src/index.ts";
import { type FakeBroker, type FakeBrokerOptions, fakeBroker } from "../src/testing/index.ts";

export const NOW = 1_800_000_000;
export const clock = { now: () => NOW * 1000 };

export const payments = system("payments", {
  adapter: "payments",
  operations: {
    refundsCreate: operation({
      name: "refunds.create",
      access: "write",
      title: "Refund a charge",
      resource: {},
      references: ["charge"],
      decided: ["amount"],
      example: { charge: "ch.1" },
      arguments: ProposedMoney.pick({}).extend({ charge: Identifier, amount: ProposedMoney.optional() }),
    }),
  },
});

export interface RefundArguments {
  readonly charge: string;
  readonly cents?: number;
}

export const refundBinding = bind(payments.refundsCreate, ({ charge, cents }: RefundArguments) => ({
  charge,
  ...(cents === undefined ? {} : { amount: money(cents, "minor") }),
}));

/** A refund tool that does `work` with its credential and counts its calls. */
export function refundTool<Result>(
  work: (
    credential: GuardedCredential,
    options: { readonly [name: string]: unknown },
  ) => Promise<Result> | Result,
) {
  const calls: RefundArguments[] = [];
  const tool = guard(
    {
      name: "refund",
      description: "Refund a charge",
      inputSchema: { type: "object" },
      execute: (refundArguments: RefundArguments, { credential, ...options }) => {
        calls.push(refundArguments);
        return work(credential, options);
      },
    },
    refundBinding,
  );
  return { tool, calls };
}

/** The refund as a tool sends it. */
export const sendRefund = (credential: GuardedCredential): Promise<Response> =>
  credential.fetch("https://api.example/v1/refunds", { method: "POST", body: "charge=ch.1" });

/** A runtime over a fake broker, at a fixed time. */
export function fakeRuntime(
  options: FakeBrokerOptions = {},
  more: Partial<RuntimeOptions> = {},
): { fake: FakeBroker; runtime: ReturnType<typeof createRuntime> } {
  const fake = fakeBroker({ clock, ...options });
  const runtime = createRuntime({
    broker: fake.client,
    fetch: fake.fetch,
    workload: async () => "workload-token",
    agent: "support@3",
    clock,
    ...more,
  });
  return { fake, runtime };
}
