import { isForbiddenMember } from "@watchword/core";
import { z } from "zod";

/** A JSON Pointer (RFC 6901) to a member of an object; without `~`, and no place in an array. */
export const JsonPointer = z
  .string()
  .regex(/^(?:\/[A-Za-z_$@][A-Za-z0-9_$@.:-]{0,63}){1,8}$/, {
    error: "must be a JSON Pointer such as /data/id",
  })
  .refine((pointer) => !pointerPath(pointer).some(isForbiddenMember), { error: "names a forbidden member" });

/** The member names on the way of a pointer. */
export function pointerPath(pointer: string): readonly string[] {
  return pointer.split("/").slice(1);
}

/** What stands at a pointer; `undefined` when nothing does. */
export function readPointer(value: unknown, pointer: string): unknown {
  return pointerPath(pointer).reduce<unknown>(
    (current, name) =>
      typeof current === "object" &&
      current !== null &&
      !Array.isArray(current) &&
      Object.hasOwn(current, name)
        ? Reflect.get(current, name)
        : undefined,
    value,
  );
}
