import { writeFileSync } from "node:fs";
import path from "node:path";

/**
 * Writes what a run leaves behind into a folder: its adapter and settings, or the merged model after full fine-tuning.
 *
 * @param notes of the experiment.
 * @param seen what the trainer has reported: `lines` of metrics, `adapter`, `summary`.
 * @returns names of the files.
 */
export async function saveRun({ out, trainer, sources, notes, seen }, load) {
  const { adapterBundle } = await load("/src/engine/export/bundle.ts");
  const { mergedFiles } = await load("/src/engine/export/mergedFiles.ts");
  const { zipped } = await load("/src/engine/export/zip.ts");
  const { writeExperiment } = await load("/src/engine/train/experiment.ts");
  const write = (name, content) => {
    writeFileSync(path.join(out, name), content);
    return name;
  };
  return trainer.borrow(async (device, session) => {
    if (session.config.method === "full") {
      const source = await sources.model(session.config.model);
      const experiment = await writeExperiment(session.config, { notes });
      return [
        write("experiment.json", experiment),
        write("merged.zip", zipped(await mergedFiles(device, session, source))),
      ];
    }
    const { files } = await adapterBundle(device, session, {
      sources,
      notes,
      metrics: seen.lines,
      device: [seen.adapter.vendor, seen.adapter.architecture].filter(Boolean).join(" "),
      trim: false,
    });
    return [write("experiment.json", files["experiment.json"]), write("adapter.zip", zipped(files))];
  });
}
