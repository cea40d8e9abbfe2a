import type { ContainerRuntimeClient } from "testcontainers";

/** A container engine that answers. */
export interface Engine {
  /** `docker 28.2.2` */
  readonly name: string;
  readonly docker: ContainerRuntimeClient["container"]["dockerode"];
}

/** Why no engine is used, and what would change that. */
export interface NoEngine {
  readonly why: string;
  readonly command: string;
}

/**
 * Looks for a container engine where testcontainers looks: `DOCKER_HOST`, its own settings, the usual sockets. It starts
 * nothing and pulls nothing.
 */
export async function findEngine(): Promise<Engine | NoEngine> {
  const testcontainers = await import("testcontainers").catch(() => undefined);
  if (testcontainers === undefined)
    return { why: "testcontainers is not installed", command: "npm install --save-dev testcontainers@^12.2" };
  try {
    const client = await testcontainers.getContainerRuntimeClient();
    const { dockerode: docker } = client.container;
    const { Version: version } = await docker.version();
    return { name: `docker ${version}`, docker };
  } catch (error) {
    return { why: `no container engine answers (${messageOf(error)})`, command: START_COMMAND };
  }
}

/** Whether an engine was found. */
export function isEngine(found: Engine | NoEngine): found is Engine {
  return "docker" in found;
}

const START_COMMAND =
  process.platform === "linux"
    ? "apt-get install -y docker.io && dockerd, or set DOCKER_HOST to an engine's socket"
    : "start Docker or Podman, or set DOCKER_HOST to an engine's socket";

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
