// Where the time of a training step goes, kernel by kernel, beside what the device reaches at best.
//
//   npm run profile -- [tiny2 | deep3 | pd-bert | pd-gpt] [--cpu]
import { parseArgs } from "node:util";
import { diskSources, withEngine } from "../engine.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { cpu: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});
const [what = "tiny2"] = positionals;

if (values.help) {
  console.log("npm run profile -- [tiny2 | deep3 | pd-bert | pd-gpt] [--cpu]");
  process.exit();
}

await withEngine(async (load) => {
  const { profile, profiledSteps } = await load("/src/engine/bench/profile.ts");
  const { profileCells, profileHead, threeDigits } = await load("/src/engine/bench/report.ts");
  if (!profiledSteps.includes(what)) {
    console.error(`there is no step called ${what}; it may be ${profiledSteps.join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const { CpuDevice } = await load("/src/engine/device/cpu.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const device = values.cpu ? new CpuDevice() : await openNodeGpu();
  const { stderr } = process;
  const report = (doing) => stderr.isTTY && stderr.write(`\r\x1b[2K${doing}`);
  const found = await profile(device, what, diskSources, { report });
  if (stderr.isTTY) stderr.write("\r\x1b[2K");
  const { vendor, architecture, description } = device.description;
  const { shares, ceilings } = found;
  const total = (key) => shares.reduce((sum, share) => sum + share[key], 0);
  const lines = [profileHead, profileHead.map(() => "---"), ...shares.map((share) => profileCells(share, found))];
  console.log(`${what} on ${[vendor, architecture, description].filter(Boolean).join(" ")}
${total("dispatches")} dispatches, ${threeDigits(total("ms"))} ms; at best ${threeDigits(ceilings.gflops)} GFLOP/s, ${threeDigits(ceilings.gbps)} GB/s

${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}`);
});
