import type { Store } from "@watchword/core";
import { test } from "vitest";
import type { MakeStorePlace } from "./store-place.ts";
import { StoreScenario } from "./store-scenario.ts";

/** What a test of the suite gets: a scenario on a fresh place, and more openings of it. */
export interface OpenedPlace {
  readonly scenario: StoreScenario;
  /** Another replica on the same data. */
  again(): Promise<StoreScenario>;
  /** Closes everything, as the end of the process does, and opens the data anew. */
  reopen(): Promise<StoreScenario>;
}

/** One sentence of the contract, on a place of its own. */
export function storeTest(
  make: MakeStorePlace,
  sentence: string,
  body: (opened: OpenedPlace) => Promise<void>,
): void {
  test(sentence, async () => {
    await using place = await make();
    let opened: Store[] = [];
    const open = async (): Promise<StoreScenario> => {
      const store = await place.open();
      opened.push(store);
      return new StoreScenario(store);
    };
    const close = async (): Promise<void> => {
      for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
    };
    try {
      await body({
        scenario: await open(),
        again: open,
        reopen: async () => {
          await close();
          return open();
        },
      });
    } finally {
      await close();
      opened = [];
    }
  });
}
