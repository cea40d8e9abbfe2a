import { resolve } from "node:path";
import { loadPolicy } from "@watchword/policy";
import type { Configuration, DecisionReport } from "@watchword/server";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { type GrantPlace, explanationText } from "./explanation-text.ts";
import { findConfiguration } from "./find-configuration.ts";
import { importServer } from "./import-server.ts";
import { type LedgerFlags, openLedgerOf, withLedgerOptions } from "./open-ledger-of.ts";
import { jsonText, terminalText } from "./terminal-text.ts";

interface ExplainFlags extends LedgerFlags {
  readonly policy?: string;
  readonly json?: true;
}

/** `watchword explain`: why a recorded decision went as it did. */
export function registerExplain(program: Command, io: CommandIo): void {
  withLedgerOptions(program.command("explain"))
    .description("Say why a recorded decision went as it did; 1 when there is none, 4 without a store")
    .argument("<decision>", "its id, or last")
    .option("--policy <path>", "the policy, for the line of the grant; default: the configuration's")
    .option("--json", "one JSON document on standard output")
    .action((id: string, flags: ExplainFlags, command: Command) => explain(io, command, id, flags));
}

async function explain(io: CommandIo, command: Command, id: string, flags: ExplainFlags): Promise<void> {
  const server = await importServer(io);
  if (server === undefined) return;
  const elsewhere = flags.store ?? flags.urlEnv;
  const config = flags.config ?? (elsewhere === undefined ? findConfiguration() : undefined);
  const configuration = config === undefined ? undefined : await server.loadConfiguration(config);
  await using ledger = await openLedgerOf(server, command, flags, async () => configuration);
  const decision = id === "last" ? await ledger.lastDecision() : await ledger.decision(id);
  if (decision === undefined) {
    io.err(
      id === "last"
        ? "watchword: no decision is recorded yet\n"
        : `watchword: no decision ${terminalText(id)} is recorded here\n`,
    );
    return io.exit(1);
  }
  const report = server.explainDecision(decision);
  const path = flags.policy ?? (configuration && policyOf(configuration));
  const place = path === undefined ? undefined : await placeOf(io, path, report);
  if (flags.json === true) io.out(jsonText({ ...report, grant_place: place ?? null }));
  else io.out(explanationText(report, place));
}

function policyOf({ document, directory }: Configuration): string | undefined {
  return typeof document.policy === "string" ? resolve(directory, document.policy) : undefined;
}

/** Only the very policy that decided says where its grant stands; lines of another one would mislead. */
async function placeOf(io: CommandIo, path: string, report: DecisionReport): Promise<GrantPlace | undefined> {
  const policy = await loadPolicy(path);
  if (policy.version !== report.policy_version) {
    io.err(
      `watchword: the policy at ${terminalText(path)} is not the one that decided, so no line of it is named\n`,
    );
    return undefined;
  }
  return report.grant === null ? undefined : policy.locate(report.grant, ["id"]);
}
