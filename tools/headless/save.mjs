/**
 * Writes what a run leaves behind into its folder: its adapter and settings, or the merged model after full fine-tuning;
 * of a run that failed the settings alone.
 *
 * @param notes of the experiment.
 * @param seen what the trainer has reported: `lines` of metrics, `adapter`, `summary`, `failure`.
 * @returns names of the files.
 */
export async function saveRun({ folder, trainer, sources, config, notes, seen }, load) {
  const { nameOfDevice } = await load("/src/engine/device/device.ts");
  const { adapterBundle } = await load("/src/engine/export/bundle.ts");
  const { mergedFiles } = await load("/src/engine/export/mergedFiles.ts");
  const { zipped } = await load("/src/engine/export/zip.ts");
  const { writeExperiment } = await load("/src/engine/settings/experiment.ts");
  if (seen.failure) return [folder.write("experiment.json", await writeExperiment(config, { notes }))];
  return trainer.borrow(async (device, session) => {
    if (session.network.method.kind === "full") {
      const source = await sources.model(session.config.model);
      const experiment = await writeExperiment(session.config, { notes });
      return [
        folder.write("experiment.json", experiment),
        folder.write("merged.zip", zipped(await mergedFiles(device, session, source))),
      ];
    }
    const { files } = await adapterBundle(device, session, {
      sources,
      notes,
      metrics: seen.lines,
      device: nameOfDevice(seen.adapter),
      trim: false,
    });
    return [folder.write("experiment.json", files["experiment.json"]), folder.write("adapter.zip", zipped(files))];
  });
}
