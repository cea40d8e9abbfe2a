import type { CellClaim } from "./cell-claim.ts";
import { CELL_LABEL } from "./cell-label.ts";

/** How a container is asked for, in the engine's words: exactly what is claimed, and nothing that the engine would add. */
export function cellOptions(image: string, command: readonly string[], claim: CellClaim, began: string) {
  return {
    Image: image,
    Entrypoint: [],
    Cmd: [...command],
    User: `${claim.user}:${claim.user}`,
    Env: [...claim.environment],
    WorkingDir: "/",
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Labels: { [CELL_LABEL]: claim.run, [`${CELL_LABEL}.began`]: began, [`${CELL_LABEL}.role`]: claim.role },
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      // INVARIANT: named here and not only among the networks below; left out, the engine adds its default bridge.
      NetworkMode: claim.network ?? "none",
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      PidsLimit: claim.pids,
      Memory: claim.memory,
      IpcMode: "none",
      RestartPolicy: { Name: "no" },
      // A name that nobody knows fails at once; the engine's resolver would ask the host's.
      DnsOptions: ["timeout:1", "attempts:1"],
      Mounts: claim.mounts.map(({ volume, at, writable }) => ({
        Type: "volume" as const,
        Source: volume,
        Target: at,
        ReadOnly: !writable,
      })),
    },
    ...(claim.network === null
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [claim.network]: { Aliases: [claim.role] } } } }),
  };
}
