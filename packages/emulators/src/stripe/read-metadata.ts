import type { Parameters } from "./parameters.ts";
import { StripeProblem } from "./stripe-problem.ts";

/**
 * The metadata of a request (https://docs.stripe.com/api/metadata).
 *
 * @throws StripeProblem 400 for too many keys, or too much in one
 */
export function readMetadata(parameters: Parameters): Readonly<Record<string, string>> {
  const metadata = parameters.maps.get("metadata") ?? {};
  const entries = Object.entries(metadata);
  if (entries.length > 50 || entries.some(([key, value]) => key.length > 40 || value.length > 500)) {
    throw new StripeProblem(400, {
      message: "Metadata can hold 50 keys of up to 40 characters, with values of up to 500.",
      param: "metadata",
    });
  }
  return metadata;
}
