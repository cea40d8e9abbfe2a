import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { stripe } from "@watchword/adapter-stripe";
import { system } from "@watchword/core";
import { stripeTwin } from "@watchword/emulators/stripe";
import { localKeySource, localKeyVerifier } from "@watchword/identity/local-key";
import { bind, guard } from "@watchword/middleware";

/** What the README's example takes from elsewhere: adapter, identity, a guarded tool. */
export const directory = await mkdtemp(join(tmpdir(), "watchword-readme-"));
export const issuer = "https://broker.acme.example";
export const secret = "rk_test_readme";

export const twin = await stripeTwin({
  accounts: { acct_acme: { charges: { ch_1: { amount: 4_200, currency: "usd" } } } },
  keys: [{ secret, permissions: { charges: "read", refunds: "write" } }],
});
export const payments = stripe({ baseUrl: twin.url });

const identity = { directory: join(directory, "workload"), audience: issuer };
const source = await localKeySource({ ...identity, subject: "support-runtime" });
export const verifier = await localKeyVerifier(identity);
export const workload = (): Promise<string> => source.token();

export const refund = guard(
  { name: "refund", execute: async () => ({ refunded: true }) },
  bind(system("payments", stripeCatalogue).refundsCreate, ({ charge }: { charge: string }) => ({ charge })),
);
