import { readFile } from "node:fs/promises";
import { REASONS, Refusal, isReason } from "@watchword/core";
import type { Command } from "commander";
import type { CommandIo, ExitCode } from "./command-io.ts";
import { terminalText } from "./terminal-text.ts";

/** Options of every command that asks a deployed broker. */
export interface ApiFlags {
  readonly api: string;
  readonly tokenFile?: string;
  readonly json?: true;
}

/** Adds them. A token is never on a command line, where everybody on the machine can read it. */
export function withApiOptions(command: Command): Command {
  return command
    .requiredOption("--api <url>", "where the operators' API is")
    .option("--token-file <file>", "a file with your token; default: the environment's WATCHWORD_TOKEN")
    .option("--json", "one JSON document on standard output");
}

/** Asks the operators' API. */
export interface OperatorsApi {
  /** The answer of a success. @throws OperatorRefused, Refusal `broker_unavailable` */
  ask(line: string, body?: object): Promise<Readonly<Record<string, unknown>>>;
}

/** What the API said no to. */
class OperatorRefused extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}

const TIMEOUT_MILLISECONDS = 60_000;
const LOOPBACK = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})$/;

/** Runs a command's questions; what the API says no to is said on standard error, and is no fault of ours. */
export async function withOperatorsApi(
  io: CommandIo,
  command: Command,
  flags: ApiFlags,
  work: (api: OperatorsApi) => Promise<void>,
): Promise<void> {
  const base = baseOf(command, flags.api);
  const token = await tokenOf(command, flags.tokenFile);
  try {
    await work({ ask: (line, body) => ask(io, base, token, line, body) });
  } catch (error) {
    if (!(error instanceof OperatorRefused)) throw error;
    for (const text of error.message.split("\n")) io.err(`watchword: ${terminalText(text)}\n`);
    io.exit(error.code);
  }
}

/** INVARIANT: a token goes over TLS or stays on this machine. */
function baseOf(command: Command, api: string): string {
  const url = URL.canParse(api) ? new URL(api) : undefined;
  const plain = url?.protocol === "http:" && LOOPBACK.test(url.hostname);
  if (url === undefined || !(url.protocol === "https:" || plain) || url.username !== "" || url.search !== "")
    return command.error("error: --api must be an https URL, or http on loopback");
  return `${url.origin}${url.pathname}`.replace(/\/$/, "");
}

async function tokenOf(command: Command, file: string | undefined): Promise<string> {
  const text =
    file === undefined ? process.env["WATCHWORD_TOKEN"] : await readFile(file, "utf8").catch(() => "");
  const token = text?.trim() ?? "";
  if (/^[A-Za-z0-9_.-]+$/.test(token)) return token;
  return command.error(
    file === undefined
      ? "error: set WATCHWORD_TOKEN to your token, or name a file that holds it by --token-file"
      : "error: --token-file names no file with a token in it",
  );
}

async function ask(
  { signal }: CommandIo,
  base: string,
  token: string,
  line: string,
  body: object | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const [method = "GET", path = ""] = line.split(" ");
  const unavailable = (detail: string): Refusal => new Refusal("broker_unavailable", { detail });
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: "error",
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MILLISECONDS)]),
  }).catch(() => {
    // The platform's text may quote the request.
    throw unavailable(`the API at ${base} did not answer`);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (typeof answer !== "object" || answer === null)
    throw unavailable(`what answers at ${base} is not the operators' API`);
  if (response.ok) return answer as Readonly<Record<string, unknown>>;
  throw refusedBy(answer as Readonly<Record<string, unknown>>, base);
}

function refusedBy({ reason, detail }: Readonly<Record<string, unknown>>, base: string): Error {
  if (!isReason(reason))
    return new Refusal("broker_unavailable", { detail: `what answers at ${base} is not the operators' API` });
  const said = typeof detail === "string" ? detail : REASONS[reason].text;
  if (reason === "policy_invalid") return new OperatorRefused(3, `${reason}: ${said}`);
  if (reason === "ledger_unavailable" || reason === "internal")
    return new OperatorRefused(4, `${reason}: ${said}`);
  return new OperatorRefused(1, `${reason}: ${said}`);
}
