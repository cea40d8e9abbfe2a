import { z } from "zod";
import {
  DrainSeconds,
  HttpsOrigin,
  Listen,
  Metrics,
  Origin,
  Path,
  PrivateOrigins,
  Systems,
  Url,
} from "./document-parts.ts";

/**
 * What a gateway's own `gateway.config.yaml` holds. There is no place in it for a store, a policy, or a key of the
 * broker's. Paths are relative to the file.
 */
export const GatewayDocument = z.strictObject({
  watchword: z.literal(1),
  role: z.literal("gateway", { error: "must be gateway; a broker's configuration is for watchword serve" }),
  /** The broker's own identifier; the gateway tells runtimes that its handles come from there. */
  issuer: Url,
  /** The origin under which runtimes reach the gateway; default: where it listens. */
  url: Origin.optional(),
  listen: Listen,
  broker: z.strictObject({
    /** Where the broker serves its leases. */
    url: HttpsOrigin,
    /** Files in PEM: this gateway's certificate with its key, and the authority that signed the broker's. */
    tls: z.strictObject({ certificate: Path, key: Path, serverCa: Path }),
  }),
  /** The private key that credentials arrive encrypted to: `gateway.key`, as `watchword gateway keys` makes it. */
  key: Path,
  /** The systems of the broker's policy, by the same names and with the same options. */
  systems: Systems,
  /** Origins of systems within one's own network. Default: none. */
  privateOrigins: PrivateOrigins.optional(),
  /** The operators' listener: metrics, health, readiness. Left out: none. */
  metrics: Metrics.optional(),
  /** Seconds that a stopping gateway waits for what is under way. Default 25. */
  drainSeconds: DrainSeconds.optional(),
});
export type GatewayDocument = z.output<typeof GatewayDocument>;
