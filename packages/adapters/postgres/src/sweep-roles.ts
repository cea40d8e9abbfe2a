import type { Admin } from "./as-admin.ts";
import { rolePattern } from "./connection-url.ts";
import { endRole } from "./end-role.ts";
import type { PostgresSettings } from "./postgres-options.ts";
import { ACCESS_SCHEMA } from "./row-security.ts";

/** Seconds for which a role's own lease may end it first. */
const GRACE_SECONDS = 60;
const AT_ONCE = 5;

/**
 * Ends roles whose time is over and that nobody ended: of a mint whose answer was lost, or of a broker that died. Any replica may do
 * it at any time; two at once end each role once. One that does not end now is tried again by a later sweep.
 *
 * @returns how many it found.
 * @throws DatabaseFailure when it could not look
 */
export async function sweepRoles({ rolePrefix }: PostgresSettings, admin: Admin): Promise<number> {
  const found = await admin.query(
    `SELECT role::text AS role FROM ${ACCESS_SCHEMA}.leased
      WHERE ends_at < clock_timestamp() - make_interval(secs => $1::int) ORDER BY random() LIMIT ${AT_ONCE}`,
    [GRACE_SECONDS],
  );
  // INVARIANT: what is not named as ours is left alone, whatever the table says.
  const ours = found.map(({ role }) => String(role)).filter((role) => rolePattern(rolePrefix).test(role));
  for (const role of ours) await endRole(admin, role).catch(() => undefined);
  return ours.length;
}
