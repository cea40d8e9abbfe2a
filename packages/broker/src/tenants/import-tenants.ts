import { type Reason, Refusal } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { type ConnectionChange, type NewConnection, connectSystem } from "./connect-system.ts";
import { readImportDocument } from "./import-document.ts";
import { registerTenant } from "./register-tenant.ts";

/** What became of one connection of a document. */
export type ImportedConnection = { readonly tenant: string; readonly system: string } & (
  | { readonly outcome: ConnectionChange; readonly account: string; readonly revision: number }
  | {
      readonly outcome: "refused";
      readonly account: string;
      readonly reason: Reason;
      readonly detail: string;
    }
);

/** What became of a document, in its order. */
export interface ImportReport {
  /** Tenants that it names; each is registered. */
  readonly tenants: readonly string[];
  readonly connections: readonly ImportedConnection[];
}

/** Puts every tenant of a document. @throws Refusal as `Tenants.import` has it */
export async function importTenants(
  context: BrokerContext,
  document: unknown,
  by?: string,
): Promise<ImportReport> {
  const tenants = readImportDocument(context, document);
  const connections: ImportedConnection[] = [];
  for (const { id, connections: wanted } of tenants) {
    await registerTenant(context, id, by);
    for (const [system, connection] of wanted)
      connections.push(await imported(context, { tenant: id, system, by }, connection));
  }
  return { tenants: tenants.map(({ id }) => id), connections };
}

async function imported(
  context: BrokerContext,
  target: { readonly tenant: string; readonly system: string; readonly by: string | undefined },
  connection: NewConnection,
): Promise<ImportedConnection> {
  const { tenant, system } = target;
  const { account } = connection;
  try {
    const { change, revision } = await connectSystem(context, target, connection);
    return { tenant, system, outcome: change, account, revision };
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    // Nothing after it could be recorded either.
    if (refusal.reason === "ledger_unavailable") throw refusal;
    return {
      tenant,
      system,
      outcome: "refused",
      account,
      reason: refusal.reason,
      detail: refusal.message,
    };
  }
}
