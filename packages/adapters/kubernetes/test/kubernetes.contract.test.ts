import { describeAdapter } from "@watchword/conformance";
import { kubernetesFixture } from "./kubernetes-fixture.ts";

describeAdapter("kubernetes", () => kubernetesFixture());
