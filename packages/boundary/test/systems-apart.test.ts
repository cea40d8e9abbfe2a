import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { CellCalls } from "../src/cells/call-cell.ts";
import { systemsApart } from "../src/cells/systems-apart.ts";
import { twinsMethods } from "../src/cells/twins-methods.ts";
import { WORLD_MOMENT } from "../src/world/open-stage.ts";
import { payments } from "./payments.ts";

test("what a twin elsewhere saw is read once, also by those who ask at the same time", async () => {
  const methods = twinsMethods({ payments });
  const twins: CellCalls = {
    call: async <Result>(method: string, ...args: readonly unknown[]): Promise<Result> => {
      await setImmediate();
      return (await methods[method]?.(...(args as never[]))) as Result;
    },
  };
  const { systems, refresh } = systemsApart({ payments }, twins, "127.0.0.1");
  const clock = { now: () => WORLD_MOMENT * 1_000 };
  await using running = await systems["payments"]?.({ clock, name: "payments" });
  const ask = async (): Promise<void> => void (await fetch(`${running?.twin.url}/v1/charges/ch_example`));
  await ask();
  await Promise.all([refresh(), refresh(), refresh()]);
  expect(running?.twin.requests).toHaveLength(1);
  await ask();
  await ask();
  await refresh();
  expect(running?.twin.requests).toHaveLength(3);
});
