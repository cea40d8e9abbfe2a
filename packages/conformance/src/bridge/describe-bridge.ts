import { describe, test } from "vitest";
import { BRIDGE_CASES } from "./bridge-cases.ts";
import type { MakeBridgeFixture } from "./bridge-fixture.ts";

/**
 * The contract of a bridge to an agent framework, as tests that have the framework call guarded tools: arguments, results and
 * denials pass as they are, every call stays in its own run, credentials end with the call, and no tool gets past a guard.
 *
 * @example
 * ```ts
 * describeBridge("plain loop", () => ({ middleware: { bind, createRuntime, fakeBroker, guard }, register: plainLoop }));
 * ```
 */
export function describeBridge(name: string, make: MakeBridgeFixture): void {
  describe(`bridge contract: ${name}`, () => {
    for (const { name: promise, check } of BRIDGE_CASES)
      test(promise, async () => {
        await check(await make());
      });
  });
}
