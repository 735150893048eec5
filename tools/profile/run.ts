// Where the time of a training step goes, kernel by kernel, beside what the device reaches at best.
//
//   npm run profile -- [tiny2 | deep3 | pd-bert | pd-gpt] [flags]
//
//   --cpu   profile the processor instead of the graphics device
//   --help  show this
import { profile, profiledSteps } from "../../src/engine/bench/profile.ts";
import { profileCells, profileHead, threeDigits } from "../../src/engine/bench/report.ts";
import { openNodeGpu, openNodeProcessor } from "../../src/engine/testing/devices.ts";
import { CallError, progressLine, readFlags } from "../commandLine.ts";
import { diskSources } from "../disk.ts";

const { values, positionals } = readFlags({ cpu: "" });
const [asked = "tiny2"] = positionals;
const what = profiledSteps.find((each) => each === asked);
if (!what) throw new CallError(`there is no step called ${asked}; it may be ${profiledSteps.join(", ")}`);
const device = values.cpu ? openNodeProcessor() : await openNodeGpu();
const { vendor, architecture, description } = device.description;
const tell = progressLine();
const found = await profile(device, what, diskSources, { report: (doing) => tell(doing) });
tell(`${found.shares.length} kinds of dispatches measured`, true);
const { shares, ceilings } = found;
const total = (key: "dispatches" | "ms") => shares.reduce((sum, share) => sum + share[key], 0);
const lines = [profileHead, profileHead.map(() => "---"), ...shares.map((share) => profileCells(share, found))];
console.log(`${what} on ${[vendor, architecture, description].filter(Boolean).join(" ")}
${total("dispatches")} dispatches, ${threeDigits(total("ms"))} ms; at best ${threeDigits(ceilings.gflops)} GFLOP/s, ${threeDigits(ceilings.gbps)} GB/s

${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}`);
device.destroy();
