import { boundaryProject } from "@watchword/boundary/vitest";
import { defineConfig } from "vitest/config";

export default defineConfig({ test: { projects: [boundaryProject()] } });
