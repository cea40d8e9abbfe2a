import { readFile, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { loadPolicy } from "@watchword/policy";
import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { type ApiFlags, withApiOptions, withOperatorsApi } from "./operators-api.ts";
import { jsonText, terminalText } from "./terminal-text.ts";

/** `watchword policy push`, `activate`, `rollback` and `history`, against a deployed broker. */
export function registerPolicyLife(policy: Command, io: CommandIo): void {
  withApiOptions(policy.command("push"))
    .description(
      "Give a broker a policy, checked against its systems; it decides nothing until it is activated",
    )
    .argument("<path>", "a policy file, or a directory of them")
    .option("--activate", "activate it, too")
    .action((path: string, flags: ApiFlags & { activate?: true }, command: Command) =>
      withOperatorsApi(io, command, flags, async (api) => {
        // What does not load here says so with this machine's paths, and is not sent.
        await loadPolicy(path);
        const pushed = await api.ask("POST /v1/policies", { files: await filesOf(path) });
        const version = String(pushed["version"]);
        const active =
          flags.activate === true ? await api.ask(`POST /v1/policies/${version}/activate`) : undefined;
        if (flags.json === true) return io.out(jsonText({ ...pushed, ...active }));
        io.out(
          `${terminalText(version)}${active === undefined ? "" : ` is active, epoch ${String(active["epoch"])}`}\n`,
        );
      }),
    );
  withApiOptions(policy.command("activate"))
    .description("Make a pushed policy the active one, on every replica at once")
    .argument("<version>", "as push prints it")
    .action((version: string, flags: ApiFlags, command: Command) =>
      change(io, command, flags, `POST /v1/policies/${encodeURIComponent(version)}/activate`),
    );
  withApiOptions(policy.command("rollback"))
    .description("Activate the policy that was active before this one")
    .action((flags: ApiFlags, command: Command) => change(io, command, flags, "POST /v1/policies/rollback"));
  withApiOptions(policy.command("history"))
    .description("List activations, the newest first")
    .action((flags: ApiFlags, command: Command) =>
      withOperatorsApi(io, command, flags, async (api) => {
        const answer = await api.ask("GET /v1/policies");
        if (flags.json === true) return io.out(jsonText(answer));
        const history = Array.isArray(answer["history"])
          ? (answer["history"] as Record<string, unknown>[])
          : [];
        for (const { epoch, at, version } of history)
          io.out(`${[epoch, at, version].map((part) => terminalText(String(part))).join("  ")}\n`);
      }),
    );
}

/** Makes another policy the active one, and says which. */
function change(io: CommandIo, command: Command, flags: ApiFlags, line: string): Promise<void> {
  return withOperatorsApi(io, command, flags, async (api) => {
    const state = await api.ask(line);
    if (flags.json === true) return io.out(jsonText(state));
    io.out(`${terminalText(String(state["version"]))} is active, epoch ${String(state["epoch"])}\n`);
  });
}

async function filesOf(path: string): Promise<{ name: string; text: string }[]> {
  const paths = (await stat(path)).isDirectory()
    ? (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).map((name) => join(path, name))
    : [path];
  return Promise.all(
    paths.map(async (file) => ({ name: basename(file), text: await readFile(file, "utf8") })),
  );
}
