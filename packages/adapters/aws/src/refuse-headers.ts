import type { GatewayRequest } from "@watchword/core";
import { requestMismatch } from "./request-mismatch.ts";

/** What AWS's clients send of themselves: signature, checksums and telemetry. None of it goes on. */
const CLIENT: ReadonlySet<string> = new Set([
  "x-amz-checksum-crc32",
  "x-amz-checksum-mode",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-security-token",
  "x-amz-target",
  "x-amz-user-agent",
]);

/** Headers by which the same request would be another: a part of an object, a condition, a coded body. */
const CHANGING: ReadonlySet<string> = new Set([
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-md5",
  "cache-control",
  "expires",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "range",
]);

/**
 * INVARIANT: a header by which AWS would do something else (a copy of another object, an ACL, another owner) is refused rather than
 * left out, since the tool meant it.
 */
export function refuseHeaders({ headers }: GatewayRequest): void {
  for (const name of Object.keys(headers))
    if (CHANGING.has(name) || (name.startsWith("x-amz-") && !CLIENT.has(name)))
      throw requestMismatch(`the header ${name} is no part of any operation`);
}
