import type { Broker } from "@watchword/broker";
import { federationHttp } from "@watchword/broker/http";
import type { Listener } from "@watchword/gateway";
import { bind } from "./bind.ts";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import type { Configuration } from "./load-configuration.ts";

/** The bound place where relying clouds find discovery and public keys of the federation issuer. */
export interface FederationListener extends Pick<Listener, "url" | "close"> {
  serve(broker: Broker): void;
}

/**
 * Binds what `federation:` names, apart from the broker's endpoints and under the issuer's own host alone; `undefined` where
 * the configuration has no such section.
 *
 * @throws ConfigurationInvalid for the broker's own issuer, or an address that cannot be had
 */
export async function bindFederation(configuration: Configuration): Promise<FederationListener | undefined> {
  const { federation, issuer } = configuration.document;
  if (federation === undefined) return undefined;
  // INVARIANT: a token of one issuer is none of the other, so neither may be taken for it.
  if (withoutSlash(federation.issuer) === withoutSlash(issuer))
    throw new ConfigurationInvalid([
      configuration.problem(
        ["federation", "issuer"],
        "federation.issuer: must be another URL than the broker's issuer",
      ),
    ]);
  const listener = await bind(configuration, ["federation", "listen"], federation.listen, {
    hosts: [new URL(federation.issuer).host],
  });
  return Object.freeze<FederationListener>({
    url: listener.url,
    serve: (broker) => {
      if (broker.federation === undefined) return;
      const app = federationHttp(broker.federation);
      listener.serve(async (request) => app.fetch(request));
    },
    close: () => listener.close(),
  });
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, "");
}
