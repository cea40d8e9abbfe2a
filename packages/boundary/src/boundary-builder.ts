import type { Fact } from "./row.ts";

/** One thing that is to be proven. */
export type Selection =
  | { readonly kind: "matrix"; readonly except: readonly Exception[] }
  | {
      readonly kind: "facts";
      readonly preset: string;
      readonly grant: string;
      readonly facts: readonly Fact[];
    }
  | { readonly kind: "read-only"; readonly agent: string; readonly systems: readonly string[] | undefined }
  | { readonly kind: "narrowing"; readonly grant: string; readonly child: string | undefined }
  | { readonly kind: "window"; readonly grant: string }
  | { readonly kind: "proof"; readonly name: "noRoute" | "noStandingSecret" };

/** Rows that are left out of the matrix, and why. It is told in every report. */
export interface Exception {
  readonly fact: Fact;
  /** Left out: every grant. */
  readonly grant?: string;
  readonly reason: string;
}

/** What can be proven, a line each. */
export interface BoundaryBuilder {
  /** Everything that the policy forbids next to what it allows. */
  matrix(options?: { readonly except?: readonly Exception[] }): void;
  /** No other tenant's objects, resources or users. */
  tenant(grant: string): void;
  /** Nothing without green tests of exactly this commit. */
  evalGate(grant: string): void;
  /** No write of any system, whatever it is called. */
  readOnly(agent: string, options?: { readonly systems?: readonly string[] }): void;
  /** No child that may more, lives longer or goes deeper. */
  narrowing(grant: string, options?: { readonly child?: string }): void;
  /** Nothing without a person's yes to exactly this. */
  approval(grant: string): void;
  /** Nothing outside of the time window. */
  window(grant: string): void;
  /** Nothing beyond the budget. */
  budget(grant: string): void;
  /** No effect twice. */
  once(grant: string): void;
  /** No root secret and no credential where an agent, a log or a file shows it. */
  noStandingSecret(): void;
  /** No other way out of the agent's cell; provable in cells alone. */
  noRoute(): void;
}

/** Collects selections. */
export function boundaryBuilder(add: (selection: Selection) => void): BoundaryBuilder {
  const facts =
    (preset: string, ...of: readonly Fact[]) =>
    (grant: string): void =>
      add({ kind: "facts", preset, grant, facts: of });
  return Object.freeze<BoundaryBuilder>({
    matrix: ({ except = [] } = {}) => add({ kind: "matrix", except }),
    tenant: facts("tenant", "tenant"),
    evalGate: facts("evalGate", "evidence"),
    approval: facts("approval", "approval"),
    budget: facts("budget", "budget"),
    once: facts("once", "once"),
    readOnly: (agent, { systems } = {}) => add({ kind: "read-only", agent, systems }),
    narrowing: (grant, { child } = {}) => add({ kind: "narrowing", grant, child }),
    window: (grant) => add({ kind: "window", grant }),
    noStandingSecret: () => add({ kind: "proof", name: "noStandingSecret" }),
    noRoute: () => add({ kind: "proof", name: "noRoute" }),
  });
}
