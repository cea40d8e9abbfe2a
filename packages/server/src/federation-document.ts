import { z } from "zod";
import { HttpsUrl, Listen } from "./document-parts.ts";

/** The issuer that other clouds trust: its own name, its own keys, its own listener. */
export const Federation = z.strictObject({
  /** Where relying systems find its discovery and keys; another URL than the broker's issuer. */
  issuer: HttpsUrl.refine((text) => !/[?#@]/.test(text), {
    error: "must be an https URL without query, fragment and user",
  }),
  listen: Listen,
  /** How its tokens are signed, and nothing else: `RS256` for clouds that take no other. Default `ES256`. */
  algorithm: z.enum(["ES256", "RS256"]).optional(),
});
