import { Refusal } from "@watchword/core";
import type { DatabaseFailure } from "./database-failure.ts";
import type { PostgresSettings } from "./postgres-options.ts";

/** What the server says when somebody else's work is in the way, or its own: PostgreSQL appendix A. */
const LATER = /^(?:08|40|53|55|57|58|XX)/;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * What a failure means to whoever asked. A refusal in the server's own words means that nothing was made, since all that is made
 * is made in one transaction; without one nobody knows.
 */
export function refusalOf(
  { admin, host, port, database }: PostgresSettings,
  { code }: DatabaseFailure,
): Refusal {
  const refused = (required: string, held: string, next: string): Refusal =>
    new Refusal("downstream_refused", {
      detail: `postgres: required ${required}, held ${held} (${code}); next: ${next}`,
      failedFact: "credential",
    });
  if (code.startsWith("28"))
    return refused(
      `a password that ${host}:${port} accepts for the role ${admin}`,
      "one that it refused",
      "check the connection's secret and the server's pg_hba.conf",
    );
  if (code === "3D000")
    return refused(
      `the database ${database}`,
      "a server that has none of that name",
      "check the option database",
    );
  if (code === "42501" || code === "0LP01")
    return refused(
      `for ${admin} what setupSql(options) grants`,
      "a role that may not do all of it",
      "run setupSql(options) for the declared tables again",
    );
  if (SQLSTATE.test(code) && !LATER.test(code))
    return refused(
      "a database as setupSql(options) leaves it",
      "one that refused a statement",
      "run setupSql(options) for the declared tables again",
    );
  return new Refusal("downstream_unavailable", {
    detail: `postgres: ${host}:${port} did not do it (${code})`,
    failedFact: "credential",
  });
}
