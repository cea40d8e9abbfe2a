import {
  type CompiledDelegation,
  type CompiledGrant,
  compileDelegation,
  compileGrant,
  delegationKey,
} from "./policy.ts";
import { ProjectionDocument } from "./projection-document.ts";

/** A projection with everything parsed once. Only {@link readProjection} makes one. */
export interface Projection {
  readonly policyVersion: string;
  /** Whom it is complete for. */
  readonly agents: ReadonlySet<string>;
  readonly grants: readonly CompiledGrant[];
  /** Rules from and to {@link agents}, by `delegationKey`. */
  readonly delegations: ReadonlyMap<string, CompiledDelegation>;
}

/** Reads a projection; `undefined` for another version or any shape that is not known: then the broker decides alone. */
export function readProjection(document: unknown): Projection | undefined {
  const parsed = ProjectionDocument.safeParse(document);
  if (!parsed.success) return undefined;
  const { policyVersion, agents, grants, delegation } = parsed.data;
  return Object.freeze<Projection>({
    policyVersion,
    agents: new Set(agents),
    grants: grants.map(({ agents: agent, ...grant }) =>
      compileGrant({ ...grant, agent, lease: { action: NO_TIME } }),
    ),
    delegations: new Map(
      delegation.map((rule) => [
        delegationKey(rule.parent, rule.child),
        compileDelegation({ ...rule, ttl: NO_TIME }),
      ]),
    ),
  });
}

/** Nothing here gives a lease or starts a run. */
const NO_TIME = "1s";
