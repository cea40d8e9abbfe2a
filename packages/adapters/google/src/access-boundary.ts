import { Refusal, type ValueMap, canonicalJson } from "@watchword/core";
import { argumentText } from "./argument-text.ts";
import { type GoogleAccount, nameOf } from "./google-account.ts";

/** The narrowest predefined role of each operation, and the scope of the token that it is cut out of. */
const NEEDS: Readonly<Record<string, readonly [role: string, scope: "read_only" | "read_write"]>> = {
  // storage.objects.get and nothing else.
  "storage.objects.get": ["storage.legacyObjectReader", "read_only"],
  // storage.objects.list, and the bucket's own metadata.
  "storage.objects.list": ["storage.legacyBucketReader", "read_only"],
  // It cannot replace what is there: that takes storage.objects.delete.
  "storage.objects.create": ["storage.objectCreator", "read_write"],
  "storage.objects.replace": ["storage.objectUser", "read_write"],
  "storage.objects.delete": ["storage.objectUser", "read_write"],
};

/** What a token is cut down to (cloud.google.com/iam/docs/downscoping-short-lived-credentials): one rule for one action. */
export interface AccessBoundary {
  /** The rules, in canonical form, as STS takes them. */
  readonly boundary: string;
  /** OAuth scope of the token before it is cut down. */
  readonly scope: string;
}

/**
 * The boundary of an action: one bucket, one role, and in the condition this very object, or this very prefix of a list.
 *
 * @throws Refusal `unknown_target`
 */
export function accessBoundary(
  account: GoogleAccount,
  { operation, arguments: values }: { readonly operation: string; readonly arguments: ValueMap },
): AccessBoundary {
  const needs = Object.hasOwn(NEEDS, operation) ? NEEDS[operation] : undefined;
  if (needs === undefined)
    throw new Refusal("unknown_target", { detail: "google: no such operation", failedFact: "action" });
  const [role, scope] = needs;
  const expression =
    operation === "storage.objects.list"
      ? `api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('${nameOf(account, argumentText(values, "prefix"))}')`
      : `resource.name == 'projects/_/buckets/${account.bucket}/objects/${nameOf(account, argumentText(values, "name"))}'`;
  return {
    scope: `https://www.googleapis.com/auth/devstorage.${scope}`,
    boundary: canonicalJson({
      accessBoundary: {
        accessBoundaryRules: [
          {
            availableResource: `//storage.googleapis.com/projects/_/buckets/${account.bucket}`,
            availablePermissions: [`inRole:roles/${role}`],
            availabilityCondition: { expression },
          },
        ],
      },
    }),
  };
}
