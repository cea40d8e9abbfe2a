import { loadConfiguration, startServer } from "@watchword/server";
import { directory, log } from "./readme-parts.ts";

const configuration = await loadConfiguration(`${directory}/watchword.config.yaml`);
await using server = await startServer(configuration, { mode: "dev", log });

console.log(server.environment); // development
console.log((await fetch(`${server.brokerUrl}/healthz`)).status); // 200
