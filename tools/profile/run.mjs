// Where the time of a training step goes, kernel by kernel, beside what the device reaches at best.
// `npm run profile -- --help` says how it is called.
import { CallError, progressLine, readFlags, usageOf } from "../commandLine.mjs";
import { diskSources, withEngine } from "../engine.mjs";

const flags = {
  cpu: { says: "profile the processor instead of the graphics device" },
  help: { says: "show this" },
};

const usage = usageOf("npm run profile -- [tiny2 | deep3 | pd-bert | pd-gpt] [flags]", flags);

async function run({ what, cpu }, load) {
  const { profile, profiledSteps } = await load("/src/engine/bench/profile.ts");
  const { profileCells, profileHead, threeDigits } = await load("/src/engine/bench/report.ts");
  if (!profiledSteps.includes(what))
    throw new CallError(`there is no step called ${what}; it may be ${profiledSteps.join(", ")}`);
  const { CpuDevice } = await load("/src/engine/device/cpu.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const device = cpu ? new CpuDevice() : await openNodeGpu();
  const { vendor, architecture, description } = device.description;
  const tell = progressLine();
  const found = await profile(device, what, diskSources, { report: (doing) => tell(doing) });
  tell(`${found.shares.length} kinds of dispatches measured`, true);
  const { shares, ceilings } = found;
  const total = (key) => shares.reduce((sum, share) => sum + share[key], 0);
  const lines = [profileHead, profileHead.map(() => "---"), ...shares.map((share) => profileCells(share, found))];
  console.log(`${what} on ${[vendor, architecture, description].filter(Boolean).join(" ")}
${total("dispatches")} dispatches, ${threeDigits(total("ms"))} ms; at best ${threeDigits(ceilings.gflops)} GFLOP/s, ${threeDigits(ceilings.gbps)} GB/s

${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}`);
}

try {
  const { values, positionals } = readFlags(flags);
  const [what = "tiny2"] = positionals;
  if (values.help) console.log(usage);
  else await withEngine((load) => run({ what, ...values }, load));
} catch (error) {
  if (!(error instanceof CallError)) throw error;
  console.error(`\n${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
