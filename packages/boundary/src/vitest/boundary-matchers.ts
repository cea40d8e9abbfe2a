import { type Ceiling, type FailedFact, type Reason, covers } from "@watchword/core";
import type { Attempt, AttemptLease, AttemptPrincipal } from "../attempt.ts";
import { type Routes, openRoutes } from "../cells/probe-routes.ts";
import { gotOf } from "../reports/finding.ts";
import type { WorldProof } from "../world.ts";

/** What a denial must be about. */
export interface ExpectedDenial {
  readonly reason: Reason;
  readonly failedFact?: FailedFact;
}

/** Who must have acted: what is left out may be anything. An `agent` without a version is any version of it. */
export type ExpectedPrincipal = Partial<AttemptPrincipal>;

declare module "vitest" {
  // The members of an interface are merged only where its parameters are named alike.
  interface Matchers<R extends void | Promise<void>, T> {
    /** The action went through. */
    toBeAllowed: () => R;
    /** It was refused for this reason, before anything was minted or sent. */
    toBeDenied: (expected: ExpectedDenial) => R;
    /** The system saw so many mints. */
    toHaveMinted: (count: number) => R;
    /** The system saw nothing but look-ups. */
    toHaveSeenNoRequest: () => R;
    /** There is a decision, and the ledger has records of it. */
    toBeRecorded: () => R;
    /** The ledger says that this one acted, and so does the trace. */
    toHavePrincipal: (expected: ExpectedPrincipal) => R;
    /** Whatever was handed out is worth nothing after so many seconds: a lease at the gateway, a released credential by itself. */
    toExpireWithin: (seconds: number) => R;
    /** No way out of the agent's cell was found open, and somebody looked. */
    toHaveNoRoute: () => R;
    /** No secret was found where none may be. */
    toContainNoSecret: () => R;
    /** Every capability is covered by one of the other ceiling, and not the other way round. */
    toBeNarrowerThan: (wider: Ceiling) => R;
  }
}

interface Outcome {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * Matchers for `expect.extend`; {@link boundaryTest} does it.
 *
 * INVARIANT: what the harness could not bring about matches nothing, with `.not` neither: each of them throws.
 */
export const boundaryMatchers = Object.freeze({
  /** The action went through. */
  toBeAllowed(received: unknown): Outcome {
    const attempt = attemptOf(received);
    return outcome(attempt.outcome === "allowed", attempt, "allowed");
  },
  /** It was refused for this reason, before anything was minted or sent. */
  toBeDenied(received: unknown, { reason, failedFact }: ExpectedDenial): Outcome {
    const attempt = attemptOf(received);
    const pass =
      attempt.outcome !== "allowed" &&
      attempt.reason === reason &&
      (failedFact === undefined || attempt.failedFact === failedFact) &&
      isUntouched(attempt);
    return outcome(
      pass,
      attempt,
      `refused, ${reason}${failedFact === undefined ? "" : ` by ${failedFact}`}, with nothing minted or sent`,
    );
  },
  /** The system saw so many mints. */
  toHaveMinted(received: unknown, count: number): Outcome {
    const attempt = attemptOf(received);
    return outcome(attempt.seen.mints === count, attempt, `${count} mints`);
  },
  /** The system saw nothing but look-ups. */
  toHaveSeenNoRequest(received: unknown): Outcome {
    const attempt = attemptOf(received);
    return outcome(isUntouched(attempt), attempt, "nothing at the system but look-ups");
  },
  /** There is a decision, and the ledger has records of it. */
  toBeRecorded(received: unknown): Outcome {
    const attempt = attemptOf(received);
    return outcome(
      attempt.decisionId !== null && attempt.records > 0,
      attempt,
      "a decision with its records",
    );
  },
  /** The ledger says that this one acted, and no span says otherwise. @throws Error where they name nobody, with `.not` too */
  toHavePrincipal(received: unknown, expected: ExpectedPrincipal): Outcome {
    const attempt = attemptOf(received);
    const { principal } = attempt;
    if (principal === undefined || principal === null)
      throw new Error(`the ledger says of nobody that they did this: ${gotOf(attempt)}`);
    const { traced } = attempt;
    // INVARIANT: a trace that says somebody else, or nobody, is no principal, whatever the ledger says; with .not neither.
    if (traced !== undefined && (traced === null || differences(principal, traced).length > 0))
      throw new Error(
        `the ledger says ${written(principal)}; the spans of ${attempt.decisionId ?? "the decision"} say ${traced === null ? "nobody, or differ" : written(traced)}`,
      );
    return said(differences(principal, expected).length === 0, written(expected), written(principal));
  },
  /** Whatever was handed out is worth nothing after so many seconds. @throws Error where nothing was minted, with `.not` too */
  toExpireWithin(received: unknown, seconds: number): Outcome {
    const attempt = attemptOf(received);
    const { lease } = attempt;
    if (lease === undefined || lease === null)
      throw new Error(`nothing was minted, so nothing can expire: ${gotOf(attempt)}`);
    const lives = livesFor(lease);
    return said(
      lives !== null && lives <= seconds,
      `what ends within ${seconds} s`,
      `a ${lease.kind} ${describedLife(lease)}`,
    );
  },
  /** No way out of the agent's cell was found open, and somebody looked. */
  toHaveNoRoute(received: unknown): Outcome {
    const ways = waysOut(received as WorldProof | Routes);
    return said(
      ways?.length === 0,
      "no way out",
      ways === undefined ? "nobody could look" : ways.join(", ") || "none",
    );
  },
  /** No secret was found where none may be. */
  toContainNoSecret(received: unknown): Outcome {
    const { leaks } = received as WorldProof;
    return said(leaks.length === 0, "no secret", leaks.join(", "));
  },
  /** Every capability is covered by one of the other ceiling, and not the other way round. */
  toBeNarrowerThan(received: unknown, wider: Ceiling): Outcome {
    const ceiling = received as Ceiling;
    return said(
      isWithin(ceiling, wider) && !isWithin(wider, ceiling),
      "a narrower ceiling",
      JSON.stringify(ceiling),
    );
  },
});

function attemptOf(received: unknown): Attempt {
  const attempt = received as Attempt;
  if (typeof attempt?.outcome !== "string" || typeof attempt.seen?.mints !== "number")
    throw new TypeError("this is no attempt; await what an agent proposes");
  if (attempt.stage === "harness" || attempt.outcome === "failed")
    throw new Error(`the harness could not bring this about: ${attempt.detail ?? "nobody answered"}`);
  return attempt;
}

/** Of a proof what it found; of an agent's own look around, whatever is not closed. */
function waysOut(looked: WorldProof | Routes): readonly string[] | undefined {
  return "interfaces" in looked ? openRoutes(looked, false) : looked.openRoutes;
}

function differences(held: AttemptPrincipal, expected: ExpectedPrincipal): string[] {
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const found = held[name as keyof AttemptPrincipal];
    const any = name === "agent" && typeof wanted === "string" && !wanted.includes("@");
    const same = any ? agentId(held.agent) === wanted : JSON.stringify(found) === JSON.stringify(wanted);
    return same ? [] : [name];
  });
}

function agentId(reference: string): string {
  return reference.split("@", 1)[0] ?? reference;
}

function written(principal: ExpectedPrincipal): string {
  return Object.entries(principal)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(" > ") : String(value)}`)
    .join(", ");
}

/**
 * Seconds for which it is of use to whoever holds it.
 *
 * INVARIANT: a released credential lives as long as the system lets it; the end of its lease may come too late or not at all.
 */
function livesFor({ custody, seconds, nativeSeconds }: AttemptLease): number | null {
  return custody === "gateway" ? seconds : nativeSeconds;
}

function describedLife({ custody, seconds, nativeSeconds }: AttemptLease): string {
  if (custody === "gateway") return `at the gateway, whose lease ends after ${seconds} s`;
  const native = nativeSeconds === null ? "never ends by itself" : `ends by itself after ${nativeSeconds} s`;
  return `that was released and ${native}; its lease ends after ${seconds} s`;
}

function isUntouched({ seen }: Attempt): boolean {
  return seen.mints === 0 && seen.effects === 0 && seen.refused === 0;
}

function isWithin(inner: Ceiling, outer: Ceiling): boolean {
  return inner.every((capability) => outer.some((held) => covers(held, capability)));
}

function outcome(pass: boolean, attempt: Attempt, expected: string): Outcome {
  const why = attempt.detail === null ? "" : ` (${attempt.detail})`;
  return said(pass, expected, `${gotOf(attempt)}, ${attempt.records} records${why}`);
}

function said(pass: boolean, expected: string, got: string): Outcome {
  return { pass, message: () => `expected ${pass ? "anything but " : ""}${expected}; got ${got}` };
}
