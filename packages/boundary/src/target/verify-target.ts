import { dirname } from "node:path";
import { type BrokerClient, Refusal, numericDate, systemClock } from "@watchword/core";
import { loadPolicy } from "@watchword/policy";
import type { Attempt } from "../attempt.ts";
import type { BoundarySuite } from "../boundary.ts";
import type { BoundaryReport } from "../boundary-report.ts";
import { deriveRows } from "../matrix/derive-rows.ts";
import { systemValues } from "../matrix/system-values.ts";
import { onlyThese } from "../only-these.ts";
import { selectRows } from "../select-rows.ts";
import { askRows } from "./ask-rows.ts";
import { type TargetParts, loadTargetParts } from "./load-target-parts.ts";
import { readTargetFile } from "./target-file.ts";
import { targetIdentities } from "./target-identities.ts";
import { targetReport } from "./target-report.ts";
import { targetValues } from "./target-values.ts";
import { type ShowDecision, targetWorld } from "./target-world.ts";

/** How `watchword verify --target` runs a suite. */
export interface VerifyTargetOptions {
  /** The deployed broker; plain http on loopback only. */
  readonly url: string;
  /** Who acts, and on what: the text of a target's file, whose paths are relative to it. */
  readonly file: { readonly name: string; readonly text: string };
  /** A policy file or directory, instead of the suite's own. */
  readonly policy?: string;
  /** `grant` or `grant:fact`; left out: every row. */
  readonly only?: readonly string[];
  /** Whether allowed writes are asked for, and people for approvals. What is given is not used even then. */
  readonly allowEffects?: boolean;
  /** Looks decisions up at the operators' API. Left out: refusals are judged by their answers alone. */
  readonly decision?: ShowDecision;
  /** Hears of each attempt when it is over. */
  readonly onAttempt?: (attempt: Attempt) => void;
}

/**
 * Aims a suite's rows at a broker that is deployed: a captured agent with the identities of the target's file asks for what the
 * policy forbids, and every answer is judged as in a world. What such a run cannot bring about or see is in `target`, by name.
 *
 * @throws PartsMissing; Refusal `policy_invalid`, and `configuration_invalid` for the URL, the target's file and an `only` that names no row
 */
export async function verifyTarget(
  suite: BoundarySuite,
  options: VerifyTargetOptions,
): Promise<BoundaryReport> {
  const startedAt = new Date().toISOString();
  const began = performance.now();
  const wanted = options.policy ?? suite.policy;
  const policy = typeof wanted === "string" ? await loadPolicy(wanted) : wanted;
  const document = readTargetFile(options.file.name, options.file.text);
  const parts = await loadTargetParts();
  const issuer = document.issuer ?? options.url;
  const client = clientOf(parts, issuer, options.url);
  const values = targetValues(document, await systemValues(suite.systems, systemClock));
  const catalogues = Object.fromEntries(
    Object.entries(values).map(([name, { catalogue }]) => [name, catalogue]),
  );
  const derived = deriveRows(policy, values);
  const selected = selectRows(suite.selections, derived.rows, policy, catalogues);
  const rows = options.only === undefined ? selected.rows : onlyThese(selected.rows, options.only);
  const identities = targetIdentities(document, {
    policy,
    directory: dirname(options.file.name),
    issuer,
    keyToken: async (key) => (await parts.localKeySource(key)).token(),
  });
  const { allowEffects = false } = options;
  const witness = decisionWitness(options.decision);
  await using world = targetWorld(client, identities, witness.show);
  const asked = await askRows(
    rows,
    {
      attempt: async (situation) => {
        const attempt = await world.attempt(situation);
        options.onAttempt?.(attempt);
        return attempt;
      },
    },
    {
      policy,
      catalogues,
      systems: document.systems,
      identities,
      now: numericDate(systemClock),
      allowEffects,
    },
    options.decision !== undefined,
  );
  return targetReport({
    url: options.url,
    policyVersion: policy.version,
    startedAt,
    milliseconds: performance.now() - began,
    asked,
    missing: [...derived.missing, ...selected.missing],
    excluded: selected.excluded,
    unable: suite.selections.flatMap((selection) => (selection.kind === "proof" ? [selection.name] : [])),
    looked: options.decision === undefined ? null : witness.looked(),
    decidedBy: witness.versions(),
    allowEffects,
  });
}

/** @throws Refusal `configuration_invalid` for a URL that no token may be sent to */
function clientOf({ httpBroker }: TargetParts, issuer: string, url: string): BrokerClient {
  try {
    return httpBroker({ issuer, url });
  } catch (error) {
    throw new Refusal("configuration_invalid", {
      detail: `the target is no broker's URL: ${error instanceof Error ? error.message : "unusable"}`,
    });
  }
}

/** Looks decisions up, and remembers by which policies they were made. */
function decisionWitness(show: ShowDecision | undefined) {
  const versions = new Set<string>();
  let looked = 0;
  const watched: ShowDecision | undefined =
    show === undefined
      ? undefined
      : async (decisionId) => {
          const shown = await show(decisionId);
          if (shown !== undefined) looked += 1;
          if (typeof shown?.policyVersion === "string") versions.add(shown.policyVersion);
          return shown;
        };
  return { show: watched, looked: () => looked, versions: () => [...versions] };
}
