import { operation } from "@watchword/core";
import { z } from "zod";

const resource = { account: "The tenant's bucket, or bucket/tenant." };

/**
 * INVARIANT: letters of a name have one spelling in a path (RFC 3986 section 2.3) and no meaning in a condition: no quote, no backslash,
 * and no segment that a server would take away.
 */
const NAME = /^(?!\.)[A-Za-z0-9._~-]+(?:\/(?!\.)[A-Za-z0-9._~-]+)*$/;
const PREFIX = /^(?:(?!\.)[A-Za-z0-9._~-]+\/)*(?:(?!\.)[A-Za-z0-9._~-]+)?$/;

const name = z
  .string()
  .max(512)
  .regex(NAME)
  .describe(
    "Name of the object, within the tenant's prefix: segments of A-Z a-z 0-9 . _ ~ -, none of which begins with a dot.",
  );
const generation = z
  .string()
  .regex(/^[1-9]\d{0,18}$/)
  .describe(
    "The generation that is there now, as a read said (x-goog-generation); any other is left as it is.",
  );
const content = z.string().max(65_536).describe("The whole text of the object.");
const contentType = z
  .string()
  .regex(/^[a-z]{1,32}\/[a-z0-9.+-]{1,64}(?:; charset=utf-8)?$/)
  .describe("Its media type: application/json, text/plain; charset=utf-8.");

/** Objects in Cloud Storage. */
export const objectOperations = {
  objectsGet: operation({
    name: "storage.objects.get",
    access: "read",
    title: "Read one object",
    resource,
    arguments: z.strictObject({ name }),
    references: [],
    decided: [],
    example: { name: "2026/q3.txt" },
  }),
  objectsList: operation({
    name: "storage.objects.list",
    access: "read",
    title: "List the objects below a prefix",
    resource,
    arguments: z.strictObject({
      prefix: z
        .string()
        .max(512)
        .regex(PREFIX)
        .describe("What names begin with, within the tenant's prefix."),
      limit: z.int().min(1).max(1_000).describe("Objects in a page."),
      page: z
        .string()
        .regex(/^[A-Za-z0-9+/=_-]{1,1024}$/)
        .optional()
        .describe("Where the page before ended: its nextPageToken."),
    }),
    references: [],
    decided: [],
    example: { prefix: "2026/", limit: 50 },
  }),
  objectsCreate: operation({
    name: "storage.objects.create",
    access: "write",
    title: "Write one object of text that is not there yet",
    resource,
    arguments: z.strictObject({ name, content, contentType }),
    references: [],
    decided: [],
    example: { name: "2026/q4.txt", content: "pending\n", contentType: "text/plain" },
  }),
  objectsReplace: operation({
    name: "storage.objects.replace",
    access: "write",
    title: "Write one object of text in place of one generation of it",
    resource,
    arguments: z.strictObject({ name, content, contentType, generation }),
    references: [],
    decided: [],
    example: { name: "2026/q3.txt", content: "final\n", contentType: "text/plain", generation: "1001" },
  }),
  objectsDelete: operation({
    name: "storage.objects.delete",
    access: "write",
    title: "Delete one generation of an object",
    resource,
    arguments: z.strictObject({ name, generation }),
    references: [],
    decided: [],
    example: { name: "2026/q3.txt", generation: "1001" },
  }),
};
