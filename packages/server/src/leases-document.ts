import { z } from "zod";
import { Path, RemoteListen } from "./document-parts.ts";

/** Where a broker serves its leases to gateways in processes of their own, and whom it knows them by. */
export const Leases = z.strictObject({
  listen: RemoteListen,
  /** Files in PEM: this listener's certificate with its key, and the authority that signs gateways' certificates. */
  tls: z.strictObject({ certificate: Path, key: Path, clientCa: Path }),
  /** The gateways' public key, `gateway.public.jwk`: credentials leave the broker encrypted to it. */
  gatewayKey: Path,
});
