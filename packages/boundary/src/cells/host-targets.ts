import { networkInterfaces } from "node:os";
import type { Target } from "./probe-routes.ts";

/** Addresses at which somebody might answer: the world, a cloud's metadata, and this machine's own. */
export function hostTargets(): Target[] {
  const own = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).filter(({ family, internal }) => family === "IPv4" && !internal),
  );
  return [
    { host: "1.1.1.1", port: 443 },
    { host: "169.254.169.254", port: 80 },
    ...own.map(({ address }) => ({ host: address, port: 22 })),
  ];
}
