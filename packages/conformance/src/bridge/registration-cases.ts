import { Refusal } from "@watchword/core";
import { expect } from "vitest";
import { TOOL, guardedTool } from "./bridge-world.ts";
import type { BridgeCase, BridgeFixture } from "./bridge-fixture.ts";

/** The refusal that registering ends with names the tool. */
async function expectRefused(
  fixture: BridgeFixture,
  name: string,
  tool: object,
  options?: { readonly providerExecuted: readonly string[] },
): Promise<void> {
  const tools = { [TOOL]: guardedTool(fixture, () => "done"), [name]: tool };
  const outcome: unknown = await Promise.resolve()
    .then(() => fixture.register(tools, options))
    .catch((error: unknown) => error);
  expect(Refusal.is(outcome) ? outcome.reason : outcome).toBe("configuration_invalid");
  expect(String(outcome)).toContain(name);
}

/** Which tools an agent can get at all. */
export const REGISTRATION_CASES: readonly BridgeCase[] = [
  {
    name: "a tool without a guard cannot be registered, and the refusal names it",
    check: (fixture) =>
      expectRefused(fixture, "raw_tool", {
        name: "raw_tool",
        description: "no guard",
        inputSchema: { type: "object" },
        execute: () => "raw",
      }),
  },
  {
    name: "a copy of a guarded tool with another execute cannot be registered",
    check: (fixture) =>
      expectRefused(fixture, "copied_tool", {
        ...guardedTool(fixture, () => "done"),
        name: "copied_tool",
        execute: () => "raw",
      }),
  },
  {
    name: "a tool that the provider runs is reported as unbrokered, and no other",
    check: async (fixture) => {
      const tools = {
        [TOOL]: guardedTool(fixture, () => "done"),
        web_search: { type: "provider-defined", id: "web_search", name: "web_search" },
      };
      const agent = await fixture.register(tools, { providerExecuted: ["web_search"] });
      expect(agent.unbrokered).toEqual(["web_search"]);
      expect((await fixture.register({ [TOOL]: tools[TOOL] })).unbrokered).toEqual([]);
    },
  },
  {
    name: "a tool is not the provider's because it looks so: it must be named",
    check: (fixture) =>
      expectRefused(
        fixture,
        "code_runner",
        { type: "provider-defined", id: "code_runner" },
        {
          providerExecuted: ["web_search"],
        },
      ),
  },
];
