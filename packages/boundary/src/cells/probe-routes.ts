import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";

/** An address that somebody might answer at. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/**
 * What a connection came to. Only `no-route` proves isolation: `refused` means that the host was reached, and `timeout` says
 * nothing, since a firewall, a slow name server and a busy machine look alike.
 */
export type RouteResult = "no-route" | "open" | "refused" | "timeout" | `failed:${string}`;

/** Ways out, as seen from within a process. */
export interface Routes {
  /** Interfaces besides loopback. */
  readonly interfaces: readonly string[];
  /** Lines of the kernel's table of routes. */
  readonly routes: number;
  readonly targets: readonly { readonly host: string; readonly port: number; readonly result: RouteResult }[];
}

const NO_ROUTE: ReadonlySet<string> = new Set(["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL"]);
/** Longer than the kernel asks for a neighbour that is not there (three times a second). */
const PATIENCE = 5_000;

/** Looks for ways out of this process: interfaces, routes, and a connection to each target. */
export async function probeRoutes(targets: readonly Target[]): Promise<Routes> {
  const table = await readFile("/proc/net/route", "utf8").catch(() => "");
  return {
    interfaces: Object.entries(networkInterfaces())
      .filter(([, addresses]) => addresses?.some(({ internal }) => !internal) === true)
      .map(([name]) => name),
    routes: table.split("\n").filter((line) => line.trim() !== "").length - (table === "" ? 0 : 1),
    targets: await Promise.all(
      targets.map(async ({ host, port }) => ({ host, port, result: await reach(host, port) })),
    ),
  };
}

/**
 * What of a probe is a way out, in words; empty is the promise. `network`: whether the claim puts it on a network, whose own
 * interface and route are then no finding.
 */
export function openRoutes(found: Routes, network: boolean): string[] {
  return [
    ...(network ? [] : found.interfaces.map((name) => `interface ${name}`)),
    ...(network || found.routes === 0 ? [] : [`${found.routes} routes`]),
    ...found.targets
      .filter(({ result }) => result !== "no-route")
      .map(({ host, port, result }) => `${host}:${port} (${result})`),
  ];
}

function reach(host: string, port: number): Promise<RouteResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: RouteResult): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end("timeout"), PATIENCE);
    socket.once("connect", () => end("open"));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code ?? "unknown";
      end(NO_ROUTE.has(code) ? "no-route" : code === "ECONNREFUSED" ? "refused" : `failed:${code}`);
    });
  });
}
