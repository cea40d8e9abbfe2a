import type { BrokerClient } from "@watchword/core";
import { httpBroker } from "@watchword/middleware";
import { spawnedServer } from "./spawned-server.ts";

/** What a replica is started with. */
export interface ReplicaOrder {
  readonly issuer: string;
  readonly directory: string;
  readonly twinUrl: string;
  readonly storeUrl: string;
}

/** A broker with its gateway in a process of its own, as runtimes reach it. */
export interface ReplicaProcess extends AsyncDisposable {
  readonly client: BrokerClient;
  readonly gatewayUrl: string;
  /** SIGKILL, in whatever it is doing; resolves when it is gone. */
  kill(): Promise<void>;
}

export async function replicaProcess(order: ReplicaOrder): Promise<ReplicaProcess> {
  const { said, ...server } = await spawnedServer<{ url: string; gatewayUrl: string }>(
    "./replica-child.ts",
    order,
  );
  return {
    ...server,
    gatewayUrl: said.gatewayUrl,
    client: httpBroker({ issuer: order.issuer, url: said.url }),
  };
}
