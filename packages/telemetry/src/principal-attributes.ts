import type { Attributes } from "@opentelemetry/api";
import { splitAgentReference } from "@watchword/core";
import { ATTRIBUTES } from "./attribute-names.ts";
import { knownAttributes } from "./known-attributes.ts";

/** Who acts, in which run, for whom. Names only: there is no room for a token or a key. */
export interface SpanPrincipal {
  /** `support@3` */
  readonly agent: string;
  readonly run: string;
  /** First run of the tree; absent when it is this one. */
  readonly root?: string;
  readonly parent?: string;
  readonly tenant: string;
  readonly thread: string;
  readonly principalKind: "user" | "agent";
  /** Keyed hash of issuer and subject, never the subject itself. */
  readonly userHash?: string;
  readonly depth: number;
  /** Agent ids, the root's first, this run's own last. */
  readonly chain: readonly string[];
  readonly background?: boolean;
}

/** What a span says of the principal. */
export function principalAttributes(principal: SpanPrincipal): Attributes {
  const { id, version } = splitAgentReference(principal.agent);
  return knownAttributes({
    [ATTRIBUTES.agentId]: principal.agent,
    [ATTRIBUTES.agentName]: id,
    [ATTRIBUTES.agentVersion]: version,
    [ATTRIBUTES.conversationId]: principal.thread,
    [ATTRIBUTES.tenantId]: principal.tenant,
    [ATTRIBUTES.runId]: principal.run,
    [ATTRIBUTES.rootRunId]: principal.root ?? principal.run,
    [ATTRIBUTES.parentRunId]: principal.parent,
    [ATTRIBUTES.background]: principal.background,
    [ATTRIBUTES.principalKind]: principal.principalKind,
    [ATTRIBUTES.userHash]: principal.userHash,
    [ATTRIBUTES.depth]: principal.depth,
    [ATTRIBUTES.chain]: [...principal.chain],
  });
}
