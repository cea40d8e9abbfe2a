import { randomBytes } from "node:crypto";
import { type AdapterContext, type Finding, Refusal, SealedCredential } from "@watchword/core";
import { asAdmin, inSession } from "./as-admin.ts";
import { checkAdmin } from "./check-admin.ts";
import { checkEverybody } from "./check-everybody.ts";
import { checkRows } from "./check-rows.ts";
import { checkTables } from "./check-tables.ts";
import type { PostgresSettings } from "./postgres-options.ts";

const CHECK_MILLISECONDS = 8_000;

/** Checks a connection without changing anything: the role, what everybody may do, and that rows are held to their tenant. */
export async function checkConnection(
  settings: PostgresSettings,
  { connection, ...context }: AdapterContext,
): Promise<readonly Finding[]> {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(CHECK_MILLISECONDS)]);
  try {
    const found = await asAdmin(settings, { connection, signal }, async (admin) => [
      ...(await checkAdmin(settings, admin)),
      ...(await checkEverybody(settings, admin)),
      ...(await checkTables(settings, admin, connection.account)),
      ...(await checkRows(settings, admin, connection.account)),
    ]);
    return [...found, await checkPasswords(settings, signal)];
  } catch (error) {
    return [{ severity: "error", text: Refusal.from(error, "downstream_unavailable").message }];
  }
}

/** A server that lets a name in with any password makes every role of an action everybody's. */
async function checkPasswords(settings: PostgresSettings, signal: AbortSignal): Promise<Finding> {
  const password = new SealedCredential(randomBytes(24).toString("base64url"));
  try {
    await inSession(settings, { password, signal }, (admin) => admin.query("SELECT 1"));
  } catch {
    return { severity: "ok", text: "the server asks for the right password" };
  }
  return {
    severity: "error",
    text: `the server lets ${settings.admin} in with any password; pg_hba.conf must say scram-sha-256`,
  };
}
