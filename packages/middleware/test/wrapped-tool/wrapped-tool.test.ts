import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { assertGuarded } from "../../src/index.ts";
import { fakeRuntime } from "../payments-tools.ts";
import { tools as guarded } from "./after.ts";
import { tools as open } from "./before.ts";
import { lineDiff } from "./line-diff.ts";

const text = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), "utf8");

test("an existing tool is guarded by at most ten changed lines, and the README shows exactly these", async () => {
  const diff = lineDiff(await text("before.ts"), await text("after.ts"));
  // Lines taken out and lines put in, each counted by itself.
  expect(diff.filter((line) => /^[-+]/.test(line)).length).toBeLessThanOrEqual(10);
  expect(await text("../../../../README.md")).toContain(`\`\`\`diff\n${diff.join("\n")}\n\`\`\``);
});

test("before, nobody stands between the tool and its key; after, a guard does", () => {
  expect(Object.keys(guarded)).toEqual(Object.keys(open));
  expect(() => assertGuarded(open)).toThrow("tools without a guard: refund");
  expect(() => assertGuarded(guarded)).not.toThrow();
});

test("the guarded tool sends what it sent before, without a key, for the action that was allowed", async () => {
  const { fake, runtime } = fakeRuntime({
    origins: ["https://api.stripe.com"],
    respond: () => Response.json({ id: "re_1", object: "refund", amount: 4200 }),
  });
  const result = await runtime.run({}, () => guarded.refund.execute({ charge: "ch_1" }));
  expect(result).toEqual({ refund: "re_1", amount: 4200 });
  expect(fake.proposals.map(({ action }) => action)).toMatchObject([
    { system: "payments", operation: "refunds.create", arguments: { charge: "ch_1" } },
  ]);
  const [request] = fake.requests;
  expect([request?.method, request?.url]).toEqual(["POST", "https://api.stripe.com/v1/refunds"]);
  expect(await request?.text()).toBe("charge=ch_1");
  expect(request?.headers.get("authorization")).toBeNull();
});

test("what the broker denies never reaches Stripe", async () => {
  const { fake, runtime } = fakeRuntime({ decide: () => "tenant_mismatch" });
  const result = await runtime.run({}, () => guarded.refund.execute({ charge: "ch_globex_1" }));
  expect(result).toMatchObject({ error: "access_denied", reason: "tenant_mismatch" });
  expect(fake.requests).toEqual([]);
});
