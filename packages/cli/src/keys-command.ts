import { resolve } from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import type { CommandIo } from "./command-io.ts";
import { findConfiguration } from "./find-configuration.ts";
import { importServer } from "./import-server.ts";
import { jsonText, terminalText } from "./terminal-text.ts";

type Server = typeof import("@watchword/server");
type KeyKind = Parameters<Server["rotateKey"]>[1];

const KINDS: readonly KeyKind[] = ["runs", "access", "federation", "ledger", "sealing", "nonce"];

interface PlaceFlags {
  readonly directory?: string;
  readonly config?: string;
  readonly json?: boolean;
}

interface RotateFlags extends PlaceFlags {
  readonly kind?: KeyKind;
  readonly lead?: number;
  readonly compromised?: boolean;
}

/** `watchword keys list` and `rotate`: the broker's own keys, while it runs. */
export function registerKeys(program: Command, io: CommandIo): void {
  const keys = program.command("keys").description("List the broker's own keys, rotate them while it runs");
  const placed = (command: Command): Command =>
    command
      .option("--directory <path>", "the directory of keys")
      .option("--config <file>", "the broker's configuration, which names the directory")
      .option("--json", "one JSON document on standard output");
  placed(keys.command("list"))
    .description("Print which keys there are, from when each is used and when it ends; no key itself")
    .action((flags: PlaceFlags, command: Command) => list(io, command, flags));
  placed(keys.command("rotate"))
    .description(
      "Make a new key: published at once, used after the lead; the one before it gets a stated end",
    )
    .addOption(new Option("--kind <kind>", "the kind of key; default: every one").choices(KINDS))
    .option(
      "--lead <seconds>",
      "from publishing to first use; default 300, as the key set may be cached",
      seconds,
    )
    .option(
      "--compromised",
      "others may have the key: use the new one at once, refuse the earlier ones' tokens",
    )
    .action((flags: RotateFlags, command: Command) => rotate(io, command, flags));
}

async function list(io: CommandIo, command: Command, flags: PlaceFlags): Promise<void> {
  const place = await placeOf(io, command, flags);
  if (place === undefined) return;
  const listed = await place.server.listKeys(place.directory);
  if (flags.json === true) return io.out(jsonText(listed));
  for (const { kind, id, state, usedFrom, retiresAt } of listed)
    io.out(
      `${kind.padEnd(10)}  ${state.padEnd(7)}  from ${timeOf(usedFrom)}  until ${timeOf(retiresAt)}  ${terminalText(id)}\n`,
    );
}

async function rotate(io: CommandIo, command: Command, flags: RotateFlags): Promise<void> {
  const place = await placeOf(io, command, flags);
  if (place === undefined) return;
  if (flags.kind !== undefined && place.elsewhere.has(flags.kind))
    command.error(`error: the transit engine has the key of kind ${flags.kind}; rotate it there`);
  const options = {
    ...(flags.lead === undefined ? {} : { leadSeconds: flags.lead }),
    ...(place.federationAlgorithm === undefined ? {} : { federationAlgorithm: place.federationAlgorithm }),
    ...(flags.compromised === undefined ? {} : { compromised: flags.compromised }),
  };
  const kinds = flags.kind === undefined ? KINDS.filter((kind) => !place.elsewhere.has(kind)) : [flags.kind];
  const rotations = [];
  for (const kind of kinds) rotations.push(await place.server.rotateKey(place.directory, kind, options));
  if (flags.json === true) return io.out(jsonText(rotations));
  for (const { kind, usedFrom, earlier, earlierUntil } of rotations) {
    const before = `${earlier} before it until ${timeOf(earlierUntil)}`;
    io.out(
      `${kind}: a new key from ${timeOf(usedFrom)}; ${earlier === 0 ? "none before it is accepted" : before}\n`,
    );
  }
}

interface Place {
  readonly server: Server;
  readonly directory: string;
  /** Kinds whose keys are not in the directory. */
  readonly elsewhere: ReadonlySet<KeyKind>;
  /** How the configuration has federation tokens signed; a directory alone says nothing of it. */
  readonly federationAlgorithm?: "ES256" | "RS256";
}

async function placeOf(
  io: CommandIo,
  command: Command,
  { directory, config = findConfiguration() }: PlaceFlags,
): Promise<Place | undefined> {
  if (directory === undefined && config === undefined)
    command.error("error: say where the keys are by --directory <path> or --config <file>");
  const server = await importServer(io);
  if (server === undefined) return undefined;
  if (directory !== undefined) return { server, directory, elsewhere: new Set() };
  const configuration = await server.loadConfiguration(config ?? "");
  const { keys, federation } = configuration.document;
  const { directory: named, transit = {} } = typeof keys === "string" ? { directory: keys } : keys;
  const elsewhere = (["runs", "access", "federation"] as const).filter((kind) =>
    Object.hasOwn(transit, kind),
  );
  return {
    server,
    directory: resolve(configuration.directory, named),
    ...(federation === undefined ? {} : { federationAlgorithm: federation.algorithm ?? "ES256" }),
    elsewhere: new Set<KeyKind>([...elsewhere, ...("sealer" in transit ? ["sealing" as const] : [])]),
  };
}

function timeOf(at: number | null): string {
  if (at === null) return "further notice";
  return at === 0 ? "its making" : new Date(at * 1_000).toISOString().replace(".000", "");
}

function seconds(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be whole seconds.");
}
