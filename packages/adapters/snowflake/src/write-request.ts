import {
  type Authority,
  type OutboundRequest,
  Refusal,
  type SealedCredential,
  type Stamp,
  sha256,
} from "@watchword/core";
import { type FoundOperation, findAnyOperation, isByHandle, isStatement } from "./find-operation.ts";
import type { HandleOperation } from "./handle-operations.ts";
import { snowflakeHeaders } from "./snowflake-headers.ts";
import type { SnowflakeSettings } from "./snowflake-options.ts";
import { bodyOf } from "./statement-body.ts";
import { WAITED_SECONDS } from "./token-seconds.ts";
import { audienceOf } from "./plan-authority.ts";

/**
 * Builds what goes to the SQL API from decided values alone; of the tool's request nothing is kept. INVARIANT: role, warehouse, database,
 * schema, timeout, the number of statements and the query's tag are in every request, so that no default of the user's fills one in.
 */
export function writeRequest(
  settings: SnowflakeSettings,
  authority: Authority,
  stamp: Stamp,
): OutboundRequest {
  const found = findAnyOperation(settings, authority.operation);
  const base = `${settings.baseUrl ?? audienceOf(authority.resource["account"] ?? "")}/api/v2/statements`;
  if (isByHandle(found))
    return { ...writeByHandle(base, authority), headers: snowflakeHeaders(false), body: undefined };
  const { role, warehouse, database, schema } = authority.resource;
  const query = `requestId=${requestIdOf(stamp.idempotencyKey)}${isStatement(found) && found.async ? "&async=true" : ""}`;
  const body = {
    ...ownMembers(found, authority),
    role,
    warehouse,
    database,
    schema,
    parameters: { query_tag: tagOf(stamp.decisionId), multi_statement_count: 1 },
  };
  return {
    method: "POST",
    url: `${base}?${query}`,
    headers: snowflakeHeaders(true),
    body: new TextEncoder().encode(JSON.stringify(body)),
  };
}

/** Puts the token on a request that {@link writeRequest} built. */
export function injectToken(request: OutboundRequest, credential: SealedCredential): OutboundRequest {
  return {
    ...request,
    headers: { ...request.headers, authorization: credential.open((token) => `Bearer ${token}`) },
  };
}

/** What is computed, and for how long. */
function ownMembers(
  found: Exclude<FoundOperation, HandleOperation>,
  { arguments: values }: Authority,
): object {
  return isStatement(found)
    ? { ...bodyOf(found, values), timeout: found.timeoutSeconds }
    : { statement: values["statement"], timeout: WAITED_SECONDS };
}

/** What the account's query history says of a statement: the decision that it was sent for. */
const tagOf = (decisionId: string): string => JSON.stringify({ watchword_decision: decisionId });

function writeByHandle(
  base: string,
  { operation, arguments: values }: Authority,
): { method: string; url: string } {
  const { statement, partition } = values;
  if (typeof statement !== "string")
    throw new Refusal("internal", { detail: "snowflake: a handle was never planned" });
  if (operation === "statements.cancel") return { method: "POST", url: `${base}/${statement}/cancel` };
  const query = typeof partition === "number" ? `?partition=${partition}` : "";
  return { method: "GET", url: `${base}/${statement}${query}` };
}

/** The key of an effect as a UUID (RFC 9562 section 5.8): the same effect has the same one. */
function requestIdOf(idempotencyKey: string): string {
  const hex = Buffer.from(sha256(idempotencyKey), "base64url").toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
