import {
  type Authority,
  type OutboundRequest,
  Refusal,
  type SealedCredential,
  type Stamp,
} from "@watchword/core";
import { baseUrlOf } from "./org-host.ts";
import { type RecordRoute, findRoute } from "./record-operations.ts";
import { writeRecordBody } from "./record-body.ts";
import { isRecordId } from "./record-id.ts";
import { bearer, salesforceHeaders } from "./salesforce-headers.ts";
import type { SalesforceSettings } from "./salesforce-options.ts";
import { writeSoql } from "./soql.ts";

const METHODS = { retrieve: "GET", query: "GET", create: "POST", update: "PATCH", delete: "DELETE" } as const;

/**
 * Builds what goes to the org from decided values alone: host, path, fields, query and body come from declaration, authority and stamp.
 * Nothing of the tool's request is kept. A record is always read by named fields, since Salesforce would show all of them.
 */
export function writeRequest(
  settings: SalesforceSettings,
  routes: readonly RecordRoute[],
  authority: Authority,
  stamp: Stamp,
): OutboundRequest {
  const route = findRoute(routes, authority.operation);
  const written = route.verb === "create" || route.verb === "update";
  const body = written ? writeRecordBody(route, authority.arguments, stamp) : undefined;
  return {
    method: METHODS[route.verb],
    url: `${baseUrlOf(settings, authority.resource["org"])}/services/data/v${settings.apiVersion}${target(route, authority)}`,
    headers: salesforceHeaders(body === undefined ? {} : { "content-type": "application/json" }),
    body,
  };
}

/** Puts the token on a request that {@link writeRequest} built. */
export function injectToken(request: OutboundRequest, credential: SealedCredential): OutboundRequest {
  return { ...request, headers: { ...request.headers, authorization: bearer(credential) } };
}

function target(route: RecordRoute, { arguments: values }: Authority): string {
  const { object } = route.declared;
  if (route.verb === "query") return `/query?q=${encode(writeSoql(route, values))}`;
  if (route.verb === "create") return `/sobjects/${object}`;
  const { record, fields } = values;
  if (typeof record !== "string" || !isRecordId(record, route.declared.keyPrefix)) throw unplanned("record");
  if (route.verb !== "retrieve") return `/sobjects/${object}/${record}`;
  if (!Array.isArray(fields) || fields.length === 0) throw unplanned("fields");
  return `/sobjects/${object}/${record}?fields=${fields.map((field) => encode(String(field))).join(",")}`;
}

/** Everything but letters, digits and `-_.~` is encoded, so that no two readers split it differently. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function unplanned(name: string): Refusal {
  return new Refusal("internal", { detail: `salesforce: the authority's ${name} was never planned` });
}
