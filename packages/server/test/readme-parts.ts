import { mkdtemp, mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { developmentIssuer } from "@watchword/identity/local-key";
import type { ServerLog } from "@watchword/server";

/** What the README's example takes for granted: its configuration in a directory, and the files that it names. */
export const directory = await mkdtemp(join(tmpdir(), "watchword-readme-"));
export const log: ServerLog = () => undefined;

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const login = await developmentIssuer({ issuer: "https://login.acme.example" });
await writeFile(join(directory, "watchword.config.yaml"), /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? "");
await writeFile(join(directory, "login.jwks"), JSON.stringify(login.jwks));
await writeFile(join(directory, "stripe.key"), "rk_test_readme");
await mkdir(join(directory, "policy"));
await writeFile(
  join(directory, "policy", "support.yaml"),
  `watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads: { app: { identity: { localKey: app }, agents: [support], tenant: { claim: org_id } } }
grants:
  - id: read
    agent: support
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 30s }
`,
);
