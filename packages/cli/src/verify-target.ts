import type { BoundaryReport, BoundarySuite, ShowDecision } from "@watchword/boundary";
import { Refusal } from "@watchword/core";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import type { BoundaryModule } from "./import-boundary.ts";
import { type OperatorsApi, withOperatorsApi } from "./operators-api.ts";
import { readTextFile } from "./read-text-file.ts";

/** Flags of `watchword verify --target`. */
export interface TargetFlags {
  readonly target: string;
  readonly as: string;
  readonly policy?: string;
  readonly only?: readonly string[];
  readonly operators?: string;
  readonly tokenFile?: string;
  readonly allowEffects?: true;
}

/**
 * Aims a suite at a deployed broker. With `--operators`, each decision is looked up by whoever `--token-file` or the environment's
 * `WATCHWORD_TOKEN` stands for.
 */
export async function verifyTarget(
  io: CommandIo,
  command: Command,
  { module }: BoundaryModule,
  suite: BoundarySuite,
  flags: TargetFlags,
): Promise<BoundaryReport | undefined> {
  const { target, as, policy, only, operators, tokenFile } = flags;
  const run = async (decision: ShowDecision | undefined): Promise<BoundaryReport> =>
    module.verifyTarget(suite, {
      url: target,
      file: await readTextFile(as),
      ...(policy === undefined ? {} : { policy }),
      ...(only === undefined ? {} : { only }),
      allowEffects: flags.allowEffects ?? false,
      ...(decision === undefined ? {} : { decision }),
      onAttempt: module.progressLines(
        (line) => io.err(`${line}\n`),
        () => performance.now(),
      ),
    });
  if (operators === undefined) return run(undefined);
  let report: BoundaryReport | undefined;
  const api = { api: operators, ...(tokenFile === undefined ? {} : { tokenFile }) };
  await withOperatorsApi(io, command, api, async (asked) => {
    report = await run(showDecision(asked));
  });
  return report;
}

/** A decision as the operators' API shows it; what is not there, or another tenant's, is none. */
function showDecision(api: OperatorsApi): ShowDecision {
  return async (decisionId) => {
    const shown = await api
      .ask(`GET /v1/decisions/${encodeURIComponent(decisionId)}`)
      .catch((error: unknown) => {
        if (error instanceof Error && !Refusal.is(error) && error.message.startsWith("not_found:"))
          return undefined;
        throw error;
      });
    if (shown === undefined) return undefined;
    const text = (name: string): string | null => {
      const value = shown[name];
      return typeof value === "string" ? value : null;
    };
    const ledger = shown["ledger"] as { readonly intact?: unknown } | undefined;
    return {
      outcome: text("outcome") ?? "unknown",
      reason: text("reason"),
      failedFact: text("failed_fact"),
      policyVersion: text("policy_version"),
      agent: text("agent"),
      tenant: text("tenant"),
      run: text("run"),
      workload: text("workload"),
      principalKind: text("principal_kind"),
      intact: ledger?.intact === true,
    };
  };
}
