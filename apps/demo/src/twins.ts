import { generateKeyPairSync } from "node:crypto";
import { type GithubTwin, githubTwin } from "@watchword/emulators/github";
import { type StripeTwin, stripeTwin } from "@watchword/emulators/stripe";
import { APP_ID } from "./world.ts";

/** The root secret of both tenants at the payment system. It is sealed at once; nothing the demo prints or stores may show it. */
export const ROOT_SECRET = "rk_test_demo_canary_5e0c1b7f";

/** The workflow that counts, and the check it posts. */
export const EVALS = {
  path: ".github/workflows/evals.yml",
  check: "safety-evals",
  event: "pull_request_target",
  number: 7,
} as const;

/** The payment system: two tenants with an account each. */
export function startStripe(): Promise<StripeTwin> {
  const charge = (amount: number): { amount: number; currency: string } => ({ amount, currency: "usd" });
  return stripeTwin({
    accounts: {
      acct_acme: {
        charges: {
          ch_acme_1: charge(4_200),
          ch_acme_2: charge(38_000),
          ch_acme_3: charge(3_000),
          ch_acme_4: charge(2_500),
          ch_acme_5: charge(9_000),
        },
      },
      acct_globex: { charges: { ch_globex_1: charge(4_200) } },
    },
    keys: [{ secret: ROOT_SECRET, permissions: { charges: "read", refunds: "write" } }],
  });
}

/** The code host: acme's repository with a protected main and one pull request, and the App's private key. */
export async function startGithub(): Promise<{ twin: GithubTwin; privateKey: string }> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const acme = { login: "acme", id: 9, type: "Organization" as const };
  const twin = await githubTwin({
    apps: [{ id: APP_ID, slug: "watchword-demo", publicKey }],
    installations: [
      {
        id: 42,
        appId: APP_ID,
        account: acme,
        permissions: {
          contents: "write",
          pull_requests: "write",
          checks: "read",
          actions: "read",
          metadata: "read",
        },
        repositories: "all",
      },
    ],
    repositories: [
      {
        id: 123,
        name: "app",
        owner: acme,
        branches: {
          main: { protected: true, files: { "README.md": "app", [EVALS.path]: "on: pull_request_target" } },
          feature: { files: { "README.md": "app, better" } },
        },
        pulls: [{ number: EVALS.number, title: "Better", head: "feature" }],
      },
    ],
  });
  return { twin, privateKey };
}
