import { SealedCredential } from "@watchword/core";
import type { PostgresSettings } from "./postgres-options.ts";

/** A role and what it logs in with. */
export interface RoleLogin {
  readonly role: string;
  readonly password: string;
}

/**
 * What a tool gets: a connection URL, which every client of PostgreSQL takes. Role and password are letters, digits, dashes and
 * underscores, so that it has one spelling.
 */
export function connectionUrl(
  { host, port, database, tls }: PostgresSettings,
  { role, password }: RoleLogin,
): SealedCredential {
  const query = tls ? "?sslmode=verify-full" : "";
  return new SealedCredential(`postgresql://${role}:${password}@${host}:${port}/${database}${query}`);
}

/** Names of the roles that actions get, of this prefix. */
export const rolePattern = (prefix: string): RegExp => new RegExp(`^${prefix}[0-9a-f]{32}$`);

/** The role of a credential; `undefined` when it is not one that this adapter made. */
export function roleOf({ rolePrefix }: PostgresSettings, credential: SealedCredential): string | undefined {
  const role = credential.open((url) => (URL.canParse(url) ? new URL(url).username : ""));
  // INVARIANT: no other role is ever ended, whatever a credential says.
  return rolePattern(rolePrefix).test(role) ? role : undefined;
}
