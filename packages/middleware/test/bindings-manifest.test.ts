import { BindingsManifest, operation, system } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { bind, bindingsManifest, guard } from "../src/index.ts";
import { type RefundArguments, payments, refundBinding, refundTool } from "./payments-tools.ts";

const { tool: refund } = refundTool(() => "done");
const raw = { name: "raw_http", execute: () => "anything" };
const refuses = (act: () => unknown, ...words: string[]): void => {
  for (const word of words)
    expect(act).toThrow(
      expect.objectContaining({ reason: "configuration_invalid", message: expect.stringContaining(word) }),
    );
};

describe("the manifest of an application's tools", () => {
  test("says what each tool is bound to, and what that operation is", () => {
    const manifest = bindingsManifest({ refund });
    expect(BindingsManifest.parse(manifest)).toEqual(manifest);
    expect(manifest).toMatchObject({
      watchword: 1,
      tools: [{ name: "refund", system: "payments", operation: "refunds.create" }],
      unguarded: [],
      systems: {
        payments: {
          operations: {
            "refunds.create": {
              name: "refunds.create",
              access: "write",
              title: "Refund a charge",
              references: ["charge"],
              decided: ["amount"],
              arguments: { type: "object", properties: { charge: { type: "string" } } },
            },
          },
        },
      },
    });
  });

  test("is the same text whatever the order of tools, their keys, and however often one stands there", () => {
    const other = guard({ name: "give_back", execute: () => "done" }, refundBinding);
    const text = JSON.stringify(bindingsManifest({ refund, other }));
    expect(JSON.stringify(bindingsManifest([other, refund, refund]))).toBe(text);
    expect(JSON.stringify(bindingsManifest(new Set([refund, other])))).toBe(text);
    expect(text.indexOf("give_back")).toBeLessThan(text.indexOf('"refund"'));
  });

  test("holds data only: nothing of the tool or of the binding's code", () => {
    const manifest = bindingsManifest({ refund });
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
    expect(JSON.stringify(manifest)).not.toContain("inputSchema");
  });

  test("refuses a tool without a guard, by name, unless the team allows it", () => {
    refuses(() => bindingsManifest({ refund, fetch: raw }), "tools without a guard: fetch");
    refuses(() => bindingsManifest([refund, raw, () => "x"]), "raw_http, #2");
    expect(bindingsManifest({ refund, fetch: raw }, { allow: ["fetch"] })).toMatchObject({
      tools: [{ name: "refund" }],
      unguarded: ["fetch"],
    });
  });

  test("does not take the brand for the guard: a copy with another execute counts as open", () => {
    refuses(() => bindingsManifest({ refund: { ...refund, execute: () => "raw" } }), "refund");
  });

  test("refuses one operation that two tools take for different things", () => {
    const changed = system("payments", {
      adapter: "payments",
      operations: {
        refundsCreate: operation({ ...payments.refundsCreate.operation, access: "read" }),
      },
    });
    const second = guard(
      { name: "second", execute: () => "done" },
      bind(changed.refundsCreate, ({ charge }: RefundArguments) => ({ charge })),
    );
    refuses(() => bindingsManifest({ refund, second }), "payments/refunds.create");
  });

  test("cannot be changed through the tool: what a guard carries is frozen", () => {
    const { execute } = refund as unknown as { readonly execute: Readonly<Record<symbol, object>> };
    const carried = execute[Symbol.for("watchword.tool-binding")];
    expect(carried).toMatchObject({ tool: "refund", system: "payments" });
    expect(() => Object.assign(carried ?? {}, { system: "other" })).toThrow(TypeError);
  });
});
