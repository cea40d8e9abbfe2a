import { execFile } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type SceneTokens, scene } from "./scene.ts";
import { type Serving, serving } from "./serving.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const AGENT = fileURLToPath(new URL("apart-agent.ts", import.meta.url));
const CLI = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));
const DEPLOYMENT = fileURLToPath(new URL("../../../docs/deployment.md", import.meta.url));
const NODE = [process.execPath, "--conditions=@watchword/source"] as const;

const run = promisify(execFile);

/** Broker and gateway as two processes with a directory each, configured for each other. */
export interface Apart extends AsyncDisposable {
  readonly brokerDirectory: string;
  readonly gatewayDirectory: string;
  /** Certificates and keys, the authority's among them. */
  readonly tls: string;
  readonly leases: string;
  readonly gatewayUrl: string;
  readonly metricsUrl: string;
  startBroker(): Serving;
  startGateway(): Serving;
  /** What the tool of an agent in a third process got. */
  refund(broker: string): Promise<unknown>;
}

/** Makes both, by the commands that docs/deployment.md has; starts none. */
export async function apart(twin: string): Promise<Apart> {
  const directory = await mkdtemp(join(tmpdir(), "watchword-apart-"));
  const [tls, brokerDirectory, gatewayDirectory] = await Promise.all(
    ["tls", "broker", "gateway"].map(async (name) => {
      await mkdir(join(directory, name));
      return join(directory, name);
    }),
  );
  if (tls === undefined || brokerDirectory === undefined || gatewayDirectory === undefined)
    throw new TypeError("no directories");
  const [leasesPort, gatewayPort, metricsPort] = await Promise.all([freePort(), freePort(), freePort()]);
  await makeFiles(tls);
  const state = join(brokerDirectory, "state");
  await mkdir(state);
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  const tokens: SceneTokens = await scene(brokerDirectory, {
    directory: brokerDirectory,
    state,
    twin,
    brokerPort: 0,
    gatewayPort: 0,
    metricsPort: 0,
    gateway: `gateway: { url: "${gatewayUrl}" }
leases:
  listen: { host: localhost, port: ${leasesPort} }
  tls: { certificate: broker.pem, key: broker-tls.key, clientCa: ca.pem }
  gatewayKey: gateway.public.jwk`,
  });
  await writeFile(
    join(gatewayDirectory, "gateway.config.yaml"),
    `watchword: 1
role: gateway
issuer: https://broker.test.example
url: ${gatewayUrl}
listen: { port: ${gatewayPort} }
broker:
  url: https://localhost:${leasesPort}
  tls: { certificate: gateway.pem, key: gateway-tls.key, serverCa: ca.pem }
key: gateway.key
metrics: { listen: { port: ${metricsPort} } }
systems:
  payments: { adapter: stripe, baseUrl: "${twin}" }
`,
  );
  await give(tls, brokerDirectory, ["broker.pem", "broker-tls.key", "ca.pem", "gateway.public.jwk"]);
  await give(tls, gatewayDirectory, ["gateway.pem", "gateway-tls.key", "ca.pem", "gateway.key"]);
  const started: Serving[] = [];
  const start = (words: readonly string[], env = process.env): Serving => {
    const [program, ...args] = [...NODE, MAIN, ...words];
    started.push(serving(program, args, env));
    return started.at(-1) as Serving;
  };
  return Object.freeze<Apart>({
    brokerDirectory,
    gatewayDirectory,
    tls,
    leases: `https://localhost:${leasesPort}`,
    gatewayUrl,
    metricsUrl: `http://127.0.0.1:${metricsPort}`,
    startBroker: () => start([join(brokerDirectory, "watchword.config.yaml")]),
    startGateway: () =>
      start(["gateway", join(gatewayDirectory, "gateway.config.yaml")], { PATH: process.env["PATH"] }),
    refund: async (broker) => {
      const [program, ...args] = [...NODE, AGENT, broker, JSON.stringify(tokens)];
      return JSON.parse((await run(program, args)).stdout) as unknown;
    },
    [Symbol.asyncDispose]: async () => {
      for (const { child } of started) child.kill("SIGKILL");
      await Promise.all(started.map(({ ended }) => ended));
      await rm(directory, { recursive: true, force: true });
    },
  });
}

/** What docs/deployment.md says, as it stands there; only the broker is this machine. */
async function makeFiles(directory: string): Promise<void> {
  const blocks = (await readFile(DEPLOYMENT, "utf8")).matchAll(/```sh\n(.*?)```/gs);
  const commands = [...blocks].map(([, text = ""]) => text).find((text) => text.includes("gateway keys"));
  if (commands === undefined) throw new Error("docs/deployment.md does not say how to make the files");
  const script = `watchword() { ${[...NODE, CLI].join(" ")} "$@"; }\n${commands.replace("broker.internal", "localhost")}`;
  // A stranger with an authority of its own, which says that it is a gateway.
  const stranger =
    'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=gateway -addext "extendedKeyUsage=clientAuth" -keyout other.key -out other.pem';
  await run("sh", ["-eu", "-c", `${script}\n${stranger}`], { cwd: directory });
}

async function give(from: string, to: string, files: readonly string[]): Promise<void> {
  await Promise.all(files.map((file) => copyFile(join(from, file), join(to, file))));
}

/** A port that was free a moment ago: each of the two processes must know where the other will be. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
