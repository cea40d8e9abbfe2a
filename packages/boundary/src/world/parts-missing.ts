/** Broker, gateway or identities are not installed where the harness is. */
export class PartsMissing extends Error {
  override readonly name = "PartsMissing";
}
