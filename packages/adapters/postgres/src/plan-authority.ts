import {
  type Action,
  type Authority,
  type Operation,
  Refusal,
  findOperation,
  parseArguments,
} from "@watchword/core";
import { postgresCatalogue } from "./catalogue.ts";
import type { PostgresSettings } from "./postgres-options.ts";
import { roleSettings, settingNames } from "./role-settings.ts";
import { declaredTable, privilegeNames, tableGrants } from "./table-grants.ts";

/** What a role may be and do besides its privileges: log in. */
const ROLE_ATTRIBUTES: readonly string[] = Object.freeze(["LOGIN"]);

/**
 * The authority for a completed action: one role with these privileges, for the rows of one tenant or one row of them. What is in
 * `native` is what a mint reads back from the server.
 *
 * @throws Refusal `unknown_target`, `request_malformed`
 */
export function planAuthority(
  settings: PostgresSettings,
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const entry = operationNamed(action.operation);
  const { tenant } = action.resource;
  if (tenant === undefined)
    throw new Refusal("request_malformed", {
      detail: "the tenant was not completed",
      failedFact: "resource",
    });
  const values = parseArguments(entry, action.arguments);
  const table = declaredTable(settings, values["table"]);
  return {
    system: action.system,
    operation: entry.name,
    access: entry.access,
    resource: { tenant },
    arguments: values,
    native: {
      database: settings.database,
      attributes: ROLE_ATTRIBUTES,
      connections: settings.connections,
      memberships: [],
      privileges: privilegeNames(table, tableGrants(entry.name, table, values)),
      functions: [],
      settings: settingNames(roleSettings(settings, entry.access, table)),
      rows: values["key"] === undefined ? "of the tenant" : "the one of the key",
    },
  };
}

/** @throws Refusal `unknown_target` */
export function operationNamed(name: string): Operation {
  const entry = findOperation(postgresCatalogue, name);
  if (entry !== undefined) return entry;
  throw new Refusal("unknown_target", { detail: `postgres has no operation ${name}`, failedFact: "action" });
}
