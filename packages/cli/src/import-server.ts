import type { CommandIo } from "./command-io.ts";

/**
 * `@watchword/server`, which a policy's author need not install. Without it, says how to and ends with 4; `undefined`
 * then.
 */
export async function importServer(io: CommandIo): Promise<typeof import("@watchword/server") | undefined> {
  try {
    return await import("@watchword/server");
  } catch (error) {
    const missing =
      error instanceof Error &&
      "code" in error &&
      error.code === "ERR_MODULE_NOT_FOUND" &&
      error.message.includes("@watchword/server");
    if (!missing) throw error;
    io.err("watchword: this command needs @watchword/server: npm install @watchword/server\n");
    io.exit(4);
    return undefined;
  }
}
