import { splitAgentReference } from "@watchword/core";
import type { SpanPrincipal } from "@watchword/telemetry";
import type { RunFrame } from "./run-frame.ts";

/** What traces say of a run. */
export function spanPrincipal(frame: RunFrame): SpanPrincipal {
  return {
    agent: frame.agent,
    run: frame.runId,
    root: frame.root,
    ...(frame.parent === undefined ? {} : { parent: frame.parent }),
    tenant: frame.tenant,
    thread: frame.thread,
    principalKind: frame.principalKind,
    userHash: frame.principalHash,
    depth: frame.chain.length - 1,
    chain: frame.chain.map((reference) => splitAgentReference(reference).id),
    background: frame.background,
  };
}
