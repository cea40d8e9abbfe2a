import { type Ceiling, type FailedFact, type Reason, covers } from "@watchword/core";
import type { Attempt } from "../attempt.ts";
import { gotOf } from "../reports/finding.ts";
import type { WorldProof } from "../world.ts";

/** What a denial must be about. */
export interface ExpectedDenial {
  readonly reason: Reason;
  readonly failedFact?: FailedFact;
}

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
  /** No way out of the agent's cell was found open, and somebody looked. */
  toHaveNoRoute(received: unknown): Outcome {
    const { openRoutes } = received as WorldProof;
    return said(
      openRoutes?.length === 0,
      "no way out",
      openRoutes === undefined ? "nobody could look" : openRoutes.join(", "),
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
