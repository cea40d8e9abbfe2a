import { type Action, type AdapterContext, type Connection, type Facts, Refusal } from "@watchword/core";
import { findAnyOperation, isByHandle } from "./find-operation.ts";
import { CONTEXT_FIELDS } from "./resource.ts";
import { ObjectName, Role, type SnowflakeSettings } from "./snowflake-options.ts";

/**
 * Where the statement of a tenant runs, by its connection, and whose a handle is, by the broker's own records. Snowflake is asked
 * nothing: it knows one user for all runs of a tenant.
 *
 * @throws Refusal `configuration_invalid` for a connection that lacks a setting
 */
export async function resolveFacts(
  settings: SnowflakeSettings,
  action: Action,
  { connection, originOf }: AdapterContext,
): Promise<Facts> {
  const found = findAnyOperation(settings, action.operation);
  if (!isByHandle(found)) return factsOf(settings, connection, found.entry.access);
  const handle = action.arguments["statement"];
  const origin = typeof handle === "string" ? await originOf?.(handle) : undefined;
  const sent = [...settings.statements, ...settings.select].find(
    ({ entry }) => entry.name === origin?.operation,
  );
  // A handle is of the role that its statement ran under; one of nobody's opens nothing.
  if (origin === undefined || sent === undefined) return factsOf(settings, connection, "read");
  const facts = factsOf(settings, connection, sent.entry.access);
  return { owners: {}, values: { ...facts.values, origin: { decision: origin.decisionId } } };
}

/** Where a statement runs, as facts. @throws Refusal `configuration_invalid` */
export function factsOf(
  settings: SnowflakeSettings,
  connection: Pick<Connection, "settings" | "system">,
  access: "read" | "write",
): Facts {
  const place = Object.fromEntries(
    CONTEXT_FIELDS.map((field) => [field, settings[field] ?? settingOf(connection, field)]),
  );
  return { owners: {}, values: { place: { ...place, role: roleOf(settings, connection, access) } } };
}

function roleOf(
  settings: SnowflakeSettings,
  connection: Pick<Connection, "settings" | "system">,
  access: "read" | "write",
): string {
  const reads = settings.role ?? settingOf(connection, "role");
  if (access === "read") return reads;
  const writes = settings.writeRole ?? settingOf(connection, "writeRole");
  if (writes !== reads) return writes;
  throw new Refusal("configuration_invalid", {
    detail: `snowflake: role and writeRole of the connection to ${connection.system} are the same, so that reads could write`,
    failedFact: "tenant",
  });
}

function settingOf({ settings, system }: Pick<Connection, "settings" | "system">, name: string): string {
  const kind = name === "role" || name === "writeRole" ? Role : ObjectName;
  const value = kind.safeParse(Object.hasOwn(settings, name) ? settings[name] : undefined);
  if (value.success) return value.data;
  throw new Refusal("configuration_invalid", {
    detail: `snowflake: the connection to ${system} has no setting ${name} that is a plain name`,
    failedFact: "tenant",
  });
}
