import { describe, expect, test } from "vitest";
import { assertGuarded, bind, guard, isGuarded } from "../src/index.ts";
import { type RefundArguments, payments, refundTool } from "./payments-tools.ts";

describe("the brand of a guard", () => {
  test("is on guarded tools and on no copy with another execute", () => {
    const { tool } = refundTool(() => "done");
    expect(isGuarded(tool)).toBe(true);
    expect(isGuarded({ ...tool })).toBe(true);
    expect(isGuarded({ ...tool, execute: () => "raw" })).toBe(false);
    for (const other of [
      undefined,
      null,
      "refund",
      {},
      { execute: "x" },
      { [Symbol.for("watchword.guarded")]: true, execute: () => 1 },
    ])
      expect(isGuarded(other)).toBe(false);
  });

  test("is demanded of every tool of an agent, except where the team says otherwise", () => {
    const { tool } = refundTool(() => "done");
    const tools = { refund: tool, raw: { execute: () => 1 } };
    expect(() => assertGuarded(tools)).toThrow(
      expect.objectContaining({ reason: "configuration_invalid", message: expect.stringContaining("raw") }),
    );
    expect(() => assertGuarded(tools, { allow: ["raw"] })).not.toThrow();
    expect(() => assertGuarded({ refund: tool }, { allow: [] })).not.toThrow();
  });

  test("leaves everything else of the tool in place, and the original alone", () => {
    const original = Object.freeze({
      name: "refund",
      description: "d",
      inputSchema: { a: 1 },
      execute: ({ charge }: RefundArguments) => charge,
    });
    const guarded = guard(
      original,
      bind(payments.refundsCreate, ({ charge }: RefundArguments) => ({ charge })),
    );
    expect(guarded).toMatchObject({ name: "refund", description: "d", inputSchema: { a: 1 } });
    expect(isGuarded(original)).toBe(false);
    expect(() => Object.assign(guarded, { execute: () => 1 })).toThrow(TypeError);
  });
});
