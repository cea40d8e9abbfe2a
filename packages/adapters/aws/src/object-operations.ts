import { operation } from "@watchword/core";
import { z } from "zod";

const resource = { account: "AWS account, 123456789012 or 123456789012/tenant" };

/**
 * INVARIANT: letters of a key have one spelling in a path (RFC 3986 section 2.3) and no meaning in a policy: none of IAM's `*`, `?`
 * and `${`, and no segment that a server would take away.
 */
const KEY = /^(?!\.)[A-Za-z0-9._~-]+(?:\/(?!\.)[A-Za-z0-9._~-]+)*$/;
const PREFIX = /^(?:(?!\.)[A-Za-z0-9._~-]+\/)*(?:(?!\.)[A-Za-z0-9._~-]+)?$/;

const bucket = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/)
  .describe("Name of the bucket; it must be a declared one.");
const key = z
  .string()
  .max(512)
  .regex(KEY)
  .describe(
    "Key of the object, within the tenant's prefix: segments of A-Z a-z 0-9 . _ ~ -, none of which begins with a dot.",
  );

/** Objects in buckets of S3. */
export const objectOperations = {
  objectsGet: operation({
    name: "s3.objects.get",
    access: "read",
    title: "Read one object",
    resource,
    arguments: z.strictObject({ bucket, key }),
    references: [],
    decided: [],
    example: { bucket: "reports", key: "2026/q3.txt" },
  }),
  objectsList: operation({
    name: "s3.objects.list",
    access: "read",
    title: "List the objects below a prefix",
    resource,
    arguments: z.strictObject({
      bucket,
      prefix: z.string().max(512).regex(PREFIX).describe("What keys begin with, within the tenant's prefix."),
      limit: z.int().min(1).max(1_000).describe("Objects in a page."),
      continuation: z
        .string()
        .regex(/^[A-Za-z0-9+/=_-]{1,1024}$/)
        .optional()
        .describe("Where the page before ended, as S3 said."),
    }),
    references: [],
    decided: [],
    example: { bucket: "reports", prefix: "2026/", limit: 50 },
  }),
  objectsPut: operation({
    name: "s3.objects.put",
    access: "write",
    title: "Write one object of text",
    resource,
    arguments: z.strictObject({
      bucket,
      key,
      content: z.string().max(65_536).describe("The whole text of the object."),
      contentType: z
        .string()
        .regex(/^[a-z]{1,32}\/[a-z0-9.+-]{1,64}(?:; charset=utf-8)?$/)
        .describe("Its media type: application/json, text/plain; charset=utf-8."),
    }),
    references: [],
    decided: [],
    example: { bucket: "reports", key: "2026/q4.txt", content: "pending\n", contentType: "text/plain" },
  }),
  objectsDelete: operation({
    name: "s3.objects.delete",
    access: "write",
    title: "Delete one object",
    resource,
    arguments: z.strictObject({ bucket, key }),
    references: [],
    decided: [],
    example: { bucket: "reports", key: "2026/q3.txt" },
  }),
};
