import { isForbiddenMember } from "@watchword/core";
import { z } from "zod";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

/** A namespace, a container: one DNS label (RFC 1123). It has one spelling: lower case, ASCII, nothing to encode. */
export const Label = z.string().regex(new RegExp(`^${LABEL}$`), { error: "must be a DNS label" });

/** A pod, a deployment, a config map: DNS labels with dots between them. */
export const ObjectName = z
  .string()
  .max(253)
  .regex(new RegExp(`^${LABEL}(?:\\.${LABEL})*$`), { error: "must be a name of DNS labels" });

/** A key of a config map; `..` would climb out of where it is mounted. */
export const ConfigKey = z
  .string()
  .regex(/^[-._A-Za-z0-9]{1,253}$/, { error: "must be a key of a config map" })
  .refine((key) => key !== "." && !key.startsWith("..") && !isForbiddenMember(key), {
    error: "must be a key of a config map",
  });

/** The id that the cluster gives one object, and never again. */
export const Uid = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: "must be an object's uid" });

const QUALIFIED = `(?:${LABEL}(?:\\.${LABEL})*/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?`;
const EQUALS = `${QUALIFIED}=(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?`;

/** Labels that objects must have: `app=web,tier=front`. Of the several ways to say so only this one. */
export const LabelSelector = z
  .string()
  .max(512)
  .regex(new RegExp(`^${EQUALS}(?:,${EQUALS})*$`), { error: "must be key=value, with commas between" });
