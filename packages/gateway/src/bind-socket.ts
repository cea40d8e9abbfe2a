import { rmSync } from "node:fs";
import { chmod, link, lstat, mkdtemp, rm } from "node:fs/promises";
import { type Server, connect } from "node:net";
import { dirname, join } from "node:path";
import { Refusal } from "@watchword/core";

/**
 * Binds a server to a Unix socket that only its own user can open (mode 0600), in a directory that is there already. A
 * socket that a dead process left behind is replaced; one that somebody answers on, or another kind of file, is not.
 *
 * @returns takes the socket away; to be called before the server is closed, as long as nobody else can have the path
 * @throws Refusal `configuration_invalid`
 */
export async function bindSocket(server: Server, path: string): Promise<() => void> {
  await removeStale(path);
  try {
    // INVARIANT: it is bound where nobody else can go, and shown when its mode is right. Not by the process's mask instead:
    // that is every thread's, and a directory that one of them makes meanwhile would be closed to its own user.
    const folder = await mkdtemp(join(dirname(path), ".w"));
    try {
      const hidden = join(folder, "s");
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(hidden, resolve);
      });
      await chmod(hidden, 0o600);
      // Never in the place of a socket that somebody else has bound since.
      await link(hidden, path);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } catch (error) {
    server.close();
    throw unusable(path, `it cannot be bound (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
  return () => rmSync(path, { force: true });
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw unusable(path, "something else than a socket is there");
  if (await answers(path)) throw unusable(path, "another process answers on it");
  await rm(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const end = (answered: boolean): void => {
      probe.destroy();
      resolve(answered);
    };
    probe.once("connect", () => end(true));
    // Only a refused connection says that nobody is there; a socket of somebody else's stays.
    probe.once("error", (error: NodeJS.ErrnoException) => end(error.code !== "ECONNREFUSED"));
  });
}

function unusable(path: string, why: string): Refusal {
  return new Refusal("configuration_invalid", { detail: `socket ${path}: ${why}` });
}
