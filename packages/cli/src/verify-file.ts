import { Refusal } from "@watchword/core";
import type { CommandIo } from "./command-io.ts";
import { importServer } from "./import-server.ts";
import { readLines } from "./read-lines.ts";
import { jsonText, terminalText } from "./terminal-text.ts";
import { readKeys, readNotes } from "./verification-input.ts";

/** Flags of `watchword ledger verify`. */
export interface VerifyFlags {
  readonly key: readonly string[];
  readonly checkpoint?: readonly string[];
  readonly json?: true;
}

/** What a verification came to; `problem` names the first record, checkpoint or line that is wrong. */
interface Verdict {
  readonly problem: string | undefined;
  readonly summary: string;
  readonly report: object;
}

type Server = typeof import("@watchword/server");

/** Checks an exported ledger, or the proof of one record. */
export async function verifyFile(io: CommandIo, file: string, flags: VerifyFlags): Promise<void> {
  const server = await importServer(io);
  if (server === undefined) return;
  const { problem, summary, report } = await verdict(server, file, flags);
  if (flags.json === true) io.out(jsonText(report));
  else io.out(problem === undefined ? `ok  ${summary}\n` : `BROKEN  ${terminalText(problem)}\n`);
  io.exit(problem === undefined ? 0 : 5);
}

async function verdict(server: Server, file: string, flags: VerifyFlags): Promise<Verdict> {
  const keys = await readKeys(server, flags.key);
  const notes = await readNotes(server, flags.checkpoint ?? []);
  const found = await proofIn(server, file);
  if (found !== undefined) {
    const foreign = notes.length > 0 && !notes.some((note) => found.proof.endsWith(`\n\n${note}`));
    const problem = foreign
      ? "its checkpoint is none of those that were kept outside"
      : server.recordProofProblem(found, keys);
    const { replica, sequence } = found.record;
    return {
      problem,
      summary: `${replica} record ${sequence} is in the signed ledger`,
      report: said(problem),
    };
  }
  try {
    const report = await server.verifyLedgerLines(server.parseLedgerLines(linesOf(file)), keys, notes);
    const { replicas, records, checkpoints, outside, uncovered, firstProblem } = report;
    const counts = `${records} records in ${replicas} chains, ${checkpoints} checkpoints, ${outside} from outside; ${uncovered} records no checkpoint covers yet`;
    return { problem: firstProblem, summary: counts, report };
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    if (refusal.reason !== "request_malformed") throw refusal;
    const problem = refusal.message.replace("request_malformed: ", "");
    return { problem, summary: "", report: said(problem) };
  }
}

/** A proof is one JSON document; an exported ledger has one on every line. */
async function proofIn(
  server: Server,
  file: string,
): Promise<Parameters<Server["recordProofProblem"]>[0] | undefined> {
  const lines: string[] = [];
  for await (const line of linesOf(file)) {
    lines.push(line);
    // An exported ledger says so at once.
    if (lines.length === 1 && line !== "{") return undefined;
  }
  return server.parseRecordProof(lines.join("\n"));
}

async function* linesOf(file: string): AsyncGenerator<string, void> {
  try {
    yield* readLines(file);
  } catch (error) {
    throw error instanceof RangeError
      ? new Refusal("request_malformed", { detail: "a line has no end" })
      : new Refusal("ledger_unavailable", { detail: `${terminalText(file)} cannot be read` });
  }
}

function said(problem: string | undefined): object {
  return { ok: problem === undefined, ...(problem === undefined ? {} : { firstProblem: problem }) };
}
