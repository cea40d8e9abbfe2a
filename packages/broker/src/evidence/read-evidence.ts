import {
  type Adapter,
  type EvidenceFact,
  type EvidenceReading,
  type EvidenceRecord,
  type Facts,
  Refusal,
  factAt,
} from "@watchword/core";
import { type EvidenceSource, evidenceFor } from "@watchword/policy";
import type { MeteredContext } from "../adapter-context.ts";
import type { BrokerContext } from "../broker-context.ts";
import { limitOf } from "../quotas/metered-fetch.ts";
import { checkSource } from "./check-source.ts";
import { newerReading, readingOf } from "./newer-reading.ts";

/** What evidence is read for: one action of one agent, with the facts that name the commit. */
export interface EvidenceSubject {
  readonly agent: string;
  readonly system: string;
  readonly operation: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly facts: Facts;
}

/** A full commit id: SHA-1 or SHA-256. Anything shorter could come to name another commit. */
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Reads every declared source that the grants for this action rest on, about the commit that the broker itself looked up.
 * INVARIANT: a source that cannot be read is `missing`, and so red; no answer of it is ever kept for later.
 */
export async function readEvidence(
  context: BrokerContext,
  adapter: Adapter,
  adapterContext: MeteredContext,
  subject: EvidenceSubject,
): Promise<Record<string, EvidenceFact>> {
  const { agent, system, operation, facts, resource } = subject;
  const read: Record<string, EvidenceFact> = {};
  for (const [name, { declared, commit: path }] of evidenceFor(context.policy, agent, system, operation)) {
    const commit = factAt(facts.values, path);
    if (typeof commit !== "string" || !COMMIT.test(commit)) continue;
    read[name] = { commit, ...(await readOne(name, declared, commit)) };
  }
  return read;

  async function readOne(name: string, declared: EvidenceSource, commit: string): Promise<EvidenceReading> {
    try {
      const source = checkSource(name, declared);
      // Signed, or with CI's own token: what is kept under a source came in the one way that its declaration allows.
      const posted =
        declared.issuer === "github-app" ? undefined : await context.store.evidence(name, commit);
      if (source === undefined) return said(posted, "no signed statement about this commit");
      if (adapter.readEvidence === undefined)
        return said(posted, `${adapter.name} keeps no check runs, and nothing was posted about this commit`);
      const checks = await adapter.readEvidence({ source, commit, resource }, adapterContext);
      return newerReading(checks, posted);
    } catch (error) {
      // Not known for lack of a question is refused as that, so that the caller learns when to ask again.
      const limit = await limitOf(adapterContext.meter, error);
      if (limit !== undefined) throw limit;
      return missing(`not readable: ${Refusal.from(error, "downstream_unavailable").reason}`);
    }
  }
}

function said(posted: EvidenceRecord | undefined, otherwise: string): EvidenceReading {
  return posted === undefined ? missing(otherwise) : readingOf(posted);
}

function missing(detail: string): EvidenceReading {
  return { state: "missing", finishedAt: null, detail };
}
