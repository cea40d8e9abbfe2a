import { PassThrough } from "node:stream";
import { type CellCalls, callCell } from "./call-cell.ts";
import type { CellClaim } from "./cell-claim.ts";
import type { cellOptions } from "./cell-options.ts";
import type { Engine } from "./engine.ts";
import { inspectCell } from "./inspect-cell.ts";

/** A container that runs one program for one run of the harness, and is what it is claimed to be. */
export interface Cell extends AsyncDisposable, CellCalls {
  readonly id: string;
  readonly claim: CellClaim;
  /** What it has said on its standard error. */
  errors(): string;
  /** Compares it with its claim again: what was right at its start can be changed from outside. @throws Error */
  inspect(): Promise<void>;
}

const KEPT_ERRORS = 65_536;

/**
 * Starts a container, attached to its input and output from its first byte on, and compares it with the claim before anything
 * is asked of it. One that differs is removed.
 *
 * @throws Error that names what differs, or the engine's
 */
export async function startCell(
  engine: Engine,
  options: ReturnType<typeof cellOptions>,
  claim: CellClaim,
): Promise<Cell> {
  const container = await engine.docker.createContainer(options);
  const remove = (): Promise<unknown> =>
    container.remove({ force: true, v: false }).catch((error: { readonly statusCode?: number }) => {
      if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
    });
  try {
    const stream = await container.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    });
    const [output, errors] = [new PassThrough(), new PassThrough()];
    let said = "";
    errors.setEncoding("utf8").on("data", (chunk: string) => (said = (said + chunk).slice(-KEPT_ERRORS)));
    engine.docker.modem.demuxStream(stream, output, errors);
    stream.once("close", () => output.end());
    stream.once("end", () => output.end());
    await container.start();
    const inspect = async (): Promise<void> => {
      const found = await container.inspect();
      const networks = Object.keys(found.NetworkSettings.Networks).filter((name) => name !== "none");
      inspectCell(
        found,
        claim,
        await Promise.all(networks.map((name) => engine.docker.getNetwork(name).inspect())),
      );
    };
    await inspect();
    return {
      id: container.id,
      claim,
      ...callCell(stream, output, () => said || "it said nothing"),
      errors: () => said,
      inspect,
      [Symbol.asyncDispose]: async () => {
        stream.end();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
