import type { Policy } from "@watchword/policy";
import type { Attempt } from "./attempt.ts";
import type { Situation } from "./situation.ts";
import type { SystemUnderTest } from "./system-under-test.ts";
import type { ToolsModule } from "./tools/tool-example.ts";

/**
 * How far the agent is from broker, gateway and secrets: `same-process` shares their memory, `process` is one of its own,
 * `netns` has no network besides, `container` no network, no writable disk and no privileges. `remote`: the broker is deployed,
 * and nobody looked.
 */
export type Isolation = "same-process" | "process" | "netns" | "container" | "remote";

/** What a world is made of. */
export interface WorldOptions {
  readonly policy: Policy;
  /** By the names under `systems:` in the policy. */
  readonly systems: Readonly<Record<string, SystemUnderTest>>;
  /** The app's guarded tools, for situations that call one. */
  readonly tools?: ToolsModule;
}

/** What the traces of a world came to. */
export interface TraceProof {
  /** Spans that were looked at; `null`: nobody could look. */
  readonly spans: number | null;
  /** Calls of tools among them; without any, only what the broker says of its exchanges was looked at. */
  readonly tools: number;
  /** Where one breaks what a trace has to hold: a side effect without its principal, another tenant's parent; empty is the promise. */
  readonly problems: readonly string[];
  /** Why nobody could look, and what would change that. */
  readonly why: string | null;
}

/** What became of the world's ledger, secrets and isolation; looked at when its attempts are over. */
export interface WorldProof {
  /** Whether the ledger verifies as a whole, with public keys; `null`: it is a deployed broker's, and nobody looked. */
  readonly ledgerIntact: boolean | null;
  readonly records: number;
  /** Places where a root secret or a minted credential was found that must not hold one; empty is the promise. */
  readonly leaks: readonly string[];
  /** Ways out of the agent's cell that were found open; empty is the promise. `undefined`: nobody could look. */
  readonly openRoutes: readonly string[] | undefined;
  /** Secrets that a span shows are among {@link leaks}. Left out: nobody could look. */
  readonly trace?: TraceProof;
  /** Mints that began before the store had a record of their intent; empty is the promise. Left out: nobody looked. */
  readonly unrecordedMints?: readonly string[];
}

/** The real broker and the real gateway over running twins, and agents that a test has fully captured. */
export interface World extends AsyncDisposable {
  readonly isolation: Isolation;
  attempt(situation: Situation): Promise<Attempt>;
  prove(): Promise<WorldProof>;
}

/** Opens a world with nothing in it but what the options say. */
export type OpenWorld = (options: WorldOptions) => Promise<World>;
