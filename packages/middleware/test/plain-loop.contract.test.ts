import { describeBridge } from "@watchword/conformance";
import { plainLoopFixture } from "./plain-loop.ts";

describeBridge("plain loop", () => plainLoopFixture());
