// What the author of a store writes: the contract suite, as published, against a store.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite } from "@watchword/broker/sqlite";
import { describeStore } from "@watchword/conformance";

describeStore("sqlite", async () => {
  const directory = await mkdtemp(join(tmpdir(), "watchword-consumer-"));
  return {
    open: () => sqlite(join(directory, "watchword.db")),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
});
