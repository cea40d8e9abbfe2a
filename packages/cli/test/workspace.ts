import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of its own. */
export interface Workspace extends AsyncDisposable {
  readonly directory: string;
  path(name: string): string;
  write(name: string, content: string): Promise<string>;
}

export async function workspace(): Promise<Workspace> {
  const directory = await mkdtemp(join(tmpdir(), "watchword-cli-"));
  const path = (name: string): string => join(directory, name);
  return {
    directory,
    path,
    write: async (name, content) => {
      await writeFile(path(name), content);
      return path(name);
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A policy in which nothing is wrong. */
export const POLICY = `watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
workloads: { app: { identity: { localKey: app }, agents: [support], tenant: { claim: org_id } } }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 60s }
`;
