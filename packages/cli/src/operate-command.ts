import type { Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { type ApiFlags, withApiOptions, withOperatorsApi } from "./operators-api.ts";
import { jsonText, terminalText } from "./terminal-text.ts";

type Answer = Readonly<Record<string, unknown>>;

/** `watchword freeze`, `thaw`, `kill`, `leases` and `who`, against a deployed broker. */
export function registerOperate(program: Command, io: CommandIo): void {
  const changing = (
    name: string,
    argument: string,
    description: string,
    line: (of: string) => Asked,
  ): void => {
    withApiOptions(program.command(name))
      .description(`${description}; 1 when the answer is no`)
      .argument(argument)
      .action((of: string, flags: ApiFlags, command: Command) =>
        withOperatorsApi(io, command, flags, async (api) => {
          const { asked, body } = line(of);
          const answer = await api.ask(asked, body);
          if (flags.json === true) return io.out(jsonText(answer));
          io.out(answer["changed"] === true ? `${name}: done\n` : `${name}: it was so before\n`);
        }),
      );
  };
  changing(
    "freeze",
    "<subject>",
    "Refuse everything of tenant:…, agent:… or system:… from now on",
    (subject) => ({
      asked: "POST /v1/frozen",
      body: { subject },
    }),
  );
  changing("thaw", "<subject>", "Allow it again; what was ended stays ended", (subject) => ({
    asked: `DELETE /v1/frozen/${encodeURIComponent(subject)}`,
  }));
  changing("kill", "<run>", "End a run, what descends from it, and their leases", (run) => ({
    asked: `POST /v1/runs/${encodeURIComponent(run)}/kill`,
  }));
  registerLeases(program, io);
  registerWho(program, io);
}

interface Asked {
  readonly asked: string;
  readonly body?: object;
}

function registerLeases(program: Command, io: CommandIo): void {
  const leases = withApiOptions(program.command("leases"))
    .description("List the leases that are active, or end one by --revoke")
    .option("--tenant <id>", "of this tenant alone")
    .option("--revoke <lease>", "end this one");
  leases.action((flags: ApiFlags & { tenant?: string; revoke?: string }, command: Command) =>
    withOperatorsApi(io, command, flags, async (api) => {
      if (flags.revoke !== undefined) {
        const answer = await api.ask(`POST /v1/leases/${encodeURIComponent(flags.revoke)}/revoke`);
        const { revocation } = answer;
        if (flags.json === true) return io.out(jsonText(answer));
        return io.out(
          `revoked: ${terminalText(typeof revocation === "string" ? revocation : "it is still tried")}\n`,
        );
      }
      const found: Answer[] = [];
      const tenant = flags.tenant === undefined ? "" : `&tenant=${encodeURIComponent(flags.tenant)}`;
      for (let after: string | undefined = ""; after !== undefined;) {
        const from: string = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
        const answer = await api.ask(`GET /v1/leases?limit=1000${tenant}${from}`);
        found.push(...listOf(answer["leases"]));
        after = typeof answer["next"] === "string" ? answer["next"] : undefined;
      }
      if (flags.json === true) return io.out(jsonText({ leases: found }));
      for (const lease of found)
        io.out(lineOf(lease, ["id", "tenant", "system", "kind", "expires_at", "decision_id"]));
    }),
  );
}

function registerWho(program: Command, io: CommandIo): void {
  withApiOptions(program.command("who"))
    .description("Find the decisions by which an object at a system came to be; 1 when there is none")
    .argument("<system>", "the system's name")
    .argument("<id>", "the object's own id there")
    .option(
      "--open <reason>",
      "open who it was for and with which arguments; that is recorded, with this reason",
    )
    .action((system: string, id: string, flags: ApiFlags & { open?: string }, command: Command) =>
      withOperatorsApi(io, command, flags, async (api) => {
        const query = `system=${encodeURIComponent(system)}&id=${encodeURIComponent(id)}`;
        const decisions = listOf((await api.ask(`GET /v1/who?${query}`))["decisions"]);
        const { open: reason } = flags;
        const shown =
          reason === undefined
            ? decisions
            : await Promise.all(
                decisions.map(({ decision_id: decision }) =>
                  api.ask(`POST /v1/decisions/${encodeURIComponent(String(decision))}/personal`, { reason }),
                ),
              );
        if (flags.json === true) io.out(jsonText({ decisions: shown }));
        else for (const decision of shown) io.out(`${whoLine(decision)}\n`);
        if (decisions.length === 0) io.err("watchword: no decision is recorded for it\n");
        io.exit(decisions.length === 0 ? 1 : 0);
      }),
    );
}

function whoLine(decision: Answer): string {
  const { principal } = decision;
  const person =
    typeof principal === "object" && principal !== null
      ? [`${textOf((principal as Answer)["subject"])} at ${textOf((principal as Answer)["issuer"])}`]
      : [];
  return [
    lineOf(decision, ["decision_id", "at", "outcome", "tenant", "agent", "run", "grant"]).trimEnd(),
    ...person,
  ].join("  ");
}

function lineOf(item: Answer, members: readonly string[]): string {
  return `${members.map((member) => textOf(item[member])).join("  ")}\n`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? terminalText(value) : "-";
}

function listOf(value: unknown): Answer[] {
  return Array.isArray(value) ? (value as Answer[]) : [];
}
