import type { CellClaim } from "./cell-claim.ts";
import { CELL_LABEL } from "./cell-label.ts";

/** What the engine says about a container, as far as isolation rests on it. */
export interface CellInspection {
  readonly State: { readonly Running: boolean };
  readonly Config: {
    readonly User: string;
    readonly Env?: readonly string[] | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
  };
  readonly HostConfig: {
    readonly NetworkMode?: string | undefined;
    readonly ReadonlyRootfs?: boolean | undefined;
    readonly Privileged?: boolean | undefined;
    readonly CapAdd?: readonly string[] | null | undefined;
    readonly CapDrop?: readonly string[] | null | undefined;
    readonly SecurityOpt?: readonly string[] | null | undefined;
    readonly PidsLimit?: number | null | undefined;
    readonly Memory?: number | undefined;
    readonly PidMode?: string | undefined;
    readonly IpcMode?: string | undefined;
    readonly UTSMode?: string | undefined;
    readonly UsernsMode?: string | undefined;
    readonly Devices?: readonly unknown[] | null | undefined;
    readonly VolumesFrom?: readonly string[] | null | undefined;
    readonly Tmpfs?: Readonly<Record<string, string>> | null | undefined;
    readonly ExtraHosts?: readonly string[] | null | undefined;
    readonly PortBindings?: unknown;
  };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
  readonly Mounts: readonly {
    readonly Type?: string;
    readonly Name?: string | undefined;
    readonly Source?: string;
    readonly Destination: string;
    readonly RW: boolean;
  }[];
}

/** The networks of a container in the engine's words, by what the engine says about each. */
export interface NetworkInspection {
  readonly Name: string;
  readonly Internal?: boolean | undefined;
  readonly Options?: Readonly<Record<string, string>> | null | undefined;
}

/** Takes the host's own address off a network's bridge; without it an internal network still reaches the host. */
export const NO_HOST_ADDRESS = "com.docker.network.bridge.inhibit_ipv4";

/**
 * Compares a running container with what is claimed of it. A proof of isolation rests on this, never on how the container was
 * asked for.
 *
 * @throws Error that names every difference
 */
export function inspectCell(
  found: CellInspection,
  claim: CellClaim,
  networks: readonly NetworkInspection[],
): void {
  const differences = [
    ...differ("running", found.State.Running, true),
    ...differ("run", found.Config.Labels?.[CELL_LABEL], claim.run),
    ...differ("networks", Object.keys(found.NetworkSettings.Networks).toSorted(), [claim.network ?? "none"]),
    ...differ("network mode", found.HostConfig.NetworkMode, claim.network ?? "none"),
    ...networks.flatMap((network) => networkDifferences(network, claim)),
    ...differ("mounts", mountsOf(found), mountsOfClaim(claim)),
    ...differ("environment", namesOf(found.Config.Env ?? []), namesOf(["PATH=", ...claim.environment])),
    ...differ("user", found.Config.User, `${claim.user}:${claim.user}`),
    ...differ("read-only root", found.HostConfig.ReadonlyRootfs, true),
    ...differ("privileged", found.HostConfig.Privileged, false),
    ...differ("capabilities added", found.HostConfig.CapAdd ?? [], []),
    ...differ("capabilities dropped", found.HostConfig.CapDrop ?? [], ["ALL"]),
    ...differ("security options", found.HostConfig.SecurityOpt ?? [], ["no-new-privileges"]),
    ...differ("limit of processes", found.HostConfig.PidsLimit, claim.pids),
    ...differ("limit of memory", found.HostConfig.Memory, claim.memory),
    ...differ("namespace of processes", found.HostConfig.PidMode ?? "", ""),
    ...differ("namespace of host names", found.HostConfig.UTSMode ?? "", ""),
    ...differ("namespace of users", found.HostConfig.UsernsMode ?? "", ""),
    ...differ("shared memory", found.HostConfig.IpcMode, "none"),
    ...differ("devices", found.HostConfig.Devices ?? [], []),
    ...differ("volumes of other containers", found.HostConfig.VolumesFrom ?? [], []),
    ...differ("temporary disks", Object.keys(found.HostConfig.Tmpfs ?? {}), []),
    ...differ("names of hosts", found.HostConfig.ExtraHosts ?? [], []),
    ...differ("published ports", Object.keys(found.HostConfig.PortBindings ?? {}), []),
  ];
  if (differences.length === 0) return;
  throw new Error(`the ${claim.role} cell is not isolated as claimed: ${differences.join("; ")}`);
}

function networkDifferences(network: NetworkInspection, claim: CellClaim): string[] {
  if (claim.network === null) return [];
  return [
    ...differ(`network ${network.Name} internal`, network.Internal, true),
    ...differ(`network ${network.Name} without the host`, network.Options?.[NO_HOST_ADDRESS], "true"),
  ];
}

function mountsOf({ Mounts }: CellInspection): string[] {
  return Mounts.map(({ Type, Name, Source, Destination, RW }) =>
    mountLine(Type === "volume" ? (Name ?? "") : `${Type ?? ""}:${Source ?? ""}`, Destination, RW),
  ).toSorted();
}

function mountsOfClaim({ mounts }: CellClaim): string[] {
  return mounts.map(({ volume, at, writable }) => mountLine(volume, at, writable)).toSorted();
}

function mountLine(source: string, at: string, writable: boolean): string {
  return `${source} at ${at} (${writable ? "writable" : "read-only"})`;
}

/** Only names: a value may be what must not be shown. */
function namesOf(environment: readonly string[]): string[] {
  return environment.map((line) => line.split("=", 1)[0] ?? "").toSorted();
}

function differ(what: string, held: unknown, claimed: unknown): string[] {
  const [found, wanted] = [JSON.stringify(held), JSON.stringify(claimed)];
  return found === wanted ? [] : [`${what}: ${wanted} was claimed, ${found ?? "nothing"} was found`];
}
