import { money } from "@watchword/core";
import { expect, test } from "vitest";
import { bind, guard } from "../src/index.ts";
import { payments } from "./payments-tools.ts";

interface Arguments {
  readonly charge: string;
}

test("a binding that does not fit its operation does not compile, and is refused where nobody compiled it", async () => {
  // @ts-expect-error the operation has no such argument, and needs another
  const misspelled = bind(payments.refundsCreate, ({ charge }: Arguments) => ({ chrage: charge }));
  // @ts-expect-error an amount without a unit
  const bare = bind(payments.refundsCreate, ({ charge }: Arguments) => ({ charge, amount: 42 }));
  const unknown = bind(payments.refundsCreate, ({ charge }: Arguments) => ({ charge, note: "x" }));
  for (const binding of [misspelled, bare, unknown])
    await expect(binding.read({ charge: "ch.1" })).rejects.toMatchObject({ reason: "binding_failed" });
});

test("a tool and its binding take the same arguments", () => {
  const binding = bind(payments.refundsCreate, ({ charge }: Arguments) => ({ charge }));
  // @ts-expect-error the tool calls its charge an order
  guard({ name: "refund", execute: ({ order }: { order: string }) => order }, binding);
  expect(binding.system).toBe("payments");
});

test("a refused binding names where, never what", async () => {
  const binding = bind(payments.refundsCreate, ({ charge }: Arguments) => ({
    charge,
    amount: money(4_200, "minor"),
  }));
  await expect(binding.read({ charge: "CANARY VALUE" })).rejects.toSatisfy(
    (error: Error) => error.message.includes("charge") && !String(error).includes("CANARY"),
  );
});

test("a guard needs a name that an assertion can carry", () => {
  const binding = bind(payments.refundsCreate, ({ charge }: Arguments) => ({ charge }));
  for (const name of ["", "x".repeat(129)])
    expect(() => guard({ name, execute: () => 1 }, binding)).toThrow(TypeError);
});
