import { resolve } from "node:path";
import { Refusal } from "@watchword/core";
import { loadPolicy } from "@watchword/policy";
import type { Configuration, DecisionReport } from "@watchword/server";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { type GrantPlace, explanationText } from "./explanation-text.ts";
import { findConfiguration } from "./find-configuration.ts";
import { importServer } from "./import-server.ts";
import { jsonText, terminalText } from "./terminal-text.ts";

interface ExplainFlags {
  readonly store?: string;
  readonly config?: string;
  readonly policy?: string;
  readonly json?: true;
}

/** `watchword explain`: why a recorded decision went as it did. */
export function registerExplain(program: Command, io: CommandIo): void {
  const command = program
    .command("explain")
    .description("Say why a recorded decision went as it did; 1 when there is none, 4 without a store")
    .argument("<decision>", "its id, or last")
    .option("--store <file>", "the broker's SQLite store; it is only read")
    .option("--config <file>", "the broker's configuration, which names the store and the policy")
    .option("--policy <path>", "the policy, for the line of the grant")
    .option("--json", "one JSON document on standard output")
    .action(async (id: string, flags: ExplainFlags) => {
      const config = flags.config ?? findConfiguration();
      if (flags.store === undefined && config === undefined)
        command.error("error: say which store by --store <file> or --config <file>");
      await explain(io, id, flags.store === undefined ? { ...flags, config } : flags);
    });
}

async function explain(
  io: CommandIo,
  id: string,
  flags: Omit<ExplainFlags, "config"> & { readonly config?: string | undefined },
): Promise<void> {
  const server = await importServer(io);
  if (server === undefined) return;
  const configured =
    flags.config === undefined ? undefined : placesOf(await server.loadConfiguration(flags.config));
  using ledger = server.openLedger(flags.store ?? configured?.store ?? "");
  const decision = id === "last" ? ledger.lastDecision() : ledger.decision(id);
  if (decision === undefined) {
    io.err(
      id === "last"
        ? "watchword: no decision is recorded yet\n"
        : `watchword: no decision ${terminalText(id)} is recorded here\n`,
    );
    return io.exit(1);
  }
  const report = server.explainDecision(decision);
  const path = flags.policy ?? configured?.policy;
  const place = path === undefined ? undefined : await placeOf(io, path, report);
  if (flags.json === true) io.out(jsonText({ ...report, grant_place: place ?? null }));
  else io.out(explanationText(report, place));
}

function placesOf({ document, directory }: Configuration): {
  readonly store: string;
  readonly policy: string | undefined;
} {
  if (!("sqlite" in document.store))
    throw new Refusal("configuration_invalid", {
      detail: "explain reads the ledger of a SQLite store; this configuration's is in PostgreSQL",
    });
  return {
    store: resolve(directory, document.store.sqlite),
    policy: typeof document.policy === "string" ? resolve(directory, document.policy) : undefined,
  };
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
