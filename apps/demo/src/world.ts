import { join } from "node:path";
import { github } from "@watchword/adapter-github";
import { stripe } from "@watchword/adapter-stripe";
import type { Adapter } from "@watchword/core";
import { type Server, checkConfiguration, startServer } from "@watchword/server";

/** Where everything is that broker and gateway of the demo talk to. */
export interface WorldSettings {
  /** Where store and keys live. */
  readonly directory: string;
  /** A policy file, or a directory of them. */
  readonly policy: string;
  readonly stripeUrl: string;
  readonly githubUrl: string;
  /** The adapters of the desk's systems, each in front of its twin. */
  readonly desk: Readonly<Record<"crm" | "tracker" | "warehouse", Adapter>>;
  /** Public keys of the login service. */
  readonly jwks: { readonly keys: { readonly [name: string]: unknown }[] };
}

export const ISSUER = "https://broker.demo.watchword.example";
export const LOGIN = "https://login.demo.watchword.example";
/** Whom systems trust that need no secret of ours. */
export const FEDERATION = "https://federation.demo.watchword.example";
/** Id of the demo's GitHub App. */
export const APP_ID = 4711;

/** Directory of the development key that workloads sign with; the agents' process reads it too. */
export const workloadDirectory = (settings: { readonly directory: string }): string =>
  join(settings.directory, "workload");

/** Starts broker and gateway beside the agents: as `watchword dev` does, in a process that no agent shares. */
export function openWorld(settings: WorldSettings): Promise<Server> {
  const configuration = checkConfiguration(
    {
      watchword: 1,
      issuer: ISSUER,
      policy: settings.policy,
      store: { sqlite: "watchword.db" },
      keys: "keys",
      broker: { listen: { port: 0 } },
      gateway: { listen: { port: 0 } },
      federation: { issuer: FEDERATION, listen: { port: 0 } },
      systems: {
        payments: stripe({ baseUrl: settings.stripeUrl }),
        code: github({ appId: APP_ID, baseUrl: settings.githubUrl }),
        ...settings.desk,
      },
      verifiers: [
        { localKey: { directory: workloadDirectory(settings) } },
        {
          oidc: {
            issuer: LOGIN,
            jwks: { inline: settings.jwks },
            algorithms: ["ES256"],
            uses: ["user", "approver"],
          },
        },
      ],
    },
    settings.directory,
  );
  // What the server would log is in the report already, or in the ledger.
  return startServer(configuration, { mode: "dev", log: () => undefined });
}
