import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Refusal } from "@watchword/core";
import type { BoundaryReport, Isolation } from "@watchword/boundary";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { CommandIo } from "./command-io.ts";
import { type BoundaryModule, defaultExportOf, importBoundary } from "./import-boundary.ts";
import { readTextFile } from "./read-text-file.ts";
import { terminalText } from "./terminal-text.ts";
import { testedCommit } from "./tested-commit.ts";
import { verifyTarget } from "./verify-target.ts";

const CONFIG = "boundary.config.ts";
const FORMS = ["terminal", "github", "json", "junit", "sarif", "svg", "html"] as const;
type Form = (typeof FORMS)[number];

interface VerifyFlags {
  readonly config: string;
  readonly policy?: string;
  readonly only?: readonly string[];
  readonly files?: readonly string[];
  readonly require?: Exclude<Isolation, "same-process" | "remote">;
  readonly report: readonly Form[];
  readonly out: string;
  readonly attest?: string;
  readonly commit?: string;
  readonly minScore?: number;
  readonly target?: string;
  readonly as?: string;
  readonly operators?: string;
  readonly tokenFile?: string;
  readonly allowEffects?: true;
}

/** `watchword verify`: whether what the policy forbids fails, for the right reason. */
export function registerVerify(program: Command, io: CommandIo): void {
  const command = program
    .command("verify")
    .description(
      "Run the boundary tests of a project; 1 when the boundary does not hold, 4 when they cannot run as required",
    )
    .option("--config <file>", "module whose default export is boundary(…)", CONFIG)
    .option("--policy <path>", "a policy file or directory, instead of the configuration's")
    .option("--files <path...>", "boundary files (*.boundary.yaml), besides what the configuration proves")
    .option(
      "--only <rows...>",
      "grant, grant:fact or grant:by-tool: no more than these; such a run is never attested",
    )
    .addOption(
      new Option("--require <isolation>", "the weakest isolation that will do; less ends with 4").choices([
        "process",
        "netns",
        "container",
      ]),
    )
    .option("--report <forms>", `of ${FORMS.join(", ")}`, formsOf, ["terminal"])
    .option("--out <directory>", "where reports that are files go", "boundary-report")
    .option("--attest <key>", "sign the result by this private key (PEM) as evidence for a broker")
    .option("--commit <id>", "the commit that was tested; default: that of the working tree, without changes")
    .option("--min-score <share>", "share of the policy's changes that a row must notice, 0 to 1", scoreOf)
    .option("--target <url>", "ask a deployed broker instead of one of the harness's own; refusals only")
    .option("--as <file>", "with --target: who acts there, and on what (YAML)")
    .option("--operators <url>", "with --target: its operators' API, where decisions are looked up")
    .option(
      "--token-file <file>",
      "a file with an operator's token; default: the environment's WATCHWORD_TOKEN",
    )
    .option("--allow-effects", "with --target: ask for allowed writes and approvals, too; nothing is sent");
  command.action((flags: VerifyFlags) => {
    const wrong = targetProblem(flags);
    if (wrong !== undefined) command.error(`error: ${wrong}`);
    if (flags.attest !== undefined && flags.only !== undefined)
      command.error("error: a part of the rows proves no boundary: --attest goes without --only");
    return verify(io, command, flags);
  });
}

/** What goes together, and what does not. */
function targetProblem(flags: VerifyFlags): string | undefined {
  const { target, as, operators, tokenFile, allowEffects, attest, require, minScore, files } = flags;
  if (target === undefined) {
    const alone = as ?? operators ?? tokenFile ?? allowEffects;
    return alone === undefined
      ? undefined
      : "--as, --operators, --token-file and --allow-effects go with --target";
  }
  if (as === undefined) return "--target needs --as <file>: who acts there, and on what";
  if (attest !== undefined)
    return "a run against a deployed broker proves a part of the boundary: --attest goes without --target";
  if (require !== undefined || minScore !== undefined || files !== undefined)
    return "--require, --min-score and --files need a world of the harness's own: they go without --target";
  return undefined;
}

async function verify(io: CommandIo, command: Command, flags: VerifyFlags): Promise<void> {
  const harness = await importBoundary(flags.config);
  if (harness === undefined) {
    io.err("watchword: this command needs @watchword/boundary: npm install --save-dev @watchword/boundary\n");
    return io.exit(4);
  }
  const signing = flags.attest === undefined ? undefined : await signingWith(flags.attest, flags);
  const report = await ran(io, command, harness, flags);
  // Whatever was missing, or refused whoever asked, has been said by then, with its exit code.
  if (report === undefined) return;
  const { module } = harness;
  const score = flags.minScore === undefined ? {} : { minScore: flags.minScore };
  const options = {
    root: process.cwd(),
    ...(flags.policy === undefined ? {} : { policyFile: flags.policy }),
    ...score,
  };
  const files = module.REPORT_FORMATS.filter((form) => flags.report.includes(form));
  if (flags.report.includes("terminal"))
    io.out(
      module.terminalReport(report, {
        ...options,
        colour: process.stdout.isTTY && process.stdout.hasColors(),
      }),
    );
  if (flags.report.includes("github")) io.out(module.githubAnnotations(report, options));
  for (const path of await module.writeReports(report, files, flags.out, options))
    io.err(`${terminalText(path)}\n`);
  if (signing !== undefined) {
    const { result, envelope, publicKey } = attested(harness, report, { ...signing, ...score });
    await mkdir(flags.out, { recursive: true });
    const path = join(flags.out, "boundary.dsse.json");
    await writeFile(path, envelope);
    io.err(`${terminalText(path)}: ${signing.commit} ${result}, signed by ${JSON.stringify(publicKey)}\n`);
  }
  io.exit(module.verdictOf(report, score).code);
}

/** The report; `undefined` when what was required is not to be had here, which has been said by then. */
async function ran(
  io: CommandIo,
  command: Command,
  harness: BoundaryModule,
  flags: VerifyFlags,
): Promise<BoundaryReport | undefined> {
  const { module } = harness;
  const { config, policy, only, require, minScore, files = [], target, as } = flags;
  const suite = await defaultExportOf(config);
  if (!module.isBoundarySuite(suite))
    throw new Refusal("configuration_invalid", {
      detail: `the default export of ${terminalText(config)} is not what boundary(…) gives`,
    });
  try {
    if (target !== undefined && as !== undefined)
      return await verifyTarget(io, command, harness, suite, { ...flags, target, as });
    return await module.verifyBoundary(suite, {
      ...(policy === undefined ? {} : { policy }),
      ...(only === undefined ? {} : { only }),
      ...(require === undefined ? {} : { require }),
      mutate: minScore !== undefined,
      module: pathToFileURL(resolve(config)),
      files: await Promise.all(files.map(readTextFile)),
      onAttempt: module.progressLines(
        (line) => io.err(`${line}\n`),
        () => performance.now(),
      ),
    });
  } catch (error) {
    if (!(error instanceof Error) || !UNAVAILABLE.has(error.name)) throw error;
    io.err(`watchword: ${terminalText(error.message)}\n`);
    io.exit(4);
    return undefined;
  }
}

/** What the harness throws when a machine or a project lacks something. */
const UNAVAILABLE: ReadonlySet<string> = new Set(["IsolationMissing", "PartsMissing"]);

/** Read before anything runs: minutes of rows must not end at a key that is not there. */
async function signingWith(file: string, { commit }: VerifyFlags): Promise<{ key: string; commit: string }> {
  const key = await readFile(file, "utf8").catch(() => {
    throw new Refusal("configuration_invalid", {
      detail: `${terminalText(file)} cannot be read; openssl genpkey -algorithm ed25519 -out ${terminalText(file)} makes a key`,
    });
  });
  return { key, commit: commit ?? (await testedCommit(process.cwd())) };
}

function attested(
  { module, version }: BoundaryModule,
  report: BoundaryReport,
  signing: { readonly key: string; readonly commit: string; readonly minScore?: number },
): ReturnType<BoundaryModule["module"]["attestReport"]> {
  try {
    return module.attestReport(report, { ...signing, harness: version });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Refusal("configuration_invalid", { detail: error.message });
  }
}

function formsOf(text: string): readonly Form[] {
  return text.split(",").map((word) => {
    const form = FORMS.find((each) => each === word.trim());
    if (form === undefined) throw new InvalidArgumentError(`Allowed, with commas: ${FORMS.join(", ")}.`);
    return form;
  });
}

function scoreOf(text: string): number {
  const score = /^(?:0(?:\.\d+)?|1(?:\.0+)?)$/.test(text) ? Number(text) : undefined;
  if (score === undefined) throw new InvalidArgumentError("A share like 0.9, from 0 to 1.");
  return score;
}
