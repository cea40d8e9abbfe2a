import { z } from "zod";
import { BoundaryDocument } from "./boundary-file.ts";

/**
 * JSON Schema (draft 2020-12) of a boundary file, for editors. It says which members there are and of what shape; reasons,
 * names of the policy and days that are over are found by reading.
 */
export function boundaryFileSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(BoundaryDocument, { io: "input", target: "draft-2020-12" });
  return { $schema, title: "Watchword boundary file", ...(JSON.parse(JSON.stringify(schema)) as object) };
}
