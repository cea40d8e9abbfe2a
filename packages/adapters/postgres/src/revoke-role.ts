import type { AdapterContext, RevocationOutcome, SealedCredential } from "@watchword/core";
import { asAdmin } from "./as-admin.ts";
import { roleOf } from "./connection-url.ts";
import { endRole } from "./end-role.ts";
import type { PostgresSettings } from "./postgres-options.ts";
import { sweepRoles } from "./sweep-roles.ts";

const REVOKE_MILLISECONDS = 8_000;

/** Ends the role of a credential, with its sessions. Whatever kept the server from doing it is told as `unknown`. */
export async function revokeRole(
  settings: PostgresSettings,
  credential: SealedCredential,
  { connection, ...context }: Pick<AdapterContext, "connection" | "signal">,
): Promise<RevocationOutcome> {
  const role = roleOf(settings, credential);
  if (role === undefined) return "unknown";
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(REVOKE_MILLISECONDS)]);
  try {
    return await asAdmin(settings, { connection, signal }, async (admin) => {
      const outcome = await endRole(admin, role);
      await sweepRoles(settings, admin).catch(() => 0);
      return outcome;
    });
  } catch {
    // Told honestly as unknown; the error may quote the credential.
    return "unknown";
  }
}
