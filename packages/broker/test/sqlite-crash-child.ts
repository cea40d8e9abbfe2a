import { sqlite } from "../src/sqlite/index.ts";

/** Writes without pause, and says the number of each record only once it is confirmed. */
const store = await sqlite(process.argv[2] ?? "");
process.stdout.write(`replica ${store.replica}\n`);
let next = 0;
const write = async (): Promise<never> => {
  for (;;) {
    const index = next++;
    await store.recordRefusal(
      {
        kind: "decision",
        at: Date.now(),
        tenant: "acme",
        body: { index },
        personal: { index: String(index) },
      },
      { issuer: "urn:test", jti: `jti-${index}`, expiresAt: 2_000_000_000 },
    );
    process.stdout.write(`${index}\n`);
  }
};
await Promise.all(Array.from({ length: 16 }, write));
